/** Prints a random program as a module that runs on its own. */
import { functionOf, indent, type Program } from './act.js';
import type { BothCase } from './both.js';
import type { ClientCase, ClientPlan, RequestPlan } from './client.js';
import type { ConnectionPlan } from './client-peer.js';
import { scriptOf } from './peer.js';
import type { ServerCase, ServerPlan } from './server.js';

const PRELUDE = `\
import { finished, pipeline } from 'node:stream';
import http from 'statewire';
import { settled, socketPair, virtualClock } from 'statewire/testing';

const clock = virtualClock();
const begin = clock.date;
const log = (...words) => console.log(\`\${String(clock.date - begin).padStart(6)} \${words.join(' ')}\`);
process.on('uncaughtException', (error) => log('uncaught', error.message));

const tasks = [];
const after = (ms, call) => tasks.push({ due: clock.date + ms, call });
const starts = { microtask: queueMicrotask, tick: process.nextTick, immediate: setImmediate };
const later = (pause, call) => (starts[pause] ? starts[pause](call) : after(pause, call));
const wait = (pause) => new Promise((resolve) => later(pause, resolve));
async function run(ms) {
  for (let passed = 0; passed < ms; passed++) {
    await clock.advance(1);
    for (const task of tasks.filter(({ due }) => due <= clock.date)) {
      tasks.splice(tasks.indexOf(task), 1);
      setImmediate(task.call);
    }
  }
  await settled();
}

let calls = 0;
/** A callback that logs its calls. */
function called(name, then) {
  const id = \`\${name} \${++calls}\`;
  log('    passed:', id);
  return (error) => {
    log('    called:', id, error?.code ?? '');
    then();
  };
}
async function iterate(message, callback) {
  try {
    for await (const chunk of message) log('read', chunk.length);
  } catch {}
  setImmediate(callback);
}
function watch(name, message, isWatched) {
  if (!isWatched) return;
  for (const event of ['prefinish', 'finish', 'aborted', 'end', 'error', 'close']) {
    message.on(event, () => log(\`\${name} '\${event}'\`));
  }
}
`;

/** What a client connects to: peers that respond to each request, by its number on the connection. */
const CONNECTING = `\
const peers = [];
function connector(options) {
  let count = 0;
  return (_, callback) => {
    const { opening, responses } = connections[count++ % connections.length];
    log('connection', count, opening);
    const make = () => {
      const [caller, peer] = socketPair(options);
      peers.push(peer);
      let text = '';
      let begun = 0;
      peer.on('error', () => {}).on('close', () => log('peer: closed')).on('end', () => log('peer: FIN'));
      peer.on('data', (chunk) => {
        log('>', JSON.stringify(String(chunk).slice(0, 300)), chunk.length);
        text += chunk.toString('latin1');
        // Parses just enough of requests for these programs; the test uses llhttp.
        for (const response of responses.slice(begun)) {
          const whole = /^[A-Z]+ \\S+ HTTP\\/1.1\\r\\n[^]*?\\r\\n\\r\\n/.exec(text)?.[0];
          if (whole === undefined) return;
          const length = /transfer-encoding/i.test(whole) ? text.indexOf('0\\r\\n\\r\\n') + 5 - whole.length : Number(/content-length: (\\d+)/i.exec(whole)?.[1] ?? 0);
          if (response.when === 'whole' && (length < 0 || text.length < whole.length + length)) return;
          text = text.slice(whole.length + Math.max(length, 0));
          begun++;
          response.send(peer);
        }
      });
      return caller;
    };
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    if (opening === 'returned') return make();
    if (opening === 'dead') return make().on('error', () => {}).destroy();
    if (opening === 'thrown') throw refused;
    const finish = () => (opening.startsWith('failed') ? callback(refused) : callback(null, make()));
    if (opening.endsWith('later')) after(50, finish);
    else finish();
  };
}
`;

const handlersOf = (handlers: readonly Program<never>[]): string =>
  `const handlers = [\n${indent(handlers.map((handler) => `${functionOf(handler, '(req, res, server)')},`).join('\n'))}\n];`;

const faults = {
  end: `socket.end('HTTP/1.1 400 Bad Request\\r\\n\\r\\n')`,
  destroy: 'socket.destroy()',
  nothing: `log('does nothing')`,
} as const;

function serverText(plan: ServerPlan): string {
  const { options, timeout, maxRequestsPerSocket, httpAllowHalfOpen, listens, onFault, isWatched } = plan;
  const lines = [
    handlersOf(plan.handlers),
    `const server = http.createServer(${JSON.stringify(options)});`,
    `Object.assign(server, ${JSON.stringify({ timeout, maxRequestsPerSocket, httpAllowHalfOpen })});`,
    'function onRequest(req, res) {',
    `  const index = Number(/\\d+$/.exec(req.url)?.[0] ?? -1);`,
    `  log('request', index);`,
    `  watch(\`req \${index}\`, req, ${isWatched});`,
    `  watch(\`res \${index}\`, res, ${isWatched});`,
    `  res.setHeader('X-Index', String(index));`,
    '  handlers[index % handlers.length]?.(req, res, server);',
    '}',
    `server.on('request', onRequest);`,
  ];
  if (listens.includes('checkContinue')) lines.push(`server.on('checkContinue', onRequest);`);
  for (const event of ['upgrade', 'connect'] as const) {
    if (!listens.includes(event)) continue;
    lines.push(
      `server.on('${event}', (req, socket) => socket.on('error', () => {}).end('HTTP/1.1 200 OK\\r\\n\\r\\n'));`,
    );
  }
  if (onFault !== undefined) lines.push(`server.on('clientError', (error, socket) => ${faults[onFault]});`);
  return lines.join('\n');
}

export function printServer({ plan, peer, highWaterMark }: ServerCase): string {
  const lines = scriptOf(peer.script).map(({ text }) => text);
  return `\
${PRELUDE}
${serverText(plan)}

const [peer, connection] = socketPair(${highWaterMark === undefined ? '' : `{ highWaterMark: ${highWaterMark} }`});
peer.on('data', (chunk) => log('<', JSON.stringify(String(chunk).slice(0, 300)), chunk.length));
peer.on('error', () => {}).on('end', () => log('< FIN')).on('close', () => log('< closed'));
peer.once('connect', () => server.emit('connection', connection));
(async () => {
${indent(lines.join('\n'))}
})();

await run(12_000);
log('the end', connection.destroyed ? '' : '(the connection is open)');
peer.destroy();
server.close();
await run(1000);
`;
}

const quoted = (value: unknown): string => JSON.stringify(value) ?? 'undefined';

function requestText(
  { pause, method, headers, timeout, listens, program, onResponse }: RequestPlan,
  index: number,
): string {
  const path = method === 'CONNECT' ? `to.${index}:80` : `/${index}`;
  const lines = [
    'const controller = new AbortController();',
    `const agent = shared ?? newAgent({});`,
    `const options = ${quoted({ method, path, headers, timeout })};`,
    'const req = http.request({ ...options, agent, signal: controller.signal });',
    'let res;',
    `watch('req ${index}', req, true);`,
  ];
  if (listens.includes('response')) {
    const body = [`watch('res ${index}', res, true);`, ...onResponse.map(({ text }) => text)].join('\n');
    lines.push(
      `req.on('response', (response) => {\n  log('response', ${index});\n  res = response;\n${indent(body)}\n});`,
    );
  }
  for (const event of ['upgrade', 'connect'] as const) {
    if (listens.includes(event))
      lines.push(`req.on('${event}', (_, socket) => socket.on('error', () => {}).end('bye'));`);
  }
  lines.push(...program.map(({ text }) => text));
  const start = pause === undefined ? 'setImmediate(' : `later(${quoted(pause)}, `;
  return `${start}() => {\n${indent(lines.join('\n'))}\n});`;
}

function clientText({ agent, requests }: ClientPlan): string {
  return [
    `const newAgent = (options) => Object.assign(new http.Agent(options), { createConnection: connect });`,
    `const shared = ${agent === undefined ? 'undefined' : `newAgent(${quoted(agent)})`};`,
    ...requests.map(requestText),
  ].join('\n');
}

function connectionText({ opening, responses }: ConnectionPlan): string {
  const texts = responses.map(({ when, script }) => {
    const lines = scriptOf(script).map(({ text }) => text);
    return `{ when: '${when}', send: async (peer) => {\n${indent(lines.join('\n'))}\n} },`;
  });
  return `{ opening: '${opening}', responses: [\n${indent(texts.join('\n'))}\n] },`;
}

export function printClient({ plan, connections, highWaterMark }: ClientCase): string {
  return `\
${PRELUDE}
const connections = [
${indent(connections.map(connectionText).join('\n'))}
];
${CONNECTING}
const connect = connector(${quoted({ highWaterMark })});
${clientText(plan)}

await run(8000);
log('the end');
for (const peer of peers) peer.destroy();
await run(1000);
`;
}

export function printBoth({ server, client, opening, highWaterMark }: BothCase): string {
  return `\
${PRELUDE}
${serverText(server)}

const peers = [];
function connect(_, callback) {
  const make = () => {
    const [caller, called] = socketPair(${quoted({ highWaterMark })});
    peers.push(called);
    caller.prependOnceListener('connect', () => server.emit('connection', called));
    return caller;
  };
  if ('${opening}' === 'returned') return make();
  if ('${opening}' === 'called back later') after(50, () => callback(null, make()));
  else callback(null, make());
}
${clientText(client)}

await run(8000);
log('the end');
server.close();
server.closeAllConnections();
await run(1000);
`;
}
