/** Reads a source file as far as the architecture rules need it: its imports, and its text without comments. */
import { posix } from 'node:path';

export interface Import {
  /** A file relative to src/, such as `engine/tap.ts`, or the name of a package, or `node:…`. */
  readonly target: string;
  readonly typeOnly: boolean;
}

export interface Source {
  /** Relative to src/, with slashes. */
  readonly path: string;
  /** Such as `engine` or `api/server`; empty for files in src/ itself. */
  readonly room: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
  /** The text without comments and quoted strings. Templates are kept, as they contain code. */
  readonly words: string;
  readonly imports: readonly Import[];
}

const comment = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/;
const quoted = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/;
const template = /`(?:\\.|[^`\\])*`/;
/** A slash begins a regular expression only where no value can have ended just before. */
const expression = /(?<=[(,=:[!&|?{};>]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/;

/** The alternatives are tried in this order at each position; what one matches is skipped by the others. */
const tokens = new RegExp([comment, quoted, template, expression].map(({ source }) => `(${source})`).join('|'), 'g');

function strip(text: string, keepQuoted: boolean): string {
  return text.replace(tokens, (token, isComment, isQuoted) => {
    if (isComment !== undefined) return ' ';
    return isQuoted !== undefined && !keepQuoted ? "''" : token;
  });
}

const staticImport = /\b(?:import|export)\s+(?<clause>[\w\s{},*$]*?\bfrom\s*)?(['"])(?<name>[^'"]+)\2/g;
const calledImport = /\b(?:import|require|getBuiltinModule)\s*\(\s*(?:(['"`])(?<name>[^'"`$]+)\1\s*[,)])?/g;

function isTypeOnly(clause = ''): boolean {
  if (/^type\s/.test(clause)) return true;
  const names = /\{([^}]*)\}/.exec(clause)?.[1];
  if (names === undefined || !/^\s*\{/.test(clause)) return false;
  return names.split(',').every((name) => name.trim() === '' || /^\s*type\s/.test(name));
}

/** A call whose argument is not a literal imports `?`, which no room may. */
function importsOf(code: string): { name: string; typeOnly: boolean }[] {
  const declared = [...code.matchAll(staticImport)].map(({ groups }) => ({
    name: groups!['name']!,
    typeOnly: isTypeOnly(groups!['clause']),
  }));
  const called = [...code.matchAll(calledImport)].map(({ groups }) => ({
    name: groups!['name'] ?? '?',
    typeOnly: false,
  }));
  return [...declared, ...called];
}

function resolve(path: string, name: string): string {
  if (!name.startsWith('.')) return name;
  return posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts');
}

/** The folder of src/ that contains the file; in api/, which has its own rooms, the subfolder. */
export function roomOf(path: string): string {
  const [first, second] = path.split('/').slice(0, -1);
  return first === 'api' && second !== undefined ? `${first}/${second}` : (first ?? '');
}

export function read(path: string, text: string): Source {
  const code = strip(text, true);
  const imports = importsOf(code).map(({ name, typeOnly }) => ({ target: resolve(path, name), typeOnly }));
  return { path, room: roomOf(path), text, code, words: strip(text, false), imports };
}
