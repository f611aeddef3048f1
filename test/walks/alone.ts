/** What no walk does: runs on statewire alone, with the transitions that each takes and the log that it must have. */
import { Writable } from 'node:stream';
import statewire from '../../src/index.js';
import { settled } from '../../src/testing/index.js';
import { SERVER_CAST } from '../conversations/kit/cast.js';
import { Recorder } from '../conversations/kit/recorder.js';

export interface Alone {
  readonly name: string;
  /** The transitions that it must be seen to take. */
  readonly takes: readonly string[];
  readonly run: (log: Recorder) => Promise<void>;
  /** The log, line by line. */
  readonly told: readonly string[];
}

export const alone: readonly Alone[] = [
  {
    name: 'a socket that the program has assigned closes with the last byte',
    takes: ['response line.released: net.closed → line.closed'],
    async run(log) {
      const answer = new statewire.ServerResponse(new statewire.IncomingMessage(null as never));
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
    name: 'an answer that was destroyed behind its end, and whose assigned socket closes with the last byte',
    takes: ['response line.gone.leaving: net.closed → line.closed'],
    async run(log) {
      const { answer, socket } = assigned(log);
      socket.destroy = () => socket;
      answer.once('finish', () => socket.emit('close'));
      answer.end('hello');
      answer.destroy();
      await settled();
    },
    told: ['socket got HTTP/1.1 200 OK', 'res1.prefinish', 'res1.finish', 'res1.close'],
  },
  {
    name: 'an answer goes on with another socket',
    takes: ['response line.shut: net.attached → line.attached'],
    async run(log) {
      const { answer, socket } = assigned(log);
      answer.detachSocket(socket as never);
      answer.assignSocket(new Writable({ write: taker(log) }) as never);
      answer.end('hello');
      await settled();
    },
    told: ['socket got HTTP/1.1 200 OK', 'res1.prefinish', 'res1.finish', 'res1.close'],
  },
  {
    name: 'what was written between two sockets leaves by the second',
    takes: ['response line.kept: net.attached → line.attached'],
    async run(log) {
      const { answer, socket } = assigned(log);
      answer.detachSocket(socket as never);
      answer.end('hello');
      answer.assignSocket(new Writable({ write: taker(log) }) as never);
      await settled();
    },
    told: ['socket got HTTP/1.1 200 OK', 'res1.prefinish', 'res1.finish', 'res1.close'],
  },
  {
    name: 'no socket can be had for a request that was aborted meanwhile',
    takes: ['request line.gone.withdrawn: net.refused → line.gone.doomed'],
    async run(log) {
      const request = statewire.get({
        createConnection: () => {
          throw new Error('refused');
        },
      } as never);
      for (const event of ['abort', 'close']) request.on(event, () => log.note(`req.${event}`));
      request.on('error', ({ message }) => log.note(`req.error ${message}`));
      request.abort();
      await settled();
    },
    told: ['req.abort', 'req.error refused', 'req.close'],
  },
];

/** What takes all that is written to it, and notes the first line. */
const taker =
  (log: Recorder) =>
  (chunk: unknown, _encoding: unknown, done: () => void): void => {
    log.note(`socket got ${String(chunk).split('\r\n')[0]}`);
    done();
  };

/** An answer of the program's own, with a socket. */
function assigned(log: Recorder) {
  const answer = new statewire.ServerResponse(new statewire.IncomingMessage(null as never));
  log.meet('res', answer);
  const socket = new Writable({ write: taker(log) });
  answer.assignSocket(socket as never);
  return { answer, socket };
}

/** The log of the run. */
export async function logOf({ run }: Alone): Promise<readonly string[]> {
  const log = new Recorder(SERVER_CAST);
  await run(log);
  log.close();
  return log.lines;
}
