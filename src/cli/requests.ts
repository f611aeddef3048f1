/**
 * Reads a file of requests as editors know it (.http, .rest): requests that `###` separates, with `@name = value` and `{{name}}`.
 *
 *   ### an upload
 *   POST http://localhost:3000/upload?of=today HTTP/1.1
 *   Content-Type: text/plain
 *
 *   some text
 */

/** A request, as it is sent. */
export interface RequestText {
  readonly head: string;
  readonly body: string;
}

/** A place in the file that can't be read. */
class ScriptError extends Error {
  /** @param at counted from 1 */
  constructor(file: string, line: number, column: number, what: string) {
    super(`${file}:${line}:${column}: ${what}`);
  }
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const METHODS = /^(GET|HEAD|POST|PUT|DELETE|CONNECT|PATCH|OPTIONS|TRACE)$/;

const isNamed = (field: string, name: string): boolean => field.toLowerCase() === name;

interface Line {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
}

class Reader {
  private readonly file: string;
  private readonly variables = new Map<string, string>();

  constructor(file: string) {
    this.file = file;
  }

  read(text: string): RequestText[] {
    const lines = text
      .replace(/^\ufeff/, '')
      .split(/\r\n|\n|\r/)
      .map((each, index): Line => ({ text: each, number: index + 1 }));
    const blocks: Line[][] = [[]];
    for (const line of lines) {
      if (line.text.startsWith('###')) blocks.push([]);
      else blocks.at(-1)!.push(line);
    }
    const requests = blocks.flatMap((block) => this.request(block) ?? []);
    if (requests.length === 0) throw new ScriptError(this.file, 1, 1, 'there is no request');
    return requests;
  }

  private fail({ number }: Line, column: number, what: string): never {
    throw new ScriptError(this.file, number, column, what);
  }

  private request(block: readonly Line[]): RequestText | undefined {
    const begin = block.findIndex((line) => !this.isPreamble(line));
    if (begin < 0) return undefined;
    const first = block[begin]!;
    let at = begin + 1;
    let target = this.filled(first);
    // A long query may go on in the next lines.
    while (/^[ \t]+[?&]/.test(block[at]?.text ?? '')) target += this.filled(block[at++]!).trim();
    const fields: (readonly [string, string])[] = [];
    for (; at < block.length && block[at]!.text.trim() !== ''; at++) {
      if (!/^(#|\/\/)/.test(block[at]!.text)) fields.push(this.field(block[at]!));
    }
    const body = this.body(block.slice(at + 1));
    if (!fields.some(([name]) => isNamed(name, 'transfer-encoding')))
      this.checkLength(block.slice(begin + 1, at), body);
    return this.framed(this.requestLine(first, target), fields, body);
  }

  /** Comments, variables and empty lines. */
  private isPreamble(line: Line): boolean {
    const { text } = line;
    const [, name, value] = /^@([\w.-]+)\s*=\s*(.*)$/.exec(text) ?? [];
    if (name !== undefined) {
      this.variables.set(name, this.filled({ ...line, text: value!.trim() }));
      return true;
    }
    if (text.startsWith('@')) this.fail(line, 1, "a variable is written as '@name = value'");
    return text.trim() === '' || /^\s*(#|\/\/)/.test(text);
  }

  /** With the values of variables. */
  private filled(line: Line): string {
    return line.text.replace(/\{\{\s*([^}]*?)\s*\}\}/g, (_, name: string, at: number) => {
      const value = this.variables.get(name);
      return value ?? this.fail(line, at + 1, `there is no variable '${name}': set it by '@${name} = value' before`);
    });
  }

  private requestLine(line: Line, text: string): { method: string; target: string; host: string | undefined } {
    const [, version] = /\s+(HTTP\/\S*)\s*$/.exec(text) ?? [];
    if (version !== undefined && !/^HTTP\/1\.1$/.test(version))
      this.fail(line, text.indexOf(version) + 1, `the version is '${version}': only HTTP/1.1 is known`);
    const words = text
      .replace(/\s+HTTP\/\S*\s*$/, '')
      .trim()
      .split(/\s+/);
    const [first = ''] = words;
    const isMethod = words.length > 1 || METHODS.test(first);
    const method = isMethod ? first : 'GET';
    const given = isMethod ? words.slice(1).join(' ') : first;
    if (!TOKEN.test(method)) this.fail(line, 1, `'${method}' is no method`);
    if (given === '') this.fail(line, text.length + 1, `the target is missing: '${method} /path'`);
    const column = text.indexOf(given) + 1;
    if (/\s/.test(given)) this.fail(line, column, `'${given}' is no target: a space is written as %20`);
    if (given.startsWith('/') || given === '*') return { method, target: given, host: undefined };
    try {
      const { pathname, search, host } = new URL(/^\w+:\/\//.test(given) ? given : `http://${given}`);
      return { method, target: method === 'CONNECT' ? host : pathname + search, host };
    } catch {
      return this.fail(line, column, `'${given}' is no path and no URL`);
    }
  }

  private field(line: Line): readonly [string, string] {
    const text = this.filled(line);
    const colon = text.indexOf(':');
    if (colon < 0)
      this.fail(line, text.length + 1, "a field is written as 'Name: value'; an empty line ends the fields");
    const name = text.slice(0, colon).trim();
    if (!TOKEN.test(name)) this.fail(line, 1, `'${name}' is no name of a field`);
    return [name, text.slice(colon + 1).trim()];
  }

  private body(lines: readonly Line[]): string {
    const kept: string[] = [];
    for (const line of lines) {
      // What an editor does with the response.
      if (/^(> |>>|<> )/.test(line.text)) break;
      if (/^< /.test(line.text)) this.fail(line, 1, 'a body in another file is not known here: write it out');
      kept.push(this.filled(line));
    }
    return kept.join('\n').replace(/\n+$/, '');
  }

  /** What a request declares is what it has: otherwise the next one would be taken for the rest of it. */
  private checkLength(lines: readonly Line[], body: string): void {
    for (const line of lines) {
      const [before, value] = /^(content-length\s*:\s*)(.*?)\s*$/i.exec(this.filled(line))?.slice(1) ?? [];
      const length = Buffer.byteLength(body);
      if (before === undefined || (/^\d+$/.test(value!) && Number(value) === length)) continue;
      const what = `Content-Length is '${value}', and the body has ${length} ${length === 1 ? 'byte' : 'bytes'}`;
      this.fail(line, before.length + 1, `${what}: leave the field out, it is added`);
    }
  }

  private framed(
    { method, target, host = 'localhost' }: { method: string; target: string; host: string | undefined },
    fields: readonly (readonly [string, string])[],
    body: string,
  ): RequestText {
    const has = (name: string): boolean => fields.some(([each]) => isNamed(each, name));
    const all = [...fields];
    if (!has('host')) all.unshift(['Host', host]);
    const isFramed = has('content-length') || has('transfer-encoding');
    const bytes = Buffer.from(body).toString('latin1');
    if (!isFramed && body !== '') all.push(['Content-Length', String(bytes.length)]);
    const lines = [`${method} ${target} HTTP/1.1`, ...all.map(([name, value]) => `${name}: ${value}`)];
    return { head: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`).toString('latin1'), body: bytes };
  }
}

/**
 * @param file its name, for errors
 * @throws ScriptError
 */
export const readRequests = (file: string, text: string): RequestText[] => new Reader(file).read(text);
