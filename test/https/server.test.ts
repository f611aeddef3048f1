/** HTTPS servers: the same programs with node:https and with statewire/https. */
import { EventEmitter, once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { Server, ServerOptions } from 'node:https';
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls, { type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { settle } from '../conversations/kit/wires.js';
import {
  ca,
  client,
  clientBundle,
  dial,
  type Https,
  httpOf,
  https,
  listen,
  other,
  received,
  server,
  twice,
} from './kit.js';

const GET = 'GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const KEPT = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';

interface Parts {
  readonly options?: ServerOptions;
  readonly handler?: RequestListener;
  /** Called with the server before it listens. */
  readonly prepare?: (server: Server, log: unknown[]) => void;
  /** What the clients do. */
  readonly play: (port: number, log: unknown[], server: Server) => Promise<unknown>;
}

/** Serves until the play is over; returns the log. */
async function served(face: Https, parts: Parts): Promise<unknown[]> {
  const log: unknown[] = [];
  const made = face.createServer({ ...server, ...parts.options }, parts.handler ?? ((_req, res) => res.end('hello')));
  parts.prepare?.(made, log);
  const port = await listen(made);
  try {
    await parts.play(port, log, made);
  } finally {
    if (made.listening) made.close();
    made.closeAllConnections();
  }
  return log;
}

/** The response to one request. */
async function fetched(port: number, options?: ConnectionOptions, bytes = GET): Promise<string> {
  const socket = await dial(port, options);
  socket.write(bytes);
  return received(socket);
}

/** What becomes of a client's handshake and request: the response, or the code of its error. */
async function outcome(port: number, options: ConnectionOptions): Promise<string> {
  try {
    return (await fetched(port, options)).split('\r\n', 1)[0] || 'nothing';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'an error';
  }
}

const secured = (socket: unknown): TLSSocket => socket as TLSSocket;

describe('an HTTPS server', () => {
  twice('is a tls.Server and no http.Server, with new and without', (face) =>
    [new face.Server(), (face.Server as unknown as () => object)(), face.createServer()].map((made) => [
      made instanceof face.Server,
      made instanceof tls.Server,
      made instanceof httpOf(face).Server,
    ]),
  );

  twice('has the settings of node:https', (face) => {
    const made = face.createServer() as Server & Record<string, unknown>;
    const names = ['allowHalfOpen', 'httpAllowHalfOpen', 'noDelay', 'keepAlive', 'pauseOnConnect', 'requestCert'];
    const times = ['timeout', 'headersTimeout', 'requestTimeout', 'keepAliveTimeout', 'maxHeadersCount'];
    return [...names, ...times, 'rejectUnauthorized', 'ALPNProtocols'].map((name) => [name, `${made[name]}`]);
  });

  twice('takes a listener, options, or both', (face) => {
    const listener = () => {};
    const made = [
      face.createServer(listener),
      face.createServer({}, listener),
      new face.Server({ headersTimeout: 7 }, listener),
    ];
    return made.map((each) => [each.listenerCount('request'), each.headersTimeout]);
  });

  for (const [title, options] of [
    ['a number', 1],
    ['a string', 'x'],
    ['an array', []],
    ['null', null],
    ['a bad timeout', { requestTimeout: -1 }],
    ['a bad key', { key: 'no key', cert: 'no certificate' }],
    ['ALPNProtocols beside ALPNCallback', { ALPNProtocols: ['h2'], ALPNCallback: () => undefined }],
  ] as const) {
    twice(`checks its options: ${title}`, (face) => {
      try {
        face.createServer(options as ServerOptions);
        return 'accepted';
      } catch (error) {
        const { name, code, message } = error as NodeJS.ErrnoException;
        return [name, code, message.replace(/^[0-9A-F]+:/, '')];
      }
    });
  }

  it('takes uniqueHeaders, which node:https ignores', async () => {
    const fields = (face: Https) =>
      served(face, {
        options: { uniqueHeaders: ['x-a'] },
        handler: (_req, res) => res.setHeader('X-A', ['1', '2']).end(),
        play: async (port, log) => log.push((await fetched(port)).match(/^x-a:.*/gim)),
      });
    expect(await fields(https.host)).toEqual([['X-A: 1', 'X-A: 2']]);
    expect(await fields(https.statewire)).toEqual([['X-A: 1; 2']]);
  });

  it("emits no request of a socket that a listener of 'secureConnection' has destroyed, which node:https emits", async () => {
    const events = async (face: Https) => {
      const log: string[] = [];
      await served(face, {
        prepare: (made) =>
          made.on('secureConnection', (socket) => {
            log.push('secureConnection');
            socket.destroy();
          }),
        handler: () => log.push('request'),
        play: async (port) => {
          const socket = tls.connect({ host: '127.0.0.1', port, ca, servername: 'localhost' });
          socket.on('error', () => {}).write(GET);
          await once(socket, 'close');
          await settle();
        },
      });
      return log;
    };
    expect(await events(https.host)).toEqual(['secureConnection', 'request']);
    expect(await events(https.statewire)).toEqual(['secureConnection']);
  });

  twice('ignores options that Object.prototype has', (face) => {
    const { prototype } = Object as unknown as { prototype: Record<string, unknown> };
    prototype['requestTimeout'] = 5;
    try {
      return [face.createServer({}).requestTimeout === 5 && face === undefined, 'created'];
    } finally {
      delete prototype['requestTimeout'];
    }
  });

  twice('emits connection, secureConnection and request, in this order', (face) =>
    served(face, {
      prepare: (made, log) => {
        for (const event of ['connection', 'secureConnection', 'request']) made.on(event, () => log.push(event));
        made.on('request', ({ socket, url }) => {
          log.push(url, socket instanceof tls.TLSSocket, secured(socket).servername, secured(socket).encrypted);
          log.push(Reflect.get(socket, 'server') === made);
        });
      },
      play: async (port, log) => log.push(await fetched(port)),
    }),
  );

  twice('serves pipelined requests, bodies and interim responses', (face) =>
    served(face, {
      handler: (req, res) => {
        let text = '';
        req.setEncoding('latin1').on('data', (chunk) => {
          text += chunk;
        });
        req.on('end', () => res.end(`${req.method} ${req.url} ${text}`));
      },
      play: async (port, log) => {
        const post =
          'POST /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n';
        log.push(await fetched(port, {}, KEPT + post + GET));
      },
    }),
  );

  twice('sends a large body, and receives one', (face) =>
    served(face, {
      handler: (req, res) => {
        let size = 0;
        req.on('data', (chunk: Buffer) => {
          size += chunk.length;
        });
        req.on('end', () => res.end(`${size}`.padEnd(1_000_000, '.')));
      },
      play: async (port, log) => {
        const body = 'x'.repeat(1_000_000);
        const head = `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
        const text = await fetched(port, {}, head + body);
        log.push(text.length, text.includes('\r\n\r\n1000000...'));
      },
    }),
  );

  twice('accepts any Duplex by emit(connection)', (face) =>
    served(face, {
      play: async (port, log, made) => {
        const relay = net.createServer((socket) => {
          const duplex = Duplex.from({ readable: socket, writable: socket });
          made.emit('connection', duplex as net.Socket);
        });
        log.push(port > 0, await fetched(await listen(relay)));
        relay.close();
      },
    }),
  );

  twice('hands over an upgraded socket, and that of CONNECT', (face) =>
    served(face, {
      prepare: (made, log) => {
        for (const event of ['upgrade', 'connect']) {
          made.on(event, (req, socket: TLSSocket, head: Buffer) => {
            log.push(event, req.url, `${head}`, socket instanceof tls.TLSSocket);
            socket.write('HTTP/1.1 101 Switching\r\n\r\n');
            socket.pipe(socket);
          });
        }
      },
      play: async (port, log) => {
        const upgrade = 'GET /u HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n';
        for (const bytes of [upgrade, 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n']) {
          const socket = await dial(port);
          socket.write(`${bytes}early`);
          await once(socket, 'data');
          socket.end(' late');
          log.push(await received(socket));
        }
      },
    }),
  );
});

describe('a handshake that fails', () => {
  const spoiled = async (port: number) => {
    const plain = net.connect(port, '127.0.0.1');
    plain.end('GET / HTTP/1.1\r\n\r\n');
    plain.on('error', () => {}).resume();
    await once(plain, 'close');
  };

  for (const listened of [[], ['tlsClientError'], ['clientError'], ['tlsClientError', 'clientError']]) {
    twice(`is reported to ${listened.join(' and ') || 'nobody'}`, (face) =>
      served(face, {
        prepare: (made, log) => {
          for (const event of listened) {
            made.on(event, (error: NodeJS.ErrnoException, socket: TLSSocket) => {
              log.push(event, error.code, socket instanceof tls.TLSSocket, socket.destroyed);
              socket.destroy();
            });
          }
        },
        play: async (port, log) => {
          await spoiled(port);
          log.push('closed', await fetched(port));
        },
      }),
    );
  }

  twice('takes the time of handshakeTimeout at most', (face) =>
    served(face, {
      options: { handshakeTimeout: 20 },
      prepare: (made, log) => {
        made.on('tlsClientError', ({ code }: NodeJS.ErrnoException) => log.push(code));
      },
      play: async (port, log) => {
        const plain = net.connect(port, '127.0.0.1').resume();
        plain.on('error', () => {});
        await once(plain, 'close');
        log.push('closed');
      },
    }),
  );
});

describe('malformed HTTP over TLS', () => {
  twice('gets a 400', (face) =>
    served(face, { play: async (port, log) => log.push(await fetched(port, {}, 'garbage\r\n\r\n')) }),
  );

  twice('is reported to clientError alone', (face) =>
    served(face, {
      prepare: (made, log) => {
        made.on('tlsClientError', () => log.push('tlsClientError'));
        made.on('clientError', (error: NodeJS.ErrnoException, socket) => {
          log.push(error.code, socket instanceof tls.TLSSocket);
          socket.end('HTTP/1.1 418 No\r\n\r\n');
        });
      },
      play: async (port, log) => log.push(await fetched(port, {}, 'garbage\r\n\r\n')),
    }),
  );
});

describe('the TLS options of a server', () => {
  const named: RequestListener = (req, res) => {
    const { servername, alpnProtocol } = secured(req.socket);
    res.end(JSON.stringify([servername, alpnProtocol]));
  };
  /** The body, and the name in the server's certificate. */
  const seen = async (port: number, options: ConnectionOptions) => {
    const socket = await dial(port, options);
    const { CN } = socket.getPeerCertificate().subject;
    socket.write(GET);
    return [CN, (await received(socket)).split('\r\n\r\n')[1]];
  };

  twice('SNICallback chooses the certificate', (face) =>
    served(face, {
      options: {
        SNICallback: (name, callback) =>
          callback(null, name === 'b.test' ? tls.createSecureContext(other) : (undefined as unknown as SecureContext)),
      },
      handler: named,
      play: async (port, log) => {
        for (const servername of ['b.test', 'a.test', 'localhost']) log.push(await seen(port, { servername }));
      },
    }),
  );

  twice('addContext chooses the certificate', (face) =>
    served(face, {
      prepare: (made) => made.addContext('b.test', other),
      handler: named,
      play: async (port, log) => {
        for (const servername of ['b.test', 'a.test']) log.push(await seen(port, { servername }));
      },
    }),
  );

  twice('setSecureContext replaces the certificate', (face) =>
    served(face, {
      play: async (port, log, made) => {
        log.push(await seen(port, {}));
        made.setSecureContext(other);
        log.push(await seen(port, { servername: 'b.test' }));
      },
    }),
  );

  for (const [title, options] of [
    ['default', {}],
    ['ALPNProtocols', { ALPNProtocols: ['x', 'http/1.1'] }],
    ['ALPNProtocols: null', { ALPNProtocols: null as unknown as string[] }],
    ['ALPNCallback', { ALPNCallback: ({ protocols }: { protocols: string[] }) => protocols.at(-1) }],
  ] as const) {
    twice(`ALPN: ${title}`, (face) =>
      served(face, {
        options: options as ServerOptions,
        handler: named,
        play: async (port, log) => {
          for (const ALPNProtocols of [[], ['http/1.1'], ['h2', 'http/1.1'], ['x']]) {
            log.push(await outcome(port, { ALPNProtocols }));
          }
        },
      }),
    );
  }

  const clients: readonly (readonly [string, ConnectionOptions])[] = [
    ['no certificate', {}],
    ['a certificate', client],
    ['a bundle', { pfx: clientBundle, passphrase: 'secret' }],
    ['the certificate of a server', server],
  ];
  for (const rejectUnauthorized of [true, false]) {
    twice(`requestCert, with rejectUnauthorized: ${rejectUnauthorized}`, (face) =>
      served(face, {
        options: { requestCert: true, rejectUnauthorized, ca },
        handler: ({ socket }, res) => {
          const { authorized, authorizationError } = secured(socket);
          const { CN = 'none' } = secured(socket).getPeerCertificate().subject ?? {};
          res.end(`${authorized} ${authorizationError} ${CN}`);
        },
        play: async (port, log) => {
          for (const [title, options] of clients) {
            // Under TLS 1.3 a client has finished before the server has seen its certificate.
            const socket = await dial(port, { ...options, maxVersion: 'TLSv1.2' }).catch(() => undefined);
            socket?.write(GET);
            log.push(title, socket && (await received(socket)));
          }
        },
      }),
    );
  }

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    twice(`sessions are resumed with ${maxVersion}`, (face) =>
      served(face, {
        handler: ({ socket }, res) => res.end(`${secured(socket).isSessionReused()}`),
        play: async (port, log) => {
          let session: Buffer | undefined;
          const first = tls.connect({ port, host: '127.0.0.1', ca, servername: 'localhost', maxVersion });
          first.on('session', (saved) => {
            session = saved;
          });
          first.write(GET);
          log.push(await received(first));
          log.push(await fetched(port, { maxVersion, session }));
        },
      }),
    );
  }

  twice('the session store of the program is asked', (face) =>
    served(face, {
      options: { secureOptions: 16384 /* SSL_OP_NO_TICKET */ },
      handler: ({ socket }, res) => res.end(`${secured(socket).isSessionReused()}`),
      prepare: (made, log) => {
        const sessions = new Map<string, Buffer>();
        made.on('newSession', (id, data, callback) => {
          log.push('newSession');
          sessions.set(id.toString('hex'), data);
          callback();
        });
        made.on('resumeSession', (id, callback) => {
          log.push('resumeSession');
          callback(null, sessions.get(id.toString('hex')) ?? null);
        });
      },
      play: async (port, log) => {
        const first = await dial(port, { maxVersion: 'TLSv1.2' });
        const session = first.getSession() as Buffer;
        first.write(GET);
        log.push(await received(first));
        log.push(await fetched(port, { maxVersion: 'TLSv1.2', session }));
      },
    }),
  );

  twice('ticket keys can be set', (face) =>
    served(face, {
      play: async (port, log, made) => {
        made.setTicketKeys(Buffer.alloc(48, 7));
        log.push(made.getTicketKeys().toString('hex'), await outcome(port, {}));
      },
    }),
  );

  twice('keylog is emitted', (face) =>
    served(face, {
      prepare: (made, log) => {
        made.once('keylog', (line, socket) => log.push(`${line}`.split(' ')[0], socket instanceof tls.TLSSocket));
      },
      play: async (port, log) => log.push(await fetched(port)),
    }),
  );
});

describe('closing a server', () => {
  for (const how of ['closeIdleConnections', 'closeAllConnections', 'close'] as const) {
    twice(`${how}() with a used connection and a busy one`, (face) =>
      served(face, {
        handler: (req, res) => {
          if (req.url === '/a') res.end('done');
          else req.socket.once('close', () => res.emit('its socket has closed'));
        },
        play: async (port, log, made) => {
          const idle = await dial(port);
          idle.write(KEPT);
          await once(idle, 'data');
          const busy = await dial(port);
          busy.write('GET /b HTTP/1.1\r\nHost: a\r\n\r\n');
          await once(made, 'request');
          for (const socket of [idle, busy]) socket.on('error', () => {}).resume();
          const sockets = how === 'closeAllConnections' ? [idle, busy] : [idle];
          const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
          made[how]();
          await closed;
          log.push(busy.destroyed);
          busy.destroy();
        },
      }),
    );
  }

  twice('await using', async (face) => {
    const made = face.createServer(server);
    const port = await listen(made);
    await made[Symbol.asyncDispose]();
    return [made.listening, port > 0, await made[Symbol.asyncDispose]().catch(({ code }) => code)];
  });
});

describe('the times of a server', () => {
  const silent = async (port: number, log: unknown[], bytes: string) => {
    const socket = await dial(port);
    if (bytes) socket.write(bytes);
    log.push(await received(socket));
  };

  twice('headersTimeout', (face) =>
    served(face, {
      options: { headersTimeout: 20, connectionsCheckingInterval: 10 },
      play: (port, log) => silent(port, log, 'GET /'),
    }),
  );

  twice('requestTimeout', (face) =>
    served(face, {
      options: { requestTimeout: 30, headersTimeout: 0, connectionsCheckingInterval: 10 },
      handler: (req) => req.resume(),
      play: (port, log) => silent(port, log, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhi'),
    }),
  );

  twice('keepAliveTimeout', (face) =>
    served(face, {
      options: { keepAliveTimeout: 20 },
      prepare: (made) => Object.assign(made, { keepAliveTimeoutBuffer: 0 }),
      play: (port, log) => silent(port, log, KEPT),
    }),
  );

  twice('setTimeout(), with a listener', (face) =>
    served(face, {
      prepare: (made, log) => {
        made.setTimeout(20, (socket: net.Socket) => {
          log.push('timeout', socket instanceof tls.TLSSocket);
          socket.destroy();
        });
      },
      play: (port, log) => silent(port, log, ''),
    }),
  );
});

describe('a rejected promise of a handler', () => {
  twice('is an error of the server, with captureRejections', async (face) => {
    const { captureRejections } = EventEmitter;
    EventEmitter.captureRejections = true;
    try {
      return await served(face, {
        handler: async () => {
          throw new Error('rejected');
        },
        play: async (port, log, made) => {
          const socket = await dial(port);
          socket.write(GET);
          log.push(String(await once(made, 'error').catch((error) => error)));
          socket.destroy();
        },
      });
    } finally {
      EventEmitter.captureRejections = captureRejections;
    }
  });
});

describe("what a program does with a server's socket", () => {
  const acts: Readonly<Record<string, (socket: TLSSocket, log: unknown[]) => void>> = {
    'pause() stops nothing': (socket) => socket.pause(),
    'pause() a turn later': (socket) => setImmediate(() => socket.pause()),
    "removeAllListeners('data')": (socket) => socket.removeAllListeners('data'),
    "removeAllListeners('data') a turn later": (socket) => setImmediate(() => socket.removeAllListeners('data')),
    "a listener of 'data'": (socket, log) => socket.on('data', (chunk) => log.push(`data ${chunk.length}`)),
    'read() and unshift()': (socket) =>
      socket.once('readable', () => {
        const chunk: unknown = socket.read(1);
        if (chunk !== null) socket.unshift(chunk);
      }),
  };
  for (const [what, act] of Object.entries(acts)) {
    twice(what, (face) =>
      served(face, {
        handler: (_req, res) => res.end('hello'),
        prepare: (made, log) => {
          made.on('secureConnection', (socket) => act(socket, log));
          made.on('request', (req) => {
            log.push(req.url);
            for (const event of ['end', 'close']) req.on(event, () => log.push(event));
          });
        },
        play: async (port, log) => {
          const socket = await dial(port);
          for (let request = 0; request < 2; request++) {
            socket.resume().write(KEPT);
            await settle();
            log.push('|');
          }
          socket.destroy();
        },
      }),
    );
  }
});
