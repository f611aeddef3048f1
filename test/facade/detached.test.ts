/** A program that detaches the socket of a response: nothing is sent until it assigns one again. */
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { settle } from '../conversations/kit/wires.js';
import { http as both, type Http, twice } from './kit/twice.js';

async function detached(http: Http, begins: boolean, returns: boolean): Promise<string[]> {
  const log: string[] = [];
  let reassign = (): void => {};
  const server = http.createServer((req, res) => {
    const socket: Socket = req.socket;
    for (const event of ['finish', 'close']) res.on(event, () => log.push(event));
    const detach = (): void => {
      res.detachSocket(socket);
      res.end('the end');
      log.push(`${res.socket} ${res.writableEnded} ${res.writableFinished} ${res.writableLength > 0}`);
    };
    reassign = () => res.assignSocket(socket);
    if (!begins || req.url === '/2') detach();
    else {
      res.write('begun');
      setImmediate(detach);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  peer.setEncoding('latin1').on('data', (text) => {
    received += text;
  });
  const send = (path: string) => peer.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  send('/1');
  await once(server, 'request');
  await settle();
  log.push(received.replace(/^Date: .*\r\n/m, ''));
  if (returns) {
    reassign();
    await settle();
    log.push(received.replace(/^Date: .*\r\n/m, ''));
    send('/2');
    await once(server, 'request');
    log.push('another request');
  }
  peer.destroy();
  server.close();
  return log;
}

describe('detachSocket() of a response that is due', () => {
  for (const begins of [false, true]) {
    for (const returns of [false, true]) {
      twice(
        `${begins ? 'after it has begun' : 'before its head'}, ${returns ? 'then assigned again' : 'for good'}`,
        (http) => detached(http, begins, returns),
      );
    }
  }
});

describe('differences for a response whose socket was detached', () => {
  async function eventsWithout(http: Http, take: 'detachSocket' | 'null'): Promise<string[]> {
    const log: string[] = [];
    const server = http.createServer((req, res) => {
      for (const event of ['prefinish', 'close']) res.on(event, () => log.push(event));
      if (take === 'null') Object.assign(res, { socket: null });
      else res.detachSocket(req.socket);
      res.end('the end');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    peer.on('data', () => log.push('sent')).write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(server, 'request');
    await settle();
    peer.destroy();
    server.close();
    await settle();
    return log;
  }

  it("'prefinish' is emitted at end(), 'close' with the connection, and an assignment to res.socket is ignored", async () => {
    expect(await eventsWithout(both.host, 'detachSocket')).toEqual([]);
    expect(await eventsWithout(both.statewire, 'detachSocket')).toEqual(['prefinish', 'close']);
    expect(await eventsWithout(both.host, 'null')).toEqual(['close']);
    expect(await eventsWithout(both.statewire, 'null')).toEqual(['prefinish', 'close', 'sent']);
  });
});
