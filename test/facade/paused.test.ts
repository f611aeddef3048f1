/**
 * A program that pauses the socket of a message: the end of its peer is noticed where node:http notices it. At a server that is as
 * long as the message is not over; at a client, always.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';

import { describe } from 'vitest';
import { settle } from '../conversations/kit/wires.js';
import { type Http, twice } from './kit/twice.js';

type Pause = () => void;

/** When it pauses: `pause` is to be called then. */
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
  'at once, and resumes': (message, pause) => {
    pause();
    setImmediate(() => message.socket.resume());
  },
};

const bodies: Readonly<Record<string, string>> = { 'no body': '', 'the whole body': 'hello', 'half a body': 'hel' };

const ends: Readonly<Record<string, (peer: Socket) => unknown>> = {
  FIN: (peer) => peer.end(),
  RST: (peer) => peer.resetAndDestroy(),
};

const answers: Readonly<Record<string, string[]>> = {
  'no answer': [],
  'an answer begun': ['write'],
  answered: ['end'],
};

const fields = (body: string) => `Content-Length: ${body === '' ? 0 : 5}\r\n\r\n${body}`;

/** What it tells, beginning with the peer's end. */
function attend(socket: Socket): string[] {
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
  let held: Socket | undefined;
  const server = http.createServer((req, res) => {
    held = req.socket;
    log = attend(held);
    req.on('error', () => {});
    for (const call of calls) (res as unknown as Record<string, (text: string) => void>)[call]?.('a');
    moments[when]?.(req, () => held?.pause());
  });
  const peer = net.connect({ port: await listening(server), host: '127.0.0.1', allowHalfOpen: true });
  peer.on('error', () => {}).resume();
  peer.write(`POST / HTTP/1.1\r\nHost: a\r\n${fields(bodies[body] as string)}`);
  await once(server, 'request');
  await settle();
  ends[end]?.(peer);
  await settle();
  const told = [...log, held?.destroyed];
  peer.destroy();
  held?.destroy();
  server.close();
  return told;
}

async function atClient(http: Http, { when, body, end }: Case, keepAlive: boolean): Promise<unknown> {
  const server = net.createServer({ allowHalfOpen: true });
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const agent = new http.Agent({ keepAlive });
  const req = http.get({ host: '127.0.0.1', port: await listening(server), agent });
  let log: string[] = [];
  let held: Socket | undefined;
  req
    .on('error', () => {})
    .on('response', (res) => {
      held = res.socket;
      log = attend(held);
      res.on('error', () => {});
      moments[when]?.(res, () => held?.pause());
    });
  const [peer] = await accepted;
  peer.on('error', () => {});
  await once(peer, 'data');
  peer.write(`HTTP/1.1 200 OK\r\n${fields(bodies[body] as string)}`);
  await once(req, 'response');
  await settle();
  ends[end]?.(peer);
  await settle();
  // An idle one tells less on some hosts (`idle-end`).
  const told = [...(keepAlive ? log.slice(-1) : log), held?.destroyed];
  peer.destroy();
  held?.destroy();
  server.close();
  return told;
}

describe('the socket of a message is paused', () => {
  for (const when of Object.keys(moments)) {
    for (const body of Object.keys(bodies)) {
      for (const end of Object.keys(ends)) {
        const it = { when, body, end };
        for (const [how, calls] of Object.entries(answers)) {
          // Behind its answer it is read to no avail, and tells no 'data'.
          if (how === 'answered' && body === 'half a body' && when === 'in data') continue;
          twice(`at a server ${when}, ${body}, ${how}: ${end}`, (http) => atServer(http, it, calls));
        }
        // Without a body, the socket is not kept for a reader (`unread-bodiless`).
        if (body !== 'no body') twice(`at a client ${when}, ${body}: ${end}`, (http) => atClient(http, it, false));
        twice(`at a client that keeps ${when}, ${body}: ${end}`, (http) => atClient(http, it, true));
      }
    }
  }
});
