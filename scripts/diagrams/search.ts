/** Finds the setting in which a region is best to read, by trying them all. */
import { crossingsOf, faultsOf, type Layout } from './geometry.js';
import { layOut, type Setting } from './layout.js';
import { foldable, type Scene, unfolded } from './scene.js';

/** The width of a region, in a drawing that is as wide as the pages of code hosts show it. */
export const WIDTH = 804;

const lengths = [
  { label: 20, state: 22 },
  { label: 24, state: 26 },
  { label: 32, state: 28 },
  { label: 44, state: 32 },
  { label: 68, state: 40 },
] as const;

/** Each seed is a round; the first are taken in any case, the others until a drawing is readable. */
const ROUNDS = 2;
const MAX_ROUNDS = 4;
/** What it must save to draw a state by itself, in pixels of height. */
const FOLD = 250;

/**
 * By id of the region, or of a state that is drawn by itself because it is in them. They are kept, so that a drawing stays as
 * it is as long as it can, and needn't be searched for.
 */
export type Settings = Readonly<Record<string, Setting>>;

/** What is drawn of a region, with these settings. */
export function scenesOf(region: Scene, settings: Settings): Scene[] {
  return unfolded(
    region,
    foldable(region).filter(({ id }) => id in settings),
  );
}

/** The settings of a region, as they were as long as it can be read. */
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

/** Whether more rounds are likely to make it readable, and needed. */
function isNear(found: Found | undefined): boolean {
  return found !== undefined && !isReadable(found.layout) && found.layout.width < 1.2 * WIDTH;
}

/** There are graphs for which the library fails in one setting and not in another. */
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

/** Nothing is in the way, and it needn't be made smaller. */
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

/** How far from the corner one begins to read. */
function startOf({ marks }: Layout): number {
  const dot = marks.find(({ type }) => type === 'initial');
  return dot === undefined ? 0 : dot.y + dot.x / 4;
}
