/** A machine's states and transitions for tools, with their names in the source. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** In document order, parents before children; the machine itself comes first. */
export function statesOf(machine: AnyStateMachine): AnyStateNode[] {
  const list = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(list)];
  return list(machine.root);
}

/** In the order in which they are tried: those with an event, then those without. */
export function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
}

/** `reading.awaiting.fresh`, without the machine's name; '' for the machine. */
export function pathOf(node: AnyStateNode): string {
  return node.path.join('.');
}

/** `wire.head [isLeaving]`; `always` stands for a transition without an event. */
export function causeOf(transition: AnyTransitionDefinition): string {
  const guard = guardOf(transition);
  const event = transition.eventType || 'always';
  return guard === undefined ? event : `${event} [${guard}]`;
}

/** `isClosing and not isDue`. */
export function guardOf({ guard }: AnyTransitionDefinition): string | undefined {
  return guard === undefined ? undefined : guardText(guard);
}

/** `reading.awaiting: wire.head [isLeaving] → reading.upgrading`. */
export function nameOf(transition: AnyTransitionDefinition): string {
  const targets = transition.target?.map(pathOf).join(', ') ?? 'stays';
  return `${pathOf(transition.source)}: ${causeOf(transition)} → ${targets}`;
}

/** The names of the actions of a transition, an entry or an exit. */
export function actionNames(actions: readonly unknown[]): string[] {
  return actions.map((action) => {
    const { type = action } = action as { type?: unknown };
    return String(type);
  });
}

interface Combined {
  readonly check?: (...args: never[]) => unknown;
  readonly guards?: readonly unknown[];
  readonly type?: string;
}

/** A guard as text: `isDue`, `not isDue`, `isClosing and not isDue`. */
function guardText(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  const { check, guards, type } = guard as Combined;
  if (guards === undefined) return type ?? 'inline';
  const parts = guards.map(guardText);
  switch (check?.name) {
    case 'checkNot':
      return `not ${parts[0]?.includes(' ') ? `(${parts[0]})` : parts[0]}`;
    case 'checkAnd':
      return parts.map((part) => (part.includes(' or ') ? `(${part})` : part)).join(' and ');
    default:
      return parts.join(' or ');
  }
}
