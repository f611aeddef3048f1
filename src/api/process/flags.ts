/** Settings from the flags and the environment of the process. */
import { optionOf } from '../compat/ownOptions.js';

const SIZE = /--max-http-header-size[= ](\d+)/g;

let size: number | undefined;

/** `http.maxHeaderSize`, in bytes: `--max-http-header-size`, or 16 KiB. */
export function maxHeaderSize(): number {
  size ??= fromFlags() ?? 16384;
  return size;
}

let insecure: boolean | undefined;

/** Whether `--insecure-http-parser` is given. As in Node, its first use is a warning. */
export function insecureByFlag(): boolean {
  if (insecure === undefined) {
    insecure = isSet('insecure-http-parser') ?? false;
    if (insecure) process.emitWarning('Using insecure HTTP parsing');
  }
  return insecure;
}

/** Whether the global agent uses proxies: `--use-env-proxy`, or NODE_USE_ENV_PROXY unless a flag denies it. */
export function usesEnvProxy(): boolean {
  return isSet('use-env-proxy') ?? optionOf(process.env, 'NODE_USE_ENV_PROXY') === '1';
}

/** The last of `--name` and `--no-name` counts. */
function isSet(name: string): boolean | undefined {
  const last = flags().findLast((flag) => flag === `--${name}` || flag === `--no-${name}`);
  return last === undefined ? undefined : last === `--${name}`;
}

function fromFlags(): number | undefined {
  // `--flag=value` and `--flag value` are the same.
  const values = [...flags().join(' ').matchAll(SIZE)];
  const last = values.at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}

/** Node takes underscores for hyphens. */
function flags(): string[] {
  const given = [...(optionOf(process.env, 'NODE_OPTIONS') ?? '').split(/\s+/), ...process.execArgv];
  return given.map((flag) => flag.replace(/^--[^=]+/, (name) => name.replaceAll('_', '-')));
}
