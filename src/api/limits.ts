/** The process-wide limit of a head in bytes: 16 KiB, or what `--max-http-header-size` says. */

const SIZE = /--max[-_]http[-_]header[-_]size[= ](\d+)/g;

let size: number | undefined;

/** `http.maxHeaderSize`. */
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

function fromFlags(): number | undefined {
  // `--flag=value` and `--flag value` are the same.
  const values = [...flags().join(' ').matchAll(SIZE)];
  const last = values.at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}

function flags(): string[] {
  return [...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/), ...process.execArgv];
}
