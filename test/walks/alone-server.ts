/** Runs of a server on statewire alone, for transitions that no walk takes (alone.ts). */
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import https from '../../src/https.js';
import statewire, {
  type DrainOptions,
  type DrainResult,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from '../../src/index.js';
import { settled, socketPair, virtualClock } from '../../src/testing/index.js';
import { get } from '../conversations/kit/phrases.js';
import type { Recorder } from '../conversations/kit/recorder.js';
import type { Alone } from './alone.js';

const SWITCH = { Connection: 'Upgrade', Upgrade: 'thing' };

interface Served {
  readonly server: Server;
  readonly peer: Duplex;
  /** The responses to requests that were emitted, in their order. */
  readonly responses: readonly ServerResponse[];
}

/** A server with a connection in memory; the bytes that its peer gets are noted line by line, without dates. */
function serve(log: Recorder, options: ServerOptions & { halfOpen?: boolean } = {}): Served {
  const responses: ServerResponse[] = [];
  const server = statewire.createServer(options, (req, res) => {
    log.note(`request ${req.url}`);
    responses.push(res);
  });
  server.httpAllowHalfOpen = options.halfOpen === true;
  return { server, peer: join(server, log), responses };
}

/** Another connection of the server. */
function join(server: Server, log: Recorder): Duplex {
  const [peer, end] = socketPair();
  const isNoted = (line: string) => /^(HTTP|Connection)/.test(line);
  peer.on('data', (chunk) => {
    for (const line of String(chunk).split('\r\n').filter(isNoted)) log.note(`peer got ${line}`);
  });
  peer.on('close', () => log.note('peer closed'));
  server.emit('connection', end as never);
  return peer;
}

/** Sends another request, which may not be processed any more. */
async function sendMore(peer: Duplex): Promise<void> {
  await settled();
  peer.write(get('/2'));
  await settled();
  peer.destroy();
  await settled();
}

const listens = (server: Server) => once(server.listen(0, '127.0.0.1'), 'listening');

/** Drains the server, during which `meanwhile` happens. */
async function drain(log: Recorder, server: Server, options: DrainOptions, meanwhile: () => unknown): Promise<void> {
  const drained: Promise<DrainResult> = server.drain(options);
  await meanwhile();
  const { answered, refused, cut } = await drained;
  await settled();
  log.note(`answered ${answered}, refused ${refused}, cut ${cut.map(({ what }) => what).join()}`);
}

const OK = 'peer got HTTP/1.1 200 OK';
const KEPT = 'peer got Connection: keep-alive';
const LAST = 'peer got Connection: close';
const SWITCHED = ['peer got HTTP/1.1 101 Switching Protocols', 'peer got Connection: Upgrade'];

export const aloneServer: readonly Alone[] = [
  {
    name: 'a handler responds with 101 itself',
    takes: [
      'connection reading.awaiting: response.switched → reading.ignoring',
      'connection reuse.persistent: response.switched → reuse.switched',
      'response persistence.open: user.head [isSwitching] → persistence.last',
    ],
    async run(log) {
      const { peer, responses } = serve(log);
      peer.write(get('/1'));
      await settled();
      responses[0]?.writeHead(101, SWITCH).end();
      await sendMore(peer);
    },
    lines: ['request /1', ...SWITCHED, 'peer closed'],
  },
  {
    name: 'a response that was destroyed after its end, before the last byte of the one before it has left',
    takes: [
      'response line.waiting: user.destroy [isGiven] → line.gone.doomed',
      'response line.gone: user.end [mayLeave] → stays',
    ],
    async run(log) {
      const { peer, responses } = serve(log);
      peer.write(get('/1') + get('/2'));
      await settled();
      const [first, second] = responses;
      first?.end('1\r\n');
      second?.on('finish', () => log.note('finish')).end('2', (error?: Error | null) => log.note(`end: ${error}`));
      second?.destroy();
      second?.end((error?: Error | null) => log.note(`end: ${error}`));
      await settled();
    },
    lines: ['request /1', 'request /2', 'end: null', 'end: null', 'finish', OK, KEPT, OK, KEPT, 'peer closed'],
  },
  {
    name: 'a handler responds with 101 itself on a closing server',
    takes: ['connection reuse.closing: response.switched → reuse.switched'],
    async run(log) {
      const { server, peer, responses } = serve(log);
      peer.write(get('/1'));
      await settled();
      responses[0]?.setHeader('Connection', 'Upgrade');
      server.close();
      responses[0]?.writeHead(101, SWITCH).end();
      await sendMore(peer);
    },
    lines: ['request /1', ...SWITCHED, 'peer closed'],
  },
  {
    name: 'a handler responds with 101 itself after the peer has sent FIN',
    takes: ['connection reuse.ending: response.switched → reuse.final'],
    async run(log) {
      const { peer, responses } = serve(log, { halfOpen: true });
      peer.end(get('/1'));
      await settled();
      responses[0]?.writeHead(101, SWITCH).end();
      await settled();
    },
    lines: ['request /1', ...SWITCHED, 'peer closed'],
  },
  {
    name: 'server.close() on a fresh connection, as half a head arrives',
    takes: ['connection reuse.polling: clock.polled → reuse.closing'],
    async run(log) {
      const { server, peer, responses } = serve(log);
      server.close();
      peer.write(get('/1').slice(0, 20));
      await settled();
      peer.write(get('/1').slice(20));
      await settled();
      responses[0]?.end();
      await settled();
    },
    lines: ['request /1', OK, LAST, 'peer closed'],
  },
  {
    name: 'server.close() on a fresh connection, as a request arrives',
    takes: ['connection reuse.polling: wire.head [isListening and isTransient] → reuse.final'],
    async run(log) {
      const { server, peer, responses } = serve(log);
      server.close();
      peer.write(get('/1'));
      await settled();
      responses[0]?.end();
      await settled();
    },
    lines: ['request /1', OK, LAST, 'peer closed'],
  },
  {
    name: 'server.close() on a fresh connection, as two requests arrive',
    takes: ['connection reuse.polling: wire.head [isListening] → reuse.closing'],
    async run(log) {
      const { server, peer, responses } = serve(log);
      server.close();
      peer.write(get('/1') + get('/2'));
      await settled();
      responses[0]?.end();
      responses[1]?.end();
      await settled();
    },
    lines: ['request /1', 'request /2', OK, KEPT, OK, LAST, 'peer closed'],
  },
  {
    name: 'a peer keeps sending after its last request',
    takes: [
      'connection gate.open: net.excess [isMuch and not isSwitched and not isLingering] → gate.flooded',
      'connection gate.flooded: clock.cooled → gate.open',
    ],
    async run(log) {
      using clock = virtualClock();
      const { peer, responses } = serve(log);
      peer.write(get('/1', 'Connection: close'));
      await settled();
      for (const part of ['first', 'second', 'third']) {
        peer.write(Buffer.alloc(100_000), () => log.note(`${part} part taken`));
        await settled();
      }
      log.note('it waits');
      await clock.advance(1000);
      await settled();
      // The peer's FIN after the unread bytes is noticed, too.
      peer.end();
      for (let i = 0; i < 5; i++) {
        await clock.advance(1000);
        await settled();
      }
      log.note(`closed: ${responses[0]?.destroyed}`);
    },
    lines: [
      'request /1',
      'first part taken',
      'second part taken',
      'it waits',
      'third part taken',
      'peer closed',
      'closed: true',
    ],
  },
  {
    name: 'the last response is sent while its request still arrives',
    takes: [
      'connection reading.readingBody: clock.settled [isSending] → reading.ignoring',
      'connection transport.leaving.settling: clock.settled [isSending] → transport.leaving.lingering',
      'connection transport.leaving.lingering: clock.lingered → stays',
    ],
    async run(log) {
      using clock = virtualClock();
      const { peer, responses } = serve(log);
      peer.allowHalfOpen = true;
      peer.write('POST /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 900000\r\n\r\n');
      await settled();
      responses[0]?.req.on('aborted', () => log.note('aborted')).on('error', () => {});
      const { socket } = (responses[0] as ServerResponse).req;
      socket.once('finish', () => peer.write('a part of it')).once('close', () => log.note('closed'));
      responses[0]?.end();
      await settled();
      for (const part of ['second', 'third']) {
        peer.write(Buffer.alloc(100_000), () => log.note(`${part} part taken`));
        await settled();
      }
      await settled();
      log.note('the peer is silent');
      await clock.advance(5000);
      await settled();
    },
    lines: [
      ...['request /1', OK, LAST, 'aborted', 'second part taken', 'third part taken'],
      ...['the peer is silent', 'closed'],
    ],
  },
  {
    name: 'the last response is sent while its peer has to wait',
    takes: ['connection gate.flooded: clock.settled → gate.open'],
    async run(log) {
      using clock = virtualClock();
      const { peer, responses } = serve(log);
      peer.allowHalfOpen = true;
      peer.write(get('/1', 'Connection: close'));
      await settled();
      for (let i = 0; i < 3; i++) {
        peer.write(Buffer.alloc(100_000));
        await settled();
      }
      responses[0]?.req.socket.once('close', () => log.note('closed'));
      responses[0]?.end();
      await settled();
      // What arrives keeps it open, but not for ever.
      for (let time = 0; time < 30_000; time += 4000) {
        peer.write('more');
        await clock.advance(4000);
        await settled();
        log.note(`${time + 4000} ms`);
      }
    },
    lines: [
      ...['request /1', OK, LAST],
      ...['4000 ms', '8000 ms', '12000 ms', '16000 ms', '20000 ms', '24000 ms', '28000 ms', 'closed', '32000 ms'],
    ],
  },
  {
    name: 'server.close() during a response whose head is sent, without a keepAliveTimeout',
    takes: ['connection reuse.closing: clock.unlimited [isKept] → reuse.polling'],
    async run(log) {
      const { server, peer, responses } = serve(log, { keepAliveTimeout: 0 });
      peer.write(get('/1'));
      await settled();
      responses[0]?.flushHeaders();
      server.close();
      responses[0]?.end();
      await settled();
    },
    lines: ['request /1', OK, KEPT, 'peer closed'],
  },
  {
    name: 'optimizeEmptyRequests',
    takes: [
      'incomingRequest body.awaiting: wire.empty → body.complete',
      'incomingRequest reader.open: wire.empty → reader.closed',
    ],
    async run(log) {
      const { peer, responses } = serve(log, { optimizeEmptyRequests: true });
      peer.write(get('/1'));
      await settled();
      log.note(`ended: ${responses[0]?.req.readableEnded}`);
      responses[0]?.end();
      await sendMore(peer);
    },
    lines: ['request /1', 'ended: true', OK, KEPT, 'request /2', 'peer closed'],
  },
  {
    name: 'a handler removes the socket, and assigns it again',
    takes: ['response turn.given: net.detached → turn.awaited'],
    async run(log) {
      const { peer, responses } = serve(log);
      peer.write(get('/1'));
      await settled();
      const [response] = responses;
      const { socket } = response as ServerResponse;
      response?.detachSocket(socket as never);
      response?.write('hello');
      log.note('written');
      await settled();
      response?.assignSocket(socket as never);
      response?.end();
      await sendMore(peer);
    },
    lines: ['request /1', 'written', OK, KEPT, 'request /2', 'peer closed'],
  },
  {
    name: 'CONNECT waits for a response whose socket the handler has ended',
    takes: ['connection transport.open: net.finished [isWaitedFor] → stays'],
    async run(log) {
      const { server, peer, responses } = serve(log);
      server.on('connect', () => log.note('connect'));
      peer.write(`${get('/1')}CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n`);
      await settled();
      responses[0]?.req.socket.end();
      await settled();
    },
    lines: ['request /1', 'peer closed'],
  },
  {
    name: 'a deadline passes after the FIN of a peer that has sent nothing, and whose socket does not close',
    takes: [],
    async run(log) {
      using clock = virtualClock();
      const server = statewire.createServer({ headersTimeout: 1000, connectionsCheckingInterval: 100 });
      const socket = new Duplex({
        read() {},
        write: (_chunk, _encoding, done) => {
          log.note('written');
          done();
        },
        final: () => log.note('ended'),
      });
      server.emit('connection', socket as never);
      socket.push(null);
      await settled();
      await clock.advance(2000);
      socket.destroy();
      await settled();
    },
    lines: ['ended'],
  },
  {
    name: 'server.drain() on an idle connection',
    takes: ['connection reuse.closing: clock.rested [isUnused] → reuse.polling'],
    async run(log) {
      using clock = virtualClock();
      const { server } = serve(log);
      await listens(server);
      await drain(log, server, { idle: 100 }, () => clock.advance(100));
    },
    lines: ['peer closed', 'answered 0, refused 0, cut '],
  },
  ...[true, false].map(
    (listens): Alone => ({
      name: `a TLS handshake fails, ${listens ? 'with' : 'without'} a listener`,
      takes: [`server handshakes: net.failed${listens ? ' [hasListener]' : ''} → stays`],
      async run(log) {
        const server = https.createServer();
        if (listens) server.on('clientError', ({ message }, socket) => log.note(`${message} ${socket === peer}`));
        const [peer] = socketPair();
        peer.on('error', ({ message }) => log.note(`socket: ${message}`));
        server.emit('tlsClientError', new Error('no handshake'), peer as never);
        await settled();
      },
      lines: [listens ? 'no handshake true' : 'socket: no handshake'],
    }),
  ),
];
