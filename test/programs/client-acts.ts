/** The grammar of client programs: what they do with a request and its response. */
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import type { Agent } from '../../src/api/agent/Agent.js';
import type { ClientRequest } from '../../src/api/client/ClientRequest.js';
import type { IncomingMessage } from '../../src/api/message/IncomingMessage.js';
import {
  type Act,
  act,
  functionOf,
  later,
  listening,
  type Program,
  pauses,
  perform,
  programs,
  type Then,
  thens,
} from './act.js';
import { begin, type Reading, reading } from './incoming-acts.js';
import { end, type Sender, sending } from './outgoing-acts.js';
import type { Seen } from './world.js';

/** A request with its response. */
export interface ClientExchange extends Sender, Reading {
  readonly index: number;
  readonly agent: Agent | undefined;
  readonly req: ClientRequest;
  readonly controller: AbortController;
  readonly seen: Seen;
  res: IncomingMessage | undefined;
  /** Its sockets, one after the other. */
  readonly used: Duplex[];
}

type Line = Act<ClientExchange>;

const boom = (): Error => new Error('boom');

const { read, others } = reading<ClientExchange>('res?');

const thrown: Line = act(`throw new Error('thrown');`, () => {
  throw new Error('thrown');
});

const forced: readonly Line[] = [
  act('req.destroy();', ({ req }) => void req.destroy()),
  act(`req.destroy(new Error('boom'));`, ({ req }) => void req.destroy(boom())),
  act('req.abort();', ({ req }) => req.abort()),
  act('controller.abort();', ({ controller }) => controller.abort()),
  act('res?.destroy();', ({ res }) => void res?.destroy()),
  act(`res?.destroy(new Error('boom'));`, ({ res }) => void res?.destroy(boom())),
  act('req.socket?.destroy();', ({ req }) => void req.socket?.destroy()),
  act(`req.socket?.destroy(new Error('boom'));`, ({ req }) => void req.socket?.destroy(boom())),
  act('req.socket?.end();', ({ req }) => void req.socket?.end()),
  act('agent?.destroy();', ({ agent }) => agent?.destroy()),
];

const setTimeout = (target: 'req' | 'res', ms: number, then: Then<ClientExchange>): Line => {
  const text = target === 'req' ? 'req' : 'res?';
  return act(`${text}.setTimeout(${ms}${then === undefined ? '' : `, ${functionOf(then)}`});`, (on) => {
    if (then === undefined) on[target]?.setTimeout(ms);
    else on[target]?.setTimeout(ms, () => perform(then, on));
  });
};

const events = [
  ...['req.socket', 'req.finish', 'req.close', 'req.error', 'req.drain', 'req.prefinish', 'req.continue', 'req.abort'],
  ...['req.information', 'req.timeout', 'res.data', 'res.end', 'res.end', 'res.close', 'res.aborted', 'res.error'],
] as const;

const listen = (event: (typeof events)[number], program: Program<ClientExchange>): Line => {
  const [target, name] = event.split('.') as ['req' | 'res', string];
  return act(`${target === 'req' ? 'req' : 'res?'}.once('${name}', ${functionOf(program)});`, (on) => {
    if (event === 'res.data' && on.res !== undefined) begin(on);
    listening(on, on[target], name, program);
  });
};

/** One line of a client program; `inner` generates nested programs. */
const line = (inner: fc.Arbitrary<Program<ClientExchange>>): fc.Arbitrary<Line> =>
  fc.oneof(
    { weight: 12, arbitrary: sending('req', inner) },
    { weight: 6, arbitrary: fc.tuple(pauses, inner).map(([pause, program]) => later(pause, program)) },
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...events), inner).map((pair) => listen(...pair)) },
    { weight: 5, arbitrary: fc.constant(read) },
    { weight: 4, arbitrary: others },
    { weight: 1, arbitrary: fc.constant(thrown) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('req', 'res'), fc.constantFrom(600, 1500), thens(inner))
        .map((triple) => setTimeout(...triple)),
    },
    { weight: 3, arbitrary: fc.constantFrom(...forced) },
  );

/** What a program does with a new request; most of them are ended. */
export const requesters: fc.Arbitrary<Program<ClientExchange>> = fc
  .tuple(programs(line, 3), fc.constantFrom(true, true, false))
  .map(([program, ends]) => (ends ? [...program, end('req')] : program));

/** What a program does with a response; most of them are read. */
export const responders: fc.Arbitrary<Program<ClientExchange>> = fc
  .tuple(programs(line, 2), fc.constantFrom(true, true, false))
  .map(([program, reads]) => (reads ? [...program, read] : program));
