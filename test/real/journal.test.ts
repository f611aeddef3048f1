/**
 * What a journal exports, read by those for whom it is: tshark dissects the packets (where it is installed), HAR is valid by its
 * schema, and the exporter of OpenTelemetry gets the spans.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as http from '../../src/index.js';
import {
  type ReadJournal,
  readJournal,
  record,
  type SpanTracer,
  toHar,
  toPcapng,
  toSpans,
} from '../../src/journal/index.js';

/** Of the packages of this folder. */
const load = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'statewire-exports-'));
const hasTshark = spawnSync('tshark', ['--version']).status === 0;
let journal: ReadJournal;

interface Validator {
  addMetaSchema(schema: object): void;
  addSchema(schema: object): void;
  compile(schema: object): ((value: unknown) => boolean) & { readonly errors: object[] | null };
}

interface Span {
  readonly kind: number;
  readonly ended: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number };
}

interface Sdk {
  readonly InMemorySpanExporter: new () => { getFinishedSpans(): readonly Span[] };
  readonly SimpleSpanProcessor: new (exporter: object) => object;
  readonly BasicTracerProvider: new (options: object) => { getTracer(name: string): SpanTracer };
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Sends something, and resolves when the connection has closed. */
function send(port: number, text: string, act: (socket: ReturnType<typeof connect>) => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.on('close', () => resolve()).once('data', () => act(socket));
    socket.resume().write(text);
  });
}

beforeAll(async () => {
  const recording = record({ bytes: 'raw', redact: false });
  const server = http.createServer((req, res) => {
    if (req.url === '/chunked') {
      res.setHeader('Content-Type', 'text/plain; charset=utf-8');
      for (let i = 0; i < 5; i++) res.write(`part ${i} é `);
      res.end();
    } else if (req.url === '/cut') res.write('a part');
    else req.resume().on('end', () => res.setHeader('Set-Cookie', 'a=b; Path=/').end('hello'));
  });
  server.on('upgrade', (_req, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.end('other bytes');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const agent = new http.Agent({ keepAlive: true });
  const ask = (path: string, body?: Buffer) =>
    new Promise<void>((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const headers = { Cookie: 'c=d', 'Content-Type': 'text/plain' };
      const request = http.request({ port, agent, path, method, headers }, (res) => res.resume().on('close', resolve));
      request.on('error', reject).end(body);
    });
  await ask('/plain?a=b&c=%20d');
  await ask('/chunked');
  await ask('/large', Buffer.alloc(300_000, 'x'));
  agent.destroy();
  await send(port, 'GET /cut HTTP/1.1\r\nHost: a\r\n\r\n', (socket) => socket.resetAndDestroy());
  await send(port, 'GET /up HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n', (socket) =>
    socket.end(),
  );
  await new Promise((resolve) => server.close(resolve));
  recording.stop();
  const file = join(folder, 'a.swj');
  await recording.save(file);
  journal = await readJournal(file);
});

describe.runIf(hasTshark)('tshark', { timeout: 60_000 }, () => {
  const dissect = (...args: string[]): string[] =>
    execFileSync('tshark', ['-r', join(folder, 'a.pcapng'), '-o', 'tcp.check_checksum:TRUE', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .split('\n')
      .filter((line) => line !== '');

  beforeAll(async () => {
    const parts: Buffer[] = [];
    for await (const part of toPcapng(journal)) parts.push(part);
    writeFileSync(join(folder, 'a.pcapng'), Buffer.concat(parts));
  });

  it('finds nothing malformed, lost or out of order', () => {
    const faults =
      '_ws.malformed || tcp.analysis.lost_segment || tcp.analysis.out_of_order || tcp.analysis.retransmission || ' +
      'tcp.analysis.ack_lost_segment || tcp.checksum.status == "Bad" || ip.checksum.status == "Bad"';
    expect(dissect('-Y', faults)).toEqual([]);
    expect(dissect().length).toBeGreaterThan(50);
  });

  it('finds the requests and responses of both roles', () => {
    const fields = (...names: string[]) => names.flatMap((name) => ['-e', name]);
    const requests = dissect(
      '-Y',
      'http.request',
      '-T',
      'fields',
      ...fields('http.request.method', 'http.request.uri'),
    );
    expect(requests.sort()).toEqual(
      [
        ...['GET\t/chunked', 'GET\t/chunked', 'GET\t/cut', 'GET\t/plain?a=b&c=%20d', 'GET\t/plain?a=b&c=%20d'],
        ...['GET\t/up', 'POST\t/large', 'POST\t/large'],
      ].sort(),
    );
    const statuses = dissect('-Y', 'http.response', '-T', 'fields', ...fields('http.response.code'));
    expect(statuses.filter((status) => status === '200').length).toBeGreaterThanOrEqual(6);
    expect(dissect('-Y', 'tcp.flags.reset == 1').length).toBeGreaterThan(0);
    expect(dissect('-Y', 'frame.comment contains "response"').length).toBeGreaterThan(0);
  });
});

describe('HAR', () => {
  it('is valid by its schema', async () => {
    const { default: Ajv } = load('ajv') as { default: new (options: object) => Validator };
    const schemas = load('har-schema') as Record<string, object>;
    const ajv = new Ajv({ strict: false, allErrors: true });
    ajv.addMetaSchema(load('ajv/dist/refs/json-schema-draft-06.json') as object);
    (load('ajv-formats') as (ajv: object) => void)(ajv);
    for (const [name, schema] of Object.entries(schemas)) if (name !== 'har') ajv.addSchema(schema);
    const isValid = ajv.compile(schemas['har']!);
    const har = JSON.parse(JSON.stringify(await toHar(journal))) as { log: { entries: unknown[] } };
    isValid(har);
    expect(isValid.errors ?? []).toEqual([]);
    expect(har.log.entries.length).toBe(8);
    isValid({ log: { ...har.log, entries: [{}] } });
    expect(isValid.errors).not.toEqual(null);
  });
});

describe('OpenTelemetry', () => {
  it('gets the spans', async () => {
    const sdk = load('@opentelemetry/sdk-trace-base') as Sdk;
    const exporter = new sdk.InMemorySpanExporter();
    const provider = new sdk.BasicTracerProvider({ spanProcessors: [new sdk.SimpleSpanProcessor(exporter)] });
    let count = 0;
    for (const connection of journal.connections()) count += await toSpans(connection, provider.getTracer('journal'));
    const spans = exporter.getFinishedSpans();
    expect(spans.length).toBe(count);
    expect(spans.every(({ ended }) => ended)).toBe(true);
    const found = spans.map(({ kind, attributes, status }) => [
      ...[kind, attributes['http.request.method'], attributes['url.path'], attributes['http.response.status_code']],
      ...[attributes['error.type'], status.code],
    ]);
    expect(found).toContainEqual([1, 'GET', '/plain', 200, undefined, 0]);
    expect(found).toContainEqual([2, 'POST', '/large', 200, undefined, 0]);
    expect(found).toContainEqual([1, 'GET', '/cut', 200, 'RA', 2]);
    expect(
      spans.find(({ kind, attributes }) => kind === 2 && attributes['url.path'] === '/plain')?.attributes,
    ).toMatchObject({
      'url.full': expect.stringMatching(/^http:\/\/localhost:\d+\/plain\?a=b&c=%20d$/),
      'server.port': expect.any(Number),
    });
  });
});
