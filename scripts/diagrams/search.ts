/** Finds the setting with which a region is most readable, by trying all of them. */
import { scenesOf } from '../../src/cli/drawing/drawings.js';
import { type Layout, WIDTH } from '../../src/cli/drawing/geometry.js';
import { foldable, type Scene, unfolded } from '../../src/cli/drawing/scene.js';
import { crossingsOf, faultsOf } from './faults.js';
import { layOut, type Setting } from './layout.js';

const lengths = [
  { label: 20, state: 22 },
  { label: 24, state: 26 },
  { label: 32, state: 28 },
  { label: 44, state: 32 },
  { label: 68, state: 40 },
] as const;

/** A round tries all settings with one seed. The first rounds always run, the others until a drawing is readable. */
const ROUNDS = 2;
const MAX_ROUNDS = 4;
/** The height in pixels that folding a state must save. */
const FOLD = 250;

/**
 * Settings by the id of a region or of a folded state: a state is folded if it has a setting. They are kept, so that a drawing
 * changes only if it must, without a new search.
 */
export type Settings = Readonly<Record<string, Setting>>;

/** The settings of a region: the existing ones while they are readable. */
export async function settle(region: Scene, before: Settings): Promise<Settings> {
  const kept = scenesOf(region, before);
  if (await areReadable(kept, before)) {
    return Object.fromEntries(kept.map(({ state }) => [state.id, before[state.id]!]));
  }
  const folds = foldable(region);
  let best = await searchAll([region]);
  for (let count = 1; count <= folds.length; count++) {
    const found = await searchAll(unfolded(region, folds.slice(0, count)));
    if (found.cost + count * FOLD < best.cost) best = { ...found, cost: found.cost + count * FOLD };
  }
  return best.settings;
}

/** The same for what is drawn as one, whatever is in it. */
export async function settleWhole(scene: Scene, before: Settings): Promise<Settings> {
  const { id } = scene.state;
  return (await areReadable([scene], before)) ? { [id]: before[id]! } : (await searchAll([scene])).settings;
}

async function areReadable(scenes: readonly Scene[], settings: Settings): Promise<boolean> {
  for (const scene of scenes) {
    const setting = settings[scene.state.id];
    const layout = setting && (await layOut(scene, setting).catch(refused));
    if (layout === undefined || !isReadable(layout)) return false;
  }
  return true;
}

async function searchAll(scenes: readonly Scene[]): Promise<{ settings: Settings; cost: number }> {
  const settings: Record<string, Setting> = {};
  let cost = 0;
  for (const scene of scenes) {
    const found = await search(scene);
    settings[scene.state.id] = found.setting;
    cost += found.cost;
  }
  return { settings, cost };
}

async function search(scene: Scene): Promise<Found> {
  let best: Found | undefined;
  for (let seed = 1; seed <= ROUNDS || (seed <= MAX_ROUNDS && isNear(best)); seed++) {
    for (const setting of settingsOf(seed)) {
      const layout = await layOut(scene, setting).catch(refused);
      if (layout === undefined) continue;
      const cost = costOf(layout);
      if (best === undefined || cost < best.cost) best = { setting, layout, cost };
    }
  }
  if (best === undefined) throw new Error(`no setting lays out ${scene.state.id}`);
  return best;
}

interface Found {
  readonly setting: Setting;
  readonly layout: Layout;
  readonly cost: number;
}

/** Whether more rounds are needed to make it readable, and likely to. */
function isNear(found: Found | undefined): boolean {
  return found !== undefined && !isReadable(found.layout) && found.layout.width < 1.2 * WIDTH;
}

/** For some graphs, the library fails with some of the settings. */
function refused(): undefined {
  return undefined;
}

function settingsOf(seed: number): Setting[] {
  return (['DOWN', 'RIGHT'] as const).flatMap((direction) =>
    (['MODEL_ORDER', 'DEPTH_FIRST'] as const).flatMap((cycles) =>
      (['NETWORK_SIMPLEX', 'LONGEST_PATH_SOURCE', 'COFFMAN_GRAHAM'] as const).flatMap((layers) =>
        (['PREFER_NODES', 'NONE'] as const).flatMap((order) =>
          lengths.map((each) => ({ direction, cycles, layers, order, seed, ...each })),
        ),
      ),
    ),
  );
}

/** Whether it has no faults and fits the width. */
function isReadable(layout: Layout): boolean {
  return layout.width <= WIDTH && faultsOf(layout).length === 0;
}

/** In pixels of height. */
function costOf(layout: Layout): number {
  const { width, height, paths } = layout;
  const bends = paths.reduce((sum, { points }) => sum + points.length - 2, 0);
  return (
    height +
    25 * crossingsOf(layout) +
    4 * bends +
    100 * Math.max(0, width - WIDTH) +
    3000 * faultsOf(layout).length +
    startOf(layout)
  );
}

/** The distance of the first state from the top left corner. */
function startOf({ marks }: Layout): number {
  const dot = marks.find(({ type }) => type === 'initial');
  return dot === undefined ? 0 : dot.y + dot.x / 4;
}
