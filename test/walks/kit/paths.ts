/** The shortest ways that together take every transition which a world can take. */
import { fromTransition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';

/** A world as it is walked: it isn't changed, `after` gives the next one. */
export interface Walked {
  readonly key: string;
  readonly log: readonly string[];
  readonly taken: ReadonlySet<string>;
}

export interface Game<W extends Walked> {
  readonly begins: W;
  /** Names of all acts. */
  readonly acts: readonly string[];
  /** Whether the act can be done now. */
  readonly may: (world: W, act: string) => boolean;
  readonly after: (world: W, act: string) => W;
}

export interface Path {
  readonly acts: readonly string[];
  readonly taken: ReadonlySet<string>;
}

interface Move {
  readonly type: string;
}

/** Situations that are looked at, at most. */
const LIMIT = 1_000_000;

export interface Found {
  readonly paths: readonly Path[];
  readonly situations: number;
}

/** Of all the ways those that are needed, longer ones first: what these take on the way need not be walked again. */
export function coveringPaths<W extends Walked>(game: Game<W>): Found {
  const ways = waysOf(game);
  const first = new Map<string, Path>();
  for (const { acts, world } of ways) {
    for (const act of game.acts) {
      if (!game.may(world, act)) continue;
      const next = game.after(world, act);
      const path = { acts: [...acts, act], taken: next.taken };
      for (const transition of next.taken) {
        const known = first.get(transition);
        if (known === undefined || known.acts.length > path.acts.length) first.set(transition, path);
      }
    }
  }
  const needed = [...new Set([...first.values()].map(({ acts }) => acts))].sort((a, b) => b.length - a.length);
  return { paths: thinnedOut(game, needed), situations: ways.length };
}

function thinnedOut<W extends Walked>(game: Game<W>, candidates: readonly (readonly string[])[]): Path[] {
  const seen = new Set<string>();
  const paths: Path[] = [];
  for (const acts of candidates) {
    const taken = new Set(walk(game, acts).flatMap((world) => [...world.taken]));
    if ([...taken].every((transition) => seen.has(transition))) continue;
    for (const transition of taken) seen.add(transition);
    paths.push({ acts, taken });
  }
  return paths;
}

/** The worlds on the way. */
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

/** A shortest way to each situation. */
function waysOf<W extends Walked>({ begins, acts, may, after }: Game<W>): { acts: string[]; world: W }[] {
  const logic = fromTransition((world: W, { type }: Move) => after(world, type), begins);
  const paths = getShortestPaths(logic, {
    events: ({ context }) => acts.filter((type) => may(context, type)).map((type) => ({ type })),
    serializeState: (snapshot) => snapshot.context.key,
    limit: LIMIT,
  });
  return paths.map(({ state, steps }) => ({
    acts: steps.map(({ event }) => event.type).filter((type) => type !== 'xstate.init'),
    world: state.context,
  }));
}

/** Walks at random: the same ones for the same seed. */
export function some<W extends Walked>(game: Game<W>, count: number, depth: number, seed: number): string[][] {
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
