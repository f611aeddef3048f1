/** What events and emissions mean: the comments of `src/events`, where they are declared. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES: Readonly<Record<string, readonly string[]>> = {
  server: ['server', 'net'],
  connection: ['connection', 'net', 'wire'],
  response: ['message'],
  incomingRequest: ['message'],
  request: ['request', 'message'],
  incomingResponse: ['message'],
  clientConnection: ['client-connection', 'net'],
};

/** By the name of an event or an emission of the machine. Those without a comment are missing: their name says it. */
export function meaningsOf(machine: string): ReadonlyMap<string, string> {
  const found = (FILES[machine] ?? []).map((file) =>
    meaningsIn(readFileSync(join('src', 'events', `${file}.ts`), 'utf8')),
  );
  // The first file says it more precisely.
  return new Map(found.reverse().flatMap((each) => [...each]));
}

/** A member of a union, with the comment before it. `${Role}` is any of the two. */
const member = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*\|[\s({]*readonly type:\s*((?:\|?\s*(?:'[^']+'|`[^`]+`)\s*)+)/g;

function meaningsIn(source: string): Map<string, string> {
  const meanings = new Map<string, string>();
  for (const [, comment, types] of source.matchAll(member)) {
    for (const name of namesIn(types!)) meanings.set(name, textOf(comment!));
  }
  return meanings;
}

function namesIn(types: string): string[] {
  const plain = [...types.matchAll(/'([a-z]+\.\w+)'/gi)].map(([, name]) => name!);
  const roles = [...types.matchAll(/`\$\{Role\}\.(?:\$\{([^}]*)\}|(\w+))`/g)].flatMap(([, many, one]) =>
    (many === undefined ? [one!] : [...many.matchAll(/'(\w+)'/g)].map(([, name]) => name!)).flatMap((name) => [
      `req.${name}`,
      `res.${name}`,
    ]),
  );
  return [...plain, ...roles];
}

/** One paragraph; ‘For the program.’ says nothing here. */
function textOf(comment: string): string {
  const text = comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*?\s?/, '').trim())
    .join(' ')
    .replace(/\{@link (\w+)\}/g, '$1')
    .replace(/ - `/g, '; `')
    // What is above is not shown.
    .replace(/ ?`\w+`: as above\.?/, '')
    .trim();
  return text === 'For the program.' ? '' : text;
}
