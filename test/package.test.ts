/** The package as users get it: built, packed, installed into an empty project, loaded as ESM and CommonJS. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Example, examplesOf, pages } from './docs/examples.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'statewire-package-'));
const project = join(folder, 'project');
let tarball: string;
const installed = join(project, 'node_modules', 'statewire');

const codeIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[cm]?[jt]s$/.test(name));

async function runInProject(name: string, text: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  writeFileSync(join(project, name), text);
  const { stdout } = await run(process.execPath, [name], { cwd: project, env: { ...process.env, ...env } });
  return stdout.trim();
}

/** What the compiler prints about files of the project. */
async function compile(options: object, files: readonly string[]): Promise<string> {
  const more = { target: 'es2022', strict: true, noEmit: true, types: ['node'] };
  const compilerOptions = { ...more, ...options, typeRoots: [join(root, 'node_modules', '@types')] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', '.'], { cwd: project }).catch((error) => error);
  return stdout;
}

/** A port without a server. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

beforeAll(async () => {
  const { stdout } = await run(process.execPath, ['scripts/stage.mjs', folder], { cwd: root });
  tarball = stdout.trim();
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: project });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const serve = `
  const server = http.createServer((req, res) => res.end('served ' + req.url));
  server.listen(0, '127.0.0.1', async () => {
    const response = await fetch('http://127.0.0.1:' + server.address().port + '/page');
    console.log(await response.text());
    server.close();
    server.closeAllConnections();
  });`;

describe('the installed package', () => {
  it('has no dependencies', () => {
    const packages = readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(packages).toEqual(['statewire']);
  });

  it('contains code, declarations and licences, and no sources', () => {
    const names = readdirSync(installed);
    const files = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'diagrams', 'dist', 'package.json'];
    expect(names.sort()).toEqual(files);
    expect(readdirSync(join(installed, 'dist')).sort()).toEqual([
      'THIRD_PARTY_NOTICES',
      'bundle',
      'cli.mjs',
      ...['https.cjs', 'https.d.cts', 'https.d.mts', 'https.mjs'],
      ...['index.cjs', 'index.d.cts', 'index.d.mts', 'index.mjs'],
      ...['journal-register.cjs', 'journal-register.d.cts', 'journal-register.d.mts', 'journal-register.mjs'],
      ...['journal.cjs', 'journal.d.cts', 'journal.d.mts', 'journal.mjs'],
      ...['machines.cjs', 'machines.d.cts', 'machines.d.mts', 'machines.mjs'],
      ...['register.cjs', 'register.d.cts', 'register.d.mts', 'register.mjs'],
      'rooms',
      ...['testing.cjs', 'testing.d.cts', 'testing.d.mts', 'testing.mjs'],
      'types',
    ]);
  });

  it('has links that lead somewhere', () => {
    const page = readFileSync(join(installed, 'README.md'), 'utf8');
    const links = [...page.matchAll(/\]\(([^)]*)\)/g)].map(([, target]) => target!);
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((target) => !/^(#|https:)/.test(target))).toEqual([]);
    expect(links.filter((target) => target.endsWith('.svg'))).toEqual([expect.stringContaining('/raw/main/diagrams/')]);
  });

  it('weighs little', () => {
    const sizes = readdirSync(installed, { recursive: true, encoding: 'utf8' }).map((name) =>
      statSync(join(installed, name)),
    );
    const unpacked = sizes.filter((each) => each.isFile()).reduce((sum, { size }) => sum + size, 0);
    expect(unpacked).toBeLessThan(1_200_000);
    expect(statSync(tarball).size).toBeLessThan(349_000);
  });

  it('lists bundled packages in its notices', () => {
    const notices = readFileSync(join(installed, 'dist', 'THIRD_PARTY_NOTICES'), 'utf8');
    for (const name of [/^xstate \d/m, /^rxjs \d/m, /^undici \d/m, /^llhttp/m]) expect(notices).toMatch(name);
  });

  it('contains nothing about the machine that built it', () => {
    for (const name of codeIn(installed)) {
      const text = readFileSync(join(installed, name), 'utf8');
      expect(text, name).not.toContain(root);
      expect(text, name).not.toContain(folder);
    }
  });

  it('omits the unused parts of rxjs', () => {
    const core = readFileSync(join(installed, 'dist', 'rooms', 'core.cjs'), 'utf8');
    expect(core).toContain('UnsubscriptionError');
    expect(core).not.toMatch(/VirtualTimeScheduler|bufferToggle|AjaxObservable|WebSocketSubject/);
  });

  it.each([
    ['require', "const http = require('statewire');"],
    ['import', "import http from 'statewire';"],
  ])('lets others ask from the first moment on, with STATEWIRE_INSPECT=1: %s', async (way, load) => {
    const text = `${load}
      const server = http.createServer().listen(0, '127.0.0.1', () => {
        console.log(http.explain(server).length);
        server.close();
      });`;
    const name = `inspected.${way === 'require' ? 'cjs' : 'mjs'}`;
    expect(await runInProject(name, text, { STATEWIRE_INSPECT: '1' })).toBe('1');
  });

  it('has a command that prints its diagrams', async () => {
    const { stdout } = await run(join(project, 'node_modules', '.bin', 'statewire'), ['diagrams', 'server']);
    expect(stdout).toBe(readFileSync(join(root, 'diagrams', 'server.txt'), 'utf8'));
  });

  it('serves if required', async () => {
    expect(await runInProject('serve.cjs', `const http = require('statewire');${serve}`)).toBe('served /page');
  });

  it('serves if imported', async () => {
    expect(await runInProject('serve.mjs', `import http from 'statewire';${serve}`)).toBe('served /page');
  });

  it('is the same instance for require and import', async () => {
    const text = `
      import { createRequire } from 'node:module';
      import http, * as face from 'statewire';
      const required = createRequire(import.meta.url)('statewire');
      const { default: _, ...named } = face;
      const differing = Object.keys(required).filter((name) => required[name] !== named[name]);
      const missing = Object.keys(required).filter((name) => !(name in named));
      console.log(http === required, missing.join(), differing.every((name) => ['WebSocket', 'CloseEvent', 'MessageEvent'].includes(name)));`;
    expect(await runInProject('same.mjs', text)).toBe('true  true');
  });

  it('accesses no lazy global of the host when loaded', async () => {
    const text = `
      let accesses = 0;
      for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent'])
        Object.defineProperty(globalThis, name, { get: () => ++accesses });
      import('statewire').then(({ default: http, WebSocket }) => {
        console.log(accesses, typeof WebSocket, accesses, http.WebSocket, accesses);
      });`;
    expect(await runInProject('globals.cjs', text)).toBe('0 function 0 1 1');
  });

  it('loads only what node:http has loaded, with few exceptions', async () => {
    const text = `
      require('node:http');
      const before = new Set(process.moduleLoadList);
      require('statewire');
      const more = process.moduleLoadList.filter((name) => name.startsWith('NativeModule ') && !before.has(name));
      console.log(more.filter((name) => !name.includes('internal/')).join());`;
    expect(await runInProject('builtins.cjs', text)).toBe('NativeModule process,NativeModule os');
  });

  it('has one global agent, which can be replaced', async () => {
    const text = `
      const http = require('statewire');
      const first = http.globalAgent;
      const mine = new http.Agent({ keepAlive: true });
      http.globalAgent = mine;
      const agentOf = (request) => (request.on('error', () => {}).destroy(), request.agent);
      import('statewire').then((face) => {
        const used = agentOf(face.request('http://127.0.0.1:1'));
        console.log(used === mine, face.default.globalAgent === mine, face.globalAgent === mine, first !== mine);
      });`;
    expect(await runInProject('agent.cjs', text)).toBe('true true true true');
  });

  it('has one order of events, which can be set', async () => {
    const text = `
      const http = require('statewire');
      import('statewire').then(({ default: face }) => {
        http.eventOrder = 'host';
        const seen = face.eventOrder;
        face.eventOrder = 'documented';
        console.log(seen, http.eventOrder);
      });`;
    expect(await runInProject('order.cjs', text)).toBe('host documented');
  });

  it.each([
    ['host', 'host'],
    ['', 'documented'],
    [
      'hosts',
      "The property 'process.env.STATEWIRE_EVENT_ORDER' must be one of: 'documented', 'host'. Received 'hosts'",
    ],
  ])('with STATEWIRE_EVENT_ORDER=%s: %s', async (value, expected) => {
    const text = `
      try {
        console.log(require('statewire').eventOrder);
      } catch ({ message }) {
        console.log(message);
      }`;
    expect(await runInProject('environment.cjs', text, { STATEWIRE_EVENT_ORDER: value })).toBe(expected);
  });

  it.each([
    ['1', 'true'],
    ['0', 'false'],
    ['', 'false'],
  ])('with NODE_USE_ENV_PROXY=%s, looks for a proxy: %s', async (value, expected) => {
    const text = "console.log(require('statewire').globalAgent.options.proxyEnv === process.env)";
    expect(await runInProject('proxy.cjs', text, { NODE_USE_ENV_PROXY: value })).toBe(expected);
  });

  it('has exports that can be replaced', async () => {
    const text = `
      const http = require('statewire');
      const original = http.createServer;
      const mine = () => 'mine';
      http.createServer = mine;
      http.added = 1;
      import('statewire').then((face) => {
        console.log(face.default.createServer === mine, face.default.added, face.createServer === original || 'replaced');
      });`;
    expect(await runInProject('mutable.cjs', text)).toBe('true 1 replaced');
  });

  it('gives its classes their names', async () => {
    const text = `
      const http = require('statewire');
      const classes = Object.keys(http).filter((name) => /^[A-Z]/.test(name) && typeof http[name] === 'function');
      console.log(classes.length > 0, classes.filter((name) => http[name].name !== name).join());`;
    expect(await runInProject('names.cjs', text)).toBe('true');
  });

  it('keeps the names of its classes and functions', () => {
    const rooms = join(installed, 'dist', 'rooms');
    const text = readdirSync(rooms)
      .map((name) => readFileSync(join(rooms, name), 'utf8'))
      .join('\n');
    // `Parser=class extends …` is called Parser, `Parser=class a extends …` is not.
    expect([...text.matchAll(/\b\w+=class (?!extends\b)\w+[^{]*\{(?!static name=)/g)].map(([found]) => found)).toEqual(
      [],
    );
    for (const name of ['forward', 'headFact', 'inflate', 'writeHeadOf']) expect(text).toContain(`function ${name}(`);
  });

  it('has the names of Node’s classes in stack traces', async () => {
    const text = `
      import { Duplex } from 'node:stream';
      import http from 'statewire';
      const made = {
        Agent: [],
        ClientRequest: [{ createConnection: () => new Duplex({ read() {}, write() {} }) }],
        IncomingMessage: [],
        OutgoingMessage: [],
        Server: [],
        ServerResponse: [{ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 }],
      };
      for (const [name, args] of Object.entries(made)) {
        const object = new http[name](...args);
        object.on('seen', () => console.log(object.constructor.name, new Error().stack.match(/at (.*)\\.emit/)[1]));
        object.emit('seen');
      }
      try {
        http.ClientRequest({ path: ' ' });
      } catch (error) {
        console.log(error.stack.match(/at (new \\w+)/)[1]);
      }
      process.exit();`;
    const names = ['Agent', 'ClientRequest', 'IncomingMessage', 'OutgoingMessage', 'Server', 'ServerResponse'];
    const printed = [...names.map((name) => `${name} ${name}`), 'new ClientRequest'];
    expect(await runInProject('names.mjs', text)).toBe(printed.join('\n'));
  });
});

describe('statewire/https', () => {
  const fixtures = join(root, 'test', 'https', 'fixtures');
  const secured = `
    const { readFileSync } = await import('node:fs');
    const read = (name) => readFileSync(${JSON.stringify(fixtures)} + '/' + name);
    const server = https.createServer({ key: read('server.key'), cert: read('server.crt') }, (req, res) => {
      res.end(req.url + ' ' + (req instanceof http.IncomingMessage));
    });
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      https.get({ host: '127.0.0.1', port, path: '/page', ca: read('ca.crt'), agent: false }, (res) => {
        res.setEncoding('utf8').on('data', (text) => console.log(text, res instanceof http.IncomingMessage));
        server.close();
      });
    });`;

  it('serves if required', async () => {
    const text = `const http = require('statewire'), https = require('statewire/https');\n(async () => {${secured}})()`;
    expect(await runInProject('secured.cjs', text)).toBe('/page true true');
  });

  it('serves if imported', async () => {
    const text = `import http from 'statewire';\nimport https from 'statewire/https';\n${secured}`;
    expect(await runInProject('secured.mjs', text)).toBe('/page true true');
  });

  it('is the same instance for require and import, on the classes of statewire', async () => {
    const text = `
      import { createRequire } from 'node:module';
      import { Agent } from 'statewire';
      import https, * as face from 'statewire/https';
      const required = createRequire(import.meta.url)('statewire/https');
      const { default: _, ...named } = face;
      const differing = Object.keys(required).filter((name) => required[name] !== named[name]);
      console.log(https === required, differing.join(), https.Agent.prototype instanceof Agent, Object.keys(named).join());`;
    const names = 'Agent,Server,createServer,get,globalAgent,request';
    expect(await runInProject('same-https.mjs', text)).toBe(`true  true ${names}`);
  });

  it('has exports that can be replaced, and a global agent', async () => {
    const text = `
      const https = require('statewire/https');
      const mine = new https.Agent();
      https.globalAgent = mine;
      https.request = 1;
      import('statewire/https').then((face) => {
        const request = face.get({ host: 'localhost', port: 1 });
        request.on('error', () => {}).destroy();
        console.log(request.agent === mine, face.default.request, face.default.globalAgent === mine);
      });`;
    expect(await runInProject('mutable-https.cjs', text)).toBe('true 1 true');
  });

  it('is not loaded with statewire, and neither is node:tls', async () => {
    const text = `
      const isTls = (name) => /\\b_?tls|https/.test(name);
      require('statewire');
      const before = process.moduleLoadList.filter(isTls).length;
      require('statewire/https');
      console.log(before, process.moduleLoadList.filter(isTls).length > 0);`;
    expect(await runInProject('tls.cjs', text)).toBe('0 true');
  });

  it.each([
    ['1', 'true'],
    ['0', 'false'],
  ])('with NODE_USE_ENV_PROXY=%s, looks for a proxy: %s', async (value, expected) => {
    const text = "console.log(require('statewire/https').globalAgent.options.proxyEnv === process.env)";
    expect(await runInProject('proxy-https.cjs', text, { NODE_USE_ENV_PROXY: value })).toBe(expected);
  });

  it('has the names of Node’s classes in stack traces', async () => {
    const text = `
      import https from 'statewire/https';
      for (const name of ['Agent', 'Server']) {
        const object = new https[name]();
        object.on('seen', () => console.log(object.constructor.name, new Error().stack.match(/at (.*)\\.emit/)[1]));
        object.emit('seen');
      }
      process.exit();`;
    expect(await runInProject('names-https.mjs', text)).toBe('Agent Agent\nServer Server');
  });
});

describe('statewire/testing', () => {
  it('shares the clock and the classes of statewire, however each was loaded', async () => {
    const text = `
      import { createRequire } from 'node:module';
      import http from 'statewire';
      import { memoryAgent, settled, virtualClock } from 'statewire/testing';
      const clock = virtualClock();
      try {
        createRequire(import.meta.url)('statewire/testing').virtualClock();
      } catch (error) {
        console.log(error.message);
      }
      const agent = memoryAgent(http.createServer(() => {}));
      const request = http.get({ agent, timeout: 60_000 });
      request.on('timeout', () => console.log('timeout', agent instanceof http.Agent));
      request.on('error', (error) => console.log(error.message));
      await clock.advance(60_000);
      request.destroy();
      await settled();`;
    const printed = 'The time is virtual already: uninstall() the clock that was made before';
    expect(await runInProject('testing.mjs', text)).toBe([printed, 'timeout true', 'socket hang up'].join('\n'));
  });

  it('is not loaded with statewire, nor is XState or llhttp', async () => {
    const text = `
      require('statewire');
      console.log(Object.keys(require.cache).map((path) => require('node:path').basename(path)).join());`;
    expect(await runInProject('loaded.cjs', text)).toBe('loaded.cjs,index.cjs,core.cjs');
  });

  it('has follows() without XState', async () => {
    const text = `
      const { follows } = require('statewire/testing');
      console.log(follows('request', ['req.socket', 'req.error', 'req.close']).follows);`;
    expect(await runInProject('follows.cjs', text)).toBe('true');
  });

  it('has a contract that statewire keeps completely, even in a separate process', async () => {
    const text = `
      import http from 'statewire';
      import { orderContract } from 'statewire/testing';
      const report = await orderContract(http, { specifier: 'statewire' });
      console.log(report.left.length, report.notHeld.length, report.kept.length === report.verdicts.length);`;
    expect(await runInProject('contract.mjs', text)).toBe('0 0 true');
  });
});

describe('statewire/register', () => {
  it('swaps node:http, by import and require', async () => {
    const text = "console.log(require('http').get === require('statewire').get)";
    for (const flag of ['--import', '--require']) {
      const env = { NODE_OPTIONS: `${flag} statewire/register` };
      expect(await runInProject('swapped.cjs', text, env)).toBe('true');
    }
  });
});

describe('statewire/journal/register', () => {
  it('records the connections of both builds', async () => {
    const text = (load: string) => `${load}
      const server = http.createServer((req, res) => res.end('hello'));
      server.listen(0, '127.0.0.1', () => {
        http.get({ port: server.address().port, agent: false }, (res) => res.resume().on('close', () => server.close()));
      });
      server.on('close', () => setTimeout(() => { throw new Error('at the end'); }));`;
    for (const [name, load] of [
      ['recorded.cjs', "const http = require('statewire');"],
      ['recorded.mjs', "import http from 'statewire';"],
    ] as const) {
      const STATEWIRE_JOURNAL = join(folder, `journals of ${name}`);
      const env = { NODE_OPTIONS: '--import statewire/journal/register', STATEWIRE_JOURNAL };
      await expect(runInProject(name, text(load), env)).rejects.toThrow('at the end');
      const [file] = readdirSync(STATEWIRE_JOURNAL);
      const { stdout } = await run(process.execPath, [
        ...[join(installed, 'dist', 'cli.mjs'), 'journal', 'replay', join(STATEWIRE_JOURNAL, file!)],
      ]);
      expect(stdout).toBe('2 equal, 0 different, 0 incomplete\n');
    }
  });
});

describe('what is lacking', () => {
  const refused = (file: string, ...flags: string[]) =>
    run(process.execPath, [...flags, file], { cwd: project }).then(
      () => '',
      ({ stderr }) => String(stderr),
    );

  it('is named if it is xstate', async () => {
    const message =
      'statewire/machines needs the package xstate, 5.33 or later, which was not found: npm install xstate';
    writeFileSync(join(project, 'lacking.cjs'), "require('statewire/machines');");
    writeFileSync(join(project, 'lacking.mjs'), "import 'statewire/machines';");
    for (const name of ['lacking.cjs', 'lacking.mjs']) {
      const printed = await refused(name);
      expect(printed).toContain(`TypeError: ${message}`);
      expect(printed).toContain("code: 'STATEWIRE_NO_XSTATE'");
    }
  });

  it('is named if it is WebAssembly', async () => {
    const message =
      'statewire parses HTTP by WebAssembly, which this process does not have: run Node without --jitless';
    writeFileSync(join(project, 'jitless.cjs'), "require('statewire');");
    const printed = await refused('jitless.cjs', '--jitless');
    expect(printed).toContain(`Error: ${message}`);
    expect(printed).toContain("code: 'STATEWIRE_NO_WEBASSEMBLY'");
  });
});

describe('statewire/machines', () => {
  const xstate = join(project, 'node_modules', 'xstate');
  beforeAll(() => symlinkSync(join(root, 'node_modules', 'xstate'), xstate));
  afterAll(() => rmSync(xstate));

  it('uses the XState of the program', async () => {
    const text = `
      import { createActor, StateMachine } from 'xstate';
      import { createRequire } from 'node:module';
      import { machines, requestMachine } from 'statewire/machines';
      const required = createRequire(import.meta.url)('statewire/machines');
      const actor = createActor(requestMachine).start();
      actor.on('*', ({ type }) => console.log(type));
      actor.send({ type: 'net.attached' });
      console.log(requestMachine instanceof StateMachine, machines.request === requestMachine, required.machines === machines);`;
    expect(await runInProject('machines.mjs', text)).toBe('io.attach\nreq.socket\nio.open\ntrue true true');
  });

  it('reads a machine of the program', async () => {
    const text = `
      const { follows } = require('statewire/testing');
      const { machines } = require('statewire/machines');
      const { config, implementations } = machines.server;
      const { StateMachine } = require('xstate');
      const mine = new StateMachine({ ...config, id: 'mine', states: { door: config.states.door } }, implementations);
      console.log(follows(mine, ['io.announceClose']).follows, follows(mine, ['io.startSweep']).follows);`;
    expect(await runInProject('mine.cjs', text)).toBe('true false');
  });

  it('has the charts that run while somebody watches', async () => {
    const text = `
      const http = require('statewire');
      const { machines } = require('statewire/machines');
      const seen = new Set();
      const stop = http.watch({
        inspect({ type, actorRef: { logic } }) {
          if (type === '@xstate.snapshot' && !seen.has(logic.id)) {
            seen.add(logic.id);
            if (JSON.stringify(logic.config) !== JSON.stringify(machines[logic.id].config)) console.log(logic.id);
          }
        },
      });
      const server = http.createServer((req, res) => res.end('watched'));
      server.listen(0, '127.0.0.1', () => {
        http.get({ port: server.address().port, agent: false }, (res) => {
          stop();
          res.setEncoding('utf8').on('data', (text) => console.log(text, seen.size));
          server.close();
        });
      });`;
    expect(await runInProject('watched.cjs', text)).toBe('watched 7');
  });

  it('has the charts that statewire/testing uses', async () => {
    const text = `
      const { follows } = require('statewire/testing');
      const { machines } = require('statewire/machines');
      const logs = {
        connection: ['server.request'],
        incomingRequest: ['req.aborted'],
        response: ['res.close', 'res.close'],
        server: ['io.stopSweep', 'io.stopSweep'],
        clientConnection: ['agent.free'],
        request: ['req.close', 'req.close'],
        incomingResponse: ['res.aborted'],
      };
      for (const [name, machine] of Object.entries(machines)) {
        const [given, named] = [machine, name].map((each) => String(follows(each, logs[name])));
        if (given !== named) console.log(name, given, named);
      }`;
    expect(await runInProject('charts.cjs', text)).toBe('');
  });
});

const timeless = (text: string) => text.replaceAll(/ *\b\d+(\.\d+)? m?s\b/g, ' 0 ms');

describe('statewire faults', () => {
  const app = `
    const http = require('node:http');
    console.log('loaded');
    http
      .createServer(async (req, res) => {
        if (req.url === '/blocks') for (;;);
        if (req.url === '/exits') process.reallyExit(4);
        let length = 0;
        for await (const chunk of req) length += chunk.length;
        res.end(String(length));
      })
      .listen(3000);`;
  const upload = 'POST http://localhost/upload\n\nsome text\n';
  const statewire = (...args: string[]) =>
    run(process.execPath, [join(installed, 'dist', 'cli.mjs'), ...args], { cwd: project }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );

  beforeAll(() => {
    writeFileSync(join(project, 'faulty.cjs'), app);
    writeFileSync(join(project, 'upload.http'), upload);
  });

  it('walks a program on node:http, and saves a test that fails', async () => {
    const args = ['faulty.cjs', '--script', 'upload.http', '--runs', '60', '--save', 'found'];
    const { code, stdout, stderr } = await statewire('faults', ...args);
    expect([code, stderr]).toEqual([1, 'loaded\n']);
    expect(stdout).toMatch(/^CRASH {2}unhandled rejection Error \[ECONNRESET\]: aborted\n/);
    const options = ['--import', 'statewire/register', '--test', join('found', 'faulty-1-crash.test.mjs')];
    const failed = await run(process.execPath, options, { cwd: project }).catch((error) => error);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('unhandled rejection Error [ECONNRESET]: aborted');
    expect(stdout).toContain('Look into one: npx statewire journal list found/faulty-1-crash.swj\n');
    const { stdout: listed } = await statewire('journal', 'list', 'found/faulty-1-crash.swj');
    expect(listed).toContain('POST /upload');
  });

  it.each([
    ['/blocks', 'hang', 'the event loop is blocked for 1 s'],
    ['/exits', 'crash', 'the thread has ended with the exit code 4'],
  ])('survives a handler that ends the process or never ends (%s)', async (path, verdict, text) => {
    const out = await runInProject(
      'isolated.mjs',
      `import 'statewire/register';
      import { everyFault, read, send } from 'statewire/testing';
      const report = await everyFault({
        server: new URL('./faulty.cjs', import.meta.url),
        script: [send('GET ${path} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'), read()],
        patience: 50,
        isolate: true,
      });
      console.log(JSON.stringify(report));`,
    );
    const [finding] = JSON.parse(out.slice(out.indexOf('{'))).findings;
    expect(finding).toMatchObject({ verdict, text, script: [expect.stringContaining(path), 'read()'] });
  });
});

describe('a walk in a thread of its own', () => {
  it('says that a module waits at its top level', async () => {
    writeFileSync(join(project, 'waiting.mjs'), 'await new Promise(() => {});');
    const out = await runInProject(
      'isolated-waiting.mjs',
      `import { everyFault, read } from 'statewire/testing';
      const server = new URL('./waiting.mjs', import.meta.url);
      await everyFault({ server, script: [read()], patience: 50, isolate: true }).catch(({ code }) => console.log(code));`,
    );
    expect(out).toBe('STATEWIRE_NO_PROGRAM');
  });
});

describe('the examples of the documentation', () => {
  const xstate = join(project, 'node_modules', 'xstate');
  const examples = pages.flatMap(examplesOf);
  const fileOf = (example: Example) => `example${examples.indexOf(example)}.mjs`;
  beforeAll(() => symlinkSync(join(root, 'node_modules', 'xstate'), xstate));
  afterAll(() => rmSync(xstate));

  it('are found', () => {
    expect(new Set(examples.map(({ page }) => page))).toEqual(
      new Set([
        'README.md',
        'docs/draining.md',
        'docs/endings.md',
        'docs/explain.md',
        'docs/faults.md',
        'docs/journal.md',
        'docs/observing.md',
        'docs/register.md',
        'docs/testing.md',
      ]),
    );
  });

  it('are strict TypeScript', async () => {
    const files = examples.map((example) => fileOf(example).replace('.mjs', '.mts'));
    for (const [index, { program }] of examples.entries()) writeFileSync(join(project, files[index]!), program);
    expect(await compile({ module: 'nodenext', skipLibCheck: true }, files)).toBe('');
  });

  it.each(examples.map((example) => [example.page, example.title, example] as const))(
    '%s: ‘%s’ runs, and prints what it says',
    async (_page, _title, example) => {
      const port = await freePort();
      const out = await runInProject(fileOf(example), example.program.replaceAll(/\b808\d\b/g, `${port}`));
      expect(timeless(out)).toContain(timeless(example.printed));
    },
  );
});

describe.each(['node16', 'nodenext'])('its declarations, for moduleResolution %s', (resolution) => {
  const use = `
    tap(({ emitted }) => emitted.map(({ type }) => type.length));
    http.eventOrder = 'host';
    const server: http.Server = createServer((req, res) => {
      const url: string | undefined = req.url;
      res.setHeader('Content-Length', 2);
      res.end(url);
    });
    server.listen(0);
    http.createServer = createServer;
    http.globalAgent = new Agent({ keepAlive: true, proxyEnv: { HTTP_PROXY: 'http://a' } });
    const face: typeof import('node:http') = http;
    const theirs: node.Agent = http.globalAgent;
    node.createServer((_req, res) => (res as http.ServerResponse).ending?.code) as http.Server;
    const made: node.ClientRequest = request({ agent: theirs }, (response) => response.resume());
    class Mine extends Agent {
      override createConnection(options: http.ClientRequestArgs) {
        return super.createConnection({ ...options, port: face.maxHeaderSize });
      }
    }
    const options: http.RequestOptions = { agent: new Mine(), headers: ['a', 'b'] };
    made.on('information', (information: http.InformationEvent) => information.rawHeaders);
    node.get(options, (response: http.IncomingMessage | node.IncomingMessage) => response.statusCode);
    // @ts-expect-error: a handler does not get a number
    createServer((req: number) => {});
  `;
  const useTesting = `
    const server = http.createServer();
    const agent: http.Agent = memoryAgent(server, { keepAlive: true, highWaterMark: 1024 });
    const [caller, called] = socketPair();
    const request = http.get({ agent, createConnection: () => caller });
    server.emit('connection', called);
    const clock = virtualClock({ date: new Date() });
    const advanced: Promise<void> = clock.advance(60_000);
    const stop = http.tap((observation) => follows('request', [observation]));
    const path = follows('request', ['req.socket'], { deaf: ['req.prefinish'] });
    const expected: readonly string[] = path.follows ? [] : path.expected;
    const report: Promise<ContractReport> = orderContract(node, { limit: 1000 });
    const ours: Promise<ContractReport> = orderContract(http);
    const stopped: () => void = http.watch({ inspect: (event) => void ('snapshot' in event && event.snapshot.value) });
    // @ts-expect-error: a log has no numbers
    follows('request', [1]);
  `;
  const useRegister = `
    const options: RegisterOptions = { requireHostHeader: true, frameUpgradeBody: true, deprecatedHeaders: false };
    register(options);
    register();
    unregister();
    // @ts-expect-error: there is no such requirement
    register({ requireHostHeader: 'any' });
  `;
  const imports = "import { register, type RegisterOptions, unregister } from 'statewire/register';";
  const useHttps = `
    const server: https.Server = https.createServer({ key: 'a', cert: 'b' }, (req, res) => {
      const url: string | undefined = req.url;
      res.end(url);
    });
    server.on('secureConnection', (socket) => socket.getPeerCertificate());
    const face: typeof import('node:https') = https;
    const theirs: node.Agent = new https.Agent({ maxCachedSessions: 1, ca: 'c', proxyEnv: { HTTPS_PROXY: 'http://a' } });
    https.globalAgent = new https.Agent();
    https.get({ agent: theirs, servername: 'a', checkServerIdentity: () => undefined }, (response) => response.resume());
    const options: https.RequestOptions = { rejectUnauthorized: false };
    const serverOptions: https.ServerOptions = { SNICallback: (name, callback) => callback(null) };
    const agentOptions: https.AgentOptions = { maxCachedSessions: 3 };
    // @ts-expect-error: a name is a string
    https.request({ servername: 1 });
  `;
  const names = '{ type ContractReport, follows, memoryAgent, orderContract, socketPair, virtualClock }';
  const files = {
    'register.mts': `${imports}${useRegister}`,
    'register.cts': `${imports}${useRegister}`,
    'testing.mts': `import * as node from 'node:http';\nimport http from 'statewire';\nimport ${names} from 'statewire/testing';${useTesting}`,
    'testing.cts': `import http = require('statewire');\nimport * as node from 'node:http';\nimport ${names} from 'statewire/testing';${useTesting}`,
    'https.mts': `import type * as node from 'node:https';\nimport https from 'statewire/https';${useHttps}`,
    'https.cts': `import https = require('statewire/https');\nimport type * as node from 'node:https';${useHttps}`,
    'use.mts': `import * as node from 'node:http';\nimport http, { Agent, createServer, request, tap } from 'statewire';${use}`,
    'use.cts': `import http = require('statewire');\nimport * as node from 'node:http';\nimport { Agent, createServer, request, tap } from 'statewire';${use}`,
  };

  it.each(Object.entries(files))('%s', async (name, text) => {
    writeFileSync(join(project, name), text);
    expect(await compile({ module: resolution, moduleResolution: resolution }, [name])).toBe('');
  });
});
