/** What is visible of the API without using it: names, prototypes, lengths. */
import { describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { exportsOf, https } from './kit.js';

const { host, statewire } = https;

/** Members that newer hosts have. */
const NEWER = { Server: [], Agent: HOST < 22 ? [] : ['keepSocketAlive'] } as const;

/** Own properties that newer hosts also have. */
const ADDED = ['agentKeepAliveTimeoutBuffer', 'httpValidation', 'keepAliveTimeoutBuffer', 'shouldUpgradeCallback'];

const attributesOf = (object: object, name: string): string => {
  const { writable, enumerable, configurable, get } = Object.getOwnPropertyDescriptor(object, name) ?? {};
  return [get ? 'get' : writable && 'writable', enumerable && 'enumerable', configurable && 'configurable'].join(' ');
};

describe('the exports', () => {
  it('have the host’s names and attributes, but globalAgent is an accessor, as that of node:http is', () => {
    const names = Object.keys(exportsOf(host));
    expect(Object.keys(exportsOf(statewire)).sort()).toEqual([...names].sort());
    const differing = names.filter(
      (name) => attributesOf(exportsOf(host), name) !== attributesOf(exportsOf(statewire), name),
    );
    expect(differing).toEqual(['globalAgent']);
    expect(attributesOf(exportsOf(statewire), 'globalAgent')).toBe('get enumerable configurable');
  });

  it.each(['createServer', 'get', 'request'] as const)('%s has the host’s signature', (name) => {
    const signature = ({ length, name }: { length: number; name: string }) => ({ length, name });
    expect(signature(statewire[name])).toEqual(signature(host[name]));
  });
});

describe.each(['Server', 'Agent'] as const)('%s', (name) => {
  const theirs = host[name];
  const ours = statewire[name];

  it('has the host’s signature', () => {
    expect([ours.name, ours.length]).toEqual([theirs.name, theirs.length]);
  });

  it('has all members of the host’s prototype', () => {
    const missing = Reflect.ownKeys(theirs.prototype).filter((key) => !Object.hasOwn(ours.prototype, key));
    expect(missing.map(String).sort()).toEqual(NEWER[name]);
    const hidden = Object.keys(theirs.prototype).filter((key) => !Object.keys(ours.prototype).includes(key));
    expect(hidden.sort()).toEqual(NEWER[name]);
  });

  it('has instances with the host’s public properties', () => {
    const isPublic = (key: string) => !key.startsWith('_');
    const [own, given] = [ours, theirs].map((made) => Object.keys(Reflect.construct(made, [])).filter(isPublic));
    expect(given!.filter((key) => !own!.includes(key))).toEqual([]);
    expect(own!.filter((key) => !given!.includes(key) && !ADDED.includes(key))).toEqual([]);
  });
});
