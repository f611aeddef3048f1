/** What comes when our side has said FIN, or is about to, or when the socket closes with the last byte. */
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import statewire from '../../../src/index.js';
import { settled, socketPair } from '../../../src/testing/index.js';
import { get, postChunked } from '../../conversations/kit/phrases.js';
import type { Recorder } from '../../conversations/kit/recorder.js';
import {
  type Alone,
  BAD_CHUNK,
  type Door,
  GARBAGE,
  HALF_A_HEAD,
  HEADERS_TIME,
  halfOpen,
  inVirtualTime,
  open,
  REQUEST_TIME,
} from './kit.js';

/** The server closes while an answer is begun: behind its end our side says FIN. */
async function leaving(log: Recorder): Promise<Door> {
  const door = open(log, halfOpen());
  await door.send(get('/'));
  door.answers[0]?.write('half');
  door.server.close();
  door.answers[0]?.end();
  await settled();
  return door;
}

/** The log of `leaving`, to which what comes behind adds nothing. */
const LEFT: readonly string[] = [
  'server.request req1 GET /',
  'peer got 200',
  'res1.prefinish',
  'res1.finish',
  'peer got "0\\r\\n\\r\\n"',
  'res1.close',
  'peer got FIN',
  'req1.end',
  'req1.close',
];

/** The answer says close, and is out before the body of its request has come. */
async function leavingInBody(log: Recorder): Promise<Door> {
  const door = open(log, halfOpen());
  await door.send(postChunked('/'));
  door.answers[0]?.setHeader('Connection', 'close').end();
  await settled();
  return door;
}

/** The log of `leavingInBody`, to which what comes behind adds nothing. */
const LEFT_IN_BODY: readonly string[] = [
  'server.request req1 POST /',
  'peer got 200',
  'res1.prefinish',
  'res1.finish',
  'res1.close',
  'peer got FIN',
];

/** Longer than the buffer of a socket that is stuck. */
const LONG = 'x'.repeat(20);

/** The peer takes in what fills its buffer, and no more: the end of the answer waits. */
async function stuck(log: Recorder): Promise<Door<Socket>> {
  const door = open(log, socketPair({ highWaterMark: 16 }));
  door.peer.pause();
  await door.send(get('/'));
  door.answers[0]?.write(LONG);
  await settled();
  door.answers[0]?.end(LONG);
  await settled();
  return door;
}

export const fin: readonly Alone[] = [
  {
    name: 'a request behind our FIN',
    takes: ['connection reading.awaiting: wire.head [not isOpen] → stays'],
    async run(log) {
      const { send } = await leaving(log);
      await send(get('/late'));
    },
    told: LEFT,
  },
  {
    name: 'garbage behind our FIN',
    takes: ['connection reading.awaiting: wire.malformed [not isOpen] → reading.deaf'],
    async run(log) {
      const { send } = await leaving(log);
      await send(GARBAGE);
    },
    told: LEFT,
  },
  {
    name: 'half a head behind our FIN, then silence',
    takes: ['connection reading.awaiting: clock.expired [not isOpen] → reading.deaf'],
    run: (log) =>
      inVirtualTime(async (clock) => {
        const { send } = await leaving(log);
        await send(HALF_A_HEAD);
        await clock.advance(HEADERS_TIME);
      }),
    told: LEFT,
  },
  {
    name: 'a bad body behind our FIN',
    takes: ['connection reading.readingBody: wire.malformed [not isOpen] → reading.deaf'],
    async run(log) {
      const { send } = await leavingInBody(log);
      await send(BAD_CHUNK);
    },
    told: LEFT_IN_BODY,
  },
  {
    name: 'a body that stops behind our FIN',
    takes: ['connection reading.readingBody: clock.expired [not isOpen] → reading.deaf'],
    run: (log) =>
      inVirtualTime(async (clock) => {
        await leavingInBody(log);
        await clock.advance(REQUEST_TIME);
      }),
    told: LEFT_IN_BODY,
  },
  {
    name: 'garbage and FIN behind an answer that the peer doesn’t take, then it does',
    takes: ['connection reading.poisoned: answer.finished [not hasMore] → reading.deaf'],
    async run(log) {
      const { peer, send } = await stuck(log);
      await send(GARBAGE);
      peer.end();
      await settled();
      peer.resume();
      await settled();
    },
    told: [
      'server.request req1 GET /',
      'res1.drain',
      'res1.prefinish',
      'peer got 200',
      'peer got "14\\r\\nxxxxxxxxxxxxxxxxxxxx\\r\\n0\\r\\n\\r\\n"',
      'res1.finish',
      'res1.close',
      'req1.end',
      'req1.close',
      'peer got FIN',
      'socket1.close false',
    ],
  },
  {
    name: 'a socket that the program has assigned closes with the last byte',
    takes: ['response line.released: net.closed → line.closed'],
    async run(log) {
      const request = new statewire.IncomingMessage(null as never);
      const answer = new statewire.ServerResponse(request);
      log.meet('res', answer);
      const socket = new Writable({
        write(chunk, _encoding, done) {
          log.note(`socket got ${String(chunk).split('\r\n')[0]}`);
          done();
          this.destroy();
        },
      });
      answer.assignSocket(socket as never);
      answer.end('hello');
      await settled();
    },
    told: ['socket got HTTP/1.1 200 OK', 'res1.prefinish', 'res1.finish', 'res1.close'],
  },
];
