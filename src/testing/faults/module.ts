/** A program under test that is a module: what of it is called for each run. */
import { fileURLToPath } from 'node:url';
import type { Server } from '../../api/server/Server.js';
import { hostNow } from '../../io/clock.js';
import { laterTurn } from '../transit.js';
import { isOurs, type Make, takeListening } from './program.js';

/** The error of a module that can't be taken. */
class ModuleError extends Error {
  readonly code = 'STATEWIRE_NO_PROGRAM';
}

/** What a module may export its program as. A function of this name is called for each run; others are handlers of requests. */
const MAKERS = { server: ['server', 'createServer', 'createApp', 'build'], client: ['client'] } as const;
const HANDLERS = ['default', 'app', 'handler', 'api'];

/** A module that waits at its top level for so many times the patience will do so for good. */
export const LOADING = 20;

type Exports = Readonly<Record<string, unknown>>;

const nameOf = ({ href, protocol }: URL): string => (protocol === 'file:' ? fileURLToPath(href) : href);

/** @throws STATEWIRE_NO_PROGRAM, and what the module throws */
export async function makeOf(kind: 'server' | 'client', url: URL, patience: number): Promise<Make> {
  const listening: Server[] = [];
  const { exit } = process;
  process.exit = (code) => {
    throw new ModuleError(`${nameOf(url)} calls process.exit(${code ?? ''}) while it is loaded`);
  };
  const giveBack = takeListening((server) => listening.push(server));
  try {
    const exports = await within(import(url.href) as Promise<Exports>, url, patience * LOADING);
    const make = kind === 'server' ? serverMaker(exports, listening) : clientMaker(exports);
    if (make !== undefined) return make;
  } finally {
    process.exit = exit;
    giveBack();
  }
  const what =
    kind === 'server'
      ? 'has no server: export one as default (a Server, a handler of requests, an application, or a function that makes one), or call listen()'
      : 'has no client: export an async function as `client` or as default';
  throw new ModuleError(`${nameOf(url)} ${what}`);
}

/** Busy turns keep the process alive, which a promise doesn't. */
async function within(loading: Promise<Exports>, url: URL, limit: number): Promise<Exports> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  loading.then(done, done);
  const begin = hostNow();
  while (!isDone) {
    if (hostNow() - begin > limit)
      throw new ModuleError(
        `${nameOf(url)} is not loaded after ${limit / 1000} s: it awaits something at its top level`,
      );
    await laterTurn();
  }
  return await loading;
}

/** Of CommonJS the exports are the default export, too. */
function membersOf(exports: Exports): Exports {
  const { default: main } = exports;
  return typeof main === 'object' && main !== null && !isOurs(main) ? { ...(main as Exports), ...exports } : exports;
}

function serverMaker(exports: Exports, listening: readonly Server[]): Make | undefined {
  const members = membersOf(exports);
  for (const name of MAKERS.server) {
    const value = members[name];
    if (typeof value === 'function') return value as Make;
    if (isProgram(value)) return () => value;
  }
  for (const name of HANDLERS) {
    const value = members[name];
    // A handler has parameters; a function without is called to make one.
    if (typeof value === 'function') return value.length === 0 ? (value as Make) : () => value;
    if (isProgram(value)) return () => value;
  }
  const [first] = listening;
  return first && (() => first);
}

function clientMaker(exports: Exports): Make | undefined {
  const { client, default: main } = membersOf(exports);
  const found = client ?? main;
  return typeof found === 'function' ? (found as Make) : undefined;
}

/** A server, or an application that has or makes one. */
function isProgram(value: unknown): boolean {
  const { server, callback, listen } = Object(value) as Readonly<Record<string, unknown>>;
  return isOurs(value) || isOurs(server) || typeof callback === 'function' || typeof listen === 'function';
}
