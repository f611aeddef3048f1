/** Two small machines in the project's style, and their alphabets. */
import { type AnyStateMachine, and, assign, emit, not, raise, setup, stateIn } from 'xstate';
import type { Alphabet } from './walks.js';

const message = setup({
  types: {
    context: {} as { keepAlive: boolean; parts: 0 | 1 | 2 },
    events: {} as
      | { type: 'user.head'; last: boolean }
      | { type: 'user.write' | 'user.end' | 'user.destroy' }
      | { type: 'net.flushed' | 'net.closed' | 'clock.tick' | 'body.over' },
    emitted: {} as { type: string; parts?: number },
    input: {} as { keepAlive: boolean },
  },
  guards: {
    isLast: ({ event }) => event.type === 'user.head' && event.last,
    isKeepAlive: ({ context }) => context.keepAlive,
    hasParts: ({ context }, params: { atLeast: number }) => context.parts >= params.atLeast,
    isWriting: stateIn('#writing'),
    mayReuse: and(['isKeepAlive', not('isWriting')]),
  },
  actions: {
    noteClose: assign({ keepAlive: false }),
    notePart: assign({ parts: ({ context }) => (context.parts === 0 ? 1 : 2) }),
    orderWrite: emit(({ context }) => ({ type: 'io.write', parts: context.parts })),
    emitFinish: emit({ type: 'res.finish' }),
    emitClose: emit({ type: 'res.close' }),
    raiseOver: raise({ type: 'body.over' }),
  },
}).createMachine({
  id: 'message',
  type: 'parallel',
  context: ({ input }) => ({ keepAlive: input.keepAlive, parts: 0 }),
  on: { 'user.destroy': { target: ['.writing.failed', '.reuse.closed'], actions: 'emitClose' } },
  states: {
    writing: {
      id: 'writing',
      initial: 'head',
      states: {
        head: { on: { 'user.head': [{ guard: 'isLast', target: 'body', actions: 'noteClose' }, { target: 'body' }] } },
        body: {
          initial: 'open',
          on: { 'user.*': { actions: ['notePart', 'orderWrite'] } },
          states: {
            open: { on: { 'user.end': { target: 'over', actions: 'raiseOver' } } },
            over: { on: { 'net.flushed': 'flushed' } },
            flushed: { type: 'final', entry: 'emitFinish' },
          },
          onDone: 'finished',
        },
        finished: { type: 'final' },
        failed: { type: 'final' },
      },
    },
    reuse: {
      initial: 'busy',
      states: {
        busy: {
          on: { 'body.over': [{ guard: { type: 'hasParts', params: { atLeast: 2 } }, target: 'ticking' }, 'closed'] },
        },
        ticking: { on: { 'clock.tick': 'idle' } },
        idle: { always: { guard: not('isKeepAlive'), target: 'closed' }, on: { 'net.closed': 'closed' } },
        closed: { type: 'final', entry: 'emitClose' },
      },
    },
  },
});

const switchboard = setup({
  types: { context: {} as { calls: number }, events: {} as { type: 'call' | 'hang.up' | 'hang.on' | 'reset' } },
  guards: { isBusy: ({ context }) => context.calls > 2 },
  actions: {
    count: assign(({ context }) => ({ calls: context.calls + 1 })),
    clear: assign({ calls: 0 }),
    orderRing: emit({ type: 'io.ring' }),
  },
}).createMachine({
  id: 'switchboard',
  context: { calls: 0 },
  initial: 'free',
  states: {
    free: {
      entry: 'orderRing',
      always: { guard: 'isBusy', target: 'busy' },
      on: { call: { target: 'free', reenter: true, actions: 'count' } },
    },
    busy: { exit: 'clear', on: { 'hang.*': 'free', call: {} } },
  },
  on: { reset: '.free', call: { actions: 'count' } },
});

export const machines: Readonly<Record<string, AnyStateMachine>> = { message, switchboard };

export const alphabet: Readonly<Record<string, Alphabet>> = {
  message: {
    events: [
      { type: 'user.head', last: false },
      { type: 'user.head', last: true },
      ...['user.write', 'user.end', 'user.destroy', 'net.flushed', 'net.closed', 'clock.tick', 'body.over'].map(
        (type) => ({ type }),
      ),
    ] as Alphabet['events'],
    inputs: [{ keepAlive: true }, { keepAlive: false }],
  },
  switchboard: { events: ['call', 'hang.up', 'hang.on', 'reset'].map((type) => ({ type })) },
};
