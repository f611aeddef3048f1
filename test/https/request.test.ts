/** Requests over TLS: the same programs with node:https and with statewire/https. */
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import net, { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { type TLSSocket } from 'node:tls';
import { describe } from 'vitest';
import {
  bodyOf,
  ca,
  client,
  clientBundle,
  exportsOf,
  type Https,
  httpOf,
  isHost,
  other,
  type Serving,
  serve,
  twice,
} from './kit.js';

/** Responds with what the server knows of the client. */
const mirror = (options: tls.TlsOptions = {}): Promise<Serving> =>
  serve(options, (req, res) => {
    const { servername, authorized, alpnProtocol } = req.socket as TLSSocket;
    const { CN = 'none' } = (req.socket as TLSSocket).getPeerCertificate()?.subject ?? {};
    const { host, authorization } = req.headers;
    res.end(
      JSON.stringify([
        req.method,
        req.url,
        host?.replace(/:\d+/, ''),
        servername,
        authorized,
        alpnProtocol,
        CN,
        authorization,
      ]),
    );
  });

type Arguments = (port: number, face: Https) => unknown[];

async function made(face: Https, args: Arguments, options: tls.TlsOptions = {}): Promise<string> {
  const serving = await mirror(options);
  try {
    const request = Reflect.apply(face.get, face, args(serving.port, face)) as ClientRequest;
    request.on('error', () => {});
    return await bodyOf(request);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return `${code} ${message}`.replaceAll(`${serving.port}`, '<port>').replace(/[0-9A-F]{8,}:/, '');
  } finally {
    await serving.close();
  }
}

const base = { host: '127.0.0.1', ca } as const;

describe('a request', () => {
  const forms: Readonly<Record<string, Arguments>> = {
    'a URL': (port) => [new URL(`https://localhost:${port}/x?y`), { ca, family: 4 }],
    'a string': (port) => [`https://u:p@localhost:${port}/x`, { ca, family: 4 }],
    options: (port) => [{ ...base, port, path: '/x' }],
    'a name for the server': (port) => [{ ...base, port, servername: 'a.test' }],
    'a Host': (port) => [{ ...base, port, headers: { host: 'a.test:12' } }],
    'an invalid Host': (port) => [{ ...base, port, headers: { host: ['a', 'b'] } }],
    'a Host in a list': (port) => [{ ...base, port, headers: ['Host', 'a.test'] }],
    'no agent': (port) => [{ ...base, port, agent: false }],
    'an own connection': (port) => [
      { createConnection: () => tls.connect({ ...base, port, servername: 'localhost' }), host: 'a.test' },
    ],
    'createConnection beside an agent': (port, face) => [
      {
        ...base,
        agent: new face.Agent(),
        createConnection: () => tls.connect({ ...base, port, servername: 'a.test' }),
      },
    ],
    'an agent with options': (port, face) => [
      { host: '127.0.0.1', port, agent: new face.Agent({ ca, servername: 'a.test' }) },
    ],
    'a socketPath that does not exist': () => [{ socketPath: '/nowhere', ca }],
    'no authority': (port) => [{ port, host: '127.0.0.1', agent: false }],
    'rejectUnauthorized: false': (port) => [{ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false }],
    'another name than that of the certificate': (port) => [{ ...base, port, servername: 'c.test', agent: false }],
    'a check of the identity': (port) => [
      {
        ...base,
        port,
        servername: 'c.test',
        agent: false,
        checkServerIdentity: (name: string) => (name === 'c.test' ? undefined : new Error(name)),
      },
    ],
    'a check that fails': (port) => [
      { ...base, port, agent: false, checkServerIdentity: () => new Error('not this one') },
    ],
    ALPNProtocols: (port) => [{ ...base, port, agent: false, ALPNProtocols: ['h2', 'http/1.1'] }],
    'ALPNProtocols that the server refuses': (port) => [{ ...base, port, agent: false, ALPNProtocols: ['x'] }],
    'a secure context': (port) => [
      { host: '127.0.0.1', port, agent: false, secureContext: tls.createSecureContext({ ca }) },
    ],
    'an old version': (port) => [
      { ...base, port, agent: false, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    ],
    'versions that do not exist': (port) => [{ ...base, port, agent: false, minVersion: 'TLSv9' }],
  };

  for (const [title, args] of Object.entries(forms)) twice(`with ${title}`, (face) => made(face, args));

  for (const [title, options] of Object.entries({
    'no certificate': {},
    'a certificate': client,
    'a bundle': { pfx: clientBundle, passphrase: 'secret' },
    bundles: { pfx: [{ buf: clientBundle, passphrase: 'secret' }] },
    'a bundle without its passphrase': { pfx: clientBundle },
  })) {
    twice(`shows ${title}`, (face) =>
      made(face, (port) => [{ ...base, port, agent: false, ...options }], {
        requestCert: true,
        rejectUnauthorized: false,
        ca,
      }),
    );
  }

  twice('rejects a certificate of another authority', (face) =>
    made(face, (port) => [{ ...base, port, ca: [], agent: false }], other),
  );

  const refused: Readonly<Record<string, (face: Https) => ClientRequest>> = {
    'http:': (face) => face.get('http://localhost'),
    'an agent for http:': (face) => face.get({ agent: new (httpOf(face).Agent)() }),
    'https: by http': (face) => httpOf(face).get('https://localhost'),
    'agent: true': (face) => face.get({ agent: true as unknown as false }),
    'an invalid URL': (face) => face.get('garbage'),
    nothing: (face) => face.get(undefined as never),
    'a bad method': (face) => face.request({ method: 'a b' }),
  };
  for (const [title, call] of Object.entries(refused)) {
    twice(`throws for ${title}`, (face) => {
      try {
        call(face)
          .on('error', () => {})
          .destroy();
        return 'nothing';
      } catch (error) {
        const { code, message, name } = error as NodeJS.ErrnoException;
        return [name, code, message];
      }
    });
  }

  twice('has the defaults of TLS', (face) => {
    const requests = [
      face.request('https://localhost'),
      face.request({ agent: false }),
      face.request('https://localhost:443'),
      face.request('https://localhost:80'),
      face.request({ _defaultAgent: httpOf(face).globalAgent } as RequestOptions),
    ] as (ClientRequest & { agent: object })[];
    return requests.map((request) => {
      request.on('error', () => {}).destroy();
      const { agent, protocol, host, shouldKeepAlive } = request;
      return [
        agent === face.globalAgent,
        agent instanceof face.Agent,
        protocol,
        host,
        request.getHeader('host'),
        shouldKeepAlive,
      ];
    });
  });

  twice('is recognised by agents that look into the stack', (face) => {
    // What agent-base does, the base of https-proxy-agent and others.
    const looks = (options?: { protocol?: unknown }): boolean =>
      options?.protocol === 'https:' || /\(https\.js:|node:https:/.test(new Error().stack ?? '');
    const found: boolean[][] = [];
    class Looking extends httpOf(face).Agent {
      get protocol(): string {
        return looks() ? 'https:' : 'http:';
      }
      set protocol(_protocol: string) {}
      createSocket(_request: ClientRequest, options: object): void {
        found.push([looks(options)]);
      }
    }
    const agent = new Looking();
    for (const call of [face.request, face.get, httpOf(face).request]) call({ agent }).on('error', () => {});
    return found;
  });

  twice('uses the global agent that a program has set', async (face) => {
    const holder = exportsOf(face);
    const before = holder.globalAgent;
    const mine = new face.Agent();
    holder.globalAgent = mine;
    const request = face.request({ host: 'localhost' }) as ClientRequest & { agent: object };
    request.on('error', () => {}).destroy();
    holder.globalAgent = before;
    return [request.agent === mine, before !== mine];
  });
});

describe('the socket of a request', () => {
  twice('has TLS, and emits secureConnect before the response', async (face) => {
    const serving = await mirror();
    const log: unknown[] = [];
    const request = face.request({ ...base, port: serving.port, agent: false, timeout: 5000 });
    request.setNoDelay(true);
    request.setSocketKeepAlive(true, 1000);
    request.on('socket', (socket: Socket) => {
      log.push('socket', socket instanceof tls.TLSSocket, socket.connecting);
      for (const event of ['connect', 'secureConnect', 'close'])
        socket.on(event, () => log.push(event, socket.timeout));
    });
    for (const event of ['finish', 'response', 'close']) request.on(event, () => log.push(event));
    request.end();
    log.push(await bodyOf(request));
    if (!request.socket?.closed) await once(request.socket as Socket, 'close');
    await serving.close();
    return log;
  });

  twice('uploads and downloads', async (face) => {
    const serving = await serve({}, (req, res) => {
      req.pipe(res);
    });
    const request = face.request({ ...base, port: serving.port, method: 'POST', agent: false });
    const body = 'y'.repeat(2_000_000);
    request.end(body);
    const text = await bodyOf(request);
    await serving.close();
    return [text.length, text === body];
  });

  twice('may be a Unix socket', async (face) => {
    const serving = await mirror();
    const path = join(tmpdir(), `statewire-https-${process.pid}-${isHost(face)}.sock`);
    const relay = net.createServer((near) => {
      const far = net.connect(serving.port, '127.0.0.1');
      near.pipe(far).pipe(near);
    });
    await once(relay.listen(path), 'listening');
    const text = await bodyOf(face.get({ socketPath: path, ca, agent: false }));
    relay.close();
    await serving.close();
    return text;
  });

  twice('is handed over by upgrade and CONNECT', async (face) => {
    const serving = await serve({}, () => {});
    for (const event of ['upgrade', 'connect']) {
      serving.server.on(event, (_req, socket: Socket) => {
        const status = event === 'connect' ? '200 OK' : '101 Switching\r\nConnection: upgrade\r\nUpgrade: x';
        socket.write(`HTTP/1.1 ${status}\r\n\r\nearly`);
        socket.pipe(socket);
      });
    }
    const log: unknown[] = [];
    for (const [event, options] of [
      ['upgrade', { headers: { Connection: 'upgrade', Upgrade: 'x' } }],
      ['connect', { method: 'CONNECT', path: 'localhost:1' }],
    ] as const) {
      const request = face.request({ ...base, port: serving.port, agent: false, ...options });
      request.end();
      const [response, socket, head] = (await once(request, event)) as [IncomingMessage, TLSSocket, Buffer];
      log.push(event, response.statusCode, socket instanceof tls.TLSSocket);
      let text = `${head}`;
      socket.on('data', (chunk) => {
        text += `${chunk}`;
      });
      socket.end(' echoed');
      await once(socket, 'end');
      log.push(text);
    }
    await serving.close();
    return log;
  });

  for (const [title, spoil] of Object.entries({
    'a plain response': (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'),
    'a close': (socket: Socket) => socket.end(),
  })) {
    twice(`fails on ${title} in place of a handshake`, async (face) => {
      const spoiler = net.createServer((socket) => {
        socket.on('error', () => {}).once('data', () => spoil(socket));
      });
      await once(spoiler.listen(0, '127.0.0.1'), 'listening');
      const { port } = spoiler.address() as net.AddressInfo;
      const log: unknown[] = [];
      const request = face.get({ ...base, port, agent: false });
      for (const event of ['socket', 'error', 'close']) {
        request.on(event, (error?: NodeJS.ErrnoException) => {
          log.push(event, error instanceof Error && error.code);
          // The messages of OpenSSL contain an address.
          if (error instanceof Error && error.code === 'ECONNRESET') log.push(error.message);
        });
      }
      await new Promise((resolve) => request.on('close', resolve));
      spoiler.close();
      return log;
    });
  }

  twice('can be destroyed during the handshake', async (face) => {
    const silent = net.createServer((socket) => void socket.on('error', () => {}).resume());
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as net.AddressInfo;
    const log: unknown[] = [];
    const request = face.get({ ...base, port, agent: false, timeout: 30 });
    for (const event of ['socket', 'timeout', 'error', 'close']) {
      request.on(event, (error?: NodeJS.ErrnoException) => log.push(event, error instanceof Error && error.code));
    }
    request.on('timeout', () => request.destroy());
    await new Promise((resolve) => request.on('close', resolve));
    silent.close();
    return log;
  });
});
