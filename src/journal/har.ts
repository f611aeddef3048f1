/** Exports connections as HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/). */
import { randomBytes } from 'node:crypto';
import type { Exchange, Message } from './exchanges.js';
import { exchangesOf } from './exchanges.js';
import { chosenOf, type ReadJournal, type RecordedConnection } from './reader.js';
import { VERSION } from './version.js';

interface Pair {
  readonly name: string;
  readonly value: string;
}

/** An exchange of a HAR file. */
export interface HarEntry {
  /** When the request began, as ISO 8601. */
  readonly startedDateTime: string;
  /** The sum of the timings, in ms. */
  readonly time: number;
  /** As HAR has it. */
  readonly request: object;
  /** As HAR has it; status 0 if there was none. */
  readonly response: object;
  /** Nothing. */
  readonly cache: object;
  /** How long sending, waiting and receiving took, in ms. */
  readonly timings: object;
  /** The address of the server, if it is known. */
  readonly serverIPAddress?: string;
  /** `s12`, `c7`. */
  readonly connection: string;
  /** How it has ended: docs/endings.md. */
  readonly _ending: string | undefined;
  readonly _id: string;
}

/** A HAR file. */
export interface Har {
  /** All there is. */
  readonly log: {
    readonly version: '1.2';
    readonly creator: { readonly name: string; readonly version: string };
    readonly entries: readonly HarEntry[];
  };
}

function pairs(lines: readonly string[]): Pair[] {
  const found: Pair[] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) found.push({ name: lines[i]!, value: lines[i + 1]! });
  return found;
}

const fieldOf = (message: Message, name: string): string =>
  pairs(message.head.rawHeaders).find((pair) => pair.name.toLowerCase() === name)?.value ?? '';

const versionOf = ({ head }: Message): string => `HTTP/${head.versionMajor}.${head.versionMinor}`;

function cookiesOf(message: Message, name: string): Pair[] {
  return pairs(message.head.rawHeaders)
    .filter((pair) => pair.name.toLowerCase() === name)
    .flatMap(({ value }) => (name === 'cookie' ? value.split(';') : [value.split(';', 1)[0]!]))
    .map((text) => {
      const at = text.indexOf('=');
      return { name: text.slice(0, Math.max(0, at)).trim(), value: text.slice(at + 1).trim() };
    });
}

function queryOf(url: string): Pair[] {
  const at = url.indexOf('?');
  if (at === -1) return [];
  return url
    .slice(at + 1)
    .split('#', 1)[0]!
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals === -1 ? { name: part, value: '' } : { name: part.slice(0, equals), value: part.slice(equals + 1) };
    });
}

function urlOf(request: Message, scheme: string): string {
  const { url } = request.head;
  if (/^[a-z]+:\/\//i.test(url)) return url;
  return `${scheme}://${fieldOf(request, 'host') || 'localhost'}${url.startsWith('/') ? '' : '/'}${url}`;
}

/** What stands for a body in an entry. */
type BodyText = (body: readonly Buffer[]) => string;

function contentOf(message: Message, textOf: BodyText): object {
  const { body, length: size } = message;
  const mimeType = fieldOf(message, 'content-type') || 'application/octet-stream';
  return body === undefined || size === 0
    ? { size, mimeType }
    : { size, mimeType, text: textOf(body), encoding: 'base64' };
}

function entryOf(
  connection: RecordedConnection,
  { request, response, ending, id }: Exchange,
  textOf: BodyText,
): HarEntry {
  const sent = (request.ended ?? request.begun) - request.begun;
  const wait = response === undefined ? 0 : Math.max(0, response.begun - (request.ended ?? request.begun));
  const received = response === undefined ? 0 : (response.ended ?? response.begun) - response.begun;
  const scheme = connection.isTls ? 'https' : 'http';
  const { body, length } = request;
  return {
    startedDateTime: new Date(connection.since.valueOf() + request.begun).toISOString(),
    time: sent + wait + received,
    request: {
      method: request.head.method,
      url: urlOf(request, scheme),
      httpVersion: versionOf(request),
      cookies: cookiesOf(request, 'cookie'),
      headers: pairs(request.head.rawHeaders),
      queryString: queryOf(request.head.url),
      ...(length > 0
        ? {
            postData: {
              mimeType: fieldOf(request, 'content-type') || 'application/octet-stream',
              text: body === undefined ? '' : textOf(body),
              ...(body === undefined ? { comment: 'the content was not kept' } : { _encoding: 'base64' }),
            },
          }
        : {}),
      headersSize: -1,
      bodySize: length,
    },
    response:
      response === undefined
        ? {
            status: 0,
            statusText: '',
            httpVersion: 'HTTP/1.1',
            cookies: [],
            headers: [],
            content: { size: 0, mimeType: 'x-unknown' },
            redirectURL: '',
            headersSize: -1,
            bodySize: -1,
            comment: 'there was no response',
          }
        : {
            status: response.head.statusCode,
            statusText: response.head.statusMessage,
            httpVersion: versionOf(response),
            cookies: cookiesOf(response, 'set-cookie'),
            headers: pairs(response.head.rawHeaders),
            content: contentOf(response, textOf),
            redirectURL: fieldOf(response, 'location'),
            headersSize: -1,
            bodySize: response.length,
          },
    cache: {},
    timings: { send: sent, wait, receive: received },
    ...(connection.remote === undefined
      ? {}
      : {
          serverIPAddress: (connection.role === 'client'
            ? connection.remote
            : (connection.local ?? connection.remote))[0],
        }),
    connection: connection.id,
    _ending: ending?.code,
    _id: id,
  };
}

const creator = { name: 'statewire', version: VERSION };

/** A larger body isn't kept, and entries with so much of them don't wait for what began before them. */
const LARGEST_BODY = 64 << 20;
const MOST_WAITING = 16 << 20;
/** What an entry takes without them. */
const ENTRY = 4096;

/** An entry, and its bodies, for which `mark` stands. */
interface Waiting {
  readonly entry: HarEntry;
  readonly bodies: readonly (readonly Buffer[])[];
  readonly size: number;
}

/** The entries, those that began first first, as far as that is known without having too many in memory. */
async function* entriesOf(
  connections: readonly RecordedConnection[],
  mark: string | undefined,
  onLeftOut?: (connection: RecordedConnection, error: Error) => void,
): AsyncGenerator<Waiting, void> {
  const waiting: Waiting[] = [];
  let size = 0;
  function* leaving(isDue: (begins: string) => boolean): Generator<Waiting, void> {
    waiting.sort((a, b) => (a.entry.startedDateTime < b.entry.startedDateTime ? -1 : 1));
    while (waiting.length > 0 && isDue(waiting[0]!.entry.startedDateTime)) {
      size -= waiting[0]!.size;
      yield waiting.shift()!;
    }
  }
  for (const connection of [...connections].sort((a, b) => a.since.valueOf() - b.since.valueOf())) {
    const since = connection.since.toISOString();
    yield* leaving((begins) => begins < since);
    try {
      for await (const exchange of exchangesOf(connection, LARGEST_BODY)) {
        const bodies: (readonly Buffer[])[] = [];
        const entry = entryOf(connection, exchange, (body) => {
          if (mark === undefined) return Buffer.concat(body).toString('base64');
          bodies.push(body);
          return mark;
        });
        const own = ENTRY + exchange.request.length + (exchange.response?.length ?? 0);
        waiting.push({ entry, bodies, size: own });
        size += own;
        if (size > MOST_WAITING) yield* leaving(() => size > MOST_WAITING / 2);
      }
    } catch (error) {
      onLeftOut?.(connection, error as Error);
    }
  }
  yield* leaving(() => true);
}

/** In parts. */
function* base64Of(body: readonly Buffer[]): Generator<string, void> {
  let rest = Buffer.alloc(0);
  for (const part of body) {
    const all = Buffer.concat([rest, part]);
    const end = all.length - (all.length % 3);
    yield all.toString('base64', 0, end);
    rest = all.subarray(end);
  }
  yield rest.toString('base64');
}

/**
 * The exchanges of connections as a HAR file, which browsers import. Connections that can't be replayed are left out.
 *
 * @param onLeftOut called with each of these, and why
 */
export async function toHar(
  journal: ReadJournal,
  connections?: readonly RecordedConnection[],
  onLeftOut?: (connection: RecordedConnection, error: Error) => void,
): Promise<Har> {
  const chosen = chosenOf(journal, connections);
  const entries: HarEntry[] = [];
  for await (const { entry } of entriesOf(chosen, undefined, onLeftOut)) entries.push(entry);
  return { log: { version: '1.2', creator, entries } };
}

/**
 * As {@link toHar}, as text in parts: for what is too large for the memory.
 *
 * @param onLeftOut called with each connection that is left out, and why
 */
export async function* toHarText(
  journal: ReadJournal,
  connections?: readonly RecordedConnection[],
  onLeftOut?: (connection: RecordedConnection, error: Error) => void,
): AsyncGenerator<string> {
  const chosen = chosenOf(journal, connections);
  yield `{"log":{"version":"1.2","creator":${JSON.stringify(creator)},"entries":[`;
  let separator = '\n';
  // A text that no message has.
  const mark = randomBytes(16).toString('hex');
  for await (const { entry, bodies } of entriesOf(chosen, mark, onLeftOut)) {
    const [begin, ...texts] = JSON.stringify(entry).split(mark);
    yield separator + begin;
    for (const [index, text] of texts.entries()) {
      yield* base64Of(bodies[index]!);
      yield text;
    }
    separator = ',\n';
  }
  yield '\n]}}\n';
}
