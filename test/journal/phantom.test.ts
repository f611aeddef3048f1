/** What looks like HTTP and is none: no exchange in what is exported, and nothing that is shown of it where secrets are masked. */
import { afterAll, describe, expect, it } from 'vitest';
import * as http from '../../src/index.js';
import { type ReadJournal, spansOf, storyOf, toHar, toOtlp } from '../../src/journal/index.js';
import { settled, socketPair } from '../../src/testing/index.js';
import { folder, recorded, verdictsInParts, verdictsOf } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);

const SECRET = 'hunTer2sEc';
const shaped = `GET /${SECRET} HTTP/1.1\r\nHost: ${SECRET}\r\nX-Any: ${SECRET}\r\n\r\n`;
const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
const post = (path: string, body: string, fields = '') =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;
const upgrade = 'Upgrade: x\r\nConnection: upgrade\r\n';
const connect = 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n';

/** What comes, chunk by chunk, and what comes while the server is still busy with the first one; the requests that it has taken. */
interface Case {
  readonly chunks: readonly string[];
  readonly late?: readonly string[];
  readonly taken: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'after an upgrade, in its chunk': { chunks: [get('/u', upgrade) + shaped], taken: ['/u'] },
  'in the chunk after an upgrade that waits for its turn': {
    chunks: [get('/slow') + get('/u', upgrade), shaped],
    taken: ['/slow', '/u'],
  },
  'after an upgrade that is read late': {
    chunks: [post('/late', 'xx') + get('/b')],
    late: [get('/u', upgrade) + shaped],
    taken: ['/late', '/b', '/u'],
  },
  'in a chunk after an upgrade, and read late': {
    chunks: [post('/late', 'xx') + get('/u', upgrade)],
    late: [shaped],
    taken: ['/late', '/u'],
  },
  'in the second of two chunks that are read late': {
    chunks: [post('/late', 'xx') + get('/b')],
    late: [get('/u', upgrade), shaped],
    taken: ['/late', '/b', '/u'],
  },
  'after an upgrade that comes while a body is read': {
    chunks: [post('/body', 'xx').slice(0, -2), 'xx'],
    late: [get('/u', upgrade) + shaped],
    taken: ['/body', '/u'],
  },
  'as long as the body of an upgrade that is read late': {
    chunks: [post('/late', 'xx')],
    late: [post('/u', shaped, upgrade)],
    taken: ['/late', '/u'],
  },
  'after a CONNECT that is read late': {
    chunks: [post('/late', 'xx') + get('/b')],
    late: [connect + shaped],
    taken: ['/late', '/b', 'a:1'],
  },
  'in a chunk after a CONNECT, and read late': {
    chunks: [post('/late', 'xx') + connect],
    late: [shaped],
    taken: ['/late', 'a:1'],
  },
  'after the last response of a connection': { chunks: [get('/last'), shaped], taken: ['/last'] },
  'after the last request of a connection': {
    chunks: [get('/slow', 'Connection: close\r\n'), shaped],
    taken: ['/slow'],
  },
};

async function serve({ chunks, late = [] }: Case): Promise<void> {
  const [peer, socket] = socketPair();
  peer.on('error', () => {}).resume();
  let slow: http.ServerResponse | undefined;
  const come = (): void => {
    for (const chunk of late) socket.emit('data', Buffer.from(chunk));
  };
  const server = http.createServer((req, res) => {
    if (req.url === '/late') come();
    if (req.url === '/body') req.once('data', come);
    if (req.url === '/last') res.setHeader('Connection', 'close');
    if (req.url === '/slow') slow = res;
    else req.resume().on('end', () => res.end());
  });
  for (const name of ['upgrade', 'connect'] as const) {
    server.on(name, (_req, given) => given.end(`HTTP/1.1 ${name === 'connect' ? 200 : 101} ok\r\n\r\n`));
  }
  server.emit('connection', socket);
  for (const chunk of chunks) {
    peer.write(chunk);
    await settled();
  }
  slow?.end();
  await settled();
  peer.destroy();
  await settled();
}

async function exported(journal: ReadJournal): Promise<string[][]> {
  const [connection] = journal.connections();
  const { entries } = (await toHar(journal)).log;
  const urls = entries.map(({ request }) => (request as { url: string }).url.replace('http://a/', '/'));
  const otlp = JSON.stringify(await toOtlp(journal.connections())).match(/"traceId"/g) ?? [];
  return [
    urls.map((url) => url.replace('http://a:1/', '')),
    (await spansOf(connection!)).map(({ attributes }) => String(attributes['url.path'])),
    connection!.exchanges.map(({ path }) => String(path)),
    otlp.map((_, at) => String(urls[at]).replace('http://a:1/', '')),
  ];
}

describe.each(Object.entries(cases))('what looks like a request %s', (_, each) => {
  it('is no exchange', async () => {
    const file = temporary.file('open.swj');
    const journal = await recorded(file, { bytes: 'raw', redact: false }, () => serve(each));
    expect(await verdictsOf(journal)).toEqual([]);
    expect(await verdictsInParts(journal)).toEqual([]);
    const [urls, paths, listed, otlp] = await exported(journal);
    const known = [...each.taken];
    expect({ urls, paths, otlp }).toEqual({ urls: known, paths: known, otlp: known });
    expect(listed!.length).toBeLessThanOrEqual(known.length);
    const { entries } = (await toHar(journal)).log;
    const texts = entries.map(({ request }) => (request as { postData?: { text: string } }).postData?.text ?? '');
    expect(texts.map((text) => Buffer.from(text, 'base64').toString()).join()).not.toContain(SECRET);
    const steps = (await storyOf(journal.connections()[0]!)).filter(({ text }) => text.includes('wire.head'));
    expect(steps.length).toBe(known.length);
  });

  it.each(['heads', 'bodies', 'raw'] as const)('is masked (%s)', async (bytes) => {
    const file = temporary.file(`${bytes}.swj`);
    const journal = await recorded(file, { bytes }, () => serve(each));
    expect(await verdictsOf(journal)).toEqual([]);
    const kept: string[] = [];
    for (const frame of await journal.connections()[0]!.frames()) {
      kept.push(frame.text, frame.more, JSON.stringify(frame.ended ?? ''));
      for (const piece of frame.pieces) kept.push(String(piece.bytes ?? ''));
      kept.push(String(frame.payload?.bytes ?? ''));
    }
    expect(kept.join('\n')).not.toContain(SECRET);
    expect((await exported(journal))[0]).toEqual([...each.taken]);
  });
});
