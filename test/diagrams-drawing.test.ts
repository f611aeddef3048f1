/** How charts are drawn, tested on sample charts. */

import { describe, expect, it } from 'vitest';
import { assign, emit, not, setup } from 'xstate';
import { pictureOf } from '../scripts/diagrams/compose.js';
import { emissionsOf } from '../scripts/diagrams/emissions.js';
import { faultsOf } from '../scripts/diagrams/faults.js';
import { layOut, type Setting } from '../scripts/diagrams/layout.js';
import type { Layout } from '../src/cli/drawing/geometry.js';
import { mermaid } from '../src/cli/drawing/mermaid.js';
import { outline } from '../src/cli/drawing/outline.js';
import { type Arrow, type Picture, reactionText } from '../src/cli/drawing/picture.js';
import { foldable, regionsOf, unfolded } from '../src/cli/drawing/scene.js';
import { svg } from '../src/cli/drawing/svg.js';
import { wrapReaction } from '../src/cli/drawing/text.js';

const machine = setup({
  guards: { isOne: () => false, isTwo: () => false },
  actions: {
    emitDone: emit({ type: 'it.done' }),
    emitKind: emit(({ event }) => ({ type: `it.${(event as unknown as { kind: string }).kind}` })),
    note: assign({}),
  },
}).createMachine({
  id: 'sample',
  description: 'A sample.',
  initial: 'first',
  on: { 'net.failed': { target: '.last', actions: 'note' } },
  states: {
    first: {
      description: 'The first.',
      on: {
        'user.go': [
          { guard: 'isOne', target: 'last' },
          { guard: not('isTwo'), target: 'group', actions: 'emitKind' },
          { target: 'last' },
        ],
        'clock.tick': 'last',
        'wire.again': 'first',
      },
    },
    group: {
      description: 'Some.',
      initial: 'inner',
      states: {
        inner: { description: 'In.', on: { 'wire.head': 'other', 'user.go': { actions: 'emitDone' } } },
        other: { description: 'Other.', always: { guard: 'isOne', target: '#last' } },
      },
    },
    last: { id: 'last', type: 'final', description: 'The last.' },
  },
});

const events = [
  { type: 'user.go', kind: 'this' },
  { type: 'user.go', kind: 'that' },
  { type: 'wire.head', kind: 'never' },
  { type: 'net.failed' },
  { type: 'clock.tick' },
  { type: 'wire.again' },
];
const emissions = emissionsOf(machine, { events });
const picture = pictureOf(machine, emissions);
const [scene] = regionsOf(picture);

const setting: Setting = {
  direction: 'DOWN',
  cycles: 'MODEL_ORDER',
  layers: 'NETWORK_SIMPLEX',
  order: 'NONE',
  seed: 1,
  label: 24,
  state: 24,
};

const textOf = ({ from, to, reactions }: Arrow) => `${from} → ${to}: ${reactions.map(reactionText).join(' | ')}`;

describe('emissionsOf', () => {
  it('lists what each action emits where it is used; for unused actions only if it is constant', () => {
    expect(Object.fromEntries(emissions)).toEqual({ emitDone: ['it.done'], emitKind: ['it.that', 'it.this'] });
  });
});

describe('pictureOf', () => {
  it('has an arrow for each pair of states with transitions, and one for eventless transitions', () => {
    expect(picture.arrows.map(textOf)).toEqual([
      'sample → sample.last: net.failed / note',
      'sample.first → sample.last: user.go 1 [isOne] | user.go 3, clock.tick',
      'sample.first → sample.group: user.go 2 [not isTwo] / it.that or it.this',
      'sample.first → sample.first: wire.again',
      'sample.group.inner → sample.group.other: wire.head',
      'sample.group.other → sample.last: always [isOne]',
    ]);
  });

  it('has the kind of event of each arrow', () => {
    expect(picture.arrows.map(({ kind }) => kind)).toEqual(['fact', 'none', 'command', 'fact', 'fact', 'always']);
  });

  it('merges equal decisions of several states into a choice', () => {
    const candidates = [{ guard: 'isOne', target: '#a' }, { guard: 'isTwo', target: '#b' }, { target: '#c' }] as const;
    const alike = setup({ guards: { isOne: () => true, isTwo: () => true } }).createMachine({
      id: 'alike',
      initial: 'a',
      states: {
        a: { id: 'a', on: { 'user.go': candidates, 'clock.tick': candidates } },
        b: { id: 'b', on: { 'user.go': candidates } },
        c: { id: 'c' },
      },
    });
    const drawn = pictureOf(alike, new Map());
    expect(drawn.root.choices).toEqual(['alike.choice1']);
    expect(drawn.arrows.map(textOf)).toEqual([
      'alike.a → alike.choice1: user.go, clock.tick',
      'alike.b → alike.choice1: user.go',
      'alike.choice1 → alike.a: 1 [isOne]',
      'alike.choice1 → alike.b: 2 [isTwo]',
      'alike.choice1 → alike.c: 3',
    ]);
    expect(mermaid(drawn)).toContain('state alike_choice1 <<choice>>');
    expect(outline(drawn)).toContain('user.go, clock.tick\n│         1 [isOne] → a\n');
  });
});

describe('mermaid', () => {
  it('draws states, internal transitions and arrows', () => {
    const text = mermaid(picture);
    expect(text).toContain('  sample_group_inner : user.go / it.done\n');
    expect(text).toContain('sample_first --> sample_group : user.go 2 [not isTwo] / it.that or it.this\n');
    expect(text).toContain('sample_anywhere --> sample_last : net.failed / note\n');
    expect(text).toContain('sample_first --> sample_first : wire.again\n');
  });
});

describe('outline', () => {
  it('draws states as a tree', () => {
    expect(outline(picture)).toBe(`sample  A sample.
│    net.failed / note → last
│
├─ ● first  The first.
│       user.go 1 [isOne] → last
│       user.go 2 [not isTwo] / it.that or it.this → group
│       user.go 3, clock.tick → last
│       wire.again → first
│
├─ group  Some.
│  │
│  ├─ ● inner  In.
│  │       user.go / it.done
│  │       wire.head → group.other
│  │
│  └─ other  Other.
│          always [isOne] → last
│
└─ last  The last.
`);
  });
});

describe('unfolded', () => {
  const [outer, inner] = unfolded(scene!, foldable(scene!));
  const reactions = (arrows: readonly Arrow[]) =>
    arrows.map(({ from, to, reactions }) => [from, to, ...reactions.flatMap((each) => wrapReaction(each, 99)[0]!)]);
  const texts = (arrows: readonly Arrow[]) =>
    reactions(arrows).map((parts) => parts.map((part) => (typeof part === 'string' ? part : part.text)).join(' '));

  it('draws a folded state as a box, and names the inner state on arrows', () => {
    expect(outer!.state.states.map(({ id, states }) => [id, states.length])).toEqual([
      ['sample.first', 0],
      ['sample.group', 0],
      ['sample.last', 0],
    ]);
    expect(texts(outer!.arrows)).toContain('sample.group sample.last other:  always  [isOne]');
  });

  it('draws the inside of a folded state separately', () => {
    expect(inner!.state.id).toBe('sample.group');
    expect(texts(inner!.arrows)).toEqual(['sample.group.inner sample.group.other wire.head']);
  });

  it('loses no arrow', () => {
    expect(outer!.arrows.length + inner!.arrows.length).toBe(scene!.arrows.length);
  });
});

describe('layOut', () => {
  it('is deterministic', async () => {
    const first = await layOut(scene!, setting);
    await layOut(scene!, { ...setting, direction: 'RIGHT', seed: 3 });
    expect(await layOut(scene!, setting)).toEqual(first);
  });

  it('places every state, dot and arrow', async () => {
    const { boxes, marks, paths } = await layOut(scene!, setting);
    expect(boxes.map(({ state }) => state.id).sort()).toEqual(
      ['first', 'group', 'group.inner', 'group.other', 'last'].map((path) => `sample.${path}`),
    );
    expect(marks.map(({ id }) => id).sort()).toEqual(['sample.anywhere', 'sample.group.initial', 'sample.initial']);
    expect(paths.length).toBe(scene!.arrows.length + 2);
  });
});

describe('svg', () => {
  it('escapes markup in text', async () => {
    const layout = await layOut(scene!, setting);
    const state = { ...picture.root, description: 'A <b> & more.' };
    const text = svg([{ state, layout }]);
    expect(text).toContain('<title>sample: A &lt;b&gt; &amp; more.</title>');
    expect(text).not.toContain('<b>');
  });

  it('has a separate arrow style for eventless transitions, and a double border for final states', async () => {
    const text = svg([{ state: picture.root, layout: await layOut(scene!, setting) }]);
    expect(text).toMatch(/<path class="arrow always dashed" marker-end="url\(#always\)"/);
    expect(text).toMatch(/<rect class="final"/);
  });
});

describe('faultsOf', () => {
  const lines = [[{ text: 'text', style: 'name' as const }]];
  const box = (id: string, x: number, y: number) => {
    const state = { ...(picture as Picture).root, id, states: [] };
    return { state, lines, x, y, width: 60, height: 34 };
  };
  const path = (from: string, to: string, points: [number, number][], label?: [number, number]) => ({
    from,
    to,
    points: points.map(([x, y]) => ({ x, y })),
    arrow: undefined,
    label: label && { x: label[0], y: label[1], width: 30, height: 20, lines },
  });
  const layout = (parts: Partial<Layout>): Layout => ({
    width: 400,
    height: 400,
    boxes: [],
    marks: [],
    paths: [],
    ...parts,
  });
  const down = path(
    'a',
    'b',
    [
      [30, 34],
      [30, 100],
    ],
    [15, 50],
  );

  it('finds none in a valid layout', () => {
    expect(faultsOf(layout({ boxes: [box('a', 0, 0), box('b', 0, 100)], paths: [down] }))).toEqual([]);
  });

  it.each<[string, Partial<Layout>, string]>([
    ['states', { boxes: [box('a', 0, 0), box('b', 50, 0)] }, 'a overlaps b'],
    ['a label and a state', { boxes: [box('c', 20, 40)], paths: [path('a', 'b', [], [15, 50])] }, 'c overlaps a → b'],
    [
      'a line through a state',
      {
        boxes: [box('c', 0, 40)],
        paths: [
          path('a', 'b', [
            [30, 0],
            [30, 100],
          ]),
        ],
      },
      'a → b runs through c',
    ],
    [
      'a line through a label',
      {
        paths: [
          down,
          path('c', 'd', [
            [0, 60],
            [90, 60],
          ]),
        ],
      },
      'c → d runs through a → b',
    ],
    [
      'overlapping lines',
      {
        paths: [
          down,
          path('c', 'd', [
            [30, 60],
            [30, 200],
          ]),
        ],
      },
      'a → b runs along c → d',
    ],
    ['a box that is cut off', { boxes: [box('a', 390, 0)] }, 'a is cut off'],
    ['text that does not fit', { boxes: [{ ...box('a', 0, 0), width: 20 }] }, 'the text of a is cut off'],
  ])('finds %s', (_title, parts, fault) => {
    expect(faultsOf(layout(parts))).toContain(fault);
  });
});
