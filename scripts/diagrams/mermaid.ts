/**
 * A machine as a Mermaid state diagram.
 *
 * An edge says `event rank [guard] / what leaves`; the rank is there when an event has several candidates in a state,
 * which are tried in that order. A reaction that doesn't leave its state stands inside the state.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { actionNames, causeOf, statesOf, transitionsOf } from './chart.js';
import type { Emissions } from './emissions.js';

/** Fill colours of states, by the kind of the inputs that they wait for. */
export const COLOURS = {
  facts: '#dbeafe',
  commands: '#dcfce7',
  time: '#fef3c7',
  several: '#f3e8ff',
  nothing: '#e5e7eb',
} as const;

type Kind = keyof typeof COLOURS;

/** The text of one `.mmd` file. */
export function mermaid(machine: AnyStateMachine, emissions: Emissions): string {
  const states = drawState(machine.root, new Edges(emissions));
  return ['stateDiagram-v2', ...[...states, ...colours(machine)].map(indent), ''].join('\n');
}

/** At the end and outside of all states, where Mermaid heeds them. */
function colours(machine: AnyStateMachine): string[] {
  const leaves = statesOf(machine).filter(({ states }) => Object.keys(states).length === 0);
  return Object.entries(COLOURS).flatMap(([kind, fill]) => {
    const ids = leaves.filter((leaf) => kindOf(leaf) === kind).map(idOf);
    const style = `classDef ${kind} fill:${fill},stroke:#334155,color:#0f172a`;
    return ids.length === 0 ? [] : [style, `class ${ids.join(',')} ${kind}`];
  });
}

/** Collects what leads from state to state, so that edges with the same ends become one. */
class Edges {
  private readonly emissions: Emissions;
  private readonly labels = new Map<string, string[]>();

  constructor(emissions: Emissions) {
    this.emissions = emissions;
  }

  add(from: AnyStateNode, to: AnyStateNode, label: string): void {
    const ends = `${idOf(from)} --> ${idOf(to)}`;
    this.labels.set(ends, [...(this.labels.get(ends) ?? []), label]);
  }

  /** Those collected so far, which are then forgotten: an edge is drawn in the region that holds its ends. */
  take(): string[] {
    const lines = [...this.labels].map(([ends, labels]) => `${ends} : ${labels.map(escapeText).join('<br/>')}`);
    this.labels.clear();
    return lines;
  }

  /** ` / req.aborted, io.closed`: what leaves, and by name the actions that only the machine sees. */
  outputs(actions: readonly unknown[]): string {
    const parts = actionNames(actions).map((name) => this.emissions.get(name)?.join(' or ') ?? name);
    return parts.length === 0 ? '' : ` / ${parts.join(', ')}`;
  }
}

function drawState(node: AnyStateNode, edges: Edges): string[] {
  const children = Object.values(node.states);
  const inner = innerLines(node, edges);
  if (children.length === 0) return drawLeaf(node, inner);
  const title = [`${node.key} – ${node.description}`, ...inner].map(escapeText).join('<br/>');
  const body = node.type === 'parallel' ? drawRegions(children, edges) : drawChildren(node, children, edges);
  return [`state "${title}" as ${idOf(node)} {`, ...body.map(indent), '}'];
}

function drawLeaf(node: AnyStateNode, inner: readonly string[]): string[] {
  const id = idOf(node);
  return [node.key, node.description ?? '', ...inner].map((text) => `${id} : ${escapeText(text)}`);
}

function drawRegions(regions: readonly AnyStateNode[], edges: Edges): string[] {
  return regions.flatMap((region, index) => [
    ...(index > 0 ? ['--'] : []),
    ...drawState(region, edges),
    ...edges.take(),
  ]);
}

function drawChildren(node: AnyStateNode, children: readonly AnyStateNode[], edges: Edges): string[] {
  const lines = children.flatMap((child) => drawState(child, edges));
  for (const initial of node.initial.target) lines.push(`[*] --> ${idOf(initial)}`);
  return lines;
}

/** What a state does without being left; the transitions that leave it, or move inside it, go to `edges`. */
function innerLines(node: AnyStateNode, edges: Edges): string[] {
  const lines: string[] = [];
  if (node.entry.length > 0) lines.push(`entry${edges.outputs(node.entry)}`);
  if (node.exit.length > 0) lines.push(`exit${edges.outputs(node.exit)}`);
  for (const transition of transitionsOf(node)) {
    const label = `${rankedCause(node, transition)}${edges.outputs(transition.actions)}`;
    if (transition.target === undefined) lines.push(label);
    for (const target of transition.target ?? []) {
      for (const from of sourcesOf(node, target)) edges.add(from, target, label);
    }
  }
  return lines;
}

/** A transition of a state to one inside it is drawn from wherever inside it can be. */
function sourcesOf(node: AnyStateNode, target: AnyStateNode): AnyStateNode[] {
  const isInside = target !== node && node.path.every((key, depth) => target.path[depth] === key);
  return isInside ? Object.values(node.states) : [node];
}

function rankedCause(node: AnyStateNode, transition: AnyTransitionDefinition): string {
  const { eventType } = transition;
  const rivals = transitionsOf(node).filter((each) => each.eventType === eventType);
  const event = eventType === '' ? 'always' : eventType;
  if (rivals.length === 1) return causeOf(transition);
  return causeOf(transition).replace(event, `${event} ${rivals.indexOf(transition) + 1}`);
}

/** By all that the state or a state around it answers. */
function kindOf(node: AnyStateNode): Kind {
  const kinds = new Set<Kind>();
  for (let up: AnyStateNode | undefined = node; up !== undefined; up = up.parent) {
    for (const { eventType } of transitionsOf(up)) kinds.add(kindOfEvent(eventType));
  }
  const [first = 'nothing'] = kinds;
  return kinds.size > 1 ? 'several' : first;
}

function kindOfEvent(type: string): Kind {
  if (type.startsWith('user.')) return 'commands';
  return type.startsWith('clock.') ? 'time' : 'facts';
}

function idOf(node: AnyStateNode): string {
  return [node.machine.id, ...node.path].join('_');
}

/** Mermaid ends a text at these; it reads them as their codes. */
function escapeText(text: string): string {
  return text.replace(/[:;"#]/g, (char) => `#${char.charCodeAt(0)};`);
}

function indent(line: string): string {
  return `  ${line}`;
}
