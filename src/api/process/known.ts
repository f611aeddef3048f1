/** Whom `explain` can ask: hosts say what they know about themselves (events/facts.ts), when somebody asks. */
import type { Place } from '../../engine/place.js';
import type { Facts } from '../../events/facts.js';
import { own } from '../compat/own.js';

export interface Asked {
  facts(): Facts | undefined;
}

let known: WeakRef<Asked>[] = [];
let limit = 64;

/** From now on `explain.all()` asks it: a server, an agent, or what belongs to neither. It isn't kept alive. */
export function know(host: Asked): void {
  if (known.length >= limit) {
    known = known.filter((each) => each.deref() !== undefined);
    limit = Math.max(64, known.length * 2);
  }
  known.push(new WeakRef(host));
}

export function* allKnown(): Iterable<Asked> {
  for (const each of known) {
    const host = each.deref();
    if (host !== undefined) yield host;
  }
}

const handedOver = new WeakMap<object, Asked>();

/** A socket that isn't ours any more: from now on this is asked about it. */
export function knowAs(socket: object, asked: Asked): void {
  handedOver.set(socket, asked);
}

/** What its host says; undefined for an object that isn't ours. */
export function factsOf(thing: unknown): Facts | undefined {
  const host = hostOf(thing);
  return typeof host?.facts === 'function' ? host.facts() : handedOver.get(thing as object)?.facts();
}

/** A Proxy may have been revoked, and may throw. */
function hostOf(thing: unknown): Partial<Asked> | undefined {
  try {
    return (Object(thing) as { [own]?: Partial<Asked> })[own];
  } catch {
    return undefined;
  }
}

/** The socket of a message, by which its exchange is found. */
export function socketOf(thing: unknown): unknown {
  const { socket, req } = Object(thing) as { socket?: unknown; req?: { socket?: unknown } };
  return socket ?? req?.socket;
}

/** What every host says: where its actor is, and its state, as they are now. */
export abstract class View<State, Host extends { readonly actor: Place & { readonly value: unknown } }>
  implements Place
{
  readonly connection: number;
  readonly exchange: number;
  readonly track: Place['track'];
  readonly state: State;
  protected readonly host: Host;

  constructor(host: Host) {
    const { connection, exchange, track, value } = host.actor;
    this.connection = connection;
    this.exchange = exchange;
    this.track = track;
    this.state = value as State;
    this.host = host;
  }
}
