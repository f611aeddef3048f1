/** The rules of DESIGN: which room may import what, and which words belong in one room or file only. */
import { type Import, roomOf, type Source } from './source.js';

/** Returns the violations of a rule in a file. */
export type Rule = (source: Source) => readonly string[];

const isNode = ({ target }: Import) => target.startsWith('node:');
const isPackage =
  (name: string) =>
  ({ target }: Import) =>
    target === name || target.startsWith(`${name}/`);
const isXState = isPackage('xstate');
const isRxjs = isPackage('rxjs');
const isLlhttp = isPackage('undici/lib/llhttp');
const isRoom =
  (...rooms: string[]) =>
  ({ target }: Import) =>
    target.endsWith('.ts') && rooms.includes(roomOf(target));

/** The rooms below api/. */
const below = ['events', 'rules', 'machines', 'engine', 'io'];
/** The rooms of api/ for `http:`; api/tls is the one for `https:`. */
const apiRooms = ['api/server', 'api/client', 'api/message', 'api/agent', 'api/process', 'api/compat'];

/** What a room of api/ may import: the rooms below, and these neighbours. */
const face =
  (...neighbours: string[]) =>
  (imported: Import) =>
    isNode(imported) || isRoom(...below, ...neighbours)(imported);

const isFace = (room: string): boolean => room === 'api/tls' || apiRooms.includes(room);

/** The files of engine/ that may use XState: those that read a chart, and the one that runs it in XState's own interpreter. */
const isCompiler = (path: string) => /^engine\/(compile|read|watched)\.ts$/.test(path);

/** Besides its own files, a room may import only these. Files in src/ itself belong to the unnamed room. */
const mayImport: Readonly<Record<string, (imported: Import, path: string) => boolean>> = {
  events: () => false,
  rules: (imported) => imported.typeOnly && isRoom('events')(imported),
  machines: (imported) => isXState(imported) || isRoom('events', 'rules')(imported),
  engine: (imported, path) =>
    isRoom('events')(imported) ||
    (imported.typeOnly && isRoom('machines')(imported)) ||
    (isXState(imported) && isCompiler(path)),
  io: (imported) => isRxjs(imported) || isLlhttp(imported) || isNode(imported) || isRoom('events')(imported),
  'api/tls': face(...apiRooms),
  'api/server': face('api/message', 'api/process', 'api/compat'),
  'api/client': face('api/message', 'api/agent', 'api/process', 'api/compat'),
  'api/message': face('api/process', 'api/compat'),
  'api/agent': face('api/process', 'api/compat'),
  'api/process': face('api/compat'),
  'api/compat': face(),
  explain: (imported) => isNode(imported) || isRoom('events', 'engine', 'rules')(imported),
  journal: face(...apiRooms),
  // `byNeed` loads what one command runs; the others know its types.
  cli: (imported, path) =>
    isNode(imported) ||
    isRoom('explain')(imported) ||
    (isRoom('testing', 'journal')(imported) && (imported.typeOnly || path === 'cli/byNeed.ts')),
  testing: face('explain', ...apiRooms),
  register: (imported) => isNode(imported) || isRoom('api/process')(imported),
  '': (imported, path) =>
    face('explain', ...apiRooms)(imported) || (path === 'https.ts' && isRoom('api/tls')(imported)),
};

export const importTable: Rule = ({ path, room, imports }) => {
  const allowed = mayImport[room];
  if (allowed === undefined) return [`there is no room '${room}'`];
  return (
    imports
      .filter((imported) => !(isRoom(room)(imported) || allowed(imported, path)))
      // It loads what is under test.
      .filter(({ target }) => !(target === '?' && path === 'testing/faults/module.ts'))
      .map(({ target, typeOnly }) => `${room || 'src'} may not import ${typeOnly ? 'types of ' : ''}${target}`)
  );
};

/** Only `register` has the host's http, to replace it; not its internals. */
export const noHostHttp: Rule = ({ room, imports }) =>
  imports
    .map(({ target }) => target)
    .filter((target) => /^(node:)?(_?https?2?|_http_\w+)$/.test(target))
    .filter((target) => room !== 'register' || !/^node:https?$/.test(target));

/** TLS costs start-up time, so only the room whose files are loaded for `https:` imports it; a proxy with TLS loads it late. */
export const tlsInItsRoom: Rule = ({ path, room, imports }) =>
  room === 'api/tls' || path === 'api/agent/proxy.ts'
    ? []
    : imports.filter(({ target, typeOnly }) => /^(node:)?tls$/.test(target) && !typeOnly).map(({ target }) => target);

/** Finds the words of a rule, except in the files where they belong. */
const onlyIn =
  (home: RegExp, pattern: RegExp): Rule =>
  ({ path, words }) =>
    home.test(path) ? [] : [...words.matchAll(pattern)].map(([word]) => word);

/** Calls of global timers. Node's messages have a method of the same name, whose declaration is followed by a type or a body. */
function timerCalls({ words }: Source): string[] {
  return [...words.matchAll(/(?<!(?<!\bglobalThis)\.|\w)(setTimeout|setInterval)\s*\(/g)]
    .filter(({ 0: call, index }) => !/^\s*[:{]/.test(words.slice(closing(words, index + call.length))))
    .map(([, name]) => name!);
}

/** @returns the position after the parenthesis that closes the one opened just before `from` */
function closing(text: string, from: number): number {
  let depth = 1;
  let at = from;
  while (depth > 0 && at < text.length) {
    if (text[at] === '(') depth++;
    if (text[at] === ')') depth--;
    at++;
  }
  return at;
}

const keepers = /^(register\/atStart|testing\/time\/programTime)\.ts$/;

export const timersInClock: Rule = (source) => {
  if (source.path === 'io/clock.ts') return [];
  // They keep the functions of the modules, or replace them, and call none.
  const keeps = keepers.test(source.path);
  const imported = source.imports
    .map(({ target }) => target)
    .filter((target) => /^(node:)?timers(\/|$)/.test(target) && !keeps);
  return [...timerCalls(source), ...imported];
};

export const timeAndChanceInClock = onlyIn(
  /^(io\/clock|testing\/time\/programTime)\.ts$/,
  /\b(Date\.now|performance\.now|Math\.random|process\.hrtime)\b|\bnew Date\(\s*\)/g,
);

/** The host's functions are captured once, when a module is loaded: later fakes do not affect the engine. */
export const turnsInClock = onlyIn(
  /^(io\/clock|engine\/later|testing\/contract\/client|testing\/time\/programTime)\.ts$/,
  /\b(setImmediate|clearImmediate|clearTimeout|clearInterval|queueMicrotask|nextTick)\b(?!\()|\b(setImmediate|queueMicrotask|nextTick)\(/g,
);

/** Text for the wire is created in one place; no other text with line ends comes from a program. */
export const oneDoor: Rule = ({ path, room, code }) =>
  !isFace(room) || path === 'api/message/lines.ts' || path === 'api/message/Outlet.ts'
    ? []
    : (code.match(/\\r\\n(?!\])/g) ?? []);

export const noNotes: Rule = ({ text }) => text.match(/\b(TODO|FIXME)\b/g) ?? [];

export const length: Rule = ({ room, text }) => {
  const limit = room === 'machines' ? 250 : 400;
  const lines = text.trimEnd().split('\n').length;
  return lines > limit ? [`${lines} lines, limit ${limit}`] : [];
};

const lifecycle = [
  ...['abort', 'aborted', 'checkContinue', 'checkExpectation', 'clientError', 'close', 'connect', 'continue'],
  ...['drain', 'dropRequest', 'end', 'error', 'finish', 'information', 'prefinish', 'request', 'response', 'socket'],
  ...['timeout', 'upgrade'],
].join('|');

const lifecycleEmit = new RegExp(
  `\\bemit(?:\\.(?:call|apply))?\\??\\.?\\(\\s*(?:[\\w.]+,\\s*)?\\[?\\s*['"\`](?:${lifecycle})['"\`]`,
  'g',
);

/** Law 1: only what a machine emitted may be emitted. */
export const forwarderEmits: Rule = ({ path, room, code }) =>
  !isFace(room) || path === 'api/message/forward.ts' ? [] : (code.match(lifecycleEmit) ?? []);

/** An actor gets its events by one method, that of its host. */
export const oneWayIn: Rule = ({ path, room, code }) => {
  const sends = code.match(/\bactor\.send\(/g) ?? [];
  return isFace(room) ? sends.slice(/Host\.ts$/.test(path) ? 1 : 0) : [];
};

/** What we take from a stream's private state, a new Node can take away: it stands in one file. */
export const streamStateInCompat = onlyIn(/^api\/compat\/readable\.ts$/, /\b_(readable|writable)State\b/g);

/** Law 2, as far as words can show it. */
export const pureMachines: Rule = ({ room, words }) => {
  if (room !== 'machines') return [];
  const chart = words.slice(words.search(/\bcreateMachine\(/));
  const inline = words.includes('createMachine(') ? chart.replace(/\b(context|input):[^\n]*=>/g, '') : '';
  return [
    ...(words.match(/\b(Buffer|Uint8Array|Date|process|Promise|invoke|after|delay)\b(?=\s*[.(:])/g) ?? []),
    ...(inline.match(/=>|\bfunction\b/g) ?? []).map((word) => `${word} in the chart`),
  ];
};

export const statelessRules: Rule = ({ room, words }) =>
  room === 'rules' ? (words.match(/\bthis\b|^(export )?(let|var)\b|\bnew Date\b|\bDate\./gm) ?? []) : [];

export const branchlessEvents: Rule = ({ room, words }) =>
  room === 'events' ? (words.match(/\b(if|switch|for|while)\s*\(| \? |&&|\?\?/g) ?? []) : [];

/** The engine runs any chart, so it knows nothing of HTTP. */
export const engineOfAnything: Rule = ({ room, words }) =>
  room === 'engine' ? (words.match(/\w*(http|header|socket|request|response)\w*/gi) ?? []) : [];

/** Names of what only looks: the history, and what hosts say about themselves. */
const LOOKS =
  'track|moment|lastMoment|lookAtClock|newTrack|changesOf|sinceOf|askerOf|noteAsker|inChain|factsOf|allKnown|' +
  'idleBefore|endingOf';
const CONDITION = new RegExp(
  `\\b(?:if|while|switch) \\([^\\n]*\\b(?:${LOOKS})\\b[^\\n]*|[^\\n]*\\b(?:${LOOKS})\\b[^\\n]* \\? [^\\n]*`,
  'g',
);

/** The files that look. */
const lookers =
  /^(explain|testing|cli)\/|^engine\/history\.ts$|\/facts\.ts$|^api\/process\/(known|chains|history|story)\.ts$/;

/** No visibility decides anything: what is done depends on no history, and not on who asks. The engine may note, or not. */
export const looksDecideNothing: Rule = ({ path, words }) =>
  lookers.test(path)
    ? []
    : (words.match(CONDITION) ?? []).filter((line) => !/^if \([^;]*\btrack !== undefined\) note\(/.test(line));
