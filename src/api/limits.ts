/** The process-wide limit of a head in bytes: 16 KiB, or what `--max-http-header-size` says. */

const FLAG = /^--max[-_]http[-_]header[-_]size=(\d+)$/;

let size: number | undefined;

/** `http.maxHeaderSize`. */
export function maxHeaderSize(): number {
  size ??= fromFlags() ?? 16384;
  return size;
}

function fromFlags(): number | undefined {
  const flags = [...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/), ...process.execArgv];
  const values = flags.map((flag) => FLAG.exec(flag)?.[1]).filter((value) => value !== undefined);
  const last = values.at(-1);
  return last === undefined ? undefined : Number(last);
}
