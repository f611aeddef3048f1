/**
 * `statewire/register`: from the moment that it is loaded, node:http and node:https are statewire's, for everything that this
 * process loads.
 * docs/register.md says what that means.
 */
import { syncBuiltinESMExports } from 'node:module';
import { type Defaults, defaults, merged } from '../api/process/defaults.js';
import { asAtStart } from './atStart.js';
import { beforeRequire } from './beforeRequire.js';
import { defineDeprecatedHeaders, removeDeprecatedHeaders } from './deprecatedHeaders.js';
import { captorsOf, isWrapped } from './late.js';
import { type Exports, swap } from './swap.js';

/** Defaults that hold for the whole process until `unregister()`. What is left out stays as it is. */
export interface RegisterOptions extends Partial<Defaults> {
  /** Outgoing messages have `_headers` and `_headerNames`. Default: whether those of node:http have them (before Node 24). */
  deprecatedHeaders?: boolean;
}

/** The built-in modules, each with the file of the package that takes its place. */
const swaps = [
  { name: 'node:http', builtin: () => process.getBuiltinModule('node:http'), entry: './index.cjs' },
  { name: 'node:https', builtin: () => process.getBuiltinModule('node:https'), entry: './https.cjs' },
] as const;

const names = swaps.map(({ name }) => name);

/** What holds under `register` because node:http has it so. */
const asNode: Defaults = { requireHostHeader: 'node', frameUpgradeBody: false, eventOrder: 'host' };

/** What is registered hangs on node:http itself, so that it is found by another copy of this package, too. */
interface Registration {
  apply(options: RegisterOptions): void;
  undo(): void;
}

const key = Symbol.for('statewire.register');
const load: NodeJS.Require = require;
let hasLooked = false;

const http = () => process.getBuiltinModule('node:http') as unknown as Exports & { [key]?: Registration };

/**
 * node:http becomes statewire. A second call only sets the options that it is given.
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function register(options: RegisterOptions = {}): void {
  warnIfLate();
  const registration = http()[key];
  if (registration !== undefined) registration.apply(options);
  else install(options);
}

/** node:http is itself again. What was made meanwhile stays statewire's. */
export function unregister(): void {
  http()[key]?.undo();
}

function install(options: RegisterOptions): void {
  const before = { ...defaults };
  Object.assign(defaults, merged({ ...defaults, ...asNode }, options), { isRegistered: true });
  let outgoing: object | undefined;
  const node = (http()['OutgoingMessage'] as { prototype: object }).prototype;
  let hasHeaders = options.deprecatedHeaders ?? Object.hasOwn(node, '_headers');

  function applyHeaders(): void {
    if (outgoing === undefined) return;
    if (hasHeaders) defineDeprecatedHeaders(outgoing);
    else removeDeprecatedHeaders(outgoing);
  }

  function faceOf(entry: string): Exports {
    const face = asAtStart(() => load(entry)) as Exports;
    if (outgoing === undefined && face['OutgoingMessage'] !== undefined) {
      outgoing = (face['OutgoingMessage'] as { prototype: object }).prototype;
      applyHeaders();
    }
    return face;
  }

  const swapped = swaps.map(({ builtin, entry }) => swap(builtin() as unknown as Exports, () => faceOf(entry)));
  const stopWaiting = beforeRequire(names, () => {
    for (const each of swapped) each.load();
  });
  const registration: Registration = {
    apply(given) {
      Object.assign(defaults, merged(defaults, given));
      hasHeaders = given.deprecatedHeaders ?? hasHeaders;
      applyHeaders();
    },
    undo() {
      stopWaiting();
      for (const each of swapped) each.undo();
      Reflect.deleteProperty(http(), key);
      Object.assign(defaults, before);
      if (outgoing !== undefined) removeDeprecatedHeaders(outgoing);
      syncBuiltinESMExports();
    },
  };
  Object.defineProperty(http(), key, { value: registration, configurable: true });
  // If an ES module has imported it already, this reads the exports, and so loads statewire.
  syncBuiltinESMExports();
}

/** Only at the first time that this module is used: what is loaded later is loaded under `register`. */
function warnIfLate(): void {
  if (hasLooked) return;
  hasLooked = true;
  const { [__filename]: _, ...others } = load.cache;
  const [file, ...more] = captorsOf(names, others);
  // Another copy of this package has looked before.
  if (http()[key] !== undefined) return;
  const count = more.length === 0 ? '' : ` (and ${more.length} more)`;
  const what = names.join(' or ');
  if (file !== undefined) warn(`${file}${count} has taken something out of ${what}, and keeps it`);
  else if (isWrapped(http())) warn(`A tool has wrapped functions of ${what}. It does not see statewire`);
}

function warn(what: string): void {
  const why = 'statewire/register was loaded later. Load it first: node --import statewire/register';
  process.emitWarning(`${what}: ${why}`, { code: 'STATEWIRE_LATE' });
}

register();
