/**
 * A socket handed over by 'upgrade' or 'connect', on either side, behaves as if it had never been read: whatever its new owner
 * does with it, it emits the same events as with the host's node:http.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { type Duplex, PassThrough } from 'node:stream';
import { describe } from 'vitest';
import { type Http, twice } from './kit/twice.js';

type Note = (line: string) => void;
type Owner = (socket: Duplex, note: Note) => void;

const soon = setImmediate;

/** What the new owner does with the socket. */
const owners: Readonly<Record<string, Owner>> = {
  nothing: () => {},
  pause: (socket) => void socket.pause(),
  'pause, resume': (socket) => {
    socket.pause();
    soon(() => socket.resume());
  },
  'resume, pause': (socket) => {
    socket.resume();
    soon(() => socket.pause());
  },
  'resume and pause at once': (socket) => void socket.resume().pause(),
  'resume, pause and end': (socket) => {
    socket.resume();
    soon(() => socket.pause().end());
  },
  'pause and end': (socket) => void socket.pause().end(),
  end: (socket) => void socket.end(),
  data: (socket, note) => void socket.on('data', (chunk) => note(`data ${chunk}`)),
  'data, pausing in it': (socket, note) =>
    void socket.on('data', (chunk) => {
      note(`data ${chunk}`);
      socket.pause();
    }),
  'data, pausing and ending in it': (socket, note) =>
    void socket.on('data', (chunk) => {
      note(`data ${chunk}`);
      socket.pause().end();
    }),
  'data once': (socket, note) => void socket.once('data', (chunk) => note(`data ${chunk}`)),
  readable: (socket, note) =>
    void socket.on('readable', () => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) note(`read ${chunk}`);
    }),
  'unread readable': (socket, note) => void socket.on('readable', () => note(`readable ${socket.readableLength}`)),
  pipe: (socket, note) => void socket.pipe(noting(note)),
  'pipe, unpipe': (socket, note) => {
    const to = noting(note);
    socket.pipe(to);
    soon(() => socket.unpipe(to));
  },
  'pipe, unpipe and end': (socket, note) => {
    const to = noting(note);
    socket.pipe(to);
    soon(() => socket.unpipe(to).end());
  },
  'pipe to itself': (socket) => void socket.pipe(socket),
  'for await': (socket, note) => void iterate(socket, note),
  unshift: (socket, note) => {
    socket.pause();
    socket.unshift(Buffer.from('back'));
    soon(() => socket.on('data', (chunk) => note(`data ${chunk}`)).resume());
  },
  'reading its properties': (socket, note) =>
    note(`${socket.isPaused()} ${socket.readableFlowing} ${socket.readableLength} ${socket.readable}`),
};

function noting(note: Note): PassThrough {
  const to = new PassThrough();
  return to.on('data', (chunk) => note(`piped ${chunk}`)).on('end', () => note('piped end'));
}

async function iterate(socket: Duplex, note: Note): Promise<void> {
  try {
    for await (const chunk of socket) note(`iterated ${chunk}`);
    note('iterated all');
  } catch (error) {
    note((error as NodeJS.ErrnoException).code ?? String(error));
  }
}

const listening = async (server: net.Server | Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

/** Resolves when all bytes in transit over loopback have arrived. */
async function settle(): Promise<void> {
  const echo = net.createServer((socket) => socket.pipe(socket));
  const probe = net.connect(await listening(echo), '127.0.0.1');
  for (let trip = 0; trip < 4; trip++) {
    probe.write('trip');
    await once(probe, 'data');
  }
  probe.destroy();
  echo.close();
}

interface Handover {
  /** The handed-over socket, and its other end. */
  readonly socket: Duplex;
  readonly peer: Socket;
  close(): void;
}

const requests = {
  upgrade: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
  connect: 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
};
const responses = {
  upgrade: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
  connect: 'HTTP/1.1 200 OK\r\n\r\n',
};
type How = keyof typeof requests;

/** `own` is called in the listener of 'upgrade' or 'connect'. */
async function atServer(http: Http, how: How, own: (socket: Duplex) => void): Promise<Handover> {
  const server = http.createServer();
  const socket = new Promise<Duplex>((resolve) => {
    server.on(how, (_req, socket: Duplex) => {
      own(socket);
      resolve(socket);
    });
  });
  const peer = net.connect({ port: await listening(server), host: '127.0.0.1', allowHalfOpen: true });
  peer.write(requests[how]);
  return { socket: await socket, peer, close: () => void server.close() };
}

async function atClient(http: Http, how: How, own: (socket: Duplex) => void): Promise<Handover> {
  const server = net.createServer({ allowHalfOpen: true });
  const port = await listening(server);
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const options =
    how === 'connect' ? { method: 'CONNECT', path: 'a:1' } : { headers: { Connection: 'Upgrade', Upgrade: 'x' } };
  const req = http.request({ host: '127.0.0.1', port, ...options });
  const socket = new Promise<Duplex>((resolve) => {
    req.on(how, (_res, socket: Duplex) => {
      own(socket);
      resolve(socket);
    });
  });
  req.end();
  const [peer] = await accepted;
  peer.once('data', () => peer.write(responses[how]));
  return { socket: await socket, peer, close: () => void server.close() };
}

const peers: Readonly<Record<string, (peer: Socket) => Promise<unknown>>> = {
  FIN: async (peer) => void peer.end(),
  'data, then FIN': async (peer) => {
    peer.write('hello');
    await settle();
    peer.end();
  },
};

for (const [side, handOver] of Object.entries({ server: atServer, client: atClient })) {
  for (const how of ['upgrade', 'connect'] as const) {
    describe(`a socket handed over by '${how}' in a ${side}`, () => {
      for (const [sending, send] of Object.entries(peers)) {
        for (const [does, owner] of Object.entries(owners)) {
          twice(`${does}: ${sending}`, async (http) => {
            const log: string[] = [];
            const note: Note = (line) => void log.push(line);
            const { socket, peer, close } = await handOver(http, how, (socket) => {
              for (const event of ['end', 'close', 'error']) socket.on(event, () => note(event));
              owner(socket, note);
            });
            peer.on('end', () => note('peer end')).resume();
            await settle();
            await send(peer);
            await settle();
            const outcome = [...log, `ended ${socket.readableEnded} destroyed ${socket.destroyed}`];
            peer.destroy();
            socket.destroy();
            close();
            return outcome;
          });
        }
      }
    });
  }
}

describe('end() of a request after its socket was handed over', () => {
  for (const method of ['GET', 'POST']) {
    for (const moment of ['in the listener', 'later'] as const) {
      twice(`sends nothing: ${method}, ${moment}`, async (http) => {
        const server = net.createServer();
        const port = await listening(server);
        const accepted = once(server, 'connection') as Promise<[Socket]>;
        const req = http.request({ host: '127.0.0.1', port, method, headers: { Connection: 'Upgrade', Upgrade: 'x' } });
        req.flushHeaders();
        const [peer] = await accepted;
        await once(peer, 'data');
        peer.write(responses.upgrade);
        const [, socket] = (await once(req, 'upgrade')) as [unknown, Socket];
        if (moment === 'later') await settle();
        let received = '';
        peer.on('data', (chunk) => {
          received += chunk;
        });
        socket.write('the program’s');
        req.end();
        await settle();
        socket.destroy();
        peer.destroy();
        server.close();
        return received;
      });
    }
  }
});
