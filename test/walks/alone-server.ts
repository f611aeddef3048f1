/** What no walk of a server does: runs on statewire alone (alone.ts). */
import { Duplex } from 'node:stream';
import statewire, { type Server, type ServerOptions, type ServerResponse } from '../../src/index.js';
import { settled, socketPair, virtualClock } from '../../src/testing/index.js';
import { get } from '../conversations/kit/phrases.js';
import type { Recorder } from '../conversations/kit/recorder.js';
import type { Alone } from './alone.js';

const SWITCH = { Connection: 'Upgrade', Upgrade: 'thing' };

interface Served {
  readonly server: Server;
  readonly peer: Duplex;
  /** Those that are known, in their order. */
  readonly answers: readonly ServerResponse[];
}

/** A server with a connection in memory; what its peer gets is noted line by line, without dates. */
function serve(log: Recorder, options: ServerOptions & { halfOpen?: boolean } = {}): Served {
  const answers: ServerResponse[] = [];
  const server = statewire.createServer(options, (req, res) => {
    log.note(`request ${req.url}`);
    answers.push(res);
  });
  server.httpAllowHalfOpen = options.halfOpen === true;
  const [peer, end] = socketPair();
  const isTold = (line: string) => /^(HTTP|Connection)/.test(line);
  peer.on('data', (chunk) => {
    for (const line of String(chunk).split('\r\n').filter(isTold)) log.note(`peer got ${line}`);
  });
  peer.on('close', () => log.note('peer closed'));
  server.emit('connection', end as never);
  return { server, peer, answers };
}

/** What is no request any more. */
async function sayMore(peer: Duplex): Promise<void> {
  await settled();
  peer.write(get('/2'));
  await settled();
  peer.destroy();
  await settled();
}

const OK = 'peer got HTTP/1.1 200 OK';
const KEPT = 'peer got Connection: keep-alive';
const LAST = 'peer got Connection: close';
const SWITCHED = ['peer got HTTP/1.1 101 Switching Protocols', 'peer got Connection: Upgrade'];

export const aloneServer: readonly Alone[] = [
  {
    name: 'a handler says 101 itself',
    takes: [
      'connection reading.awaiting: response.switched → reading.ignoring',
      'connection reuse.persistent: response.switched → reuse.switched',
      'response persistence.open: user.head [isSwitching] → persistence.last',
    ],
    async run(log) {
      const { peer, answers } = serve(log);
      peer.write(get('/1'));
      await settled();
      answers[0]?.writeHead(101, SWITCH).end();
      await sayMore(peer);
    },
    told: ['request /1', ...SWITCHED, 'peer closed'],
  },
  {
    name: 'a handler says 101 itself on a server that closes',
    takes: ['connection reuse.closing: response.switched → reuse.switched'],
    async run(log) {
      const { server, peer, answers } = serve(log);
      peer.write(get('/1'));
      await settled();
      answers[0]?.setHeader('Connection', 'Upgrade');
      server.close();
      answers[0]?.writeHead(101, SWITCH).end();
      await sayMore(peer);
    },
    told: ['request /1', ...SWITCHED, 'peer closed'],
  },
  {
    name: 'a handler says 101 itself to a peer that has said FIN',
    takes: ['connection reuse.ending: response.switched → reuse.final'],
    async run(log) {
      const { peer, answers } = serve(log, { halfOpen: true });
      peer.end(get('/1'));
      await settled();
      answers[0]?.writeHead(101, SWITCH).end();
      await settled();
    },
    told: ['request /1', ...SWITCHED, 'peer closed'],
  },
  {
    name: 'server.close(), then FIN, behind a head that says keep-alive',
    takes: ['connection reuse.closing: net.ended [isHalfOpen and isDue] → reuse.ending'],
    async run(log) {
      const { server, peer, answers } = serve(log, { halfOpen: true });
      peer.write(get('/1'));
      await settled();
      answers[0]?.flushHeaders();
      server.close();
      peer.end();
      await settled();
      answers[0]?.end();
      await settled();
    },
    told: ['request /1', OK, KEPT, 'peer closed'],
  },
  {
    name: 'server.close() on a fresh connection, as half a head comes',
    takes: ['connection reuse.polling: clock.polled → reuse.closing'],
    async run(log) {
      const { server, peer, answers } = serve(log);
      server.close();
      peer.write(get('/1').slice(0, 20));
      await settled();
      peer.write(get('/1').slice(20));
      await settled();
      answers[0]?.end();
      await settled();
    },
    told: ['request /1', OK, LAST, 'peer closed'],
  },
  {
    name: 'server.close() on a fresh connection, as a request comes',
    takes: ['connection reuse.polling: wire.head [isListening and isTransient] → reuse.final'],
    async run(log) {
      const { server, peer, answers } = serve(log);
      server.close();
      peer.write(get('/1'));
      await settled();
      answers[0]?.end();
      await settled();
    },
    told: ['request /1', OK, LAST, 'peer closed'],
  },
  {
    name: 'server.close() on a fresh connection, as two requests come',
    takes: ['connection reuse.polling: wire.head [isListening] → reuse.closing'],
    async run(log) {
      const { server, peer, answers } = serve(log);
      server.close();
      peer.write(get('/1') + get('/2'));
      await settled();
      answers[0]?.end();
      answers[1]?.end();
      await settled();
    },
    told: ['request /1', 'request /2', OK, KEPT, OK, LAST, 'peer closed'],
  },
  {
    name: 'a peer sends on and on behind its last request',
    takes: [
      'connection gate.open: net.excess [isMuch and not isSwitched] → gate.flooded',
      'connection gate.flooded: clock.cooled → gate.open',
    ],
    async run(log) {
      using clock = virtualClock();
      const { peer, answers } = serve(log);
      peer.write(get('/1', 'Connection: close'));
      await settled();
      for (const part of ['first', 'second', 'third']) {
        peer.write(Buffer.alloc(100_000), () => log.note(`${part} part taken`));
        await settled();
      }
      log.note('it waits');
      await clock.advance(1000);
      await settled();
      // Behind what isn't read the peer's end is noticed, too.
      peer.end();
      for (let i = 0; i < 5; i++) {
        await clock.advance(1000);
        await settled();
      }
      log.note(`closed: ${answers[0]?.destroyed}`);
    },
    told: [
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
    name: 'server.close() during a response whose head is sent, without a keepAliveTimeout',
    takes: ['connection reuse.closing: clock.unlimited [isKept] → reuse.polling'],
    async run(log) {
      const { server, peer, answers } = serve(log, { keepAliveTimeout: 0 });
      peer.write(get('/1'));
      await settled();
      answers[0]?.flushHeaders();
      server.close();
      answers[0]?.end();
      await settled();
    },
    told: ['request /1', OK, KEPT, 'peer closed'],
  },
  {
    name: 'optimizeEmptyRequests',
    takes: [
      'incomingRequest body.awaiting: wire.empty → body.complete',
      'incomingRequest reader.open: wire.empty → reader.closed',
    ],
    async run(log) {
      const { peer, answers } = serve(log, { optimizeEmptyRequests: true });
      peer.write(get('/1'));
      await settled();
      log.note(`ended: ${answers[0]?.req.readableEnded}`);
      answers[0]?.end();
      await sayMore(peer);
    },
    told: ['request /1', 'ended: true', OK, KEPT, 'request /2', 'peer closed'],
  },
  {
    name: 'a handler takes the socket away, and gives it back',
    takes: ['response turn.given: net.detached → turn.awaited'],
    async run(log) {
      const { peer, answers } = serve(log);
      peer.write(get('/1'));
      await settled();
      const [answer] = answers;
      const { socket } = answer as ServerResponse;
      answer?.detachSocket(socket as never);
      answer?.write('hello');
      log.note('written');
      await settled();
      answer?.assignSocket(socket as never);
      answer?.end();
      await sayMore(peer);
    },
    told: ['request /1', 'written', OK, KEPT, 'request /2', 'peer closed'],
  },
  {
    name: 'CONNECT waits for a response whose socket the handler has ended',
    takes: ['connection transport.open: net.finished [isWaitedFor] → stays'],
    async run(log) {
      const { server, peer, answers } = serve(log);
      server.on('connect', () => log.note('connect'));
      peer.write(`${get('/1')}CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n`);
      await settled();
      answers[0]?.req.socket.end();
      await settled();
    },
    told: ['request /1', 'peer closed'],
  },
  {
    name: 'a deadline passes behind the FIN of a peer that has said nothing, and whose socket does not close',
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
    told: ['ended'],
  },
];
