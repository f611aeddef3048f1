/**
 * A program pauses the socket of a message: statewire notices that the peer closes exactly when node:http does. A server notices
 * it until the message has ended; a client always.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';

import { describe } from 'vitest';
import { settle } from '../conversations/kit/wires.js';
import { type Http, twice } from './kit/twice.js';

type Pause = () => void;

/** When to call `pause`. */
const moments: Readonly<Record<string, (message: IncomingMessage, pause: Pause) => void>> = {
  'at once': (_message, pause) => pause(),
  'in data': (message, pause) => void message.on('data', pause),
  'in end': (message, pause) => void message.on('end', pause).resume(),
  'in the next tick': (_message, pause) => process.nextTick(pause),
  'in the next tick, reading': (message, pause) => {
    message.resume();
    process.nextTick(pause);
  },
  'in an immediate': (_message, pause) => void setImmediate(pause),
  'in an immediate, reading': (message, pause) => {
    message.resume();
    setImmediate(pause);
  },
  'in an immediate, reading by readable': (message, pause) => {
    message.on('readable', () => message.read());
    setImmediate(pause);
  },
  'at once, then resumed': (message, pause) => {
    pause();
    setImmediate(() => message.socket.resume());
  },
};

const bodies: Readonly<Record<string, string>> = { 'no body': '', 'the whole body': 'hello', 'half a body': 'hel' };

const ends: Readonly<Record<string, (peer: Socket) => unknown>> = {
  FIN: (peer) => peer.end(),
  RST: (peer) => peer.resetAndDestroy(),
};

const responses: Readonly<Record<string, string[]>> = {
  'no response': [],
  'a begun response': ['write'],
  'a complete response': ['end'],
};

const fields = (body: string) => `Content-Length: ${body === '' ? 0 : 5}\r\n\r\n${body}`;

/** The events of the socket, beginning with the peer's end. */
function eventsOf(socket: Socket): string[] {
  const log: string[] = [];
  for (const event of ['end', 'error', 'close']) socket.on(event, () => log.push(event));
  return log;
}

async function listening(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

type Case = { when: string; body: string; end: string };

async function atServer(http: Http, { when, body, end }: Case, calls: string[]): Promise<unknown> {
  let log: string[] = [];
  let pausedSocket: Socket | undefined;
  const server = http.createServer((req, res) => {
    pausedSocket = req.socket;
    log = eventsOf(pausedSocket);
    req.on('error', () => {});
    for (const call of calls) (res as unknown as Record<string, (text: string) => void>)[call]?.('a');
    moments[when]?.(req, () => pausedSocket?.pause());
  });
  const peer = net.connect({ port: await listening(server), host: '127.0.0.1', allowHalfOpen: true });
  peer.on('error', () => {}).resume();
  peer.write(`POST / HTTP/1.1\r\nHost: a\r\n${fields(bodies[body] as string)}`);
  await once(server, 'request');
  await settle();
  ends[end]?.(peer);
  await settle();
  const outcome = [...log, pausedSocket?.destroyed];
  peer.destroy();
  pausedSocket?.destroy();
  server.close();
  return outcome;
}

async function atClient(http: Http, { when, body, end }: Case, keepAlive: boolean): Promise<unknown> {
  const server = net.createServer({ allowHalfOpen: true });
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const agent = new http.Agent({ keepAlive });
  const req = http.get({ host: '127.0.0.1', port: await listening(server), agent });
  let log: string[] = [];
  let pausedSocket: Socket | undefined;
  req
    .on('error', () => {})
    .on('response', (res) => {
      pausedSocket = res.socket;
      log = eventsOf(pausedSocket);
      res.on('error', () => {});
      moments[when]?.(res, () => pausedSocket?.pause());
    });
  const [peer] = await accepted;
  peer.on('error', () => {});
  await once(peer, 'data');
  peer.write(`HTTP/1.1 200 OK\r\n${fields(bodies[body] as string)}`);
  await once(req, 'response');
  await settle();
  ends[end]?.(peer);
  await settle();
  // An idle socket emits fewer events on some hosts (`idle-end`).
  const outcome = [...(keepAlive ? log.slice(-1) : log), pausedSocket?.destroyed];
  peer.destroy();
  pausedSocket?.destroy();
  server.close();
  return outcome;
}

describe('a paused socket of a message', () => {
  for (const when of Object.keys(moments)) {
    for (const body of Object.keys(bodies)) {
      for (const end of Object.keys(ends)) {
        const it = { when, body, end };
        for (const [how, calls] of Object.entries(responses)) {
          // After its response the body is discarded, without 'data'.
          if (how === 'a complete response' && body === 'half a body' && when === 'in data') continue;
          twice(`in a server ${when}, ${body}, ${how}: ${end}`, (http) => atServer(http, it, calls));
        }
        // Without a body, the socket does not wait for a reader (`unread-bodiless`).
        if (body !== 'no body') twice(`in a client ${when}, ${body}: ${end}`, (http) => atClient(http, it, false));
        twice(`in a keep-alive client ${when}, ${body}: ${end}`, (http) => atClient(http, it, true));
      }
    }
  }
});
