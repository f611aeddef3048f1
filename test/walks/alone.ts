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
];

/** The log of the run. */
export async function logOf({ run }: Alone): Promise<readonly string[]> {
  const log = new Recorder(SERVER_CAST);
  await run(log);
  log.close();
  return log.lines;
}
