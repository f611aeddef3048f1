/**
 * Counting answers without parsing them. One answer is read in full first; from it the load learns how long all of them are
 * or, when they are chunked, that an answer ends where the bytes read end with the last chunk.
 */
import net from 'node:net';
import { KIB } from './scenarios.mjs';

const host = '127.0.0.1';
const lastChunk = Buffer.from('\r\n0\r\n\r\n');

/** All sockets read into one buffer: nothing that arrives is kept. */
const inbox = Buffer.allocUnsafe(256 * KIB);

/** A socket to the server; `onBytes(size, buffer)` hears of each read and must not keep the buffer. */
export function connect(port, onBytes, options = {}) {
  const callback = (size, buffer) => {
    onBytes(size, buffer);
    return true;
  };
  return net.connect({ port, host, noDelay: true, onread: { buffer: inbox, callback }, ...options });
}

/** @returns {Promise<Buffer>} one whole answer, its status verified to be 200 */
export function readAnswer(port, request) {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const socket = connect(port, (size, buffer) => {
      answer = Buffer.concat([answer, buffer.subarray(0, size)]);
      if (!isWhole(answer)) return;
      socket.destroy();
      if (headOf(answer).startsWith('HTTP/1.1 200 ')) resolve(answer);
      else reject(new Error(`the server answered ${headOf(answer).split('\r\n', 1)[0]}`));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection before its answer was whole')));
    socket.write(request);
  });
}

const headOf = (answer) => answer.toString('latin1', 0, answer.indexOf('\r\n\r\n') + 2);
const lengthOf = (answer) => /\r\ncontent-length: *(\d+)/i.exec(headOf(answer))?.[1];
const endsWithLastChunk = (bytes) => bytes.subarray(-lastChunk.length).equals(lastChunk);

function isWhole(answer) {
  if (!answer.includes('\r\n\r\n')) return false;
  const length = lengthOf(answer);
  if (length === undefined) return endsWithLastChunk(answer);
  return answer.length >= answer.indexOf('\r\n\r\n') + 4 + Number(length);
}

/** @returns a maker of counters; a counter is told of each read and says how many answers it completes */
export function counterLike(answer) {
  return lengthOf(answer) === undefined ? countLastChunks : () => countLengths(answer.length);
}

function countLengths(length) {
  let bytes = 0;
  return (size) => {
    bytes += size;
    const answers = Math.floor(bytes / length);
    bytes -= answers * length;
    return answers;
  };
}

/** For one request in flight. The end of what was read is kept, because a read may end within the last chunk. */
function countLastChunks() {
  let tail = Buffer.alloc(0);
  return (size, buffer) => {
    const end = buffer.subarray(Math.max(0, size - lastChunk.length), size);
    tail = Buffer.concat([tail, end]).subarray(-lastChunk.length);
    return endsWithLastChunk(tail) ? 1 : 0;
  };
}
