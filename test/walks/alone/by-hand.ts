/** What a program does to a server's sockets behind its back. */
import { Server as NetServer } from 'node:net';
import { Writable } from 'node:stream';
import statewire from '../../../src/index.js';
import { settled } from '../../../src/testing/index.js';
import type { Recorder } from '../../conversations/kit/recorder.js';
import { type Alone, type Door, GARBAGE, HEADERS_TIME, halfOpen, inVirtualTime, open } from './kit.js';

/** The program itself has said FIN. */
function endedByHand(log: Recorder): Door {
  const door = open(log, halfOpen());
  door.socket.end();
  return door;
}

export const byHand: readonly Alone[] = [
  {
    name: 'garbage on a socket that the program has ended',
    takes: ['connection reading.awaiting: wire.malformed → reading.refused'],
    async run(log) {
      await endedByHand(log).send(GARBAGE);
    },
    told: [
      'peer got FIN',
      'socket1.error Error HPE_INVALID_METHOD "Parse Error: Invalid method encountered" bytesParsed=0 rawPacket=12',
      'socket1.close',
    ],
  },
  {
    name: 'silence on a socket that the program has ended',
    takes: ['connection reading.awaiting: clock.expired → reading.refused'],
    run: (log) =>
      inVirtualTime(async (clock) => {
        endedByHand(log);
        await clock.advance(HEADERS_TIME);
      }),
    told: ['peer got FIN', 'socket1.error Error ERR_HTTP_REQUEST_TIMEOUT "Request timeout"', 'socket1.close'],
  },
  {
    name: 'the program tells an error of a socket that is whole',
    takes: ['connection reading: net.failed [isBlank] → reading.refused'],
    async run(log) {
      const { socket } = open(log);
      await settled();
      socket.emit('error', new Error('boom'));
      await settled();
    },
    told: [
      'socket1.error Error "boom"',
      'socket1.error Error "boom"',
      'peer got 400',
      'peer got FIN',
      'socket1.close true',
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
  {
    name: 'close() of net.Server, behind the back of ours',
    takes: ['server door.listening: net.closed → door.unbound'],
    async run(log) {
      const server = statewire.createServer();
      for (const event of ['listening', 'close']) server.on(event, () => log.note(`server.${event}`));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      await new Promise<unknown>((resolve) => NetServer.prototype.close.call(server as never, resolve));
    },
    told: ['server.listening', 'server.close'],
  },
];
