/**
 * `_headers` and `_headerNames` of outgoing messages, deprecated since Node 12 and removed in 24.
 * Source: DEP0066 in Node's documentation; the values as observed.
 */
import { deprecate } from 'node:util';

interface Message {
  getHeaders(): object;
  getHeader(name: string): unknown;
  getRawHeaderNames(): string[];
  hasHeader(name: string): boolean;
  setHeader(name: string, value: unknown): unknown;
  removeHeader(name: string): void;
}

const entries = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

const properties: Record<string, { get(this: Message): unknown; set(this: Message, value: unknown): void }> = {
  _headers: {
    get() {
      return this.getHeaders();
    },
    set(value) {
      for (const name of this.getRawHeaderNames()) this.removeHeader(name);
      for (const [name, each] of entries(value)) this.setHeader(name, each);
    },
  },
  /** The names as they are sent, by their lower case; null without headers. A value renames those that are set. */
  _headerNames: {
    get() {
      const names = this.getRawHeaderNames().map((name) => [name.toLowerCase(), name]);
      return names.length === 0 ? null : Object.assign(Object.create(null), Object.fromEntries(names));
    },
    set(value) {
      for (const [lower, name] of entries(value)) {
        if (this.hasHeader(lower)) this.setHeader(String(name), this.getHeader(lower));
      }
    },
  },
};

export function defineDeprecatedHeaders(prototype: object): void {
  for (const [name, { get, set }] of Object.entries(properties)) {
    const warned = [`OutgoingMessage.prototype.${name} is deprecated`, 'DEP0066'] as const;
    Object.defineProperty(prototype, name, {
      get: deprecate(get, ...warned),
      set: deprecate(set, ...warned),
      enumerable: false,
      configurable: true,
    });
  }
}

export function removeDeprecatedHeaders(prototype: object): void {
  for (const name of Object.keys(properties)) Reflect.deleteProperty(prototype, name);
}
