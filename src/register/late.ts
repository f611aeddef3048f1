/**
 * What has taken something out of a built-in module before it was swapped keeps it. Of CommonJS modules this can be read in
 * their source. Of ES modules it can't be known, but their named imports are bindings, which are refreshed: only what was made of
 * them, as a subclass, stays.
 */
import { readFileSync } from 'node:fs';

/** A module that keeps only the object sees what is swapped in it, since it reads `http.request` when it needs it. */
function capturePattern(builtin: string): (source: string) => boolean {
  const name = builtin.replace(/^node:/, '');
  const required = String.raw`\brequire\(\s*['"\`](?:node:)?${name}['"\`]\s*\)`;
  const bound = new RegExp(String.raw`([\w$]+)\s*=\s*(?:[\w$.]*__import\w+\(\s*)?${required}(?!\s*[.[])`, 'g');
  const any = new RegExp(required, 'g');
  return (source) => {
    const count = [...source.matchAll(any)].length;
    if (count === 0) return false;
    const names = [...source.matchAll(bound)].map(([, variable]) => variable!);
    const bare = [...source.matchAll(new RegExp(String.raw`^\s*${required}\s*;?\s*$`, 'gm'))].length;
    return names.length + bare < count || names.some((variable) => isTaken(source, variable));
  };
}

/** Whether a statement at the outermost level keeps `http.Agent` or a copy of `http`, or a class extends such a member. */
function isTaken(source: string, variable: string): boolean {
  const name = variable.replaceAll('$', String.raw`\$`);
  const member = String.raw`${name}(?:\.default)?\.\w+`;
  return new RegExp(
    [
      String.raw`\bextends\s+${member}`,
      String.raw`\binherits\([^)\n]*\b${member}`,
      String.raw`^(?:(?:const|let|var)\s+|(?:module\.)?exports\b)[^=\n]*=\s*${member}\s*(?:[;,]|$)`,
      String.raw`^(?:const|let|var)\s*\{[^}]*\}\s*=\s*${name}\b`,
      String.raw`\.\.\.${name}\b(?!\.)`,
      String.raw`\bassign\([^)\n]*\b${name}\s*[,)]`,
    ].join('|'),
    'm',
  ).test(source);
}

/**
 * Whether a tool has wrapped what the built-in exports, as instrumentations of tracing do: by a function with `__wrapped`, or by
 * an `emit` of the server, which Node's has not.
 */
export function isWrapped(builtin: Readonly<Record<string, unknown>>): boolean {
  const { Server, request, get } = builtin as Record<string, { prototype?: object; __wrapped?: unknown }>;
  return Boolean(request?.__wrapped || get?.__wrapped || Object.hasOwn(Server?.prototype ?? {}, 'emit'));
}

const isLoaded = (builtin: string): boolean => {
  const { moduleLoadList } = process as { moduleLoadList?: readonly string[] };
  return moduleLoadList === undefined || moduleLoadList.includes(builtin.replace(/^node:/, 'NativeModule '));
};

/**
 * Call this before loading the built-ins.
 * @param cache all CommonJS modules
 * @returns the files of those that have captured something of a built-in
 */
export function captorsOf(builtins: readonly string[], cache: NodeJS.Dict<NodeJS.Module>): string[] {
  const patterns = builtins.filter(isLoaded).map(capturePattern);
  if (patterns.length === 0) return [];
  return Object.values(cache).flatMap((module) => {
    const source = sourceOf(module!);
    return patterns.some((captures) => captures(source)) ? [module!.filename] : [];
  });
}

/** Of a module that is being run: up to where it loads `statewire/register`. */
function sourceOf({ filename, loaded }: NodeJS.Module): string {
  if (/\.(?:node|json)$/.test(filename)) return '';
  try {
    const source = readFileSync(filename, 'utf8');
    const end = loaded ? -1 : source.search(/['"`][^'"`\n]*\/register(?:\.[cm]js)?['"`]/);
    return end === -1 ? source : source.slice(0, end);
  } catch {
    return ''; // A module without a file.
  }
}
