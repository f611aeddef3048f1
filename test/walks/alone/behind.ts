/** Faults and changes of protocol behind answers that are due. */
import { settled } from '../../../src/testing/index.js';
import { get, gets, postChunked } from '../../conversations/kit/phrases.js';
import { type Alone, BAD_CHUNK, GARBAGE, HALF_A_HEAD, HEADERS_TIME, inVirtualTime, open, REQUEST_TIME } from './kit.js';

export const behind: readonly Alone[] = [
  {
    name: 'half a head behind a request that is not answered, then silence',
    takes: ['connection reading.awaiting: clock.expired [isBehind] → reading.poisoned'],
    run: (log) =>
      inVirtualTime(async (clock) => {
        const { send, answers } = open(log);
        await send(get('/'));
        await send(HALF_A_HEAD);
        await clock.advance(HEADERS_TIME);
        answers[0]?.end();
        await settled();
      }),
    told: [
      'server.request req1 GET /',
      'res1.prefinish',
      'res1.finish',
      'socket1.error Error ERR_HTTP_REQUEST_TIMEOUT "Request timeout"',
      'res1.close',
      'req1.end',
      'req1.close',
      'peer got 200',
      'peer got 408',
      'peer got FIN',
      'socket1.close true',
    ],
  },
  {
    name: 'a bad body behind a request that is not answered',
    takes: ['connection reading.readingBody: wire.malformed [isBehind] → reading.poisoned'],
    async run(log) {
      const { send, answers } = open(log);
      await send(get('/1'));
      await send(postChunked('/2'));
      await send(BAD_CHUNK);
      answers[0]?.end();
      await settled();
    },
    told: [
      'server.request req1 GET /1',
      'server.request req2 POST /2',
      'res1.prefinish',
      'res1.finish',
      'socket1.error Error HPE_INVALID_CHUNK_SIZE "Parse Error: Invalid character in chunk size" bytesParsed=0 rawPacket=4',
      'res1.close',
      'req1.end',
      'req1.close',
      'peer got 200',
      'peer got 400',
      'peer got FIN',
      'socket1.close true',
      'req2.aborted',
      'res2.close',
      'req2.error Error ECONNRESET "aborted"',
      'req2.close',
    ],
  },
  {
    name: 'a body that stops behind a request that is not answered',
    takes: ['connection reading.readingBody: clock.expired [isBehind] → reading.poisoned'],
    run: (log) =>
      inVirtualTime(async (clock) => {
        const { send, answers } = open(log);
        await send(get('/1'));
        await send(postChunked('/2'));
        await clock.advance(REQUEST_TIME);
        answers[0]?.end();
        await settled();
      }),
    told: [
      'server.request req1 GET /1',
      'server.request req2 POST /2',
      'res1.prefinish',
      'res1.finish',
      'socket1.error Error ERR_HTTP_REQUEST_TIMEOUT "Request timeout"',
      'res1.close',
      'req1.end',
      'req1.close',
      'peer got 200',
      'peer got 408',
      'peer got FIN',
      'socket1.close true',
      'req2.aborted',
      'res2.close',
      'req2.error Error ECONNRESET "aborted"',
      'req2.close',
    ],
  },
  {
    name: 'a bad body behind a request that is not answered, its own answer begun',
    takes: ['connection reading.poisoned: wire.malformed → reading.refused'],
    async run(log) {
      const { send, answers } = open(log);
      await send(get('/1'));
      await send(postChunked('/2'));
      answers[1]?.flushHeaders();
      await send(BAD_CHUNK);
      answers[0]?.end();
      await settled();
    },
    told: [
      'server.request req1 GET /1',
      'server.request req2 POST /2',
      'res1.prefinish',
      'res1.finish',
      'socket1.error Error HPE_INVALID_CHUNK_SIZE "Parse Error: Invalid character in chunk size" bytesParsed=0 rawPacket=4',
      'res1.close',
      'req1.end',
      'req1.close',
      'peer got 200, 200',
      'peer got FIN',
      'socket1.close true',
      'req2.aborted',
      'res2.close',
      'req2.error Error ECONNRESET "aborted"',
      'req2.close',
    ],
  },
  {
    name: 'garbage behind two requests that are not answered',
    takes: ['connection reading.poisoned: wire.malformed [isBehind] → reading.poisoned'],
    async run(log) {
      const { send, answers } = open(log);
      await send(gets(2) + GARBAGE);
      answers[0]?.end();
      await settled();
      answers[1]?.end();
      await settled();
    },
    told: [
      'server.request req1 GET /1',
      'server.request req2 GET /2',
      'res1.prefinish',
      'res1.finish',
      'res1.close',
      'req1.end',
      'req1.close',
      'peer got 200',
      'res2.prefinish',
      'res2.finish',
      'socket1.error Error HPE_INVALID_METHOD "Parse Error: Invalid method encountered" bytesParsed=56 rawPacket=68',
      'res2.close',
      'req2.end',
      'req2.close',
      'peer got 200',
      'peer got 400',
      'peer got FIN',
      'socket1.close true',
    ],
  },
  {
    name: 'an upgrade behind an answer that says close',
    takes: ['connection reading.parting: always [not isOpen] → reading.deaf'],
    async run(log) {
      const { send, answers } = open(log);
      await send(get('/') + get('/chat', 'Connection: Upgrade', 'Upgrade: chat'));
      answers[0]?.setHeader('Connection', 'close').end();
      await settled();
    },
    told: [
      'server.request req1 GET /',
      'res1.prefinish',
      'res1.finish',
      'res1.close',
      'req1.end',
      'req1.close',
      'peer got 200',
      'peer got FIN',
      'socket1.close false',
    ],
  },
  {
    name: 'the peer resets while an answer waits that was destroyed',
    takes: ['response line.gone.doomed: net.closed → line.gone.closed'],
    async run(log) {
      const { send, answers, peer } = open(log);
      await send(gets(2));
      answers[1]?.destroy();
      peer.resetAndDestroy();
      await settled();
    },
    told: [
      'server.request req1 GET /1',
      'server.request req2 GET /2',
      'socket1.error Error ECONNRESET "read ECONNRESET"',
      'socket1.close true',
      'req1.aborted',
      'req2.aborted',
      'res1.close',
      'res2.close',
      'req1.error Error ECONNRESET "aborted"',
      'req1.close',
      'req2.error Error ECONNRESET "aborted"',
      'req2.close',
    ],
  },
];
