/** What is said once for the whole process, by its flags and its environment; and limits as a program may set them. */

import { optionOf } from './ownOptions.js';

const SIZE = /--max[-_]http[-_]header[-_]size[= ](\d+)/g;

let size: number | undefined;

/** `http.maxHeaderSize`, in bytes: 16 KiB, or what `--max-http-header-size` says. */
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

/** Whether the global agent looks for proxies: `--use-env-proxy`, or NODE_USE_ENV_PROXY unless a flag denies it. */
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

/**
 * A limit that a program has set, at any time and to anything: what is no number above 0 is none, as in Node.
 * @returns 0 for none
 */
export function limitOf(value: unknown): number {
  const limit = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : 0;
  return Number.isNaN(limit) ? 0 : Math.max(limit, 0);
}

/** What `maxHeadersCount` of a server or a request says; 0 for no limit. */
export function headersLimit(value: unknown): number {
  return typeof value === 'number' ? limitOf(value) : 2000;
}

/** What the host's timers can count, in milliseconds. */
export const longestDuration = 2 ** 31 - 1;

/** As `limitOf`, in milliseconds: what is longer than a timer counts is as long as it counts. */
export function durationOf(value: unknown): number {
  return Math.min(limitOf(value), longestDuration);
}
