import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assign, createMachine, emit } from 'xstate';
import { type Observation, tap } from '../../src/engine/tap.js';
import { watch } from '../../src/engine/watched.js';
import { run } from './kit/run.js';

const machine = createMachine({
  id: 'walker',
  initial: 'a',
  entry: emit({ type: 'hello' }),
  states: {
    a: { on: { go: { target: 'b', actions: [emit({ type: 'x' }), emit({ type: 'y' })] } } },
    b: {
      on: {
        back: 'a',
        fail: {
          actions: assign(() => {
            throw new Error('boom');
          }),
        },
        end: 'c',
      },
    },
    c: { type: 'final' },
  },
});

describe.each(['compiled', 'watched'])('%s', (interpreter) => {
  const observations: Observation[] = [];
  let stops: (() => void)[] = [];
  const listen = (listener: (observation: Observation) => void) => stops.push(tap(listener));

  beforeEach(() => {
    observations.length = 0;
    stops = interpreter === 'watched' ? [watch({ inspect: () => {} })] : [];
  });
  afterEach(() => {
    for (const stop of stops) stop();
  });

  it('reports every send, including those that change nothing', () => {
    listen((each) => observations.push(each));
    const { actor, send } = run(machine);
    send('go', 'stray', 'end', 'late');
    const common = { actor, chart: 'walker', connection: 0, exchange: 0, at: expect.any(Number) };
    expect(observations.map(({ seq, ...rest }) => rest)).toEqual([
      { ...common, event: { type: 'xstate.init', input: undefined }, from: {}, to: 'a', emitted: [{ type: 'hello' }] },
      { ...common, event: { type: 'go' }, from: 'a', to: 'b', emitted: [{ type: 'x' }, { type: 'y' }] },
      { ...common, event: { type: 'stray' }, from: 'b', to: 'b', emitted: [] },
      { ...common, event: { type: 'end' }, from: 'b', to: 'c', emitted: [] },
      { ...common, event: { type: 'late' }, from: 'c', to: 'c', emitted: [] },
    ]);
    const [first] = observations;
    expect(observations.map(({ seq }) => seq - first!.seq)).toEqual([0, 1, 2, 3, 4]);
  });

  it('reports an actor that is inspected as one line', () => {
    listen((observation) => observations.push(observation));
    run(machine).send('go');
    expect(inspect(observations.at(-1)?.actor)).toBe('<walker b>');
  });

  it('reports before anything is delivered', () => {
    const order: string[] = [];
    listen(({ event, to }) => order.push(`${event.type} to ${to}`));
    run(machine, undefined, ({ type }) => order.push(type)).send('go');
    expect(order).toEqual(['xstate.init to a', 'hello', 'go to b', 'x', 'y']);
  });

  it('reports sends from inside a delivery when they are processed', () => {
    const order: string[] = [];
    listen(({ event }) => order.push(event.type));
    const outer = run(machine, undefined, ({ type }) => {
      order.push(type);
      if (type === 'x') outer.send('back');
    });
    outer.send('go');
    expect(order).toEqual(['xstate.init', 'hello', 'go', 'x', 'back', 'y']);
  });

  it('reports the error of a failed actor', () => {
    listen((each) => observations.push(each));
    const { send } = run(machine);
    send('go');
    expect(() => send('fail')).toThrow('boom');
    expect(observations.at(-1)).toMatchObject({ from: 'b', to: 'b', emitted: [], error: new Error('boom') });
  });

  it('delivers in order what the actor emits because of a tap listener', () => {
    const { emitted, actor, send } = run(machine);
    listen(({ event }) => {
      if (event.type === 'stray') actor.send({ type: 'go' });
      if (event.type === 'go' && times++ < 2) for (const type of ['back', 'go']) actor.send({ type });
    });
    let times = 0;
    send('stray');
    expect(actor.value).toBe('b');
    expect(emitted).toEqual(['hello', 'x', 'y', 'x', 'y', 'x', 'y']);
  });

  it('delivers the emissions of an event before those caused by a tap listener', () => {
    const { emitted, actor, send } = run(
      createMachine({ on: { one: { actions: emit({ type: '1' }) }, two: { actions: emit({ type: '2' }) } } }),
    );
    listen(({ event }) => {
      if (event.type === 'one') actor.send({ type: 'two' });
    });
    send('one');
    expect(emitted).toEqual(['1', '2']);
  });

  it('reports to all listeners until they stop', () => {
    const counts = [0, 0];
    const listener = () => counts[0]!++;
    const stopOne = tap(listener);
    const stopOther = tap(listener);
    const stopThird = tap(() => counts[1]!++);
    const { send } = run(machine);
    expect(counts).toEqual([2, 1]);
    stopOne();
    stopOne();
    send('go');
    expect(counts).toEqual([3, 2]);
    stopOther();
    stopThird();
    send('back');
    expect(counts).toEqual([3, 2]);
  });
});

describe('a tap listener that throws', () => {
  it('disturbs neither the actor nor its host', async () => {
    const thrown: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => thrown.push(error));
    const stop = tap(() => {
      throw new Error('of the tap');
    });
    const { emitted } = run(machine);
    stop();
    await new Promise(setImmediate);
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(emitted).toEqual(['hello']);
    expect(thrown).toEqual([new Error('of the tap')]);
  });
});
