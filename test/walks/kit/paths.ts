/** The shortest paths that together take every transition that a world can take. */
import { fromTransition } from 'xstate';
import { getAdjacencyMap } from 'xstate/graph';

/** An immutable world: `after` returns the next one. */
export interface Walked {
  readonly key: string;
  readonly log: readonly string[];
  readonly taken: ReadonlySet<string>;
  /** Why the host behaves differently from here on; undefined while it agrees. */
  readonly parted: string | undefined;
}

export interface Game<W extends Walked> {
  readonly begins: W;
  /** Names of all acts. */
  readonly acts: readonly string[];
  /** Whether the act is possible now. */
  readonly may: (world: W, act: string) => boolean;
  readonly after: (world: W, act: string) => W;
}

interface Move {
  readonly type: string;
}

/** The most situations that are explored. */
const LIMIT = 1_000_000;

export interface Found {
  readonly paths: readonly (readonly string[])[];
  readonly situations: number;
}

/** The paths that are needed, longer ones first: transitions on their way need no path of their own. */
export function coveringPaths<W extends Walked>(game: Game<W>, depth: number): Found {
  const { first, situations } = firstWays(game, depth);
  const ways = new Set([...first.values()].map(({ way }) => way));
  const needed = [...ways].sort((a, b) => b.length - a.length);
  return { paths: thinnedOut(game, needed), situations };
}

/** For each transition the first of the shortest paths that take it, preferably on the host too. */
function firstWays<W extends Walked>(game: Game<W>, depth: number) {
  const adjacency = adjacencyOf(game, depth);
  const first = new Map<string, { way: readonly string[]; parted: boolean }>();
  const ways = new Map<string, readonly string[]>([[game.begins.key, []]]);
  for (const [key, way] of ways) {
    for (const { event, state } of Object.values(adjacency[key as never]?.['transitions'] ?? {}) as Step<W>[]) {
      const longer = [...way, event.type];
      const { world } = state.context;
      const found = { way: longer, parted: world.parted !== undefined };
      for (const transition of world.taken) {
        const known = first.get(transition);
        if (known === undefined || (known.parted && !found.parted)) first.set(transition, found);
      }
      if (!ways.has(world.key)) ways.set(world.key, longer);
    }
  }
  return { first, situations: ways.size };
}

interface Step<W> {
  readonly event: Move;
  readonly state: { readonly context: { readonly world: W } };
}

/** All situations within `depth` acts, and the acts between them. */
function adjacencyOf<W extends Walked>({ begins, acts, may, after }: Game<W>, depth: number) {
  type Place = { readonly world: W; readonly depth: number };
  const logic = fromTransition(
    (at: Place, { type }: Move): Place => ({ world: after(at.world, type), depth: at.depth + 1 }),
    { world: begins, depth: 0 },
  );
  return getAdjacencyMap(logic, {
    events: ({ context }) =>
      context.depth < depth ? acts.filter((type) => may(context.world, type)).map((type) => ({ type })) : [],
    serializeState: (snapshot) => snapshot.context.world.key,
    limit: LIMIT,
  });
}

function thinnedOut<W extends Walked>(game: Game<W>, candidates: readonly (readonly string[])[]) {
  const seen = new Set<string>();
  return candidates.filter((acts) => {
    const worlds = walk(game, acts);
    const isNew = [true, false].map((isShared) => {
      const taken = worlds
        .filter(({ parted }) => !isShared || parted === undefined)
        .flatMap((world) => [...world.taken]);
      const fresh = taken.map((transition) => `${isShared} ${transition}`).filter((each) => !seen.has(each));
      for (const each of fresh) seen.add(each);
      return fresh.length > 0;
    });
    return isNew.includes(true);
  });
}

/** The world after each act. */
export function walk<W extends Walked>(game: Game<W>, acts: readonly string[]): W[] {
  const worlds: W[] = [];
  let world = game.begins;
  for (const act of acts) {
    if (!game.may(world, act)) throw new Error(`'${act}' can't be done on ${acts.join(' → ')}`);
    world = game.after(world, act);
    worlds.push(world);
  }
  return worlds;
}

/** Random walks: the same ones for the same seed. */
export function randomPaths<W extends Walked>(game: Game<W>, count: number, depth: number, seed: number): string[][] {
  const random = xorshift(seed);
  return Array.from({ length: count }, () => {
    const acts: string[] = [];
    for (let world = game.begins; acts.length < depth; ) {
      const possible = game.acts.filter((act) => game.may(world, act));
      const act = possible[random() % possible.length];
      if (act === undefined) break;
      acts.push(act);
      world = game.after(world, act);
    }
    return acts;
  });
}

/** A xorshift generator (Marsaglia 2003). */
function xorshift(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
