/** Programs that cover every way in which the engine calls a program. */
import { channel } from 'node:diagnostics_channel';
import net from 'node:net';
import { type IncomingMessage, type ServerOptions, type ServerResponse, tap, watch } from '../../../src/index.js';
import type { Tour } from './tour.js';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

export interface Scenario {
  readonly name: string;
  readonly options?: (tour: Tour) => ServerOptions;
  /** Resolves when everything has happened. */
  readonly play: (tour: Tour) => Promise<unknown>;
}

/** A handler of all paths except '/fine'. */
function serve(tour: Tour, handler: Handler, event = 'request'): void {
  (tour.server as NodeJS.EventEmitter).on(event, (req: IncomingMessage, res: ServerResponse) => {
    if (req.url !== '/fine') handler(req, res);
  });
}

const closed = (emitter: NodeJS.EventEmitter | undefined): Promise<unknown> =>
  emitter === undefined ? Promise.resolve() : new Promise((resolve) => emitter.once('close', resolve));

const head = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

function exchange(tour: Tour, path = '/'): Promise<unknown> {
  return closed(
    tour.request({ path }, (request) => {
      request.on('response', (response) => response.resume());
      tour.call(() => request.end(tour.back('request.end')));
    }),
  );
}

async function peer(tour: Tour, ...texts: string[]): Promise<void> {
  await closed(tour.raw(texts.join('')));
}

/** A function of the program in the options. */
function requesting(name: string, options: object, get: (tour: Tour) => object): Scenario {
  return {
    name,
    play: (tour) => {
      serve(tour, (_req, res) => res.end('x'));
      return closed(
        tour.request({ ...options, ...get(tour) }, (request) => {
          request.on('response', (response) => response.resume());
          request.end();
        }),
      );
    },
  };
}

function listening(name: string, begin: (tour: Tour) => () => void): Scenario {
  return {
    name,
    play: async (tour) => {
      serve(tour, (_req, res) => res.end('x'));
      const stop = begin(tour);
      try {
        await exchange(tour);
      } finally {
        stop();
      }
    },
  };
}

const CHANNELS = ['server.request.start', 'server.response.created', 'server.response.finish'].concat([
  'client.request.start',
  'client.request.created',
  'client.request.error',
  'client.response.finish',
]);

export const scenarios: readonly Scenario[] = [
  {
    name: 'a body in each direction, and interim responses',
    play: async (tour) => {
      serve(
        tour,
        (req, res) => {
          res.writeContinue(tour.back('writeContinue'));
          res.writeProcessing(tour.back('writeProcessing'));
          res.writeInformation(103, { a: 'b' }, tour.back('writeInformation'));
          res.writeEarlyHints({ link: '</a>; rel=preload' });
          req.setTimeout(10_000, tour.back('req.setTimeout'));
          res.setTimeout(10_000, tour.back('res.setTimeout'));
          req.on('data', () => {});
          // Not in the listener: a stream whose 'end' listener throws emits no 'close'.
          const respond = () => {
            if (res.writableEnded) return;
            res.setHeader('a', 'b');
            res.write('a', tour.back('res.write'));
            res.write('b', tour.back('res.write'));
            res.end('c', tour.back('res.end'));
          };
          req.on('end', () => setImmediate(respond));
        },
        'checkContinue',
      );
      const request = tour.request({ method: 'POST', headers: { expect: '100-continue' } }, (request) => {
        request.on('response', (response) => response.on('data', () => {}));
        request.on('information', () => {});
        request.setTimeout(10_000, tour.back('request.setTimeout'));
        request.on('continue', () => {
          tour.call(() => request.write('x', tour.back('request.write')));
          tour.call(() => request.end('y', tour.back('request.end')));
        });
        tour.call(() => request.flushHeaders());
      });
      await closed(request);
    },
  },
  {
    name: 'sequential exchanges, and a queued one',
    play: async (tour) => {
      serve(tour, (_req, res) => res.end(Buffer.from('x'), tour.back('res.end')));
      await Promise.all([exchange(tour), exchange(tour), exchange(tour)]);
    },
  },
  {
    name: 'pipelined, with responses in reverse order',
    play: async (tour) => {
      const responses: ServerResponse[] = [];
      serve(tour, (_req, res) => {
        responses.unshift(res);
        if (responses.length < 3) return;
        for (const each of responses) {
          tour.call(() => each.write(Buffer.from('x'), tour.back('res.write')));
          tour.call(() => each.end(Buffer.from('y'), tour.back('res.end')));
        }
      });
      await peer(
        tour,
        ...['', '', 'Connection: close'].map((line) => head('GET / HTTP/1.1', 'Host: a', ...(line ? [line] : []))),
      );
    },
  },
  {
    name: 'a full socket, and a corked message',
    play: async (tour) => {
      serve(tour, (req, res) => {
        if (req.url === '/cork') {
          res.cork();
          res.write('a', tour.back('res.write'));
          res.write('b', tour.back('res.write'));
          res.uncork();
          res.end();
          return;
        }
        while (res.write('x'.repeat(200_000), tour.back('res.write'))) {}
        res.once('drain', () => res.end());
      });
      await exchange(tour);
      await exchange(tour, '/cork');
    },
  },
  {
    name: 'upgrade',
    play: async (tour) => {
      tour.server.on('upgrade', (_req, socket) => {
        socket.on('error', () => {});
        socket.end(head('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: a'));
      });
      const request = tour.request({ headers: { connection: 'upgrade', upgrade: 'a' } }, (request) => {
        request.on('upgrade', (_response, socket) =>
          socket
            .on('error', () => {})
            .resume()
            .end(),
        );
        request.end();
      });
      await closed(request);
    },
  },
  {
    name: 'CONNECT',
    play: async (tour) => {
      tour.server.on('connect', (_req, socket) => {
        socket.on('error', () => {});
        socket.end(head('HTTP/1.1 200 OK'));
      });
      const request = tour.request({ method: 'CONNECT', path: 'a:1' }, (request) => {
        request.on('connect', (_response, socket) =>
          socket
            .on('error', () => {})
            .resume()
            .end(),
        );
        request.end();
      });
      await closed(request);
    },
  },
  {
    name: 'an unknown expectation',
    play: (tour) => {
      serve(tour, (_req, res) => res.end('x'), 'checkExpectation');
      return peer(tour, head('GET / HTTP/1.1', 'Host: a', 'Expect: x', 'Connection: close'));
    },
  },
  {
    name: 'one request too many',
    play: (tour) => {
      tour.server.maxRequestsPerSocket = 1;
      tour.server.on('dropRequest', () => {});
      serve(tour, (_req, res) => res.end('x'));
      const text = head('GET / HTTP/1.1', 'Host: a');
      return peer(tour, text, text);
    },
  },
  {
    name: 'error responses: no Host, an unknown expectation, invalid HTTP',
    play: async (tour) => {
      tour.server.on('clientError', (_error, socket) => socket.destroy());
      await peer(tour, head('GET / HTTP/1.1'));
      await peer(tour, head('GET / HTTP/1.1', 'Host: a', 'Connection: close', 'Expect: x'));
      await peer(tour, 'garbage\r\n\r\n');
    },
  },
  {
    name: 'deadlines of two connections',
    options: () => ({ headersTimeout: 1, requestTimeout: 1, connectionsCheckingInterval: 20 }),
    play: (tour) => {
      tour.server.on('clientError', (_error, socket) => socket.destroy());
      return Promise.all([peer(tour, 'GET '), peer(tour, 'GET ')]);
    },
  },
  {
    name: 'timeouts',
    play: async (tour) => {
      tour.server.on('timeout', (socket) => socket.destroy());
      serve(tour, (req, res) => {
        req.on('timeout', () => {});
        res.on('timeout', () => {});
        res.setTimeout(30, tour.back('res.setTimeout'));
      });
      const first = tour.request({ timeout: 10 }, (request) => {
        request.on('timeout', tour.back('request.timeout'));
        request.end();
      });
      await closed(first);
    },
  },
  {
    name: 'responses that are cut',
    play: async (tour) => {
      serve(tour, (_req, res) => {
        res.write('x');
        setImmediate(() => res.socket?.destroy());
      });
      await exchange(tour);
      await exchange(tour);
    },
  },
  {
    name: 'abort() and destroy(error)',
    play: async (tour) => {
      serve(tour, (_req, res) => void res.write('x'));
      for (const end of ['abort', 'destroy'] as const) {
        const request = tour.request({}, (request) => {
          request.on('response', (response) => {
            response.on('data', () => tour.call(() => request[end]()));
          });
          request.end();
        });
        await closed(request);
      }
      const queued = [tour.request({}, (request) => request.end()), tour.request({}, (request) => request.end())];
      const all = Promise.all(queued.map(closed));
      for (const each of queued.reverse()) tour.call(() => each?.destroy(new Error('given up')));
      await all;
    },
  },
  {
    name: 'a connection that fails',
    play: async (tour) => {
      const failing = tour.request({ agent: false, port: 1 }, (request) => request.end());
      await closed(failing);
    },
  },
  {
    name: 'write() after end()',
    play: async (tour) => {
      serve(tour, (_req, res) => {
        res.on('error', () => {});
        res.end('x');
        tour.call(() => res.write('late', tour.back('a late write')));
        tour.call(() => res.end(tour.back('a second end')));
      });
      await exchange(tour);
    },
  },
  {
    name: 'shouldUpgradeCallback',
    options: (tour) => ({
      shouldUpgradeCallback: () => {
        tour.at('shouldUpgradeCallback');
        return false;
      },
    }),
    play: (tour) => {
      serve(tour, (_req, res) => res.end('x'));
      return peer(
        tour,
        head('GET / HTTP/1.1', 'Host: a', 'Connection: upgrade', 'Upgrade: a'),
        head('GET / HTTP/1.1', 'Host: a', 'Connection: close'),
      );
    },
  },
  {
    name: 'header values converted to strings',
    play: async (tour) => {
      const value = (name: string) => ({
        toString: () => {
          tour.at(name);
          return 'x';
        },
      });
      serve(tour, (_req, res) => {
        tour.call(() => res.setHeader('a', value('toString in setHeader') as never));
        tour.call(() => res.writeHead(200, { b: value('toString in writeHead') as never }));
        tour.call(() => res.end());
      });
      await closed(
        tour.request(
          {
            headers: {
              get a(): string {
                tour.at('a getter in headers');
                return 'x';
              },
              b: value('toString in headers') as never,
            },
          },
          (request) => {
            request.on('response', (response) => response.resume());
            request.end();
          },
        ),
      );
    },
  },
  requesting('lookup', { host: 'a.test' }, (tour) => ({
    lookup: (
      _host: string,
      options: { all?: boolean },
      done: (error: null, address: unknown, family?: number) => void,
    ) => {
      tour.at('lookup');
      if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(null, '127.0.0.1', 4);
    },
  })),
  requesting('createConnection, before it connects', { agent: undefined }, (tour) => ({
    createConnection: (options: net.NetConnectOpts) => {
      tour.at('createConnection');
      return net.connect(options);
    },
  })),
  requesting('createConnection without an agent, after its callback', {}, (tour) => ({
    agent: false,
    createConnection: (options: net.NetConnectOpts, done: (error: null, socket: net.Socket) => void) => {
      done(null, net.connect(options));
      tour.at('createConnection after its callback');
    },
  })),
  requesting('createConnection of a request that has an agent', {}, (tour) => ({
    createConnection: (options: net.NetConnectOpts, done: (error: null, socket: net.Socket) => void) => {
      const socket = net.connect(options);
      socket.once('connect', () => {
        done(null, socket);
        tour.at('createConnection in a later turn');
      });
    },
  })),
  {
    name: 'createConnection of the agent, after its callback',
    play: async (tour) => {
      serve(tour, (_req, res) => res.end('x'));
      tour.agent.createConnection = ((options: net.NetConnectOpts, done: (error: null, socket: net.Socket) => void) => {
        done(null, net.connect(options));
        tour.at('agent.createConnection() after its callback');
      }) as never;
      await Promise.all([exchange(tour), exchange(tour)]);
    },
  },
  listening('tap', (tour) => tap(() => tour.at('tap'))),
  listening('watch', (tour) => watch({ inspect: () => tour.at('watch') })),
  ...CHANNELS.map((name) =>
    listening(name, (tour) => {
      const subscriber = () => tour.at(`subscriber of ${name}`);
      channel(`http.${name}`).subscribe(subscriber);
      return () => channel(`http.${name}`).unsubscribe(subscriber);
    }),
  ),
];
