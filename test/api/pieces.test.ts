/** The pieces of one chunk are not parted by what their socket, or its program, does meanwhile. */
import { afterEach, describe, expect, it } from 'vitest';
import type { IncomingMessage, ServerResponse } from '../../src/index.js';
import { createServer } from '../../src/index.js';
import { settled, socketPair } from '../../src/testing/index.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const text = 'b'.repeat(30);

const open: { destroy(): unknown }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.destroy();
});

/** What two pipelined requests get, on a socket that is full after each piece. */
async function responses(handler: (req: IncomingMessage, res: ServerResponse) => void): Promise<string> {
  const server = createServer((req, res) => {
    res.sendDate = false;
    handler(req, res);
  });
  const [caller, called] = socketPair({ highWaterMark: 20 });
  open.push(caller);
  let got = '';
  caller.on('data', (chunk: Buffer) => {
    got += chunk.toString('latin1');
  });
  caller.once('connect', () => server.emit('connection', called));
  caller.write(REQUEST + REQUEST);
  for (let turns = 0; turns < 20; turns++) await settled();
  return got.replaceAll(/HTTP\/1\.1 200 OK\r\n.*?\r\n\r\n/gs, '<head>');
}

describe('a chunk that is binary, on a full socket', () => {
  const whole = `<head>1\r\na\r\n1e\r\n${text}\r\n0\r\n\r\n`;

  it('is whole before the next response begins', async () => {
    expect(await responses((_req, res) => res.write('a', () => res.end(Buffer.from(text))))).toBe(whole + whole);
  });

  it('is whole before the next response begins, if it was corked', async () => {
    let first: ServerResponse | undefined;
    const got = await responses((_req, res) => {
      if (first === undefined) {
        first = res;
        res.write('a');
        return;
      }
      res.end('b');
      first.cork();
      first.write(Buffer.from(text));
      first.end();
    });
    expect(got).toBe(`${whole}<head>b`);
  });

  it('is whole before the same response goes on', async () => {
    const got = await responses((_req, res) => {
      res.write('a');
      res.write(Buffer.from(text));
      res.end();
    });
    expect(got).toBe(whole + whole);
  });

  it('is whole when it comes with the head', async () => {
    const got = await responses((_req, res) => {
      res.setHeader('Content-Length', 30);
      res.end(Buffer.from(text));
    });
    expect(got).toBe(`<head>${text}<head>${text}`);
  });
});

it('nothing is written after the FIN of the server, though another response is due', async () => {
  const server = createServer((req, res) => {
    if (req.url === '/0') res.end('a'.repeat(30_000));
    else late = res;
  });
  let late: ServerResponse | undefined;
  const [caller, called] = socketPair({ highWaterMark: 20 });
  open.push(caller);
  const log: string[] = [];
  called.on('error', ({ message }) => log.push(message)).on('close', (hadError) => log.push(`close ${hadError}`));
  server.emit('connection', called);
  caller.pause();
  caller.end(REQUEST.replace('/', '/0') + REQUEST);
  await settled();
  late?.end('late');
  caller.resume();
  await settled();
  expect(log).toEqual(['close false']);
});
