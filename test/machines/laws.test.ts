/** The laws of each machine, on all paths that its world allows. */
import { afterAll, describe, expect, it } from 'vitest';
import { exploreAll, exploreSome } from './kit/explore.js';
import { scenes } from './scenes/index.js';

/** Random steps. */
const STEPS = 20_000;

const rows: object[] = [];

afterAll(() => console.table(rows));

describe.each(scenes)('the laws of $name', ({ name, scene, walked }) => {
  it('hold in every situation', () => {
    const { broken, situations, steps } = exploreAll(scene);
    rows.push({ scene: name, laws: scene.laws.length, situations, steps });
    expect(broken).toEqual({});
  }, 300_000);

  it('hold on random walks', () => {
    expect(exploreSome(walked, STEPS).broken).toEqual({});
  });
});
