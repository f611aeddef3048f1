/**
 * Counts responses without parsing them. First, one response is read completely. It shows the length of all responses or, if they
 * are chunked, that a response ends where the bytes of a read end with the last chunk.
 */
import net from 'node:net';
import { KIB } from './scenarios.mjs';

const host = '127.0.0.1';
const lastChunk = Buffer.from('\r\n0\r\n\r\n');

/** All sockets read into one buffer, since no bytes are kept. */
const inbox = Buffer.allocUnsafe(256 * KIB);

/** A socket to the server. Each read calls `onBytes(size, buffer)`, which must not keep the buffer. */
export function connect(port, onBytes, options = {}) {
  const callback = (size, buffer) => {
    onBytes(size, buffer);
    return true;
  };
  return net.connect({ port, host, noDelay: true, onread: { buffer: inbox, callback }, ...options });
}

/** @returns {Promise<Buffer>} one complete response, with status 200 */
export function readResponse(port, request) {
  return new Promise((resolve, reject) => {
    let response = Buffer.alloc(0);
    const socket = connect(port, (size, buffer) => {
      response = Buffer.concat([response, buffer.subarray(0, size)]);
      if (!isComplete(response)) return;
      socket.destroy();
      if (headOf(response).startsWith('HTTP/1.1 200 ')) resolve(response);
      else reject(new Error(`the server responded with ${headOf(response).split('\r\n', 1)[0]}`));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection before its response was complete')));
    socket.write(request);
  });
}

const headOf = (response) => response.toString('latin1', 0, response.indexOf('\r\n\r\n') + 2);
const lengthOf = (response) => /\r\ncontent-length: *(\d+)/i.exec(headOf(response))?.[1];
const endsWithLastChunk = (bytes) => bytes.subarray(-lastChunk.length).equals(lastChunk);

function isComplete(response) {
  if (!response.includes('\r\n\r\n')) return false;
  const length = lengthOf(response);
  if (length === undefined) return endsWithLastChunk(response);
  return response.length >= response.indexOf('\r\n\r\n') + 4 + Number(length);
}

/** @returns a function that makes counters. A counter is called with each read, and returns the responses that it completes */
export function counterLike(response) {
  return lengthOf(response) === undefined ? countLastChunks : () => countLengths(response.length);
}

function countLengths(length) {
  let bytes = 0;
  return (size) => {
    bytes += size;
    const responses = Math.floor(bytes / length);
    bytes -= responses * length;
    return responses;
  };
}

/** For one request in flight. Keeps the last bytes, because a read may end within the last chunk. */
function countLastChunks() {
  let tail = Buffer.alloc(0);
  return (size, buffer) => {
    const end = buffer.subarray(Math.max(0, size - lastChunk.length), size);
    tail = Buffer.concat([tail, end]).subarray(-lastChunk.length);
    return endsWithLastChunk(tail) ? 1 : 0;
  };
}
