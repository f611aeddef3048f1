/** What the programs share. They print what they see; times, ports and dates are left out. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';

export const log = (...parts) =>
  console.log(parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' '));

/** Bytes that are the same each time. */
export function bytes(length) {
  const made = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) made[at] = (at * 31 + (at >> 8)) & 255;
  return made;
}

export const digest = (data) => createHash('sha1').update(data).digest('hex').slice(0, 12);

/** A short text as it is, a long one or bytes as length and digest. */
export function brief(data) {
  const buffer = Buffer.from(data);
  return buffer.length > 300 || buffer.includes(0) ? `${buffer.length} bytes ${digest(buffer)}` : buffer.toString();
}

/** All of a stream. */
export async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Starts to listen on a free port; the URL. */
export async function listen(server) {
  if (!server.listening) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return `http://127.0.0.1:${server.address().port}`;
}

/** Closes a server; resolves when it is closed. */
export function close(server) {
  return new Promise((resolve) => {
    server.close(() => {
      log('server closed');
      resolve();
    });
  });
}

const SHOWN = (name) => !['date', 'etag', 'last-modified'].includes(name);

/** Requests by the host's fetch and prints what is received. */
export async function show(url, options) {
  const { pathname, search, port } = new URL(url);
  const response = await fetch(url, { redirect: 'manual', ...options });
  const headers = [...response.headers].filter(([name]) => SHOWN(name));
  const body = Buffer.from(await response.arrayBuffer());
  log(options?.method ?? 'GET', pathname + search, response.status, response.statusText);
  log('  ', headers.map((field) => field.join(': ').replaceAll(port, 'PORT')).join(' | '));
  log('  ', brief(body.toString('latin1').includes('\0') ? body : body.toString().replaceAll(port, 'PORT')));
  return response;
}

/** Sends text over a socket of its own; prints what comes until the server closes it. */
export async function raw(url, text, name = 'raw') {
  const socket = net.connect(new URL(url).port, '127.0.0.1');
  socket.write(text);
  const received = (await collect(socket)).toString('latin1');
  log(name, received.replace(/Date: [^\r]*\r\n/gi, '').replaceAll(new URL(url).port, 'PORT'));
}

/** Requests a path, and leaves when the first part of the response has come. */
export async function leave(url, path) {
  const socket = net.connect(new URL(url).port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
}

/** A promise and what settles it. */
export function deferred() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Lets what is under way come to its end: several turns, and some time. */
export async function rest() {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setTimeout(resolve, 8));
}
