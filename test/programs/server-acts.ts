/** The grammar of handlers: what they do with a request and its response. */
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import fc from 'fast-check';
import type { IncomingMessage } from '../../src/api/message/IncomingMessage.js';
import type { Server } from '../../src/api/server/Server.js';
import type { ServerResponse } from '../../src/api/server/ServerResponse.js';
import {
  type Act,
  act,
  argument,
  contents,
  functionOf,
  later,
  listening,
  type Pause,
  type Program,
  pauses,
  perform,
  programs,
  type Then,
  thens,
} from './act.js';
import { begin, type Reading, reading } from './incoming-acts.js';
import { calling, end, type Sender, sending } from './outgoing-acts.js';
import type { Seen } from './world.js';

/** A request and its response, what was written and what was read. */
export interface Exchange extends Sender, Reading {
  readonly index: number;
  /** When it began, in ms. */
  readonly begin: number;
  readonly server: Server;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly socket: Socket;
  readonly seen: { readonly req: Seen; readonly res: Seen } | undefined;
}

type Line = Act<Exchange>;

const interim = (name: 'writeContinue' | 'writeProcessing', then: Then<Exchange>): Line =>
  act(`if (!res.headersSent) res.${name}(${argument(name, then).slice(2)});`, (on) => {
    if (!on.res.headersSent) calling(on, `res.${name}`, then, (callback) => on.res[name](callback));
  });

const writeHead = (status: number, length: number | undefined): Line => {
  const fields = length === undefined ? '' : `, { 'Content-Length': ${length} }`;
  return act(`if (!res.headersSent) res.writeHead(${status}${fields});`, ({ res }) => {
    if (!res.headersSent) res.writeHead(status, length === undefined ? {} : { 'Content-Length': length });
  });
};

const holdBack: Line = act('req.socket.pause();', ({ socket, world }) => {
  world.paused.add(socket);
  socket.pause();
});
const readOn: Line = act('req.socket.resume();', ({ socket, world }) => {
  world.paused.delete(socket);
  socket.resume();
});

/** A peer is held back for a while: what it sends meanwhile arrives at once. */
const rest = (pause: Pause): Line => {
  const then = later(pause, [readOn]);
  return act(`${holdBack.text}\n${then.text}`, (on) => {
    holdBack.run(on);
    then.run(on);
  });
};

/** Destroys something: what was due may be lost. */
const force = (text: string, run: (on: Exchange) => void): Line =>
  act(text, (on) => {
    on.world.damage.push({ what: text, socket: text.startsWith('server.') ? undefined : on.socket });
    run(on);
  });

const boom = (): Error => new Error('boom');

const plain: readonly Line[] = [
  act(`if (!res.headersSent) res.setHeader('Connection', 'close');`, ({ res }) => {
    if (!res.headersSent) res.setHeader('Connection', 'close');
  }),
  holdBack,
  readOn,
  act('server.closeIdleConnections();', ({ server }) => server.closeIdleConnections()),
  act(`throw new Error('thrown');`, () => {
    throw new Error('thrown');
  }),
];

const { read, others } = reading<Exchange>('req');

const pipe: Line = act('req.pipe(res);', (on) => {
  const { req, res, written } = on;
  begin(on);
  req.on('data', (chunk: Buffer) => void (res.writableEnded || res.destroyed || written.push(chunk)));
  req.pipe(res as never);
});

/** Like `pipe`, with a callback. */
const pipeWithCallback = (then: Program<Exchange>): Line =>
  act(`pipeline(req, res${argument('pipeline', then)});`, (on) => {
    const { req, res, written } = on;
    begin(on);
    req.on('data', (chunk: Buffer) => void (res.writableEnded || res.destroyed || written.push(chunk)));
    on.world.damage.push({ what: 'pipeline', socket: on.socket });
    const call = (callback?: () => void): void => void pipeline(req, res as never, callback as () => void);
    // A pipe into an ended message waits for a 'drain' that never comes.
    calling(on, 'pipeline', then, call, [req, res], res.writableEnded);
  });

const iterate = (then: Program<Exchange>): Line =>
  act(`iterate(req${argument('iterate', then)});`, (on) => {
    begin(on);
    calling(
      on,
      'iterate',
      then,
      (callback) => {
        const done = (error: unknown): void => {
          // The iterator takes an exception in a 'data' listener.
          on.world.swallowed.add(error);
          setImmediate(callback as () => void);
        };
        iterateOver(on.req).then(done, done);
      },
      [on.req],
    );
  });

/** Reads with `for await`, to the end or to an error. */
async function iterateOver(message: IncomingMessage): Promise<void> {
  for await (const _chunk of message);
}

const forced: readonly Line[] = [
  force('res.destroy();', ({ res }) => void res.destroy()),
  force(`res.destroy(new Error('boom'));`, ({ res }) => void res.destroy(boom())),
  force('req.destroy();', ({ req }) => void req.destroy()),
  force(`req.destroy(new Error('boom'));`, ({ req }) => void req.destroy(boom())),
  force('req.socket.destroy();', ({ socket }) => void socket.destroy()),
  force('req.socket.end();', ({ socket }) => void socket.end()),
  force('req.socket.resetAndDestroy();', ({ socket }) => void socket.resetAndDestroy()),
  force('server.closeAllConnections();', ({ server }) => server.closeAllConnections()),
];

/** The callbacks of server.close() are listeners of one event: if one throws, the others are not called. */
const close = (then: Then<Exchange>): Line => {
  const inTurn = then === undefined ? undefined : [later('immediate', then)];
  return act(`server.close(${argument('close', inTurn).slice(2)});`, (on) =>
    calling(on, 'server.close', inTurn, (callback) => void on.server.close(callback)),
  );
};

const setTimeout = (target: 'req' | 'res', ms: number, then: Then<Exchange>): Line =>
  act(`${target}.setTimeout(${ms}${then === undefined ? '' : `, ${functionOf(then)}`});`, (on) => {
    if (then === undefined) on[target].setTimeout(ms);
    else on[target].setTimeout(ms, () => perform(then, on));
  });

const events = [
  ...['req.data', 'req.end', 'req.end', 'req.close', 'req.aborted', 'req.error'],
  ...['res.drain', 'res.prefinish', 'res.finish', 'res.finish', 'res.close', 'socket.close', 'socket.end'],
] as const;

const listen = (event: (typeof events)[number], program: Program<Exchange>): Line => {
  const [target, name] = event.split('.') as ['req' | 'res' | 'socket', string];
  const text = target === 'socket' ? 'req.socket' : target;
  return act(`${text}.once('${name}', ${functionOf(program)});`, (on) => {
    if (event === 'req.data') begin(on);
    listening(on, on[target], name, program);
  });
};

const statuses = fc.constantFrom(200, 200, 200, 404, 204, 304);
const lengths = fc.constantFrom(undefined, undefined, 0, 1, 5, 6, 300);

/** One line of a handler; `inner` generates nested programs. */
const line = (inner: fc.Arbitrary<Program<Exchange>>): fc.Arbitrary<Line> =>
  fc.oneof(
    { weight: 16, arbitrary: sending('res', inner) },
    { weight: 6, arbitrary: fc.tuple(pauses, inner).map(([pause, program]) => later(pause, program)) },
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...events), inner).map((pair) => listen(...pair)) },
    { weight: 3, arbitrary: fc.constantFrom(read, read, pipe) },
    { weight: 3, arbitrary: others },
    { weight: 1, arbitrary: inner.map(pipeWithCallback) },
    { weight: 1, arbitrary: inner.map(iterate) },
    { weight: 3, arbitrary: fc.tuple(statuses, lengths).map((pair) => writeHead(...pair)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('writeContinue', 'writeProcessing'), thens(inner))
        .map((pair) => interim(...pair)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('req', 'res'), fc.constantFrom(600, 1500), thens(inner))
        .map((triple) => setTimeout(...triple)),
    },
    { weight: 1, arbitrary: thens(inner).map(close) },
    { weight: 3, arbitrary: fc.constantFrom(...plain) },
    { weight: 1, arbitrary: fc.constantFrom<Pause>(50, 700).map(rest) },
    { weight: 2, arbitrary: fc.constantFrom(...forced) },
  );

/** What most handlers do. */
const simple: fc.Arbitrary<Program<Exchange>> = fc
  .tuple(contents, fc.option(pauses, { nil: undefined }))
  .map(([content, pause]) => {
    const whole = [end<Exchange>('res', content)];
    return pause === undefined ? whole : [later(pause, whole)];
  });

/** A handler; half of the others always end their response. */
export const handlers: fc.Arbitrary<Program<Exchange>> = fc.oneof(
  { weight: 1, arbitrary: simple },
  {
    weight: 3,
    arbitrary: fc
      .tuple(programs(line, 3), fc.boolean())
      .map(([program, ends]) => (ends ? [...program, end('res')] : program)),
  },
);
