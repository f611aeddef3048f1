/**
 * How the machines meet: who sends what to whom.
 *
 * Rule 1: what a machine is sent, and what it emits, is read off its picture; nothing is listed by hand.
 * Rule 2: the prefix of an event is its sender. The prefix of an emission is its addressee: `io` is the world, all others are
 *         objects of the program.
 */

import { type Arrow, grouped, type Picture, type Reaction, type State, within } from '../../src/cli/drawing/picture.js';
import type { Scene } from '../../src/cli/drawing/scene.js';
import { kindOf } from './compose.js';

/** The machines of each side. An event names its sender in short, and the sender is on the side of the receiver. */
export const SIDES: Readonly<Record<string, readonly string[]>> = {
  'a server': ['server', 'connection', 'response', 'incomingRequest'],
  'a client': ['request', 'incomingResponse', 'clientConnection'],
};

type Outside = 'program' | 'world';

/** Senders that are not machines, by the prefix of their events: the box that they are drawn in, and what they are. */
export const SENDERS: Readonly<Record<string, readonly [at: Outside, text: string]>> = {
  user: ['program', 'its calls'],
  stream: ['program', 'streams that it reads'],
  net: ['world', 'sockets'],
  wire: ['world', 'the parser'],
  clock: ['world', 'time'],
};

const ORDERS = 'io';

/** A machine, and somebody who sends it events or gets what it emits. */
export interface Link {
  readonly machine: string;
  /** Another machine, the program or the world. */
  readonly other: string;
  /** Names of events that the machine is sent. */
  readonly events: readonly string[];
  /** Names of what it emits. */
  readonly emitted: readonly string[];
}

export function linksOf(pictures: ReadonlyMap<string, Picture>): Link[] {
  return [...pictures].flatMap(([machine, picture]) => {
    const events = eventsOf(picture);
    const emitted = emittedBy(picture);
    const others = new Set([
      ...events.map((event) => senderOf(event, machine)),
      ...emitted.map((emission) => addresseeOf(emission)),
    ]);
    return [...others].map((other) => ({
      machine,
      other,
      events: events.filter((event) => senderOf(event, machine) === other),
      emitted: emitted.filter((emission) => addresseeOf(emission) === other),
    }));
  });
}

export const isOutside = (name: string): name is Outside => name === 'program' || name === 'world';

/** @throws when nobody has the name that the event begins with */
export function senderOf(event: string, receiver: string): string {
  const prefix = prefixOf(event);
  const outside = SENDERS[prefix];
  if (outside !== undefined) return outside[0];
  const side = Object.values(SIDES).find((machines) => machines.includes(receiver)) ?? [];
  const sender =
    side.find((machine) => machine === prefix) ?? side.find((machine) => machine.endsWith(capital(prefix)));
  if (sender === undefined) throw new Error(`nobody at ${receiver} is called ${prefix}, as in ${event}`);
  return sender;
}

export function addresseeOf(emission: string): Outside {
  return prefixOf(emission) === ORDERS ? 'world' : 'program';
}

function reactionsOf({ root, arrows }: Picture): Reaction[] {
  return [...within(root).flatMap(({ notes }) => notes), ...arrows.flatMap(({ reactions }) => reactions)];
}

function eventsOf(picture: Picture): string[] {
  return names(reactionsOf(picture).flatMap(({ causes }) => causes.map(({ name }) => name)));
}

function emittedBy(picture: Picture): string[] {
  return names(reactionsOf(picture).flatMap(({ outputs }) => outputs.flatMap((output) => output.split(' or '))));
}

/** Those with a prefix, each once. Others are actions that only the machine sees. */
function names(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text.includes('.')).sort();
}

/** What an arrow says: all names, where they are written out; otherwise families with how many there are of each. */
export function textsOf(names: readonly string[], isWritten: boolean): string[] {
  if (isWritten) return [...names];
  return grouped(names, prefixOf).map((family) =>
    family.length === 1 ? family[0]! : `${prefixOf(family[0]!)}.* (${family.length})`,
  );
}

const ROOT = 'statewire';
const DESCRIPTION =
  'Who sends what to whom. An arrow says what the machine is sent and, after the slash, what it emits: orders (io) go to ' +
  'the world, all else to the program. A number is how many of a family there are.';

/** What is drawn. Arrows lead down, from the program to the world. */
export function sceneOf(pictures: ReadonlyMap<string, Picture>): Scene {
  const boxes = [
    box('program', ...partsOf('program')),
    ...Object.values(SIDES).flatMap((machines) => machines.map((name) => box(name))),
    box('world', ...partsOf('world'), `takes orders (${ORDERS})`),
  ];
  const root: State = { ...box(ROOT), id: ROOT, description: DESCRIPTION, type: 'compound', states: boxes };
  // What a machine is sent by another of its kind is in the text alone: a loop would make the drawing too wide.
  const links = linksOf(pictures).filter(({ machine, other }) => machine !== other);
  return { state: root, arrows: links.map(arrowOf) };
}

function partsOf(at: Outside): string[] {
  return Object.entries(SENDERS).flatMap(([prefix, [where, text]]) => (where === at ? [`${text} (${prefix})`] : []));
}

function box(name: string, ...parts: readonly string[]): State {
  const description = parts.length === 0 ? '' : `${parts.join(', ')}.`;
  return { id: idOf(name), name, description, type: 'atomic', notes: [], states: [], initial: [], choices: [] };
}

function idOf(name: string): string {
  return `${ROOT}.${name}`;
}

function arrowOf(link: Link): Arrow {
  const { machine, other, events, emitted } = link;
  const causes = textsOf(events, !isOutside(other)).map((name) => ({ name, rank: undefined, kind: kindOf(name) }));
  const kinds = new Set(causes.map(({ kind }) => kind));
  const isBelow = other === 'world' ? emitted.length > 0 : events.length === 0;
  const [from, to] = isBelow ? [machine, other] : [other, machine];
  return {
    from: idOf(from),
    to: idOf(to),
    kind: emitted.length > 0 || kinds.size > 1 ? 'none' : [...kinds][0]!,
    reactions: [{ causes, guard: undefined, outputs: textsOf(emitted, false) }],
    isMutual: events.length > 0 && emitted.length > 0,
  };
}

export function prefixOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
