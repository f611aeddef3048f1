/** A recorded connection as a test that can be run. */

import { dataOf } from './assemble.js';
import { JournalError } from './errors.js';
import { exchangesOf } from './exchanges.js';
import type { Frame } from './frames.js';
import { type RecordedConnection, validateConnection } from './reader.js';
import { wireOf } from './timeline.js';
import * as v from './vocabulary.js';

/** Of a connection, in bytes: its test has them as text. */
const LARGEST = 16 << 20;

/** In the text of a test: it is no import of this file. */
const FROM = 'from';

/** As a literal of ASCII. */
const quoted = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const textLiteral = (text: string): string =>
  `'${quoted(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

const literal = (bytes: Buffer): string => {
  const text = bytes.toString('latin1');
  const isPlain = /^[\x20-\x7e\r\n\t]*$/.test(text);
  return isPlain ? textLiteral(text) : `Buffer.from('${bytes.toString('base64')}', 'base64')`;
};

/**
 * The text of a test of a connection, for node:test and `statewire/testing`: a peer sends what was sent then, in the same chunks, and
 * the test compares what it gets. The handler of a server is to be filled in; a client makes the requests of then, one after the other.
 *
 * @throws rejects with STATEWIRE_JOURNAL_INCOMPLETE if it can't be replayed, and for a request that never had a connection;
 * with STATEWIRE_JOURNAL_TOO_LARGE beyond 16 MiB
 */
export async function testOf(connection: RecordedConnection): Promise<string> {
  validateConnection(connection);
  if (connection.isUnconnected) {
    const message = `${connection.id} never had a connection: a test of it would send and receive nothing`;
    throw new JournalError('STATEWIRE_JOURNAL_INCOMPLETE', message);
  }
  const given = new Map<string, Sent>();
  const moments = await wireOf(connection, LARGEST, (frame) => note(given, frame));
  const { hasContent: isWhole, role } = connection;
  const isClient = role === 'client';
  const pattern = isClient ? METHOD : STATUS;
  const lines: string[] = [];
  let sent = '';
  let expected = '';
  const compare = (): void => {
    const text = isWhole ? expected : (expected.match(pattern) ?? []).join(' ');
    lines.push(`  assert.equal(plain(received), ${textLiteral(text)});`, `  received = '';`);
    expected = '';
  };
  const flush = (): void => {
    if (expected !== '') compare();
  };
  for (const { what, bytes } of moments) {
    if (what === 'in') {
      flush();
      sent += 'x';
      lines.push(`  peer.write(${literal(bytes as Buffer)});`, '  await settled();');
    } else if (what === 'out') expected += withoutDate((bytes as Buffer).toString('latin1'));
    else if (what === 'fin') {
      flush();
      lines.push('  peer.end();', '  await settled();');
    } else if (what === 'reset') {
      flush();
      lines.push('  peer.resetAndDestroy();', '  await settled();');
    }
  }
  if (expected === '') lines.push(`  // Nothing more was sent then.`);
  compare();
  const [first] = connection.exchanges;
  const title = `${connection.id}: ${first?.what ?? 'a connection'}${first === undefined ? '' : `, ended ${first.code}`}`;
  const names = isClient ? 'Agent, request' : 'createServer';
  return `import assert ${FROM} 'node:assert/strict';
import { test } ${FROM} 'node:test';
import { ${names} } ${FROM} 'statewire';
import { settled, socketPair } ${FROM} 'statewire/testing';

${isClient ? await programOf(connection, given) : HANDLER}

${
  isWhole
    ? PLAIN
    : `/** ${isClient ? 'The methods' : 'The status lines'}: the journal has no content, or secrets are masked in it. */
const plain = (text) => (text.match(${pattern}) ?? []).join(' ');`
}

test(${textLiteral(title)}, async () => {
  const [peer, socket] = socketPair();
  let received = '';
  peer.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  peer.on('error', () => {});
${isClient ? AGENT : SERVER}
  await settled();
${sent === '' ? '  // The peer has sent nothing.\n' : ''}${lines.join('\n')}
  peer.destroy();
});
`;
}

const PLAIN = `/** Without the time of day. */
const plain = (text) => text.replace(/^Date: .*\\r\\n/gm, '');`;

const STATUS = /^HTTP\/1\.1 \d{3}/gm;
const METHOD = /^[A-Z]+(?= \S+ HTTP\/1\.1\r)/gm;

const HANDLER = `// The program: put yours here.
function handler(req, res) {
  res.end();
}`;

const SERVER = `  createServer(handler).emit('connection', socket);`;

const AGENT = `  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => socket;
  void program(agent);`;

/** What a program has handed over of a request. */
interface Sent {
  readonly chunks: Buffer[];
  trailers: readonly (readonly [name: string, value: string])[];
  /** Only after the server has asked for it. */
  waits: boolean;
}

/** @param found by the lines of connections and the numbers of exchanges */
function note(found: Map<string, Sent>, { kind, line, exchange, value, bits, code, payload, text }: Frame): void {
  const at = (place: string): Sent => {
    const known = found.get(place) ?? { chunks: [], trailers: [], waits: false };
    found.set(place, known);
    return known;
  };
  const key = line % 2 === 1 ? `${line}` : `${line}.${exchange}`;
  if (kind === v.POOL) found.set(key, at(value > 0 ? `${value * 2 + 1}` : `${bits * 2}.${code}`));
  else if (kind === v.STEP && v.EVENTS[code]![0] === 'wire.continue') at(key).waits = at(key).chunks.length === 0;
  const call = v.CALLS[code];
  if (kind !== v.CALL || (call !== 'user.write' && call !== 'user.end')) return;
  const sent = at(key);
  const data = payload && dataOf(payload);
  if (data)
    sent.chunks.push(typeof data === 'string' ? Buffer.from(data, payload.form === 2 ? 'utf8' : 'latin1') : data);
  sent.trailers = [...text.matchAll(/^([^:]+): (.*)\r\n/gm)].map(([, name, field]) => [name!, field!]);
}

/** Makes the requests again. */
async function programOf(connection: RecordedConnection, all: ReadonlyMap<string, Sent>): Promise<string> {
  const requests: string[] = [];
  for await (const { request, id } of exchangesOf(connection)) {
    const { method, url, rawHeaders } = request.head;
    const { chunks, trailers, waits } = all.get(`${connection.line}.${id.slice(id.indexOf('.') + 1)}`) ?? NOTHING;
    const given = [
      `method: ${quoted(method)}`,
      `path: ${quoted(url)}`,
      `headers: [${rawHeaders.map(quoted).join(', ')}]`,
      `chunks: [${chunks.map(literal).join(', ')}]`,
      ...(trailers.length > 0 ? [`trailers: ${quoted(trailers)}`] : []),
      ...(waits ? ['waits: true'] : []),
    ];
    requests.push(`  { ${given.join(', ')} },`);
  }
  return `// The program: put yours here.
const requests = [
${requests.join('\n')}
];
async function program(agent) {
  for (const { chunks, trailers = [], waits = false, ...options } of requests) {
    await new Promise((resolve) => {
      const made = request({ agent, ...options }, (response) => response.on('error', () => {}).on('close', resolve).resume());
      const send = () => {
        for (const chunk of chunks) made.write(chunk);
        made.addTrailers(trailers);
        made.end();
      };
      made.on('error', resolve);
      if (waits) made.on('continue', send);
      else send();
    });
  }
}`;
}

const NOTHING: Sent = { chunks: [], trailers: [], waits: false };

const withoutDate = (text: string): string => text.replace(/^Date: .*\r\n/gm, '');
