/** Settings from the flags and the environment of the process. */
import { optionOf } from '../compat/ownOptions.js';

const SIZE = /--max[-_]http[-_]header[-_]size[= ](\d+)/g;

let size: number | undefined;

/** `http.maxHeaderSize`, in bytes: `--max-http-header-size`, or 16 KiB. */
export function maxHeaderSize(): number {
  size ??= fromFlags() ?? 16384;
  return size;
}

let insecure: boolean | undefined;

/** Whether `--insecure-http-parser` is given. */
export function insecureByFlag(): boolean {
  insecure ??= flags().includes('--insecure-http-parser');
  return insecure;
}

/** Whether the global agent uses proxies: `--use-env-proxy`, or NODE_USE_ENV_PROXY unless a flag denies it. */
export function usesEnvProxy(): boolean {
  const flag = flags().findLast((each) => /^--(no-)?use-env-proxy$/.test(each));
  return flag === undefined ? optionOf(process.env, 'NODE_USE_ENV_PROXY') === '1' : flag === '--use-env-proxy';
}

function fromFlags(): number | undefined {
  // `--flag=value` and `--flag value` are the same.
  const values = [...flags().join(' ').matchAll(SIZE)];
  const last = values.at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}

function flags(): string[] {
  return [...(optionOf(process.env, 'NODE_OPTIONS') ?? '').split(/\s+/), ...process.execArgv];
}
