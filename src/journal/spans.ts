/** Exports exchanges as spans, by the semantic conventions of OpenTelemetry for HTTP. */
import { createHash, randomBytes } from 'node:crypto';
import { validateFunction, validateObject } from '../api/compat/validate.js';
import { fieldValue } from '../rules/fields.js';
import { type Exchange, exchangesOf } from './exchanges.js';
import { type RecordedConnection, validateConnections } from './reader.js';
import { VERSION } from './version.js';

type Attributes = Record<string, string | number | boolean>;

/** A SpanContext of `@opentelemetry/api`. */
export interface SpanPlace {
  /** 32 digits, hexadecimal. */
  traceId: string;
  /** 16 digits, hexadecimal. */
  spanId: string;
  /** Bits. */
  traceFlags: number;
}

/** The part of a tracer of `@opentelemetry/api` that is used. */
export interface SpanTracer {
  /** Begins a span. */
  startSpan(
    name: string,
    options: { kind: number; startTime: Date; attributes: Attributes; links: { context: SpanPlace }[] },
  ): {
    spanContext(): SpanPlace;
    setStatus(status: { code: number; message?: string }): unknown;
    end(time: Date): void;
  };
}

/** An exchange as a span. */
export interface ExchangeSpan {
  /** The method, or HTTP for one that the conventions don't know. */
  readonly name: string;
  /** As SpanKind of `@opentelemetry/api`: 1 of a server, 2 of a client. */
  readonly kind: 1 | 2;
  /** When the request began. */
  readonly begins: Date;
  /** When the exchange was over. */
  readonly ends: Date;
  /** By the semantic conventions, and `statewire.id`. */
  readonly attributes: Attributes;
  /** It ended badly, or by a status that is an error. */
  readonly isError: boolean;
  /** `s12.3`, `c7.1`. */
  readonly id: string;
  /** Of a client: the exchange of a server that has asked it, if `explain.chains()` was called before. */
  readonly askedBy: string | undefined;
  /** Of a client's request that was sent again: its id on the connection that was dead. */
  readonly before: string | undefined;
}

/** The methods that the conventions know; others are `_OTHER`. */
const STANDARD = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);

/** The address in a Host field. */
function addressIn(host: string, isTls: boolean): readonly [address: string, port: number] | undefined {
  const [, name, port = isTls ? '443' : '80'] = /^(.+?)(?::(\d+))?$/.exec(host) ?? [];
  return name === undefined ? undefined : [name, Number(port)];
}

function spanOf(connection: RecordedConnection, { request, response, ending, id, asker }: Exchange): ExchangeSpan {
  const { role, remote, local, isTls, since } = connection;
  const { method, url, versionMajor, versionMinor } = request.head;
  const code = ending?.code ?? '--';
  const before = ending?.before;
  const scheme = isTls ? 'https' : 'http';
  const [path, query] = url.split('?', 2) as [string, string | undefined];
  const host = fieldValue(request.head.rawHeaders, 'host') ?? '';
  const server = role === 'server' ? local : (remote ?? addressIn(host, isTls));
  const last = response?.ended ?? response?.begun ?? request.ended ?? request.begun;
  const status = response?.head.statusCode ?? 0;
  const isRefused = status >= (role === 'server' ? 500 : 400);
  const error = code === '--' ? (isRefused ? String(status) : undefined) : code;
  const attributes: Attributes = {
    ...(STANDARD.has(method)
      ? { 'http.request.method': method }
      : { 'http.request.method': '_OTHER', 'http.request.method_original': method }),
    'url.scheme': scheme,
    'url.path': path,
    ...(role === 'client' ? { 'url.full': `${scheme}://${host}${url}` } : {}),
    ...(query === undefined ? {} : { 'url.query': query }),
    'network.protocol.version': versionMinor === 1 && versionMajor === 1 ? '1.1' : `${versionMajor}.${versionMinor}`,
    ...(server === undefined ? {} : { 'server.address': server[0], 'server.port': server[1] }),
    ...(role === 'server' && remote !== undefined ? { 'client.address': remote[0] } : {}),
    ...(response === undefined ? {} : { 'http.response.status_code': response.head.statusCode }),
    ...(error === undefined ? {} : { 'error.type': error }),
    'http.request.body.size': request.length,
    ...(response === undefined ? {} : { 'http.response.body.size': response.length }),
    'statewire.id': id,
    ...(asker === undefined ? {} : { 'statewire.asked_by': asker }),
    // It is sent again once at most.
    ...(before === undefined ? {} : { 'http.request.resend_count': 1 }),
  };
  return {
    name: STANDARD.has(method) ? method : 'HTTP',
    kind: role === 'server' ? 1 : 2,
    begins: new Date(since.valueOf() + request.begun),
    ends: new Date(since.valueOf() + Math.max(last, request.begun + (ending?.ms ?? 0))),
    attributes,
    isError: error !== undefined,
    id,
    askedBy: asker,
    before,
  };
}

/**
 * The exchanges of a connection as spans.
 * @throws rejects with STATEWIRE_JOURNAL_INCOMPLETE
 */
export async function spansOf(connection: RecordedConnection): Promise<ExchangeSpan[]> {
  const spans: ExchangeSpan[] = [];
  for await (const each of exchangesOf(connection)) spans.push(spanOf(connection, each));
  return spans;
}

/** Where the exchanges of a journal are that a tracer has: by their ids. */
const places = new WeakMap<object, WeakMap<object, Map<string, SpanPlace>>>();

function placesOf(connection: RecordedConnection, tracer: SpanTracer): Map<string, SpanPlace> {
  const { journal } = connection;
  const byTracer = places.get(journal) ?? new WeakMap<object, Map<string, SpanPlace>>();
  const found = byTracer.get(tracer) ?? new Map<string, SpanPlace>();
  places.set(journal, byTracer.set(tracer, found));
  return found;
}

/**
 * Hands the exchanges of a connection to a tracer of OpenTelemetry (`trace.getTracer()`), as spans that have begun and ended then.
 * A request is linked to the exchange that has asked it, and to itself on the connection on which it was sent before, if the tracer has
 * got those before, as in the order of `journal.connections()`.
 *
 * @returns how many
 * @throws rejects with STATEWIRE_JOURNAL_INCOMPLETE
 */
export async function toSpans(connection: RecordedConnection, tracer: SpanTracer): Promise<number> {
  validateObject(tracer, 'tracer');
  validateFunction(tracer.startSpan, 'tracer.startSpan');
  const known = placesOf(connection, tracer);
  let count = 0;
  for await (const exchange of exchangesOf(connection)) {
    const { name, kind, begins, ends, attributes, isError, id, askedBy, before } = spanOf(connection, exchange);
    count++;
    const links = [askedBy, before].flatMap((other) => {
      const context = other === undefined ? undefined : known.get(other);
      return context === undefined ? [] : [{ context }];
    });
    const span = tracer.startSpan(name, { kind, startTime: begins, attributes, links });
    known.set(id, span.spanContext());
    if (isError) span.setStatus({ code: 2, message: String(attributes['error.type'] ?? '') });
    span.end(ends);
  }
  return count;
}

const nanoseconds = (date: Date): string => `${BigInt(date.valueOf()) * 1_000_000n}`;

/** As OTLP has them. */
async function* otlpSpans(
  connections: readonly RecordedConnection[],
  onLeftOut?: (connection: RecordedConnection, error: Error) => void,
): AsyncGenerator<object, void> {
  const seed = randomBytes(16);
  const digits = (text: string, count: number): string =>
    createHash('sha256').update(seed).update(text).digest('hex').slice(0, count);
  for (const connection of connections) {
    try {
      for await (const exchange of exchangesOf(connection)) {
        const { name, kind, begins, ends, attributes, isError, id, askedBy, before } = spanOf(connection, exchange);
        const traceId = digits(askedBy ?? before ?? id, 32);
        const spanIdOf = (other: string): string => digits(`span ${other}`, 16);
        yield {
          ...{ traceId, spanId: spanIdOf(id) },
          ...(askedBy === undefined ? {} : { parentSpanId: spanIdOf(askedBy) }),
          ...(before === undefined ? {} : { links: [{ traceId, spanId: spanIdOf(before) }] }),
          name,
          kind: kind === 1 ? 2 : 3,
          startTimeUnixNano: nanoseconds(begins),
          endTimeUnixNano: nanoseconds(ends),
          attributes: Object.entries(attributes).map(([key, value]) => ({
            key,
            value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: String(value) },
          })),
          status: isError ? { code: 2 } : {},
        };
      }
    } catch (error) {
      onLeftOut?.(connection, error as Error);
    }
  }
}

const scope = { name: 'statewire', version: VERSION };

/**
 * As the JSON of OTLP, which collectors take. A request that an exchange has asked is its child, if that was noted; one that was sent
 * again is linked to itself before.
 *
 * @param onLeftOut called with each connection that can't be replayed, and why
 */
export async function toOtlp(
  connections: readonly RecordedConnection[],
  onLeftOut?: (connection: RecordedConnection, error: Error) => void,
): Promise<object> {
  validateConnections(connections);
  const spans: object[] = [];
  for await (const span of otlpSpans(connections, onLeftOut)) spans.push(span);
  return { resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope, spans }] }] };
}

/**
 * As {@link toOtlp}, as text in parts: for what is too large for the memory.
 *
 * @param onLeftOut called with each connection that is left out, and why
 */
export async function* toOtlpText(
  connections: readonly RecordedConnection[],
  onLeftOut?: (connection: RecordedConnection, error: Error) => void,
): AsyncGenerator<string, void> {
  validateConnections(connections);
  yield `{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":${JSON.stringify(scope)},"spans":[`;
  let separator = '\n';
  for await (const span of otlpSpans(connections, onLeftOut)) {
    yield separator + JSON.stringify(span);
    separator = ',\n';
  }
  yield '\n]}]}]}\n';
}
