/**
 * The rooms of src/ and what belongs in each. Every rule is checked against all files, and against samples that break it,
 * because a rule that cannot fail proves nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { and, emit, not, or, stateIn } from 'xstate';
import { machines } from '../src/machines/index.js';
import { functionsIn } from './architecture/charts.js';
import { circles } from './architecture/circles.js';
import * as rules from './architecture/rules.js';
import { read, type Source } from './architecture/source.js';

const root = fileURLToPath(new URL('../src', import.meta.url));

const sources: Source[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => read(file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')));

type Sample = readonly [path: string, text: string];

interface Case {
  readonly title: string;
  readonly rule: rules.Rule;
  /** Files that break the rule. */
  readonly broken: readonly Sample[];
  /** Files that seem to break the rule, but do not. */
  readonly fine?: readonly Sample[];
}

const cases: readonly Case[] = [
  {
    title: 'a room imports what the table allows',
    rule: rules.importTable,
    broken: [
      ['events/wire.ts', "import { x } from '../rules/framing.js';"],
      ['events/wire.ts', "import type { Socket } from 'node:net';"],
      ['rules/framing.ts', "import { wireBody } from '../events/wire.js';"],
      ['rules/framing.ts', "import { type A, wireBody } from '../events/wire.js';"],
      ['rules/framing.ts', "import { isIP } from 'node:net';"],
      ['machines/connection.ts', "import { map } from 'rxjs';"],
      ['machines/connection.ts', "import type { Buffer } from 'node:buffer';"],
      ['machines/connection.ts', "export * from '../engine/tap.js';"],
      ['machines/connection.ts', "import '../io/clock.js';"],
      ['engine/actor.ts', "import { createActor } from 'xstate';"],
      ['engine/actor.ts', "import type { AnyActor } from 'xstate';"],
      ['engine/compiled.ts', "import { createActor } from 'xstate';"],
      ['engine/reader.ts', "import { createActor } from 'xstate';"],
      ['engine/compile.ts', "import { connectionMachine } from '../machines/connection.js';"],
      ['engine/outbox.ts', "import { nextTick } from 'node:process';"],
      ['engine/outbox.ts', "import { forward } from '../api/message/forward.js';"],
      ['io/socket.ts', "import { createActor } from 'xstate';"],
      ['io/socket.ts', "import { isKeepAlive } from '../rules/reuse.js';"],
      ['io/socket.ts', "import type { Server } from '../api/server/Server.js';"],
      ['io/llhttp.ts', "import { request } from 'undici';"],
      ['api/server/Server.ts', "import { Subject } from 'rxjs';"],
      ['api/server/Server.ts', "import { fromEvent } from 'rxjs/internal/observable/fromEvent';"],
      ['api/server/Server.ts', "import type { Snapshot } from 'xstate';"],
      ['api/server/Server.ts', "const xstate = await import('xstate');"],
      ['api/server/Server.ts', "const xstate = require('xstate');"],
      ['api/server/Server.ts', 'const anything = await import(name);'],
      ['api/server/Server.ts', "import {\n  // why not\n  Subject,\n} from 'rxjs';"],
      ['index.ts', "export { Subject } from 'rxjs';"],
      ['testing/follows.ts', "import { expect } from 'vitest';"],
      ['register/swap.ts', "import { Server } from '../api/server/Server.js';"],
      ['register/swap.ts', "import http from '../index.js';"],
      ['index.ts', "import { register } from './register/index.js';"],
      ['testing/follows.ts', "import { createMachine } from 'xstate';"],
      ['testing/follows.ts', "import { run } from '../cli/run.js';"],
      ['api/server/Server.ts', "import { socketPair } from '../../testing/MemorySocket.js';"],
      ['api/Server.ts', 'export const one = 1;'],
      ['api/helpers/text.ts', 'export const one = 1;'],
      ['api/server/Server.ts', "import type { ClientRequest } from '../client/ClientRequest.js';"],
      ['api/server/Server.ts', "import { Agent } from '../agent/Agent.js';"],
      ['api/client/ClientRequest.ts', "import { STATUS } from '../server/Server.js';"],
      ['api/message/IncomingMessage.ts', "import type { ClientRequest } from '../client/ClientRequest.js';"],
      ['api/message/line.ts', "import type { Agent } from '../agent/Agent.js';"],
      ['api/message/line.ts', "import type { Server } from '../server/Server.js';"],
      ['api/agent/Agent.ts', "import type { ClientRequest } from '../client/ClientRequest.js';"],
      ['api/agent/Agent.ts', "import { forward } from '../message/forward.js';"],
      ['api/process/debug.ts', "import { forward } from '../message/forward.js';"],
      ['api/compat/own.ts', "import { flags } from '../process/flags.js';"],
      ['api/agent/Agent.ts', "import type { HttpsAgent } from '../tls/HttpsAgent.js';"],
      ['api/server/Server.ts', "import { HttpsServer } from '../tls/HttpsServer.js';"],
      ['index.ts', "export { HttpsServer } from './api/tls/HttpsServer.js';"],
      ['testing/memoryAgent.ts', "import { HttpsAgent } from '../api/tls/HttpsAgent.js';"],
      ['cli/run.ts', "import { Server } from '../api/server/Server.js';"],
      ['misc/helpers.ts', 'export const one = 1;'],
    ],
    fine: [
      ['rules/framing.ts', "import type { WireHead } from '../events/wire.js';"],
      ['rules/framing.ts', "import { type WireHead, type WireBody } from '../events/wire.js';"],
      ['machines/connection.ts', "import { setup } from 'xstate';\nimport { mayReuse } from '../rules/reuse.js';"],
      ['engine/compile.ts', "import type { AnyStateMachine } from 'xstate';\nimport { tap } from './tap.js';"],
      ['io/llhttp.ts', "import wasm from 'undici/lib/llhttp/llhttp-wasm.js';\nimport { Subject } from 'rxjs';"],
      ['engine/watched.ts', "import { createActor } from 'xstate';"],
      ['api/server/Server.ts', "import { forward } from '../message/forward.js';\nimport './ServerHost.js';"],
      ['api/client/ClientRequest.ts', "import { Agent } from '../agent/Agent.js';\nimport '../process/flags.js';"],
      ['api/agent/Agent.ts', "import { own } from '../compat/own.js';"],
      ['api/tls/HttpsAgent.ts', "import { Agent } from '../agent/Agent.js';\nimport '../client/ClientRequest.js';"],
      ['api/compat/callable.ts', "import { inherits } from 'node:util';\nimport { tap } from '../../engine/tap.js';"],
      ['testing/follows.ts', "import { compile } from '../engine/compile.js';\nimport { Duplex } from 'node:stream';"],
      ['api/server/Server.ts', "// import { Subject } from 'rxjs';"],
      ['index.ts', "export { tap } from './engine/tap.js';\nexport { Server } from './api/server/Server.js';"],
    ],
  },
  {
    title: "no file imports the host's http",
    rule: rules.noHostHttp,
    broken: [
      ['api/server/Server.ts', "import { Server } from 'node:http';"],
      ['api/server/Server.ts', "import type { Server } from 'http';"],
      ['api/server/Server.ts', "import { HTTPParser } from '_http_common';"],
      ['api/server/Server.ts', "import https from 'node:https';"],
      ['io/socket.ts', "const http = process.getBuiltinModule('node:http');"],
      ['io/socket.ts', "type Http = typeof import('node:http');"],
      ['index.ts', "const http = process.getBuiltinModule('node:http');"],
      ['register/index.ts', "import { HTTPParser } from '_http_common';"],
      ['register/index.ts', "const http2 = process.getBuiltinModule('node:http2');"],
    ],
    fine: [
      ['api/server/Server.ts', "import { Server } from 'node:net';"],
      ['register/index.ts', "const http = process.getBuiltinModule('node:http');"],
    ],
  },
  {
    title: 'only api/tls loads node:tls',
    rule: rules.tlsInItsRoom,
    broken: [
      ['api/agent/Agent.ts', "import tls from 'node:tls';"],
      ['index.ts', "import { connect } from 'tls';"],
    ],
    fine: [
      ['api/agent/Agent.ts', "import type { ConnectionOptions } from 'node:tls';"],
      ['api/tls/HttpsAgent.ts', "import tls from 'node:tls';"],
    ],
  },
  {
    title: 'only the clock uses timers',
    rule: rules.timersInClock,
    broken: [
      ['register/index.ts', "import timers from 'node:timers';"],
      ['register/atStart.ts', 'setTimeout(call, 1);'],
      ['api/server/Server.ts', 'setTimeout(() => this.check(), 10);'],
      ['api/server/Server.ts', 'this.timer = setInterval(check, this.interval(1)).unref();'],
      ['api/server/Server.ts', 'globalThis.setTimeout(check, 1);'],
      ['api/server/Server.ts', "import { setTimeout as sleep } from 'node:timers/promises';"],
      ['api/server/Server.ts', "import { clearTimeout } from 'timers';"],
      ['testing/io/clock.ts', 'setTimeout(tick, 10);'],
    ],
    fine: [
      ['io/clock.ts', 'setTimeout(tick, 10);'],
      [
        'api/server/Server.ts',
        'class S {\n  setTimeout(ms: number, then = f(1)): this {\n    socket.setTimeout(ms);\n  }\n}',
      ],
      ['api/server/Server.ts', '// setTimeout(tick) would be wrong here'],
      ['api/server/Server.ts', "throw new Error('setTimeout(1) was called');"],
    ],
  },
  {
    title: 'only the clock uses time and random numbers',
    rule: rules.timeAndChanceInClock,
    broken: [
      ['api/server/Server.ts', 'const now = Date.now();'],
      ['engine/tap.ts', 'at: performance.now(),'],
      ['engine/tap.ts', 'const text = `$' + '{Math.random()}`;'],
      ['rules/fields.ts', 'new Date().toUTCString()'],
      ['io/socket.ts', 'const begun = process.hrtime.bigint();'],
      ['testing/io/clock.ts', 'const now = Date.now();'],
    ],
    fine: [
      ['io/clock.ts', 'const now = Date.now();'],
      ['api/server/Server.ts', 'new Date(clock.now())'],
    ],
  },
  {
    title: 'functions for timers and turns are captured when a module is loaded',
    rule: rules.turnsInClock,
    broken: [
      ['api/server/Server.ts', 'process.nextTick(callback)'],
      ['api/server/Server.ts', 'setImmediate(callback)'],
      ['engine/outbox.ts', 'queueMicrotask(() => {'],
      ['io/feed.ts', 'const { nextTick } = process;'],
      ['io/feed.ts', 'const stop = clearImmediate;'],
      ['testing/engine/later.ts', 'const later = queueMicrotask;'],
    ],
    fine: [
      ['io/clock.ts', 'setImmediate(callback)'],
      ['engine/later.ts', 'const later = queueMicrotask;'],
      ['api/client/ClientRequest.ts', 'clearTimeout(callback?: () => void): void {'],
    ],
  },
  {
    title: 'text for the wire is created in one place',
    rule: rules.oneDoor,
    broken: [
      ['api/message/head.ts', 'text += `$' + '{name}: $' + '{value}\\r\\n`;'],
      ['api/server/ServerResponse.ts', "this._writeRaw('HTTP/1.1 100 Continue\\r\\n\\r\\n');"],
    ],
    fine: [
      ['api/message/lines.ts', 'return `$' + '{name}: $' + '{value}\\r\\n`;'],
      ['api/compat/validate.ts', 'const link = /^<[^>\\r\\n]*>$/;'],
      ['rules/refusal.ts', "return 'HTTP/1.1 400 Bad Request\\r\\n\\r\\n';"],
    ],
  },
  {
    title: 'there is no TODO',
    rule: rules.noNotes,
    broken: [
      ['io/clock.ts', '// TODO: tick'],
      ['io/clock.ts', '/* FIXME */'],
    ],
  },
  {
    title: 'a file has at most 400 lines, a machine 250',
    rule: rules.length,
    broken: [
      ['api/server/Server.ts', 'x;\n'.repeat(401)],
      ['machines/server.ts', 'x;\n'.repeat(251)],
    ],
    fine: [
      ['api/server/Server.ts', 'x;\n'.repeat(400)],
      ['machines/server.ts', 'x;\n'.repeat(250)],
    ],
  },
  {
    title: 'an actor gets its events from one method of its host',
    rule: rules.oneWayIn,
    broken: [
      ['api/server/Server.ts', 'this[own].actor.send(closed);'],
      ['api/server/ServerHost.ts', 'this.actor.send(event);\nthis.actor.send(closed);'],
    ],
    fine: [['api/server/ServerHost.ts', 'this.actor.send(event);']],
  },
  {
    title: 'only the forwarder emits lifecycle events',
    rule: rules.forwarderEmits,
    broken: [
      ['api/server/Server.ts', "this.emit('close');"],
      ['api/compat/scope.ts', "req.emit(\n  'error',\n  new Error('no'),\n);"],
      ['api/server/Server.ts', "emit.call(this, 'finish')"],
      ['api/server/Server.ts', 'this.emit("drain")'],
      ['api/server/Server.ts', "emit.apply(this, ['upgrade', req, socket, head])"],
      ['api/client/forward.ts', "target.emit('close');"],
    ],
    fine: [
      ['api/message/forward.ts', "target.emit('close');"],
      ['api/agent/Agent.ts', "agent.emit('free', socket, options);"],
      ['api/server/Server.ts', "// never this.emit('close')"],
    ],
  },
  {
    title: "a stream's private state is used in one file",
    rule: rules.streamStateInCompat,
    broken: [
      ['io/socket.ts', 'socket._readableState.dataEmitted = false;'],
      ['api/message/OutgoingMessage.ts', 'const { _writableState } = stream;'],
    ],
    fine: [
      ['api/compat/readable.ts', 'stream._readableState.ended = true;'],
      ['io/socket.ts', '// not socket._readableState'],
    ],
  },
  {
    title: 'machines are pure and their charts contain only names',
    rule: rules.pureMachines,
    broken: [
      ['machines/x.ts', 'setup({}).createMachine({ entry: () => 1 })'],
      ['machines/x.ts', 'setup({}).createMachine({ invoke: { src: 1 } })'],
      ['machines/x.ts', 'setup({}).createMachine({ after: { 1000: target } })'],
      ['machines/x.ts', 'setup({}).createMachine({ entry: function () {} })'],
      ['machines/x.ts', 'const size = Buffer.byteLength(text);'],
      ['machines/x.ts', 'Promise.resolve()'],
    ],
    fine: [
      ['machines/x.ts', 'setup({ guards: { isX: ({ event }) => event.x } }).createMachine({ context: () => ({}) })'],
      ['rules/x.ts', 'const size = Buffer.byteLength(text);'],
    ],
  },
  {
    title: 'rules have no state and no time',
    rule: rules.statelessRules,
    broken: [
      ['rules/x.ts', 'let seen = 0;'],
      ['rules/x.ts', 'export let seen = 0;'],
      ['rules/x.ts', 'var seen = 0;'],
      ['rules/x.ts', 'Date.parse(text)'],
      ['rules/x.ts', 'return this.method;'],
      ['rules/x.ts', 'return new Date(text);'],
    ],
    fine: [['rules/x.ts', 'function f() {\n  let seen = 0;\n}']],
  },
  {
    title: 'events have no branches',
    rule: rules.branchlessEvents,
    broken: [
      ['events/x.ts', 'if (x) y();'],
      ['events/x.ts', 'for (const x of y) z();'],
      ['events/x.ts', 'const x = y ? 1 : 2;'],
      ['events/x.ts', 'const x = y && z;'],
    ],
    fine: [['events/x.ts', 'interface X {\n  readonly x?: 1 | 2;\n}']],
  },
  {
    title: 'the engine knows nothing of HTTP',
    rule: rules.engineOfAnything,
    broken: [
      ['engine/tap.ts', 'readonly socket: unknown;'],
      ['engine/tap.ts', 'const isHttp = true;'],
    ],
    fine: [
      ['engine/tap.ts', '// As with a socket.'],
      ['io/socket.ts', 'readonly socket: unknown;'],
    ],
  },
  {
    title: 'no visibility decides anything',
    rule: rules.looksDecideNothing,
    broken: [
      ['api/server/ConnectionHost.ts', 'if (this.actor.track !== undefined) this.gate.open();'],
      ['api/client/RequestHost.ts', 'const error = sinceOf(track) > 3 ? late : early;'],
      ['io/feed.ts', 'if (moment > 3) return;'],
      ['engine/compiled.ts', 'if (this.track !== undefined) this.fail();'],
    ],
    fine: [
      ['engine/compiled.ts', 'if (code !== 0 && this.track !== undefined) note(this.track, code, this.exchange);'],
      ['api/server/ConnectionHost.ts', 'facts(): ConnectionFacts {\n    return connectionFacts(this);\n  }'],
      ['explain/explain.ts', 'if (track === undefined) return { ms: undefined, atLeast: true };'],
    ],
  },
];

const titleOf = (path: string, text: string) => `${path}: ${text.replace(/\s+/g, ' ').slice(0, 90)}`;

describe.each(cases)('$title', ({ rule, broken, fine = [] }) => {
  it('in src', () => {
    const complaints = sources.flatMap((source) => rule(source).map((complaint) => `${source.path}: ${complaint}`));
    expect(complaints).toEqual([]);
  });

  for (const [path, text] of broken) {
    it(`rejects ${titleOf(path, text)}`, () => expect(rule(read(path, text))).not.toEqual([]));
  }

  for (const [path, text] of fine) {
    it(`allows ${titleOf(path, text)}`, () => expect(rule(read(path, text))).toEqual([]));
  }
});

describe('no file imports, directly or indirectly, a file that imports it', () => {
  const circlesOf = (...samples: Sample[]) => circles(samples.map(([path, text]) => read(path, text)));

  it('in src', () => {
    expect(circles(sources).map((circle) => circle.join(' '))).toEqual([]);
  });

  it.each<{ title: string; samples: Sample[]; found: string[][] }>([
    {
      title: 'two files',
      samples: [
        ['io/a.ts', "import { b } from './b.js';"],
        ['io/b.ts', "import { a } from './a.js';"],
      ],
      found: [['io/a.ts', 'io/b.ts']],
    },
    {
      title: 'types',
      samples: [
        ['io/a.ts', "import { b } from './b.js';"],
        ['io/b.ts', "import type { A } from './a.js';"],
      ],
      found: [['io/a.ts', 'io/b.ts']],
    },
    {
      title: 'inline type imports',
      samples: [
        ['io/a.ts', "export { b } from './b.js';"],
        ['io/b.ts', "type A = import('./a.js').A;"],
      ],
      found: [['io/a.ts', 'io/b.ts']],
    },
    {
      title: 'a file that imports itself',
      samples: [['io/a.ts', "import * as a from './a.js';"]],
      found: [['io/a.ts']],
    },
    {
      title: 'a long circle, and another one beside it',
      samples: [
        ['api/server/a.ts', "import '../message/b.js';\nimport './e.js';"],
        ['api/message/b.ts', "import '../compat/c.js';"],
        ['api/compat/c.ts', "import '../message/d.js';"],
        ['api/message/d.ts', "import '../compat/c.js';\nimport './b.js';"],
        ['api/server/e.ts', "import './f.js';"],
        ['api/server/f.ts', "import './e.js';\nimport '../message/d.js';"],
      ],
      found: [
        ['api/compat/c.ts', 'api/message/b.ts', 'api/message/d.ts'],
        ['api/server/e.ts', 'api/server/f.ts'],
      ],
    },
  ])('finds $title', ({ samples, found }) => expect(circlesOf(...samples)).toEqual(found));

  it('finds none where two paths lead to one file', () => {
    const found = circlesOf(
      ['io/a.ts', "import './b.js';\nimport './c.js';\nimport 'node:net';"],
      ['io/b.ts', "import './d.js';"],
      ['io/c.ts', "import './d.js';\nimport './b.js';"],
      ['io/d.ts', "// import './a.js';"],
    );
    expect(found).toEqual([]);
  });
});

describe('charts contain only names', () => {
  it.each(Object.entries(machines))('%s', (_id, machine) => expect(functionsIn(machine.config)).toEqual([]));

  it.each<[place: string, config: object]>([
    ['entry', { entry: () => {} }],
    ['states.a.on.x.guard', { states: { a: { on: { x: { guard: () => true } } } } }],
    ['always.1.actions.0', { always: [{ target: 'a' }, { actions: [emit({ type: 'x' })] }] }],
  ])('finds a function at %s', (place, config) => expect(functionsIn(config)).toEqual([place]));

  it('accepts guards composed of names', () => {
    const guard = and(['isOpen', or([not('isIdle'), stateIn('#open')])]);
    expect(functionsIn({ context: () => ({}), on: { x: { guard } } })).toEqual([]);
  });
});

it('tests every rule', () => {
  expect(new Set(cases.map(({ rule }) => rule))).toEqual(new Set(Object.values(rules)));
});

it('finds files', () => {
  expect(sources.length).toBeGreaterThan(20);
});
