/**
 * Counts responses without parsing them. First, the head of one response is read. It shows the length of all responses or, if they
 * are chunked, that a response ends where the bytes of a read end with the last chunk.
 */
import net from 'node:net';
import tls from 'node:tls';
import { KIB, MIB } from './scenarios.mjs';

const host = '127.0.0.1';
const endOfHead = '\r\n\r\n';
const lastChunk = Buffer.from('\r\n0\r\n\r\n');

/** All sockets read into one buffer, since no bytes are kept. */
const inbox = Buffer.allocUnsafe(256 * KIB);
const block = Buffer.alloc(MIB, 'u');

/**
 * A socket to the server. Each read calls `onBytes(size, buffer)`, which must not keep the buffer.
 * @param options of `net.connect`; `secure`: with TLS, whose sockets read into buffers of their own
 */
export function connect(port, onBytes, { secure, ...options } = {}) {
  if (secure) {
    const socket = tls.connect({ port, host, rejectUnauthorized: false, ...options }).setNoDelay(true);
    return socket.on('data', (bytes) => onBytes(bytes.length, bytes));
  }
  const callback = (size, buffer) => {
    onBytes(size, buffer);
    return true;
  };
  return net.connect({ port, host, noDelay: true, onread: { buffer: inbox, callback }, ...options });
}

/** Sends `size` bytes of a body, as fast as the socket takes them. */
export function sendBody(socket, size) {
  let left = size;
  const more = () => {
    while (left > 0) {
      const part = block.subarray(0, Math.min(left, block.length));
      left -= part.length;
      if (!socket.write(part)) return;
    }
    socket.off('drain', more);
  };
  socket.on('drain', more);
  more();
}

/** @returns {Promise<{ length?: number }>} the length of a response with status 200, head included, if it's not chunked */
export function probe(port, { request, bodySize, secure }) {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const onBytes = (size, buffer) => {
      bytes = Buffer.concat([bytes, buffer.subarray(0, size)]);
      const end = bytes.indexOf(endOfHead);
      if (end < 0) return;
      socket.destroy();
      const head = bytes.toString('latin1', 0, end + 2);
      if (!head.startsWith('HTTP/1.1 200 ')) reject(new Error(`the server responded with ${head.split('\r\n', 1)[0]}`));
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      resolve({ length: length && end + endOfHead.length + Number(length) });
    };
    const socket = connect(port, onBytes, { secure });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection before it responded')));
    socket.write(request);
    if (bodySize) sendBody(socket, bodySize);
  });
}

/** @returns a counter of one connection: it is called with each read, and returns the responses that the read completes */
export const counterOf = ({ length }) => (length === undefined ? countLastChunks() : countLengths(length));

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
    return tail.equals(lastChunk) ? 1 : 0;
  };
}
