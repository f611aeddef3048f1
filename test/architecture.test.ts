/**
 * The rooms of src/ and what belongs into each. Every rule is held against all files, and against samples that break it,
 * because a rule that can't fail says nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
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
  /** Files that look like it and don't. */
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
      ['engine/compile.ts', "import { connectionMachine } from '../machines/connection.js';"],
      ['engine/outbox.ts', "import { nextTick } from 'node:process';"],
      ['engine/outbox.ts', "import { forward } from '../api/forward.js';"],
      ['io/socket.ts', "import { createActor } from 'xstate';"],
      ['io/socket.ts', "import { isKeepAlive } from '../rules/reuse.js';"],
      ['io/socket.ts', "import type { Server } from '../api/Server.js';"],
      ['io/llhttp.ts', "import { request } from 'undici';"],
      ['api/Server.ts', "import { Subject } from 'rxjs';"],
      ['api/Server.ts', "import { fromEvent } from 'rxjs/internal/observable/fromEvent';"],
      ['api/Server.ts', "import type { Snapshot } from 'xstate';"],
      ['api/Server.ts', "const xstate = await import('xstate');"],
      ['api/Server.ts', "const xstate = require('xstate');"],
      ['api/Server.ts', 'const anything = await import(name);'],
      ['api/Server.ts', "import {\n  // why not\n  Subject,\n} from 'rxjs';"],
      ['index.ts', "export { Subject } from 'rxjs';"],
      ['testing/follows.ts', "import { expect } from 'vitest';"],
      ['testing/follows.ts', "import { createMachine } from 'xstate';"],
      ['api/Server.ts', "import { socketPair } from '../testing/MemorySocket.js';"],
      ['cli/run.ts', "import { Server } from '../api/Server.js';"],
      ['misc/helpers.ts', 'export const one = 1;'],
    ],
    fine: [
      ['rules/framing.ts', "import type { WireHead } from '../events/wire.js';"],
      ['rules/framing.ts', "import { type WireHead, type WireBody } from '../events/wire.js';"],
      ['machines/connection.ts', "import { setup } from 'xstate';\nimport { mayReuse } from '../rules/reuse.js';"],
      ['engine/compile.ts', "import type { AnyStateMachine } from 'xstate';\nimport { tap } from './tap.js';"],
      ['io/llhttp.ts', "import wasm from 'undici/lib/llhttp/llhttp-wasm.js';\nimport { Subject } from 'rxjs';"],
      ['api/compat/callable.ts', "import { inherits } from 'node:util';\nimport { tap } from '../../engine/tap.js';"],
      ['testing/follows.ts', "import { compile } from '../engine/compile.js';\nimport { Duplex } from 'node:stream';"],
      ['api/Server.ts', "// import { Subject } from 'rxjs';"],
      ['index.ts', "export { tap } from './engine/tap.js';\nexport { Server } from './api/Server.js';"],
    ],
  },
  {
    title: "nobody imports the host's http",
    rule: rules.noHostHttp,
    broken: [
      ['api/Server.ts', "import { Server } from 'node:http';"],
      ['api/Server.ts', "import type { Server } from 'http';"],
      ['api/Server.ts', "import { HTTPParser } from '_http_common';"],
      ['api/Server.ts', "import https from 'node:https';"],
      ['io/socket.ts', "const http = process.getBuiltinModule('node:http');"],
      ['io/socket.ts', "type Http = typeof import('node:http');"],
    ],
    fine: [['api/Server.ts', "import { Server } from 'node:net';"]],
  },
  {
    title: 'timers are in the clock',
    rule: rules.timersInClock,
    broken: [
      ['api/Server.ts', 'setTimeout(() => this.check(), 10);'],
      ['api/Server.ts', 'this.timer = setInterval(check, this.interval(1)).unref();'],
      ['api/Server.ts', 'globalThis.setTimeout(check, 1);'],
      ['api/Server.ts', "import { setTimeout as sleep } from 'node:timers/promises';"],
    ],
    fine: [
      ['io/clock.ts', 'setTimeout(tick, 10);'],
      ['api/Server.ts', 'class S {\n  setTimeout(ms: number, then = f(1)): this {\n    socket.setTimeout(ms);\n  }\n}'],
      ['api/Server.ts', '// setTimeout(tick) would be wrong here'],
      ['api/Server.ts', "throw new Error('setTimeout(1) was called');"],
    ],
  },
  {
    title: 'time and chance are in the clock',
    rule: rules.timeAndChanceInClock,
    broken: [
      ['api/Server.ts', 'const now = Date.now();'],
      ['engine/tap.ts', 'at: performance.now(),'],
      ['engine/tap.ts', 'const text = `$' + '{Math.random()}`;'],
      ['rules/fields.ts', 'new Date().toUTCString()'],
    ],
    fine: [
      ['io/clock.ts', 'const now = Date.now();'],
      ['api/Server.ts', 'new Date(clock.now())'],
    ],
  },
  {
    title: 'timers and turns are taken when a module is loaded',
    rule: rules.turnsInClock,
    broken: [
      ['api/Server.ts', 'process.nextTick(callback)'],
      ['api/Server.ts', 'setImmediate(callback)'],
      ['engine/outbox.ts', 'queueMicrotask(() => {'],
      ['io/feed.ts', 'const { nextTick } = process;'],
    ],
    fine: [
      ['io/clock.ts', 'setImmediate(callback)'],
      ['engine/later.ts', 'const later = queueMicrotask;'],
      ['api/ClientRequest.ts', 'clearTimeout(callback?: () => void): void {'],
    ],
  },
  {
    title: 'text goes to the wire by one door',
    rule: rules.oneDoor,
    broken: [
      ['api/head.ts', 'text += `$' + '{name}: $' + '{value}\\r\\n`;'],
      ['api/ServerResponse.ts', "this._writeRaw('HTTP/1.1 100 Continue\\r\\n\\r\\n');"],
    ],
    fine: [
      ['api/message/lines.ts', 'return `$' + '{name}: $' + '{value}\\r\\n`;'],
      ['api/compat/validate.ts', 'const link = /^<[^>\\r\\n]*>$/;'],
      ['rules/refusal.ts', "return 'HTTP/1.1 400 Bad Request\\r\\n\\r\\n';"],
    ],
  },
  {
    title: 'notes to oneself are issues, not comments',
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
      ['api/Server.ts', 'x;\n'.repeat(401)],
      ['machines/server.ts', 'x;\n'.repeat(251)],
    ],
    fine: [
      ['api/Server.ts', 'x;\n'.repeat(400)],
      ['machines/server.ts', 'x;\n'.repeat(250)],
    ],
  },
  {
    title: 'only the forwarder emits lifecycle events',
    rule: rules.forwarderEmits,
    broken: [
      ['api/Server.ts', "this.emit('close');"],
      ['api/compat/agent.ts', "req.emit(\n  'error',\n  new Error('no'),\n);"],
      ['api/Server.ts', "emit.call(this, 'finish')"],
      ['api/Server.ts', 'this.emit("drain")'],
    ],
    fine: [
      ['api/message/forward.ts', "target.emit('close');"],
      ['api/Agent.ts', "agent.emit('free', socket, options);"],
      ['api/Server.ts', "// never this.emit('close')"],
    ],
  },
  {
    title: 'machines are pure and their charts hold names only',
    rule: rules.pureMachines,
    broken: [
      ['machines/x.ts', 'setup({}).createMachine({ entry: () => 1 })'],
      ['machines/x.ts', 'setup({}).createMachine({ invoke: { src: 1 } })'],
      ['machines/x.ts', 'setup({}).createMachine({ after: { 1000: target } })'],
      ['machines/x.ts', 'const size = Buffer.byteLength(text);'],
    ],
    fine: [
      ['machines/x.ts', 'setup({ guards: { isX: ({ event }) => event.x } }).createMachine({ context: () => ({}) })'],
      ['rules/x.ts', 'const size = Buffer.byteLength(text);'],
    ],
  },
  {
    title: 'rules hold no state and know no time',
    rule: rules.statelessRules,
    broken: [
      ['rules/x.ts', 'let seen = 0;'],
      ['rules/x.ts', 'export let seen = 0;'],
      ['rules/x.ts', 'return this.method;'],
      ['rules/x.ts', 'return new Date(text);'],
    ],
    fine: [['rules/x.ts', 'function f() {\n  let seen = 0;\n}']],
  },
  {
    title: 'events have no branches',
    rule: rules.branchlessEvents,
    broken: [['events/x.ts', 'if (x) y();']],
  },
];

const titleOf = (path: string, text: string) => `${path}: ${text.replace(/\s+/g, ' ').slice(0, 90)}`;

describe.each(cases)('$title', ({ rule, broken, fine = [] }) => {
  it('in src', () => {
    const complaints = sources.flatMap((source) => rule(source).map((complaint) => `${source.path}: ${complaint}`));
    expect(complaints).toEqual([]);
  });

  for (const [path, text] of broken) {
    it(`refuses ${titleOf(path, text)}`, () => expect(rule(read(path, text))).not.toEqual([]));
  }

  for (const [path, text] of fine) {
    it(`allows ${titleOf(path, text)}`, () => expect(rule(read(path, text))).toEqual([]));
  }
});

it('finds files', () => {
  expect(sources.length).toBeGreaterThan(20);
});
