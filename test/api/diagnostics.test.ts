/** What is published on Node's diagnostics channels of HTTP servers. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { get, head } from '../conversations/kit/phrases.js';
import { dial, settle } from '../conversations/kit/wires.js';
import { type Http, http, twice } from '../facade/kit/twice.js';

interface Message {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket?: Socket;
  readonly server?: Server;
}

type Seen = readonly [channel: string, message: Message, server: Server];

/** A log of the handler's calls, of 'finish', and of the channels' messages as returned by `show`. */
async function published(
  { createServer }: Http,
  channels: readonly string[],
  show: (...seen: Seen) => unknown,
): Promise<readonly unknown[]> {
  const log: unknown[] = [];
  const server = createServer((req, res) => {
    log.push(`request ${req.url}`);
    res.on('finish', () => log.push(`finish ${req.url}`));
    res.end('hello');
  });
  const listener = (message: unknown, name: string | symbol) =>
    void log.push(show(String(name), message as Message, server));
  for (const channel of channels) subscribe(channel, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = await dial((server.address() as AddressInfo).port);
  socket.resume();
  for (const text of [get('/1'), get('/2') + get('/3'), head('GET /hostless HTTP/1.1')]) {
    socket.write(text);
    await settle();
  }
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  for (const channel of channels) unsubscribe(channel, listener);
  return log;
}

const START = 'http.server.request.start';
const FINISH = 'http.server.response.finish';
const CREATED = 'http.server.response.created';

const UNUSUAL: Readonly<Record<string, string>> = {
  'an upgrade': head('GET /up HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: thing'),
  'a CONNECT': head('CONNECT a:1 HTTP/1.1', 'Host: a'),
  'a request with Expect: 100-continue': head(
    'POST /e HTTP/1.1',
    'Host: a',
    'Expect: 100-continue',
    'Content-Length: 0',
  ),
  'a request with an unknown expectation': head('POST /e HTTP/1.1', 'Host: a', 'Expect: tea', 'Content-Length: 0'),
  'an invalid request': 'nonsense',
  'a request that is cut': head('POST /cut HTTP/1.1', 'Host: a', 'Content-Length: 9'),
};

describe('diagnostics_channel', () => {
  twice('request.start and response.finish, in order with the events', (http) =>
    published(http, [START, FINISH], (channel, { request, response }) => [
      `${channel} ${request.url}`,
      response.headersSent,
      response.writableEnded,
      response.writableFinished,
    ]),
  );

  twice('the content of their messages', (http) =>
    published(http, [START, FINISH], (_, message, server) => {
      const { request, response, socket } = message;
      return [
        Object.keys(message),
        request instanceof http.IncomingMessage,
        response instanceof http.ServerResponse,
        response.req === request,
        request.socket === socket,
        message.server === server,
      ];
    }),
  );

  twice('a response has no socket when request.start is published', (http) =>
    published(http, [START], (_, { response }) => response.socket === null),
  );

  for (const [name, text] of Object.entries(UNUSUAL)) {
    twice(`what is published for ${name}`, async ({ createServer }) => {
      const log: string[] = [];
      const names = HOST < 22 ? [START, FINISH] : [START, FINISH, CREATED];
      const listener = (message: unknown, channel: string | symbol) => {
        const { request } = message as Message;
        log.push(`${String(channel)} ${Object.keys(message as object)} ${request.method} ${request.url}`);
      };
      const server = createServer((req, res) => {
        log.push(`request ${req.url}`);
        res.end('hello');
      });
      for (const event of ['upgrade', 'connect']) {
        server.on(event, (_req, socket: Socket) => {
          log.push(event);
          socket.end();
        });
      }
      for (const event of ['checkContinue', 'checkExpectation']) {
        server.on(event, (_req, res: ServerResponse) => {
          log.push(event);
          res.end();
        });
      }
      for (const channel of names) subscribe(channel, listener);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = await dial((server.address() as AddressInfo).port);
      socket.resume().on('error', () => {});
      socket.write(text);
      await settle();
      log.push('settled');
      socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      for (const channel of names) unsubscribe(channel, listener);
      return log;
    });
  }

  it('response.created precedes request.start', async () => {
    const log = await published(
      http.statewire,
      [CREATED, START],
      (channel, { request }) => `${channel} ${request.url}`,
    );
    expect(log.slice(0, 3)).toEqual([`${CREATED} /1`, `${START} /1`, 'request /1']);
  });

  it('response.created has a request and a response, as on Node 24', async () => {
    const log = await published(http.statewire, [CREATED], (_, message) => Object.keys(message));
    expect(log[0]).toEqual(['request', 'response']);
  });
});
