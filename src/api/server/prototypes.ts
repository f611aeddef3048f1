/**
 * Applications that put messages onto prototypes of their own, as Express does with
 * `Object.setPrototypeOf(res, app.response)`. These derive from node:http's classes, whose methods know nothing of our machines.
 * A bridge is an object between the application's prototypes and the rest of the chain: through it our messages find our
 * methods, and messages of node:http find theirs.
 */
import type { EventEmitter } from 'node:events';
import { boxed, own } from '../compat/own.js';
import type { IncomingHost } from '../message/IncomingHost.js';
import { IncomingMessage } from '../message/IncomingMessage.js';
import type { OutgoingHost } from '../message/OutgoingHost.js';
import { defaults } from '../process/defaults.js';
import { ServerResponse } from './ServerResponse.js';

/** What an application has its messages put onto. */
interface Application {
  readonly request: object;
  readonly response: object;
}

type Member = keyof Application;
type Keyed = Record<PropertyKey, unknown>;

const { hasOwn } = Object;
const { getPrototypeOf, setPrototypeOf, ownKeys } = Reflect;

function isApplication(value: unknown): value is Application {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return false;
  const { request, response } = value as Partial<Application>;
  return isObject(request) && isObject(response);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The events with a request and its response. */
const HANDLED = new Set<unknown>(['request', 'checkContinue', 'checkExpectation']);

type Listen = (this: EventEmitter, event: string | symbol, listener: (...args: unknown[]) => void) => EventEmitter;

/** Makes the servers with that prototype adopt the applications that listen to them. */
export function adoptListeners(prototype: EventEmitter): void {
  for (const name of ['on', 'addListener', 'prependListener'] as const) {
    const listen: Listen = function (event, listener) {
      // What once() adds has the listener of the program as a property.
      if (HANDLED.has(event)) adopt((listener as { listener?: unknown }).listener ?? listener);
      return (Reflect.get(getPrototypeOf(prototype) as object, name) as Listen).call(this, event, listener);
    };
    Object.defineProperty(prototype, name, { value: listen, writable: true, configurable: true, enumerable: true });
  }
}

/** Makes an application usable with our messages. Other listeners are left alone. */
function adopt(listener: unknown): void {
  if (!isApplication(listener)) return;
  derive(listener.request, IncomingMessage.prototype);
  derive(listener.response, ServerResponse.prototype);
}

/** Puts a bridge below a prototype, unless it derives from `ours` or from no http class at all. */
function derive(top: object, ours: object): void {
  if (own in top) return;
  const base = baseOf(top, ours);
  if (base === null || base === top) return;
  setPrototypeOf(top, bridge(getPrototypeOf(top) as object, base, ours));
}

/** The prototype of the class in the chain that has the name of our class: no import shows it, and there may be several. */
function baseOf(top: object, ours: object): object | null {
  const { name } = ours.constructor;
  let base: object | null = null;
  for (let up: object | null = top; up !== null; up = getPrototypeOf(up)) {
    if (hasOwn(up, 'constructor') && up.constructor.name === name) base = up;
  }
  return base;
}

/** By what is below them. */
const bridges = new WeakMap<object, object>();

function bridge(next: object, base: object, ours: object): object {
  let made = bridges.get(next);
  if (made !== undefined) return made;
  made = Object.create(next) as object;
  for (const level of [...levels(ours, base), ...levels(base, ours)]) {
    for (const key of ownKeys(level)) {
      if (!hasOwn(made, key)) Object.defineProperty(made, key, crossing(key, level, next, base, ours));
    }
  }
  bridges.set(next, made);
  return made;
}

/** The chain of a prototype, as far as it is not also the other's: down to the class of streams. */
function levels(from: object, other: object): object[] {
  const found: object[] = [];
  for (let up: object | null = from; up !== null && !Object.prototype.isPrototypeOf.call(up, other); ) {
    found.push(up);
    up = getPrototypeOf(up);
  }
  return found;
}

/** A property of a bridge. It is looked up each time, because programs replace methods of prototypes. */
function crossing(key: PropertyKey, level: object, next: object, base: object, ours: object): PropertyDescriptor {
  const { enumerable, get, set } = Object.getOwnPropertyDescriptor(level, key) as PropertyDescriptor;
  if (key === own) return { get: get as () => unknown, set: set as (value: unknown) => void, configurable: true };
  const sourceFor = (message: Keyed) => (message[boxed] === undefined || isOverridden(key, next, base) ? next : ours);
  const isReadOnly = get !== undefined && set === undefined;
  return {
    get(this: Keyed) {
      return Reflect.get(sourceFor(this), key, this);
    },
    set: isReadOnly
      ? undefined
      : function (this: Keyed, value: unknown) {
          Reflect.set(sourceFor(this), key, value, this);
        },
    enumerable: enumerable === true,
    configurable: true,
  };
}

/** Whether the application has a member of that name itself. */
function isOverridden(key: PropertyKey, next: object, base: object): boolean {
  for (let up: object | null = next; up !== null && up !== base; up = getPrototypeOf(up)) {
    if (hasOwn(up, key)) return true;
  }
  return false;
}

/** Whether a listener has put one of our messages onto prototypes that are not ours. */
function isStray(message: object): boolean {
  const { [own]: host, [boxed]: box } = message as Keyed;
  return host === undefined && box !== undefined;
}

/** The host of a request, wherever a listener has put it. */
export function hostOfRequest(request: IncomingMessage): IncomingHost {
  if (request[own] === undefined) reclaimRequest(request);
  return request[own];
}

/** The host of a response, wherever a listener has put it and its request. */
export function hostOf(response: ServerResponse): OutgoingHost {
  if (response[own] === undefined) reclaim(response);
  return response[own];
}

let hasWarned = false;

/** Puts a request back onto our prototypes. The application is adopted, if its prototypes show it. */
function reclaimRequest(request: IncomingMessage): void {
  if (!isStray(request)) return;
  if (!hasWarned) warn();
  putBack(request, 'request', IncomingMessage.prototype);
  // The host's method has begun to read it: now ours does.
  if (request._consuming) request._read();
}

/** Puts the messages of an exchange back. */
function reclaim(response: ServerResponse): void {
  reclaimRequest(response.req);
  if (!isStray(response)) return;
  if (!hasWarned) warn();
  putBack(response, 'response', ServerResponse.prototype);
  // Methods of the host have sent something: what, the machine can't know.
  if (response._header !== response[own].head) response.destroy();
}

function putBack(message: object, member: Member, ours: object): void {
  const top = getPrototypeOf(message) as object;
  const { app } = top as { readonly app?: unknown };
  if (isApplication(app) && app[member] === top) derive(top, ours);
  if (!isStray(message)) return;
  const base = baseOf(top, ours);
  setPrototypeOf(message, base === null ? ours : bridge(top, base, ours));
}

function warn(): void {
  hasWarned = true;
  process.emitWarning('A listener has put messages of statewire onto prototypes of node:http', {
    code: 'STATEWIRE_FOREIGN_PROTOTYPE',
    detail:
      'They were put back, but what was called meanwhile may be lost. Pass the application itself to createServer() or ' +
      "server.on('request'), or run the program with --import statewire/register.",
  });
}

type Method = (this: object, ...args: unknown[]) => unknown;

/** Own methods of a guarded response. A class of the host has methods of the same names, which they hide. */
const guards = Object.fromEntries(methodNames().map((name) => [name, guardOf(name)]));

function methodNames(): string[] {
  const names = levels(ServerResponse.prototype, IncomingMessage.prototype).flatMap((level) =>
    Object.entries(Object.getOwnPropertyDescriptors(level))
      .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
      .map(([name]) => name),
  );
  return [...new Set(names)];
}

function guardOf(name: string): PropertyDescriptor {
  function value(this: object, ...args: unknown[]): unknown {
    if (isStray(this)) reclaim(this as ServerResponse);
    let up = getPrototypeOf(this) as Keyed;
    while (hasOwn(up, name) && up[name] === value) up = getPrototypeOf(up) as Keyed;
    return (Reflect.get(up, name, this) as Method).apply(this, args);
  }
  return { value, writable: true, configurable: true, enumerable: false };
}

/** What the process has loaded. Not documented; without the list, node:http counts as loaded. */
const { moduleLoadList } = process as { readonly moduleLoadList?: readonly string[] };

const hasForeignClasses = (): boolean =>
  !defaults.isRegistered && moduleLoadList?.includes('NativeModule _http_server') !== false;

/**
 * Makes a response notice at once that a listener has put it onto prototypes that are not ours, if there can be any. Only the
 * first response of a server is guarded: properties of two shapes are slower to reach, which costs up to 2 % of its time for
 * hello world.
 * @returns whether there can be any
 */
export function guard(response: ServerResponse): boolean {
  const isNeeded = hasForeignClasses();
  if (isNeeded) Object.defineProperties(response, guards);
  return isNeeded;
}
