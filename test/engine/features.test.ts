/** Every XState feature that charts may use, one at a time, in both interpreters. */
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, and, assign, createMachine, emit, not, or, raise, setup, stateIn } from 'xstate';
import type { EventLike } from '../../src/engine/actor.js';
import { startPair } from './kit/pair.js';
import { run } from './kit/run.js';

// biome-ignore lint/suspicious/noExplicitAny: used in machines of all types
const emits = (type: string): any => emit({ type });

/** A state that emits an event on entry and exit. */
const emitting = (name: string, state: object = {}) => ({
  entry: emits(`+${name}`),
  exit: emits(`-${name}`),
  ...state,
});

/** Sends the events to both interpreters; expects them to agree, to end in `value`, and to have emitted `expected`. */
function expectWalk(machine: AnyStateMachine, events: (string | EventLike)[], value: unknown, expected: string): void {
  const pair = startPair(machine);
  const single = run(machine);
  for (const each of events) {
    const event = typeof each === 'string' ? { type: each } : each;
    pair.send(event);
    single.actor.send(event);
  }
  expect(single.actor.value).toEqual(value);
  expect(single.emitted.join(' ')).toBe(expected);
}

describe('states', () => {
  it('atomic: a machine can be atomic', () => {
    expectWalk(createMachine({ ...emitting('m'), on: { go: { actions: emits('go') } } }), ['go'], {}, '+m go');
  });

  it('compound: entered from outside in, exited from inside out', () => {
    const machine = createMachine({
      ...emitting('m'),
      initial: 'a',
      states: {
        a: emitting('a', {
          initial: 'b',
          states: { b: emitting('b', { on: { go: { target: '#c', actions: emits('!') } } }) },
        }),
        x: emitting('x', { initial: 'd', states: { c: emitting('c', { id: 'c' }), d: emitting('d') } }),
      },
    });
    expectWalk(machine, ['go'], { x: 'c' }, '+m +a +b -b -a ! +x +c');
  });

  it('parallel: regions entered in document order, exited in reverse', () => {
    const machine = createMachine({
      initial: 'p',
      states: {
        p: emitting('p', {
          type: 'parallel',
          states: {
            r: emitting('r', { initial: 'a', states: { a: emitting('a', { on: { go: 'b' } }), b: emitting('b') } }),
            s: emitting('s', { initial: 'c', states: { c: emitting('c', { on: { go: 'd' } }), d: emitting('d') } }),
          },
          on: { out: 'o' },
        }),
        o: {},
      },
    });
    expectWalk(machine, ['go', 'out'], 'o', '+p +r +a +s +c -c -a +b +d -d -s -b -r -p');
  });

  it('parallel: a transition to another region re-enters all regions', () => {
    const machine = createMachine({
      type: 'parallel',
      states: {
        r: emitting('r', { initial: 'a', states: { a: { on: { cross: '#d' } } } }),
        s: emitting('s', { initial: 'c', states: { c: {}, d: { id: 'd' } } }),
      },
    });
    expectWalk(machine, ['cross'], { r: 'a', s: 'd' }, '+r +s -s -r +r +s');
  });

  it('parallel: several targets, one in each region', () => {
    const machine = createMachine({
      initial: 'a',
      states: {
        a: { on: { go: { target: ['p.r.y', 'p.s.y'].map((each) => `#m.${each}`) } } },
        p: {
          type: 'parallel',
          states: {
            r: { initial: 'x', states: { x: {}, y: {} } },
            s: { initial: 'x', states: { x: {}, y: {} } },
            t: { initial: 'x', states: { x: {}, y: {} } },
          },
        },
      },
      id: 'm',
    });
    expectWalk(machine, ['go'], { p: { r: 'y', s: 'y', t: 'x' } }, '');
  });

  it('final: a machine that is done exits its states', () => {
    const machine = createMachine({
      ...emitting('m'),
      initial: 'a',
      states: { a: emitting('a', { on: { go: 'b' } }), b: emitting('b', { type: 'final' }) },
    });
    expectWalk(machine, ['go', 'go'], 'b', '+m +a -a +b -b -m');
  });

  it('final: onDone of a compound state, with output', () => {
    const machine = createMachine({
      initial: 'a',
      states: {
        a: {
          initial: 'b',
          states: { b: { on: { go: 'c' } }, c: { type: 'final', output: ({ event }) => `by ${event.type}` } },
          onDone: { target: 'd', actions: emit(({ event }) => ({ type: event.output as string })) },
        },
        d: {},
      },
    });
    expectWalk(machine, ['go'], 'd', 'by go');
  });

  it('final: onDone of a parallel state, when the last region is done', () => {
    const region = { initial: 'a', states: { a: { on: { go: 'b' } }, b: { type: 'final' as const } } };
    const late = { initial: 'a', states: { a: { on: { late: 'b' } }, b: { type: 'final' as const, output: 'out' } } };
    const machine = createMachine({
      initial: 'p',
      states: {
        p: { type: 'parallel', states: { r: region, s: late, t: region }, onDone: 'q' },
        q: { entry: emits('q') },
      },
    });
    expectWalk(machine, ['go'], { p: { r: 'b', s: 'a', t: 'b' } }, '');
    expectWalk(machine, ['go', 'late'], 'q', 'q');
  });
});

describe('transitions', () => {
  const self = (transition: object) =>
    createMachine({
      initial: 'a',
      states: {
        a: emitting('a', {
          initial: 'b',
          states: { b: emitting('b', { on: { in: 'c' } }), c: emitting('c') },
          on: { go: transition },
        }),
      },
    });

  it('targetless: no state is exited', () => {
    expectWalk(self({ actions: emits('!') }), ['in', 'go'], { a: 'c' }, '+a +b -b +c !');
  });

  it('internal: children are re-entered', () => {
    expectWalk(self({ target: 'a', actions: emits('!') }), ['in', 'go'], { a: 'b' }, '+a +b -b +c -c ! +b');
    expectWalk(self({ target: '.c', actions: emits('!') }), ['go'], { a: 'c' }, '+a +b -b ! +c');
  });

  it('external: the state itself is also re-entered', () => {
    expectWalk(
      self({ target: 'a', reenter: true, actions: emits('!') }),
      ['in', 'go'],
      { a: 'b' },
      '+a +b -b +c -c -a ! +a +b',
    );
    expectWalk(self({ target: '.c', reenter: true, actions: emits('!') }), ['go'], { a: 'c' }, '+a +b -b -a ! +a +c');
  });

  it('of the root, to the root', () => {
    const machine = createMachine({
      id: 'm',
      ...emitting('m'),
      initial: 'a',
      states: { a: { on: { in: 'b', up: '#m' } }, b: {} },
      on: { back: '.a', anew: { target: '#m', reenter: true } },
    });
    expectWalk(machine, ['in', 'back'], 'a', '+m');
    expectWalk(machine, ['in', 'anew'], 'a', '+m -m +m');
    expectWalk(machine, ['up'], 'a', '+m +m');
  });

  it('child before parent, and forbidden transitions', () => {
    const machine = createMachine({
      initial: 'a',
      states: { a: { on: { go: { actions: emits('inner') }, stop: {}, other: [] } } },
      on: { go: { actions: emits('outer') }, stop: { actions: emits('outer') }, up: { actions: emits('up') } },
    });
    expectWalk(machine, ['go', 'stop', 'up', 'nothing'], 'a', 'inner up');
  });

  it('candidates in order', () => {
    const machine = setup({ types: { events: {} as { type: 'go'; k: number } } }).createMachine({
      on: {
        go: [
          { guard: ({ event }) => event.k === 1, actions: emits('one') },
          { guard: ({ event }) => event.k < 3, actions: emits('few') },
          { actions: emits('many') },
          { actions: emits('never') },
        ],
      },
    });
    expectWalk(
      machine,
      [1, 2, 3].map((k) => ({ type: 'go', k })),
      {},
      'one few many',
    );
  });

  it('wildcards: exact match, then long to short', () => {
    const machine = createMachine({
      initial: 'a',
      states: {
        a: {
          on: {
            '*': { actions: emits('any') },
            'net.*': { actions: emits('net.*') },
            'net.open.*': { actions: emits('net.open.*') },
            'net.open': { guard: ({ event }) => event['k'] === 1, actions: emits('net.open') },
          },
        },
      },
    });
    const events = ['net.open', 'net.open.late', 'net.closed', 'net', 'network', { type: 'net.open', k: 1 }];
    expectWalk(machine, events, 'a', 'net.open.* net.open.* net.* net.* any net.open');
  });

  it('eventless: after every event, with the event that caused it', () => {
    const machine = createMachine({
      context: { n: 0 },
      initial: 'a',
      states: {
        a: { always: { guard: ({ context }) => context.n > 1, target: 'b', actions: emit(({ event }) => event) } },
        b: { always: 'c', exit: emits('-b') },
        c: {},
      },
      on: { add: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    });
    expectWalk(machine, ['add'], 'a', '');
    expectWalk(machine, ['add', 'add'], 'c', 'add -b');
  });

  it('eventless: after an event without a handler', () => {
    const machine = createMachine({
      initial: 'a',
      states: { a: { always: { guard: ({ event }) => event.type === 'stray', target: 'b' } }, b: {} },
    });
    expectWalk(machine, ['other'], 'a', '');
    expectWalk(machine, ['stray'], 'b', '');
  });

  it('eventless: a transition that changes nothing is taken once', () => {
    expectWalk(createMachine({ always: { actions: emits('!') } }), ['go', 'go'], {}, '! ! !');
  });

  it('eventless: regions in the order in which their states were entered', () => {
    const region = (name: string) => ({
      initial: 'x',
      states: {
        x: { on: { [name]: 'y' } },
        y: { always: { guard: ({ event }: { event: EventLike }) => event.type === 'now', actions: emits(name) } },
      },
    });
    const machine = createMachine({ type: 'parallel', states: { r: region('r'), s: region('s') } });
    expectWalk(machine, ['r', 's', 'now'], { r: 'y', s: 'y' }, 'r s');
    expectWalk(machine, ['s', 'r', 'now'], { r: 'y', s: 'y' }, 's r');
  });

  it('conflicts: the inner transition wins, otherwise the first', () => {
    const machine = createMachine({
      type: 'parallel',
      id: 'm',
      states: {
        r: { initial: 'a', states: { a: { on: { go: { target: '#m', actions: emits('r') } } } } },
        s: { initial: 'a', states: { a: { on: { go: { target: 'b', actions: emits('s') } } }, b: {} } },
      },
    });
    expectWalk(machine, ['go'], { r: 'a', s: 'a' }, 'r');
  });
});

describe('guards', () => {
  const guards = setup({
    types: { context: {} as { n: number }, events: {} as { type: string; k?: number } },
    guards: {
      yes: () => true,
      no: () => false,
      equals: ({ context }, params: { to: number | undefined }) => context.n === params.to,
      isThere: stateIn('#there'),
      isThereAndYes: and(['isThere', 'yes']),
    },
  });
  // biome-ignore lint/suspicious/noExplicitAny: combined guards of all kinds
  const expectGuard = (guard: any, passes: boolean, event: EventLike = { type: 'go' }) => {
    const region = {
      initial: 'there',
      states: { there: { id: 'there', initial: 'x', states: { x: {} } }, elsewhere: {} },
    };
    const machine = guards.createMachine({
      context: { n: 3 },
      type: 'parallel',
      states: { r: { initial: 'a', states: { a: { on: { go: { guard, actions: emits('passed') } } } } }, s: region },
    });
    expectWalk(machine, [event], { r: 'a', s: { there: 'x' } }, passes ? 'passed' : '');
  };

  it('by name, by name with params, inline', () => {
    expectGuard('yes', true);
    expectGuard('no', false);
    expectGuard({ type: 'yes' }, true);
    expectGuard({ type: 'equals', params: { to: 3 } }, true);
    expectGuard({ type: 'equals', params: { to: 4 } }, false);
    expectGuard({ type: 'equals', params: ({ event }: { event: { k: number } }) => ({ to: event.k }) }, true, {
      type: 'go',
      k: 3,
    } as EventLike);
    expectGuard(({ context }: { context: { n: number } }) => context.n === 3, true);
  });

  it('and, or, not', () => {
    expectGuard(and(['yes', { type: 'equals', params: { to: 3 } } as never]), true);
    expectGuard(and(['yes', 'no']), false);
    expectGuard(or(['no', 'yes']), true);
    expectGuard(or(['no', not('yes')]), false);
    expectGuard(not(and(['no', 'yes'])), true);
    expectGuard(and([]), true);
    expectGuard(or([]), false);
  });

  it('stateIn, by id and by value', () => {
    expectGuard(stateIn('#there'), true);
    expectGuard(stateIn('#there.x'), true);
    expectGuard('isThere', true);
    expectGuard('isThereAndYes', true);
    expectGuard(not('isThereAndYes'), false);
    expectGuard(stateIn('s'), true);
    expectGuard(stateIn('s.there.x'), true);
    expectGuard(stateIn({ s: { there: 'x' } }), true);
    expectGuard(stateIn('s.elsewhere'), false);
    expectGuard(stateIn({ s: 'elsewhere' }), false);
  });
});

describe('actions', () => {
  const actions = setup({
    types: { context: {} as { a: number; b: number; c?: string }, events: {} as { type: string; k?: number } },
    actions: {
      swap: assign({ a: ({ context }) => context.b, b: ({ context }) => context.a, c: 'swapped' }),
      spread: assign(({ context, event }) => ({ a: context.a + 1, c: event.type })),
      constant: assign({ c: 'constant' }),
      addTo: assign({ a: ({ context }, params: { by: number }) => context.a + params.by }),
      emitAll: emit(({ context, event }) => ({ type: `${context.a},${context.b},${context.c}:${event.type}` })),
      emitParam: emit((_, params: { of: unknown }) => ({ type: `${params.of}` })),
      raiseOf: raise(({ context }, params: { of: string }) => ({ type: params.of, k: context.a })),
    },
  });
  // biome-ignore lint/suspicious/noExplicitAny: actions of all kinds
  const expectActions = (list: any, expected: string) =>
    expectWalk(
      actions.createMachine({
        context: { a: 1, b: 2 },
        on: { go: { actions: list }, raised: { actions: [emits('raised'), 'emitAll'] } },
      }),
      ['go'],
      {},
      expected,
    );

  it('assign: properties see the previous context', () => {
    expectActions(['swap', 'emitAll'], '2,1,swapped:go');
    expectActions(
      [
        assign<{ a: number; b: number }, EventLike, undefined, EventLike, never>({
          a: 5,
          b: ({ context }) => context.a,
        }),
        'emitAll',
      ],
      '5,1,undefined:go',
    );
  });

  it('assign: a function, constants, params', () => {
    expectActions(['spread', 'emitAll'], '2,2,go:go');
    expectActions(['constant', 'emitAll'], '1,2,constant:go');
    expectActions([{ type: 'addTo', params: { by: 4 } }, 'emitAll'], '5,2,undefined:go');
    expectActions(
      [{ type: 'addTo', params: ({ context }: { context: { b: number } }) => ({ by: context.b }) }, 'emitAll'],
      '3,2,undefined:go',
    );
  });

  it('emit: fixed, computed, with params', () => {
    expectActions(emits('x'), 'x');
    expectActions({ type: 'emitAll' }, '1,2,undefined:go');
    expectActions({ type: 'emitParam', params: { of: 'p' } }, 'p');
    expectActions({ type: 'emitParam', params: ({ event }: { event: EventLike }) => ({ of: event.type }) }, 'go');
  });

  it('raise: processed after the transition, in order', () => {
    expectActions([raise({ type: 'raised' }), 'emitAll'], '1,2,undefined:go raised 1,2,undefined:raised');
    expectActions([{ type: 'raiseOf', params: { of: 'raised' } }, 'constant'], 'raised 1,2,constant:raised');
    expectActions([raise({ type: 'unknown' }), raise({ type: 'raised' })], 'raised 1,2,undefined:raised');
  });

  it('on entry: actions see the input', () => {
    const machine = setup({
      types: { context: {} as { from: string }, input: {} as { from: string } },
      actions: { emitFrom: emit(({ context, event }) => ({ type: `${context.from} ${event.type}` })) },
    }).createMachine({ context: ({ input }) => ({ from: input.from }), entry: 'emitFrom' });
    startPair(machine, { from: 'here' });
    expect(run(machine, { from: 'here' }).emitted).toEqual(['here xstate.init']);
  });
});
