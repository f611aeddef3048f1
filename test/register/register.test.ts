/** `statewire/register`: who sees statewire, how it comes and goes, and when it warns. */
import { cpSync, existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { cert, key } from './kit/certificate.js';
import { Project, registered } from './kit/project.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const project = new Project();
beforeAll(() => project.build(), 120_000);
afterAll(() => project.remove());

/** Prints, for each way to a built-in module, whether it leads to statewire. */
const ways = (name: string, entry: string) => `
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const imported = await import('node:${name}');
const { request, Agent, default: exports } = await import('${name}');
const statewire = require('${entry}');
const seen = {
  require: require('${name}').request,
  'require node:': require('node:${name}').request,
  named: request,
  'named node:': imported.request,
  default: exports.request,
  builtin: process.getBuiltinModule('${name}').request,
};
for (const [way, value] of Object.entries(seen)) if (value !== statewire.request) console.log(way);
const globals = ['WebSocket', 'CloseEvent', 'MessageEvent'];
const differing = Object.keys(exports).filter((name) => !globals.includes(name) && exports[name] !== statewire[name]);
console.log(differing.join() || 'all', Agent === statewire.Agent, exports === require('${name}'));`;

const isSwapped = "require('http').request === require('statewire').request";

describe('what sees statewire', () => {
  it.each([
    ['--import', { flags: registered }],
    ['--require', { flags: ['--require', 'statewire/register'] }],
    ['NODE_OPTIONS, import', { flags: [], env: { NODE_OPTIONS: '--import statewire/register' } }],
    ['NODE_OPTIONS, require', { flags: [], env: { NODE_OPTIONS: '--require statewire/register' } }],
  ])('require, import and getBuiltinModule, by %s', async (_, options) => {
    expect(await project.printed(ways('http', 'statewire'), options, 'ways.mjs')).toBe('all true true');
    expect(await project.printed(ways('https', 'statewire/https'), options, 'ways.mjs')).toBe('all true true');
  });

  it('a server and a request over TLS', async () => {
    const text = `
      const https = require('https');
      const { IncomingMessage, ServerResponse } = require('statewire');
      const server = https.createServer({ key: ${JSON.stringify(key)}, cert: ${JSON.stringify(cert)} }, (req, res) => {
        console.log(req instanceof IncomingMessage, res instanceof ServerResponse, req.socket.encrypted);
        res.end('a');
      });
      server.listen(0, () => {
        https.get({ port: server.address().port, rejectUnauthorized: false }, (res) => {
          console.log(res instanceof IncomingMessage, res.statusCode, server instanceof require('statewire/https').Server);
          res.resume().on('end', () => server.close());
        });
      });`;
    expect(await project.printed(text)).toBe('true true true\ntrue 200 true');
  });

  it('static imports of the program', async () => {
    const text = `
      import http, { createServer, get } from 'node:http';
      import * as all from 'node:http';
      import statewire from 'statewire';
      console.log(http.get === statewire.get, get === statewire.get, createServer === statewire.createServer);
      console.log(all.Server === statewire.Server);`;
    expect(await project.printed(text, {}, 'static.mjs')).toBe('true true true\ntrue');
  });

  it('modules that had imported it by name before', async () => {
    project.write({ 'first.mjs': "import { get } from 'node:http'; globalThis.before = () => get;" });
    const text = `
      import statewire from 'statewire';
      console.log(before() === statewire.get);`;
    const flags = ['--import', './first.mjs', ...registered];
    expect(await project.printed(text, { flags }, 'refreshed.mjs')).toBe('true');
  });

  it('a module that holds the object', async () => {
    project.write({ 'holder.cjs': "const http = require('http');\nexports.get = () => http.get;" });
    const text = `
      const { get } = require('./holder.cjs');
      require('statewire/register');
      console.log(get() === require('statewire').get);`;
    expect(await project.printed(text, { flags: [] })).toBe('true');
  });

  const worker = `console.log('worker', ${isSwapped});`;
  const spawn = `
    const { Worker } = require('node:worker_threads');
    const { fork } = require('node:child_process');
    new Worker('./worker.cjs').once('exit', () => fork('./worker.cjs'));`;
  it.each([
    ['flags', { flags: registered }],
    ['--require', { flags: ['--require', 'statewire/register'] }],
    ['NODE_OPTIONS', { flags: [], env: { NODE_OPTIONS: '--import statewire/register' } }],
  ])('worker threads and forked children, by %s', async (_, options) => {
    project.write({ 'worker.cjs': worker });
    expect(await project.printed(spawn, options)).toBe('worker true\nworker true');
  });

  it('workers of a cluster', async () => {
    const text = `
      const cluster = require('node:cluster');
      if (cluster.isPrimary) cluster.fork().on('message', (message) => console.log(message)).on('exit', (code) => console.log(code));
      else process.send(${isSwapped}, () => process.disconnect());`;
    expect(await project.printed(text)).toBe('true\n0');
  });
});

describe('the exports', () => {
  it('look as those of node:http', async () => {
    const text = `
      const http = require('http');
      http.request;
      for (const [name, { value, get, set, ...flags }] of Object.entries(Object.getOwnPropertyDescriptors(http)))
        console.log(name, typeof value, typeof get, typeof set, JSON.stringify(flags));`;
    expect(await project.both(text)).toContain('request function undefined undefined');
  });

  it('do not load statewire before one of them is read', async () => {
    const text = `
      const loaded = () => Object.keys(require.cache).some((path) => path.endsWith('core.cjs'));
      const http = process.getBuiltinModule('http');
      console.log('request' in http, Object.keys(http).includes('request'), http.maxHeaderSize, loaded());
      typeof http.request;
      console.log(loaded());`;
    expect(await project.printed(text)).toBe('true true 16384 false\ntrue');
  });

  it('can be replaced before and after statewire is loaded', async () => {
    const text = `
      const http = process.getBuiltinModule('http');
      const mine = () => 'mine';
      http.get = mine;
      Object.defineProperty(http, 'createServer', { value: mine, configurable: true, writable: true });
      console.log(http.get === mine, http.createServer === mine, http.request === require('statewire').request);
      console.log(http.get === mine, http.createServer === mine);
      http.request = mine;
      const child = Object.create(http);
      child.Agent = mine;
      require('module').syncBuiltinESMExports();
      import('http').then(({ get, request, Agent }) => console.log(get === mine, request === mine, Agent === mine));`;
    expect(await project.printed(text)).toBe('true true true\ntrue true\ntrue true false');
  });

  it('can be mocked by their descriptors, once they are required', async () => {
    const text = `
      const { mock } = require('node:test');
      for (const name of ['http', 'https']) {
        const exports = require(name);
        const { mock: calls } = mock.method(exports, 'request', () => 'mocked');
        console.log(exports.request(), calls.callCount(), Object.getOwnPropertyDescriptor(exports, 'get').writable);
      }`;
    expect(await project.printed(text)).toBe('mocked 1 true\nmocked 1 true');
  });

  it('can be replaced on an object that inherits them', async () => {
    const text = `
      const http = require('http');
      const child = Object.create(http);
      child.get = 1;
      console.log(Object.hasOwn(child, 'get'), child.get, http.get === require('statewire').get);`;
    expect(await project.both(text.replace(/, http\.get.*/, ');'))).toBe('true 1');
    expect(await project.printed(text)).toBe('true 1 true');
  });

  it('can be copied and wrapped with their properties', async () => {
    const text = `
      const http = require('http');
      const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(http));
      const before = Object.getOwnPropertyDescriptor(http, 'get');
      let reads = 0;
      Object.defineProperty(http, 'get', {
        get() {
          reads++;
          return before.get ? before.get() : before.value;
        },
      });
      console.log(http.get === copy.get, http.get.name, reads, copy.request === http.request, copy.globalAgent === http.globalAgent);
      copy.Agent = 1;
      console.log(copy.Agent, typeof http.Agent);`;
    expect(await project.both(text)).toBe('true get 2 true true\n1 function');
  });

  it('share one global agent, before and after statewire is loaded', async () => {
    const text = `
      const http = require('http');
      const agent = { mine: true };
      http.globalAgent = agent;
      const statewire = require('statewire');
      console.log(statewire.globalAgent === agent, http.globalAgent === agent);
      const made = statewire.globalAgent = new http.Agent({ keepAlive: true });
      const request = http.get('http://127.0.0.1:1').on('error', () => {});
      console.log(http.globalAgent === made, request.agent === made);`;
    expect(await project.printed(text)).toBe('true true\ntrue true');
  });

  it('are not loaded with faked time', async () => {
    const text = `
      const http = require('http');
      const timers = require('timers');
      const { setTimeout: wait } = timers;
      const fake = () => { throw new Error('faked'); };
      const names = Object.keys(timers).filter((name) => /^(set|clear)/.test(name));
      for (const name of names) timers[name] = globalThis[name] = fake;
      globalThis.queueMicrotask = performance.now = fake;
      globalThis.Date = class { static now = fake; };
      const server = http.createServer({ keepAliveTimeout: 1, keepAliveTimeoutBuffer: 0 }, (req, res) => res.end('ok'));
      server.listen(0, '127.0.0.1', () => {
        const agent = new http.Agent({ keepAlive: true });
        http.get({ agent, timeout: 5000, port: server.address().port }, (response) => {
          console.log(/GMT$/.test(response.headers.date));
          response.on('data', (data) => console.log(String(data)));
        });
        server.once('connection', (socket) => socket.on('close', () => server.close(() => console.log('closed'))));
      });
      console.log(names.every((name) => timers[name] === fake), Object.hasOwn(performance, 'now'), queueMicrotask === fake, Date.now === fake);`;
    expect(await project.printed(text)).toBe('true true true true\ntrue\nok\nclosed');
  });

  it('are not loaded through hooks of the program', async () => {
    const text = `
      const http = require('http');
      const Module = require('module');
      const fake = () => { throw new Error('hooked'); };
      const { _load, _extensions } = Module;
      const { require: own } = Module.prototype;
      Module._load = Module.prototype.require = Module._resolveFilename = _extensions['.js'] = _extensions['.cjs'] = fake;
      console.log(typeof http.request, http.Server.name);
      console.log(Module._load === fake, Module.prototype.require === fake, _extensions['.js'] === fake);`;
    expect(await project.printed(text)).toBe('function Server\ntrue true true');
  });
});

describe('register() and unregister()', () => {
  it('restore what was there, and swap again', async () => {
    const text = `
      import http, { get } from 'node:http';
      import { register, unregister } from 'statewire/register';
      import statewire from 'statewire';
      const look = () => JSON.stringify(Object.getOwnPropertyDescriptors(http), (key, value) => typeof value === 'function' ? (value.id ??= Math.random()) : value);
      unregister();
      const node = look();
      console.log(get === statewire.get, http.get === statewire.get, http.Agent === statewire.Agent);
      unregister();
      register();
      console.log(get === statewire.get, http.get === statewire.get, http.Agent === statewire.Agent);
      http.get = () => {};
      unregister();
      console.log(look() === node, get === http.get, Object.getOwnPropertySymbols(http).length);`;
    expect(await project.printed(text, {}, 'undo.mjs')).toBe('false false false\ntrue true true\ntrue true 0');
  });

  it('leave the built-in exactly as it was', async () => {
    const text = `
      const http = require('http');
      const before = Object.getOwnPropertyDescriptors(http);
      const { register, unregister } = require('statewire/register');
      const { Agent } = http;
      unregister();
      const after = Object.getOwnPropertyDescriptors(http);
      const same = Object.keys(before).every((name) => ['value', 'get', 'set', 'writable', 'enumerable', 'configurable'].every((key) => before[name][key] === after[name][key]));
      console.log(same, Object.keys(before).join() === Object.keys(after).join(), Agent !== http.Agent);
      console.log(new Agent().options.noDelay, require('statewire').createServer().requireHostHeader);`;
    expect(await project.printed(text, { flags: [] })).toBe('true true true\ntrue true');
  });

  it('work once in a process, however often and from where it is loaded', async () => {
    cpSync(join(project.folder, 'node_modules/statewire'), join(project.folder, 'copy'), { recursive: true });
    const text = `
      const { unregister } = require('./copy/dist/register.cjs');
      console.log(${isSwapped}, require('http').request === require('./copy/dist/index.cjs').request);
      unregister();
      console.log(${isSwapped}, /native|statewire/.test(require('http').request));`;
    const flags = [...registered, '--require', 'statewire/register', '--import', './copy/dist/register.mjs'];
    // --require comes before --import: all are the same module, or the second copy.
    expect(await project.printed(text, { flags })).toBe('true false\nfalse false');
  });

  it('have _headers of outgoing messages if node:http has them, with its warning', async () => {
    const text = `
      const { OutgoingMessage } = require('http');
      const message = new OutgoingMessage();
      message.setHeader('A', 'b');
      process.on('warning', ({ code, message }) => console.log(code, message));
      console.log(message._headers, message._headerNames);`;
    project.write({ 'old.cjs': text });
    const flags = ['--no-warnings'];
    const [host, ours] = [
      await project.run('old.cjs', { flags }),
      await project.run('old.cjs', { flags: [...registered, ...flags] }),
    ];
    expect(ours).toEqual(host);
    expect(host.stdout).toContain(HOST < 24 ? 'DEP0066' : 'undefined undefined');
  });

  it('set the defaults that node:http has, and options over them', async () => {
    const text = `
      const { register, unregister } = require('statewire/register');
      const host = () => Object.values(require('http').createServer()).filter((value) => value === 'node').join();
      console.log(host());
      register({ requireHostHeader: true });
      console.log(host());
      register({ deprecatedHeaders: true });
      console.log('_headers' in require('http').OutgoingMessage.prototype);
      register({ deprecatedHeaders: false });
      console.log('_headers' in require('http').OutgoingMessage.prototype);
      unregister();
      console.log(require('statewire').createServer().requireHostHeader);`;
    expect(await project.printed(text, { flags: [] })).toBe('node,node\nnode\ntrue\nfalse\ntrue');
  });

  it('close a socket whose request was destroyed, where node:http does', async () => {
    const text = `
      const http = require('http');
      const { once } = require('events');
      const agent = new http.Agent({ keepAlive: true });
      const { createConnection } = agent;
      let socket;
      agent.createConnection = (...args) => (socket = createConnection.apply(agent, args));
      const fate = () => once(socket, 'free').then(() => socket.destroyed);
      const server = http.createServer((req, res) => res.end()).listen(0, async () => {
        const options = { port: server.address().port, agent };
        const destroyed = () => {
          http.get(options).on('error', () => {}).destroy();
          return fate();
        };
        http.get(options, (res) => res.resume());
        const fates = [await fate(), await destroyed()];
        agent.destroy();
        fates.push(await destroyed());
        console.log(fates.join());
        agent.destroy();
        server.close();
        server.closeAllConnections();
      });`;
    expect(await project.printed(text)).toBe(await project.printed(text, { flags: [] }));
  });

  it('set the order of events, unless the environment does', async () => {
    const text = `
      const { register, unregister } = require('statewire/register');
      console.log(require('statewire').eventOrder);
      register({ eventOrder: 'documented' });
      console.log(require('statewire').eventOrder);
      register({ eventOrder: 'host' });
      unregister();
      console.log(require('statewire').eventOrder);`;
    expect(await project.printed(text, { flags: [] })).toBe('host\ndocumented\ndocumented');
    const env = { STATEWIRE_EVENT_ORDER: 'documented' };
    expect(await project.printed(text, { flags: [], env })).toBe('documented\ndocumented\ndocumented');
  });

  it('are refused with an error if they are invalid, and change nothing', async () => {
    const text = `
      const { register, unregister } = require('statewire/register');
      unregister();
      for (const options of [{ eventOrder: 'mine' }, { requireHostHeader: 'no' }, { rejectExcessHeaders: 1 },
        { frameUpgradeBody: 1 }, { nope: 1 }, { deprecatedHeaders: 'x' }, null, 5]) {
        try {
          register(options);
        } catch ({ code }) {
          console.log(code, ${isSwapped}, require('statewire').eventOrder);
        }
      }`;
    expect(await project.printed(text, { flags: [] })).toBe(
      [
        'ERR_INVALID_ARG_VALUE false documented',
        'ERR_INVALID_ARG_VALUE false documented',
        'ERR_INVALID_ARG_VALUE false documented',
        'ERR_INVALID_ARG_TYPE false documented',
        'ERR_INVALID_ARG_VALUE false documented',
        'ERR_INVALID_ARG_TYPE false documented',
        'ERR_INVALID_ARG_TYPE false documented',
        'ERR_INVALID_ARG_TYPE false documented',
      ].join('\n'),
    );
  });
});

describe('the warning', () => {
  const file = (name: string) => `${project.folder}/${name}`;
  const warned = async (captor: string, options: object = {}) => {
    project.write({
      'captor.cjs': captor,
      'late.cjs':
        "require('./captor.cjs');\nrequire('statewire/register');\nrequire('statewire/register').register();\nconsole.log('done');",
    });
    const { code, stdout, stderr } = await project.run('late.cjs', options);
    expect([code, stdout]).toEqual([0, 'done\n']);
    return stderr;
  };

  it.each([
    ['a destructured require', "const { request } = require('http');"],
    ['a destructured require in lines', "const {\n  request,\n  Agent: Mine,\n} = require('node:http');"],
    ['a member of the require', 'var request = require("http").request;'],
    ['a subclass', "const http = require('http');\nclass Mine extends http.Agent {}"],
    [
      'a compiled subclass',
      "const node_http_1 = __importDefault(require('http'));\nfunction __importDefault(x) { return { default: x }; }\nclass Mine extends node_http_1.default.Agent {}",
    ],
    ['a member kept', "const http = require('http');\nconst request = http.request;"],
    ['a copy', "const http = require('http');\nmodule.exports = { ...http };"],
    ['a copy of the require', "module.exports = Object.assign({}, require('http'));"],
    ['inherits()', "const http = require('http');\nfunction Mine() {}\nrequire('util').inherits(Mine, http.Agent);"],
  ])('names the module of %s, once', async (_, text) => {
    const stderr = await warned(text);
    expect(stderr.match(/STATEWIRE_LATE/g)).toHaveLength(1);
    expect(stderr).toContain(file('captor.cjs'));
  });

  it.each([
    [
      'reads the object when it needs it',
      "const http = require('http');\nexports.get = (url) => http.get(url, { agent: http.globalAgent });",
    ],
    ['does not use it', "const net = require('net');"],
    ['only loads it', "require('http');"],
  ])('does not come for a module that %s', async (_, text) => {
    expect(await warned(text)).toBe('');
  });

  it.each([
    [
      'wraps a function',
      "const http = require('http');\nhttp.get = Object.assign((...args) => args, { __wrapped: true });",
    ],
    ['wraps emit', "const http = require('http');\nhttp.Server.prototype.emit = function () {};"],
  ])('says that a tool %s', async (_, text) => {
    const stderr = await warned(text);
    expect(stderr).toMatch(/STATEWIRE_LATE.*A tool has wrapped functions of node:http/);
  });

  it('does not come when register is loaded first', async () => {
    expect(await warned("const { request } = require('http');", { flags: registered })).toBe('');
  });
});

describe('its neighbours', () => {
  it.each([
    ['fetch()', ''],
    ['undici', "const { fetch } = require('undici');"],
  ])('%s', async (name, load) => {
    if (name === 'undici') installUndici();
    const text = `
      ${load}
      const http = require('http');
      const server = http.createServer((req, res) => req.pipe(res));
      server.listen(0, '127.0.0.1', async () => {
        const url = 'http://127.0.0.1:' + server.address().port;
        const response = await fetch(url, { method: 'POST', body: 'hello' });
        console.log(response.status, await response.text());
        const streamed = await fetch(url, { method: 'POST', duplex: 'half', body: new Blob(['streamed']).stream() });
        console.log(streamed.headers.get('transfer-encoding'), await streamed.text());
        server.close(() => console.log('closed'));
        server.closeIdleConnections();
      });`;
    expect(await project.both(text)).toBe('200 hello\nchunked streamed\nclosed');
  });

  /** A version that runs on all lines of Node. */
  function installUndici(): void {
    const target = join(project.folder, 'node_modules/undici');
    if (!existsSync(target)) symlinkSync(join(root, 'node_modules/undici7'), target);
  }

  const secure = `
    const http2 = require('http2');
    const options = { allowHTTP1: true, key: \`${key}\`, cert: \`${cert}\` };
    const trusted = { ca: options.cert, servername: 'localhost' };`;
  const over2 = `
      const over2 = (port) => new Promise((resolve) => {
        const session = http2.connect('https://localhost:' + port, trusted);
        const stream = session.request({ ':path': '/2', ':method': 'POST' });
        stream.on('response', (headers) => console.log(headers[':status'], headers['x-version']));
        stream.on('data', (data) => console.log(String(data))).on('close', () => session.close(resolve));
        stream.end('two');
      });`;

  it('node:http2', async () => {
    const text = `${secure}${over2}
      const server = http2.createSecureServer({ ...options, allowHTTP1: false }, (req, res) => {
        res.setHeader('x-version', req.httpVersion);
        req.pipe(res);
      });
      server.listen(0, 'localhost', async () => {
        await over2(server.address().port);
        server.close(() => console.log('closed'));
      });`;
    expect(await project.both(text)).toBe('200 2.0\ntwo\nclosed');
  });

  it('node:http2 that allows HTTP/1.1, with the classes of http', async () => {
    const text = `${secure}${over2}
      const http = require('http');
      const https = require('https');
      const server = http2.createSecureServer(options, (req, res) => {
        res.setHeader('x-version', req.httpVersion);
        if (req.httpVersion === '1.1') console.log(req instanceof http.IncomingMessage, res instanceof http.ServerResponse);
        req.pipe(res);
      });
      const over1 = (agent) => new Promise((resolve) => {
        const request = https.request({ ...trusted, agent, port: server.address().port, method: 'POST' }, (response) => {
          console.log(response.statusCode, response.headers['x-version'], response.headers.connection);
          response.on('data', (data) => console.log(String(data))).on('end', resolve);
        });
        request.end('one');
      });
      server.listen(0, 'localhost', async () => {
        const agent = new https.Agent({ keepAlive: true });
        await over1(agent);
        await over1(false);
        await over2(server.address().port);
        // The idle connection of HTTP/1.1 is closed at once.
        setImmediate(() => server.close(() => console.log('closed')));
      });`;
    expect(await project.both(text)).toBe(
      ['true true\n200 1.1 keep-alive\none', 'true true\n200 1.1 close\none', '200 2.0\ntwo\nclosed'].join('\n'),
    );
  });

  it('node:http2 that allows HTTP/1.1, whose close() the program has promisified', async () => {
    const text = `${secure}
      const https = require('https');
      const { promisify } = require('util');
      const server = http2.createSecureServer(options, (req, res) => res.end());
      server.close = promisify(server.close);
      server.listen(0, 'localhost', () => {
        https.get({ ...trusted, agent: false, port: server.address().port }, (response) => {
          response.resume().on('end', () => server.close().then(() => console.log('closed')));
        });
      });`;
    expect(await project.both(text)).toBe('closed');
  });

  it('node:http2 that allows HTTP/1.1, with classes of its own (row http2-fallback)', async () => {
    const text = `${secure}
      const http = require('http');
      const https = require('https');
      class Mine extends http.IncomingMessage {}
      const server = http2.createSecureServer({ ...options, Http1IncomingMessage: Mine }, (req, res) => {
        console.log(req instanceof Mine, req instanceof http.IncomingMessage);
        res.end();
      });
      server.listen(0, 'localhost', () => {
        https.get({ ...trusted, agent: false, port: server.address().port }, (response) => {
          response.resume().on('end', () => server.close());
        });
      });`;
    expect(await project.printed(text)).toBe('false true');
    expect(await project.printed(text, { flags: [] })).toBe('true true');
  });
});
