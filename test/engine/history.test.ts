/** The history of an actor's place: what has changed its states lately. */
import { afterEach, describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { start } from '../../src/engine/actor.js';
import { compile } from '../../src/engine/compile.js';
import { changesOf, isFull, keepHistory, msSince, newTrack, type Track, useMoment } from '../../src/engine/history.js';
import { startAt, startNowhere } from '../../src/engine/place.js';

const chart = compile(
  createMachine({
    id: 'lamp',
    initial: 'off',
    states: {
      off: { on: { press: 'on', look: {} } },
      on: { on: { press: 'dimming' } },
      dimming: { always: 'off' },
    },
  }) as never,
);

let time = 0;
useMoment(() => time);

function lamp(track: Track | undefined, exchange = 3) {
  startAt(7, exchange, track);
  const actor = start(chart, { deliver() {} }, undefined);
  startNowhere();
  return { actor, send: (type: string) => actor.send({ type } as never) };
}

afterEach(() => keepHistory(true));

describe('a track', () => {
  it('has the start and each change of states, with the time that was read last', () => {
    const track = newTrack();
    time = 5.7;
    const { send } = lamp(track);
    time = 12;
    send('press');
    send('look');
    send('stray');
    time = 13;
    send('press');
    const common = { chart: 'lamp', exchange: 3 };
    // The microstep through `dimming` is a part of one change.
    expect(changesOf(track!)).toEqual([
      { ...common, at: 5, event: 'xstate.init', from: undefined, to: 'off' },
      { ...common, at: 12, event: 'press', from: 'off', to: 'on' },
      { ...common, at: 13, event: 'press', from: 'on', to: 'off' },
    ]);
  });

  it('forgets the oldest, and says so', () => {
    const track = newTrack();
    const { send } = lamp(track);
    for (let i = 1; i < 26; i++) send('press');
    expect([changesOf(track!).length, isFull(track!)]).toEqual([26, false]);
    for (let i = 0; i < 100; i++) {
      time = i;
      send('press');
    }
    const changes = changesOf(track!);
    expect([changes.length, isFull(track!)]).toEqual([27, true]);
    expect(changes.map(({ at }) => at)).toEqual(Array.from({ length: 27 }, (_, index) => 73 + index));
  });

  it('is shared by the actors of a place, and tells their exchanges apart', () => {
    const track = newTrack();
    for (const exchange of [1, 127, 128, 129]) lamp(track, exchange);
    expect(changesOf(track!).map(({ exchange }) => exchange)).toEqual([1, 127, 0, 1]);
  });

  it('outlives 49 days', () => {
    const track = newTrack();
    time = 2 ** 32 - 10;
    lamp(track);
    expect(msSince(changesOf(track!)[0]!.at, 2 ** 32 + 20.5)).toBe(30);
  });

  it('does not exist while no history is kept', () => {
    keepHistory(false);
    expect(newTrack()).toBeUndefined();
    expect(() => lamp(undefined).send('press')).not.toThrow();
  });
});
