/**
 * What is printed of what comes from elsewhere: visible ASCII alone, never long, without queries and credentials. For whatever
 * peers send and programs set: explanations, their JSON, lints, drains, and what util.inspect prints.
 */
import { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import http, { Agent, explain, IncomingMessage, type Lint, ServerResponse } from '../../src/index.js';
import { socketPair } from '../../src/testing/MemorySocket.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';
import { type VirtualClock, virtualClock } from '../../src/testing/virtualClock.js';

const SECRET = 'hunter2';
/** Of the subject of a line: method, scheme, host and path. */
const LONGEST = 200;

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock();
});
afterEach(() => clock.uninstall());

const character = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    '@',
    ':',
    '?',
    '#',
    '\\',
    '%',
    '\x1b[31m',
    '\r\n',
    '\x00',
    '\x7f',
    '\x9b',
    '\u202e',
    '\u{1f600}',
    ' ',
  ),
  fc.string({ minLength: 1, maxLength: 3 }),
  fc.string({ minLength: 1, maxLength: 3, unit: 'binary' }),
);
const anything = fc.oneof(
  fc.array(character, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.tuple(character, fc.integer({ min: 0, max: 3000 })).map(([text, times]) => text.repeat(times)),
);
/** A word in which a password may be. */
const word = fc.string({ maxLength: 6 }).map((text) => text.replace(/[/?#@]/g, ''));
const userinfo = fc.tuple(word, word).map(([user, more]) => `${user}:${more}${SECRET}${more}@`);
const target = fc.oneof(
  anything,
  fc.tuple(anything, userinfo).map(([before, user]) => `http://${user}h${before}`),
  fc.tuple(anything, userinfo).map(([before, user]) => `${before}//${user}h`),
  fc.tuple(anything, userinfo).map(([before, user]) => `/${before}/${user}h`),
  userinfo.map((user) => `${user}h:80`),
  userinfo.map((user) => `http:${user}h`),
  fc.tuple(anything, fc.constantFrom('?', '#'), word).map(([path, mark, key]) => `${path}${mark}${key}=${SECRET}`),
);

/** What must not be in any text, if it is. */
function faultsOf(text: string): string[] {
  const faults: string[] = [];
  if (/[^\x20-\x7e\ufffd…·]/.test(text)) faults.push('a character that a terminal may obey');
  if (text.includes(SECRET)) faults.push('a secret');
  return faults;
}

/** Checks all that can be said of an object of ours. */
function check(thing: object): void {
  for (const line of explain(thing)) {
    const { id, what, ended = '', after, askedBy = '', waits } = line;
    const texts = [String(line), id, what, ended, askedBy, ...after, ...waits.map(({ text }) => text)];
    for (const text of texts) expect(faultsOf(text), JSON.stringify(text)).toEqual([]);
    expect(what.length).toBeLessThanOrEqual(LONGEST);
    expect(askedBy.length).toBeLessThanOrEqual(LONGEST);
    expect(faultsOf(JSON.stringify(line))).toEqual([]);
  }
  // Sockets are not ours to print.
  const text = thing instanceof Duplex ? '' : inspect(thing);
  expect(faultsOf(text), JSON.stringify(text)).toEqual([]);
}

/** A socket whose peer takes everything and sends nothing. */
class Silent extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done();
  }
}

/** Sets members, as programs do, unless a setter refuses. */
function put(object: object, members: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(members)) {
    try {
      Reflect.set(object, name, value);
    } catch {}
  }
}

async function served(bytes: string | Buffer): Promise<{ server: InstanceType<typeof http.Server>; things: object[] }> {
  const things: object[] = [];
  const server = http.createServer((req, res) => things.push(req, res));
  server.on('upgrade', (req: object) => things.push(req)).on('connect', (req: object) => things.push(req));
  const [peer, socket] = socketPair();
  server.emit('connection', socket);
  peer.on('error', () => {}).resume();
  peer.write(bytes);
  await settled();
  if (!socket.destroyed && things.length !== 1) things.push(socket);
  return { server, things };
}

describe('nothing hostile, long or secret is printed', () => {
  it('of what a peer sends', async () => {
    const method = fc.constantFrom('GET', 'POST', 'CONNECT', 'OPTIONS');
    // What the parser takes, too.
    const sent = fc.oneof(
      target,
      target.map((text) => text.replace(/^(?=[^/h])/, '/').replace(/[^\x21-\x7e\x80-\xff]/g, '')),
    );
    let handled = 0;
    await fc.assert(
      fc.asyncProperty(method, sent, fc.constantFrom('latin1', 'utf8'), async (verb, path, encoding) => {
        const head = `${verb} ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: ${SECRET}\r\n\r\n`;
        const { server, things } = await served(Buffer.from(head, encoding as BufferEncoding));
        handled += things.length > 1 ? 1 : 0;
        for (const thing of [server, ...things]) check(thing);
        for (const line of explain.all()) expect(faultsOf(String(line))).toEqual([]);
        server.closeAllConnections();
        for (const thing of things) if (!(thing instanceof Duplex)) check(thing);
      }),
      { numRuns: 150 },
    );
    expect(handled).toBeGreaterThan(10);
  });

  it('of what a program puts into its messages', () => {
    fc.assert(
      fc.property(anything, target, (method, url) => {
        const request = Object.assign(new IncomingMessage(null as never), { method, url });
        for (const thing of [request, new ServerResponse(request)]) check(thing);
      }),
      { numRuns: 300 },
    );
  });

  it('of requests, their hosts, their proxies and their sockets', async () => {
    await fc.assert(
      fc.asyncProperty(anything, target, target, anything, userinfo, async (method, host, path, address, user) => {
        const socket = Object.assign(new Silent(), { remoteAddress: address });
        const agent = new Agent({
          keepAlive: true,
          proxyEnv: { HTTP_PROXY: `http://${encodeURIComponent(user)}@proxy:3128` },
        } as object);
        Object.assign(agent, { createConnection: () => socket });
        const request = http.request({ host: 'api', path: '/', auth: user, agent } as object);
        request.on('error', () => {});
        check(request);
        request.end();
        put(request, { method, host, path });
        check(request);
        await settled();
        for (const thing of [request, agent, socket]) if (thing !== socket || !socket.destroyed) check(thing);
        socket.destroy();
        await settled();
        check(request);
      }),
      { numRuns: 150 },
    );
  });

  it('of who has asked, and in lints', async () => {
    explain.chains();
    const far = http.createServer(() => {});
    await fc.assert(
      fc.asyncProperty(target, async (path) => {
        const found: Lint[] = [];
        const stop = explain.lint((lint) => found.push(lint));
        const server = http.createServer((req, res) => {
          Object.assign(req, { url: path });
          const request = http.get({ agent: memoryAgent(far, { maxSockets: 1 }), host: 'api' });
          request.on('error', () => {}).on('close', () => {});
          put(request, { path });
          res.write(Buffer.alloc(2 << 20));
        });
        const [peer, socket] = socketPair();
        server.emit('connection', socket);
        peer.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        await settled();
        await clock.advance(40_000);
        stop();
        for (const { text } of found) expect(faultsOf(text), text).toEqual([]);
        expect(found.length).toBeGreaterThan(0);
        for (const line of explain.all()) expect(faultsOf(`${line} ${line.askedBy}`)).toEqual([]);
        server.closeAllConnections();
        far.closeAllConnections();
        await settled();
      }),
      { numRuns: 40 },
    );
  });
});
