/**
 * Random statecharts with every feature that the compiler supports.
 *
 * A chart is generated as a tree of genes (plain data, so that fast-check can shrink it); references to other states are
 * numbers, taken modulo the number of states when the machine is built.
 *
 * Charts must come to rest. Whatever can trigger itself without an external event (eventless transitions, handlers of raised
 * events, of done events and of `*`) either burns fuel, which only external events refill, or leads to a later sibling.
 */
import fc from 'fast-check';
import { type AnyStateMachine, and, assign, emit, not, or, raise, setup, stateIn } from 'xstate';

export interface Gene {
  readonly kind: 'atomic' | 'final' | 'compound' | 'parallel';
  readonly children: readonly Gene[];
  readonly initial: number;
  readonly entry: readonly ActionGene[];
  readonly exit: readonly ActionGene[];
  readonly on: readonly { readonly descriptor: string; readonly candidates: readonly TransitionGene[] }[];
  readonly always: readonly TransitionGene[];
  readonly onDone: readonly TransitionGene[];
  readonly tag: number;
  readonly output: 'none' | 'static' | 'dynamic';
}

interface TransitionGene {
  readonly form: 'sibling' | 'anywhere' | 'child' | 'several' | 'itself' | 'targetless' | 'forbidden';
  readonly target: number;
  readonly other: number;
  readonly reenter: boolean;
  readonly guard: GuardGene | undefined;
  readonly actions: readonly ActionGene[];
  /** Whether burning fuel is unnecessary because the target is a later sibling. */
  readonly forward: boolean;
}

interface ActionGene {
  readonly name: string;
  readonly number: number;
}

interface GuardGene {
  readonly name: string;
  readonly number: number;
  readonly inner: readonly GuardGene[];
}

interface Memory {
  n: number;
  m: number;
  fuel: number;
  note?: unknown;
}

interface OwnEvent {
  type: string;
  k?: number;
  output?: unknown;
}

/** The types of external events. */
const OUTSIDE = ['a', 'b', 'net', 'net.open', 'net.open.late', 'user.end', 'stray'];
/** Handlers of these burn no fuel: raised events do not reach them. */
const FREE = ['a', 'b', 'net.open', 'net.*', 'net.open.*', 'user.*', 'user.end'];
/** Handlers of these burn fuel. */
const COSTLY = ['r.one', 'r.two', 'r.*', '*'];

export const eventArbitrary: fc.Arbitrary<OwnEvent> = fc.record({
  type: fc.constantFrom(...OUTSIDE),
  k: fc.integer({ min: 0, max: 5 }),
});

const actionArbitrary: fc.Arbitrary<ActionGene> = fc.record({
  name: fc.constantFrom(
    ...['increment', 'swap', 'addFixed', 'addComputed', 'noteEvent', 'constants', 'inlineAssign', 'nothing'],
    ...[
      'emitContext',
      'emitStatic',
      'emitFixed',
      'emitComputed',
      'inlineEmit',
      'raiseOne',
      'raiseComputed',
      'inlineRaise',
    ],
  ),
  number: fc.nat(4),
});

const guardArbitrary: fc.Arbitrary<GuardGene> = fc.letrec<{ guard: GuardGene }>((tie) => ({
  guard: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    fc.record({
      name: fc.constantFrom(
        'isEven',
        'isBelow',
        'isBelowComputed',
        'hasSmallK',
        'both',
        'neither',
        'alias',
        'inline',
        'in',
        'matches',
      ),
      number: fc.nat(40),
      inner: fc.constant([]),
    }),
    fc.record({
      name: fc.constantFrom('and', 'or', 'not'),
      number: fc.constant(0),
      inner: fc.array(tie('guard'), { minLength: 1, maxLength: 3 }),
    }),
  ),
})).guard;

function sometimes<T>(arbitrary: fc.Arbitrary<T>, weight: number, otherwise: T): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: fc.constant(otherwise), weight: 10 - weight }, { arbitrary, weight });
}

const actionsArbitrary = sometimes(fc.array(actionArbitrary, { maxLength: 3 }), 5, []);

const transitionArbitrary: fc.Arbitrary<TransitionGene> = fc.record({
  form: fc.oneof(
    { arbitrary: fc.constant<TransitionGene['form']>('sibling'), weight: 5 },
    { arbitrary: fc.constantFrom<TransitionGene['form']>('anywhere', 'child', 'several', 'itself'), weight: 5 },
    { arbitrary: fc.constant<TransitionGene['form']>('targetless'), weight: 3 },
    { arbitrary: fc.constant<TransitionGene['form']>('forbidden'), weight: 1 },
  ),
  target: fc.nat(40),
  other: fc.nat(40),
  reenter: fc.boolean(),
  guard: sometimes<GuardGene | undefined>(guardArbitrary, 5, undefined),
  actions: actionsArbitrary,
  forward: fc.boolean(),
});

const candidatesArbitrary = fc.array(transitionArbitrary, { minLength: 1, maxLength: 3 });

const behaviourArbitrary = {
  initial: fc.nat(3),
  entry: actionsArbitrary,
  exit: actionsArbitrary,
  on: fc.array(
    fc.record({ descriptor: fc.constantFrom(...FREE, ...FREE, ...COSTLY), candidates: candidatesArbitrary }),
    { maxLength: 4 },
  ),
  always: sometimes(candidatesArbitrary, 3, []),
  onDone: sometimes(candidatesArbitrary, 8, []),
  tag: fc.nat(3),
  output: fc.constantFrom('none', 'static', 'dynamic') as fc.Arbitrary<Gene['output']>,
};

function stateArbitrary(depth: number): fc.Arbitrary<Gene> {
  const leaf = fc.record({
    kind: sometimes<Gene['kind']>(fc.constant('final'), 3, 'atomic'),
    children: fc.constant([]),
    ...behaviourArbitrary,
  });
  return depth === 0
    ? leaf
    : fc.oneof({ arbitrary: leaf, weight: 3 }, { arbitrary: branchArbitrary(depth), weight: 2 });
}

function branchArbitrary(depth: number): fc.Arbitrary<Gene> {
  return fc.record({
    kind: fc.constantFrom<Gene['kind']>('compound', 'parallel'),
    children: fc.array(stateArbitrary(depth - 1), { minLength: 1, maxLength: 4 }),
    ...behaviourArbitrary,
  });
}

/** Charts of up to four levels below the root. */
export const chartArbitrary: fc.Arbitrary<Gene> = branchArbitrary(4);

// biome-ignore lint/suspicious/noExplicitAny: XState's combinators infer their types from literals
type AnyGuard = any;

interface Spot {
  readonly gene: Gene;
  readonly id: string;
  readonly key: string;
  readonly parent: Spot | undefined;
  readonly children: Spot[];
}

export function buildMachine(chart: Gene): AnyStateMachine {
  const spots: Spot[] = [];
  const root = place(chart, undefined, 0, spots);
  return new Builder(spots).build(root);
}

function place(gene: Gene, parent: Spot | undefined, position: number, spots: Spot[]): Spot {
  const key = parent === undefined ? 'chart' : `s${position}`;
  const spot: Spot = { gene, key, id: parent === undefined ? key : `${parent.id}_${position}`, parent, children: [] };
  spots.push(spot);
  for (const [i, child] of gene.children.entries()) spot.children.push(place(child, spot, i, spots));
  return spot;
}

function pick<T>(items: readonly T[], number: number): T {
  return items[number % items.length]!;
}

const builders = setup({
  types: { context: {} as Memory, events: {} as OwnEvent, emitted: {} as { type: string; of?: unknown } },
  guards: {
    isFuelled: ({ context }) => context.fuel > 0,
    isEven: ({ context }) => context.n % 2 === 0,
    isBelow: ({ context }, params: { limit: number }) => context.n + context.m < params.limit,
    hasSmallK: ({ event }) => (event.k ?? 0) < 3,
    both: and(['isEven', 'hasSmallK']),
    neither: not(or(['isEven', 'hasSmallK'])),
    // biome-ignore lint/suspicious/noExplicitAny: XState resolves a name for a name, but its types omit that
    alias: 'isEven' as any,
  },
  actions: {
    refuel: assign({ fuel: 4 }),
    burn: assign({ fuel: ({ context }) => context.fuel - 1 }),
    increment: assign({ n: ({ context }) => (context.n + 1) % 9 }),
    swap: assign({ n: ({ context }) => context.m, m: ({ context }) => context.n, note: 'swapped' }),
    add: assign({ m: ({ context }, params: { by: number }) => (context.m + params.by) % 9 }),
    noteEvent: assign(({ event, context }) => ({ note: [event.type, event.k, event.output, context.n] })),
    constants: assign({ n: 2, note: 'constant' }),
    nothing: assign({}),
    emitContext: emit(({ context, event }) => ({
      type: 'context',
      of: [context.n, context.m, context.note, event.type],
    })),
    emitStatic: emit({ type: 'static' }),
    emitParam: emit((_, params: { of: number }) => ({ type: 'param', of: params.of })),
    raiseOne: raise({ type: 'r.one' }),
    raiseComputed: raise(({ context }) => ({ type: context.n % 2 ? 'r.one' : 'r.two', k: context.m })),
  },
});

class Builder {
  private readonly spots: readonly Spot[];

  constructor(spots: readonly Spot[]) {
    this.spots = spots;
  }

  build(root: Spot): AnyStateMachine {
    const config = { ...this.state(root), context: { n: 0, m: 1, fuel: 4 } };
    // biome-ignore lint/suspicious/noExplicitAny: the config is data, its types can't be inferred
    return builders.createMachine(config as any) as AnyStateMachine;
  }

  private state(spot: Spot): object {
    const { gene, children } = spot;
    return {
      id: spot.id,
      ...(gene.kind === 'atomic' ? {} : { type: gene.kind }),
      ...(gene.kind === 'compound' ? { initial: pick(children, gene.initial).key } : {}),
      ...(children.length > 0
        ? { states: Object.fromEntries(children.map((each) => [each.key, this.state(each)])) }
        : {}),
      ...(gene.kind === 'final' ? this.output(gene) : {}),
      ...(gene.tag > 0 ? { tags: [`tag${gene.tag}`] } : {}),
      entry: gene.entry.map((each) => this.action(each)),
      exit: gene.exit.map((each) => this.action(each)),
      on: Object.fromEntries(
        gene.on.map(({ descriptor, candidates }) => [
          descriptor,
          this.transitions(candidates, spot, COSTLY.includes(descriptor)),
        ]),
      ),
      always: this.transitions(gene.always, spot, true),
      ...(children.length > 0 ? { onDone: this.transitions(gene.onDone, spot, true) } : {}),
    };
  }

  private output(gene: Gene): object {
    if (gene.output === 'none') return {};
    return { output: gene.output === 'static' ? 'out' : ({ context }: { context: Memory }) => context.n };
  }

  private transitions(genes: readonly TransitionGene[], spot: Spot, costly: boolean): object[] {
    return genes.map((gene) => this.transition(gene, spot, costly));
  }

  private transition(gene: TransitionGene, spot: Spot, costly: boolean): object {
    if (gene.form === 'forbidden' && !costly) return {};
    const actions = gene.actions.map((each) => this.action(each));
    const guard = gene.guard === undefined ? undefined : this.guard(gene.guard);
    const later = this.laterSibling(gene, spot);
    // Changes nothing, so XState does not look for eventless transitions again.
    if (costly && gene.forward && gene.form === 'targetless') return { actions: 'emitStatic', guard };
    if (costly && gene.forward && later !== undefined) return { target: later, actions, guard };
    const target = this.target(gene, spot);
    const common = { ...(target === undefined ? {} : { target }), reenter: gene.reenter };
    if (!costly) return { ...common, guard, actions: gene.other % 4 === 0 ? actions : ['refuel', ...actions] };
    return {
      ...common,
      guard: guard === undefined ? 'isFuelled' : and(['isFuelled', guard]),
      actions: ['burn', ...actions],
    };
  }

  private laterSibling(gene: TransitionGene, { parent, key }: Spot): string | undefined {
    if (parent?.gene.kind !== 'compound') return undefined;
    const later = parent.children.slice(parent.children.findIndex((each) => each.key === key) + 1);
    return later.length === 0 ? undefined : pick(later, gene.target).key;
  }

  private target(gene: TransitionGene, spot: Spot): string | string[] | undefined {
    switch (gene.form) {
      case 'sibling':
        return spot.parent === undefined ? undefined : pick(spot.parent.children, gene.target).key;
      case 'child':
        return spot.children.length === 0 ? undefined : `.${pick(spot.children, gene.target).key}`;
      case 'itself':
        return `#${spot.id}`;
      case 'anywhere':
        return `#${pick(this.spots, gene.target).id}`;
      case 'several':
        return this.severalTargets(gene);
      default:
        return undefined;
    }
  }

  /** One target in each of two regions. */
  private severalTargets(gene: TransitionGene): string[] | undefined {
    const parallels = this.spots.filter((each) => each.gene.kind === 'parallel' && each.children.length > 1);
    if (parallels.length === 0) return undefined;
    const { children } = pick(parallels, gene.target);
    const first = gene.other % children.length;
    const second = (first + 1 + (gene.target % (children.length - 1))) % children.length;
    return [first, second].map((region, i) => `#${pick(this.inside(children[region]!), gene.other + i).id}`);
  }

  private inside(spot: Spot): Spot[] {
    return [spot, ...spot.children.flatMap((each) => this.inside(each))];
  }

  private action({ name, number }: ActionGene): unknown {
    switch (name) {
      case 'addFixed':
        return { type: 'add', params: { by: number } };
      case 'addComputed':
        return { type: 'add', params: ({ context }: { context: Memory }) => ({ by: context.n }) };
      case 'emitFixed':
        return { type: 'emitParam', params: { of: number } };
      case 'emitComputed':
        return { type: 'emitParam', params: ({ event }: { event: OwnEvent }) => ({ of: event.k }) };
      case 'inlineAssign':
        return assign({ n: number, m: ({ context }: { context: Memory }) => context.n });
      case 'inlineEmit':
        return emit(({ context }: { context: Memory }) => ({ type: 'inline', of: context.m + number }));
      case 'inlineRaise':
        return raise({ type: 'r.two', k: number } as OwnEvent);
      default:
        return number % 2 ? name : { type: name };
    }
  }

  private guard({ name, number, inner }: GuardGene): AnyGuard {
    const guards = inner.map((each) => this.guard(each));
    switch (name) {
      case 'isBelow':
        return { type: 'isBelow', params: { limit: number % 12 } };
      case 'isBelowComputed':
        return { type: 'isBelow', params: ({ event }: { event: OwnEvent }) => ({ limit: (event.k ?? 1) * 2 }) };
      case 'inline':
        return ({ context, event }: { context: Memory; event: OwnEvent }) => context.m !== event.k;
      case 'in':
        return stateIn(`#${pick(this.spots, number).id}`);
      case 'matches':
        return stateIn(this.path(pick(this.spots.slice(1), number)));
      case 'and':
        return and(guards);
      case 'or':
        return or(guards);
      case 'not':
        return not(guards[0]);
      default:
        return number % 2 ? name : { type: name };
    }
  }

  private path(spot: Spot): string {
    return spot.parent?.parent === undefined ? spot.key : `${this.path(spot.parent)}.${spot.key}`;
  }
}
