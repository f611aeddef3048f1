/** Rarely used parts of the API. */
import { EventEmitter, once } from 'node:events';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createServer, type ServerResponse } from '../../src/index.js';
import { turn } from '../conversations/kit/wires.js';
import { exchange, listen } from './kit/exchange.js';
import { twice } from './kit/twice.js';

describe('an async listener that rejects, with captureRejections', () => {
  twice('destroys its response', async (http) => {
    const log: string[] = [];
    EventEmitter.captureRejections = true;
    try {
      await exchange(http, (_req, res) => {
        listen(log, 'res', res, ['finish', 'error', 'close']);
        res.on('mine', async () => {
          throw new Error('no');
        });
        res.on('close', () => log.push(`errored: ${res.errored?.message}`));
        res.write('x');
        res.emit('mine');
        setImmediate(() => res.end('y'));
      });
    } finally {
      EventEmitter.captureRejections = false;
    }
    return log;
  });
});

describe('errored', () => {
  twice('is the error passed to destroy(), or null', ({ OutgoingMessage, ServerResponse, IncomingMessage }) =>
    [() => new OutgoingMessage(), () => new ServerResponse(new IncomingMessage(new Socket()))].map((make) => {
      const errored = (...given: [error?: Error]) => {
        const message = make();
        const before = message.errored;
        message.destroy(...given);
        return [before, message.errored, message.destroyed];
      };
      return [errored(), errored(new Error('mine')), errored(null as never)];
    }),
  );
});

describe('a CONNECT after a request whose response is due', () => {
  it('gets all following bytes, even those that arrive before its turn', async () => {
    const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const first = new Promise<ServerResponse>((resolve) => {
      const server = createServer((_req, res) => resolve(res));
      server.on('connect', (_req, tunnel: Duplex, head: Buffer) => {
        let text = String(head);
        tunnel.on('data', (chunk) => {
          text += chunk;
          if (text.endsWith('end')) tunnel.emit('all', text);
        });
      });
      server.emit('connection', socket as never);
    });
    const all = once(socket, 'all');
    socket.push('GET / HTTP/1.1\r\nHost: a\r\n\r\nCONNECT b:1 HTTP/1.1\r\nHost: b\r\n\r\nfirst ');
    await turn();
    socket.push('second ');
    await turn();
    (await first).end();
    await turn();
    socket.push('end');
    expect(await all).toEqual(['first second end']);
  });
});

describe('a response in transit when the peer sends FIN', () => {
  twice('finishes, then closes', async (http) => {
    const log: string[] = [];
    let send = () => {};
    const socket = new Duplex({
      read() {},
      write: (chunk, _encoding, done) => {
        if (chunk.length > 0) send = done;
        else done();
      },
    });
    const server = http.createServer((_req, res) => {
      listen(log, 'res', res, ['prefinish', 'finish', 'close']);
      res.end('x');
    });
    listen(log, 'socket', socket, ['end', 'close']);
    server.emit('connection', socket);
    socket.push('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await turn();
    socket.push(null);
    await turn();
    send();
    await once(socket, 'close');
    return log;
  });
});
