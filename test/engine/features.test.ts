/** Every feature of XState that a chart may use, one at a time, in both interpreters. */
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, and, assign, createMachine, emit, not, or, raise, setup, stateIn } from 'xstate';
import type { EventLike } from '../../src/engine/actor.js';
import { startPair } from './kit/pair.js';
import { run } from './kit/run.js';

// biome-ignore lint/suspicious/noExplicitAny: stands in machines of all types
const tell = (type: string): any => emit({ type });

/** A state that tells when it is entered and left. */
const told = (name: string, state: object = {}) => ({ entry: tell(`+${name}`), exit: tell(`-${name}`), ...state });

/** Sends the events to both interpreters; expects them to agree, to end in `value`, and to have told `expected`. */
function expectWalk(machine: AnyStateMachine, events: (string | EventLike)[], value: unknown, expected: string): void {
  const pair = startPair(machine);
  const single = run(machine);
  for (const each of events) {
    const event = typeof each === 'string' ? { type: each } : each;
    pair.send(event);
    single.actor.send(event);
  }
  expect(single.actor.value).toEqual(value);
  expect(single.told.join(' ')).toBe(expected);
}

describe('states', () => {
  it('atomic: a machine may be one', () => {
    expectWalk(createMachine({ ...told('m'), on: { go: { actions: tell('go') } } }), ['go'], {}, '+m go');
  });

  it('compound: entered from outside in, left from inside out', () => {
    const machine = createMachine({
      ...told('m'),
      initial: 'a',
      states: {
        a: told('a', { initial: 'b', states: { b: told('b', { on: { go: { target: '#c', actions: tell('!') } } }) } }),
        x: told('x', { initial: 'd', states: { c: told('c', { id: 'c' }), d: told('d') } }),
      },
    });
    expectWalk(machine, ['go'], { x: 'c' }, '+m +a +b -b -a ! +x +c');
  });

  it('parallel: regions in document order, left in reverse', () => {
    const machine = createMachine({
      initial: 'p',
      states: {
        p: told('p', {
          type: 'parallel',
          states: {
            r: told('r', { initial: 'a', states: { a: told('a', { on: { go: 'b' } }), b: told('b') } }),
            s: told('s', { initial: 'c', states: { c: told('c', { on: { go: 'd' } }), d: told('d') } }),
          },
          on: { out: 'o' },
        }),
        o: {},
      },
    });
    expectWalk(machine, ['go', 'out'], 'o', '+p +r +a +s +c -c -a +b +d -d -s -b -r -p');
  });

  it('parallel: a transition to another region enters all regions anew', () => {
    const machine = createMachine({
      type: 'parallel',
      states: {
        r: told('r', { initial: 'a', states: { a: { on: { cross: '#d' } } } }),
        s: told('s', { initial: 'c', states: { c: {}, d: { id: 'd' } } }),
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

  it('final: a machine that is done leaves its states', () => {
    const machine = createMachine({
      ...told('m'),
      initial: 'a',
      states: { a: told('a', { on: { go: 'b' } }), b: told('b', { type: 'final' }) },
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
        q: { entry: tell('q') },
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
        a: told('a', {
          initial: 'b',
          states: { b: told('b', { on: { in: 'c' } }), c: told('c') },
          on: { go: transition },
        }),
      },
    });

  it('targetless: nothing is left', () => {
    expectWalk(self({ actions: tell('!') }), ['in', 'go'], { a: 'c' }, '+a +b -b +c !');
  });

  it('internal: children are entered anew', () => {
    expectWalk(self({ target: 'a', actions: tell('!') }), ['in', 'go'], { a: 'b' }, '+a +b -b +c -c ! +b');
    expectWalk(self({ target: '.c', actions: tell('!') }), ['go'], { a: 'c' }, '+a +b -b ! +c');
  });

  it('external: the state itself too', () => {
    expectWalk(
      self({ target: 'a', reenter: true, actions: tell('!') }),
      ['in', 'go'],
      { a: 'b' },
      '+a +b -b +c -c -a ! +a +b',
    );
    expectWalk(self({ target: '.c', reenter: true, actions: tell('!') }), ['go'], { a: 'c' }, '+a +b -b -a ! +a +c');
  });

  it('of the root, to the root', () => {
    const machine = createMachine({
      id: 'm',
      ...told('m'),
      initial: 'a',
      states: { a: { on: { in: 'b', up: '#m' } }, b: {} },
      on: { back: '.a', anew: { target: '#m', reenter: true } },
    });
    expectWalk(machine, ['in', 'back'], 'a', '+m');
    expectWalk(machine, ['in', 'anew'], 'a', '+m -m +m');
    expectWalk(machine, ['up'], 'a', '+m +m');
  });

  it('child before parent, and forbidden ones', () => {
    const machine = createMachine({
      initial: 'a',
      states: { a: { on: { go: { actions: tell('inner') }, stop: {}, other: [] } } },
      on: { go: { actions: tell('outer') }, stop: { actions: tell('outer') }, up: { actions: tell('up') } },
    });
    expectWalk(machine, ['go', 'stop', 'up', 'nothing'], 'a', 'inner up');
  });

  it('candidates in order', () => {
    const machine = setup({ types: { events: {} as { type: 'go'; k: number } } }).createMachine({
      on: {
        go: [
          { guard: ({ event }) => event.k === 1, actions: tell('one') },
          { guard: ({ event }) => event.k < 3, actions: tell('few') },
          { actions: tell('many') },
          { actions: tell('never') },
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

  it('wildcards: exact, then long to short', () => {
    const machine = createMachine({
      initial: 'a',
      states: {
        a: {
          on: {
            '*': { actions: tell('any') },
            'net.*': { actions: tell('net.*') },
            'net.open.*': { actions: tell('net.open.*') },
            'net.open': { guard: ({ event }) => event['k'] === 1, actions: tell('net.open') },
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
        b: { always: 'c', exit: tell('-b') },
        c: {},
      },
      on: { add: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    });
    expectWalk(machine, ['add'], 'a', '');
    expectWalk(machine, ['add', 'add'], 'c', 'add -b');
  });

  it('eventless: at an event that nobody handles', () => {
    const machine = createMachine({
      initial: 'a',
      states: { a: { always: { guard: ({ event }) => event.type === 'stray', target: 'b' } }, b: {} },
    });
    expectWalk(machine, ['other'], 'a', '');
    expectWalk(machine, ['stray'], 'b', '');
  });

  it('eventless: one that changes nothing is taken once', () => {
    expectWalk(createMachine({ always: { actions: tell('!') } }), ['go', 'go'], {}, '! ! !');
  });

  it('eventless: regions in the order in which their states were entered', () => {
    const region = (name: string) => ({
      initial: 'x',
      states: {
        x: { on: { [name]: 'y' } },
        y: { always: { guard: ({ event }: { event: EventLike }) => event.type === 'now', actions: tell(name) } },
      },
    });
    const machine = createMachine({ type: 'parallel', states: { r: region('r'), s: region('s') } });
    expectWalk(machine, ['r', 's', 'now'], { r: 'y', s: 'y' }, 'r s');
    expectWalk(machine, ['s', 'r', 'now'], { r: 'y', s: 'y' }, 's r');
  });

  it('conflicts: the inner one wins, else the first', () => {
    const machine = createMachine({
      type: 'parallel',
      id: 'm',
      states: {
        r: { initial: 'a', states: { a: { on: { go: { target: '#m', actions: tell('r') } } } } },
        s: { initial: 'a', states: { a: { on: { go: { target: 'b', actions: tell('s') } } }, b: {} } },
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
  // biome-ignore lint/suspicious/noExplicitAny: combined guards of all sorts
  const expectGuard = (guard: any, passes: boolean, event: EventLike = { type: 'go' }) => {
    const region = {
      initial: 'there',
      states: { there: { id: 'there', initial: 'x', states: { x: {} } }, elsewhere: {} },
    };
    const machine = guards.createMachine({
      context: { n: 3 },
      type: 'parallel',
      states: { r: { initial: 'a', states: { a: { on: { go: { guard, actions: tell('passed') } } } } }, s: region },
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
      tellAll: emit(({ context, event }) => ({ type: `${context.a},${context.b},${context.c}:${event.type}` })),
      tellOf: emit((_, params: { of: unknown }) => ({ type: `${params.of}` })),
      raiseOf: raise(({ context }, params: { of: string }) => ({ type: params.of, k: context.a })),
    },
  });
  // biome-ignore lint/suspicious/noExplicitAny: actions of all sorts
  const expectActions = (list: any, expected: string) =>
    expectWalk(
      actions.createMachine({
        context: { a: 1, b: 2 },
        on: { go: { actions: list }, raised: { actions: [tell('raised'), 'tellAll'] } },
      }),
      ['go'],
      {},
      expected,
    );

  it('assign: properties see the context as it was', () => {
    expectActions(['swap', 'tellAll'], '2,1,swapped:go');
    expectActions(
      [
        assign<{ a: number; b: number }, EventLike, undefined, EventLike, never>({
          a: 5,
          b: ({ context }) => context.a,
        }),
        'tellAll',
      ],
      '5,1,undefined:go',
    );
  });

  it('assign: a function, constants, params', () => {
    expectActions(['spread', 'tellAll'], '2,2,go:go');
    expectActions(['constant', 'tellAll'], '1,2,constant:go');
    expectActions([{ type: 'addTo', params: { by: 4 } }, 'tellAll'], '5,2,undefined:go');
    expectActions(
      [{ type: 'addTo', params: ({ context }: { context: { b: number } }) => ({ by: context.b }) }, 'tellAll'],
      '3,2,undefined:go',
    );
  });

  it('emit: fixed, computed, with params', () => {
    expectActions(tell('x'), 'x');
    expectActions({ type: 'tellAll' }, '1,2,undefined:go');
    expectActions({ type: 'tellOf', params: { of: 'p' } }, 'p');
    expectActions({ type: 'tellOf', params: ({ event }: { event: EventLike }) => ({ of: event.type }) }, 'go');
  });

  it('raise: taken after the transition, in order', () => {
    expectActions([raise({ type: 'raised' }), 'tellAll'], '1,2,undefined:go raised 1,2,undefined:raised');
    expectActions([{ type: 'raiseOf', params: { of: 'raised' } }, 'constant'], 'raised 1,2,constant:raised');
    expectActions([raise({ type: 'unknown' }), raise({ type: 'raised' })], 'raised 1,2,undefined:raised');
  });

  it('on entry: see the input', () => {
    const machine = setup({
      types: { context: {} as { from: string }, input: {} as { from: string } },
      actions: { tellFrom: emit(({ context, event }) => ({ type: `${context.from} ${event.type}` })) },
    }).createMachine({ context: ({ input }) => ({ from: input.from }), entry: 'tellFrom' });
    startPair(machine, { from: 'here' });
    expect(run(machine, { from: 'here' }).told).toEqual(['here xstate.init']);
  });
});
