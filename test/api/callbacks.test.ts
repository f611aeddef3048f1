/**
 * The callbacks of write(), end() and interim responses: each is called once, never synchronously, by 'close' at the latest,
 * and with an error if nothing was sent; whatever delayed the bytes, and however the message ended.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import statewire, { Agent, type ClientRequest, type OutgoingMessage, type ServerResponse } from '../../src/index.js';
import { settled, socketPair } from '../../src/testing/index.js';

type Done = (error?: Error | null) => void;
type Acts<Message> = (message: Message, named: (name: string) => Done) => void;

const LONG = 'x'.repeat(1 << 20);

/** Records the callbacks of a message, and its 'close'. */
class Witness {
  readonly log: string[] = [];
  private readonly given: string[] = [];
  private calls = 0;

  constructor(message: OutgoingMessage) {
    message.on('close', () => this.log.push('close'));
    message.on('error', () => {});
  }

  readonly named = (name: string): Done => {
    const at = this.calls;
    this.given.push(name);
    return (error) => {
      const isAtOnce = at === this.calls ? ' at once' : '';
      this.log.push(
        `${name} ${error === null || error === undefined ? 'sent' : (error as NodeJS.ErrnoException).code}${isAtOnce}`,
      );
    };
  };

  /** Runs the program's synchronous calls. */
  act(acts: () => void): void {
    acts();
    this.calls++;
  }

  /** The errors in the log. */
  get faults(): readonly string[] {
    const names = this.log.map((line) => line.split(' ')[0] as string);
    const close = names.indexOf('close');
    return [
      ...this.given
        .filter((name) => names.filter((each) => each === name).length !== 1)
        .map((name) => `${name}: not once`),
      ...this.log.filter((line) => line.endsWith('at once')),
      ...(close < 0 ? [] : names.slice(close + 1).filter((name) => !name.startsWith('late'))).map(
        (name) => `${name}: late`,
      ),
    ];
  }

  get lost(): readonly string[] {
    return this.log.filter((line) => !line.endsWith(' sent') && line !== 'close');
  }
}

/** Calls on any message without a head that do not end it. */
const writes: Readonly<Record<string, Acts<OutgoingMessage>>> = {
  'write()': (message, named) => {
    for (const name of ['one', 'two', 'three']) message.write(name, named(name));
  },
  'write() of bytes': (message, named) => {
    for (const name of ['one', 'two']) message.write(Buffer.from(name), named(name));
  },
  'write() in an encoding': (message, named) => message.write('6f6e65', 'hex', named('one')),
  'write() of many bytes': (message, named) => {
    for (const name of ['one', 'two', 'three']) message.write(LONG, named(name));
  },
  'write() of an empty text': (message, named) => message.write('', named('one')),
  'cork() and write()': (message, named) => {
    message.cork();
    for (const name of ['one', 'two', 'three']) message.write(name, named(name));
  },
  'write(), cork() and write()': (message, named) => {
    message.write('zero', named('zero'));
    message.cork();
    for (const name of ['one', 'two', 'three']) message.write(name, named(name));
  },
  'cork() and write() with a length': (message, named) => {
    message.setHeader('Content-Length', 6);
    message.cork();
    for (const name of ['one', 'two']) message.write(name, named(name));
  },
};

const ends: Readonly<Record<string, Acts<OutgoingMessage>>> = {
  'end()': (message, named) => message.end(named('end')),
  'end(text)': (message, named) => message.end('text', named('end')),
  'end(bytes)': (message, named) => message.end(Buffer.from('text'), named('end')),
  'end() of many bytes': (message, named) => message.end(LONG, named('end')),
  'write(), end()': (message, named) => {
    message.write('one', named('one'));
    message.end(named('end'));
  },
  'cork(), write(), end()': (message, named) => {
    message.cork();
    message.write('one', named('one'));
    message.write('two', named('two'));
    message.end('three', named('end'));
  },
  'end() twice': (message, named) => {
    message.end('text', named('end'));
    message.end(named('second'));
  },
  'end(), write()': (message, named) => {
    message.end('text', named('end'));
    message.write('more', named('more'));
  },
  'end(), end(text)': (message, named) => {
    message.end('text', named('end'));
    message.end('more', named('more'));
  },
};

const interims: Readonly<Record<string, Acts<ServerResponse>>> = {
  'interim responses': (response, named) => {
    response.writeContinue(named('continue'));
    response.writeProcessing(named('processing'));
    response.writeEarlyHints({ link: '</a>; rel=preload' }, named('hints'));
    response.writeInformation(110, { a: 'b' }, named('information'));
  },
};

const onResponses: Readonly<Record<string, Acts<ServerResponse>>> = {
  ...writes,
  ...ends,
  ...interims,
  'bodies of 204': (response, named) => {
    response.writeHead(204);
    response.write('one', named('one'));
    response.end(named('end'));
  },
};

interface Served {
  readonly first: ServerResponse;
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly peer: Socket;
  readonly server: ReturnType<typeof statewire.createServer>;
}

const serverFates: Readonly<Record<string, (served: Served) => void>> = {
  'response.destroy()': ({ response }) => response.destroy(),
  'response.destroy(error)': ({ response }) => response.destroy(new Error('boom')),
  'request.destroy()': ({ response }) => response.req.destroy(),
  'socket.destroy()': ({ socket }) => socket.destroy(),
  'socket.destroy(error)': ({ socket }) => socket.on('error', () => {}).destroy(new Error('boom')),
  'socket.end()': ({ socket }) => {
    socket.end();
    setImmediate(() => socket.destroy());
  },
  'the first response destroyed': ({ first }) => first.destroy(),
  'the first response has Connection: close': ({ first, response, peer }) => {
    if (first === response) peer.destroy();
    else first.setHeader('Connection', 'close').end();
  },
  'the peer resets': ({ peer }) => peer.resetAndDestroy(),
  'the peer closes': ({ peer }) => peer.destroy(),
  'server.closeAllConnections()': ({ server }) => server.closeAllConnections(),
};

/** A response whose peer reads nothing: the only one, or the second, with the first still due. */
async function serve(isSecond: boolean): Promise<Served> {
  const responses: ServerResponse[] = [];
  const server = statewire.createServer((request, response) => {
    request.on('error', () => {});
    response.on('error', () => {});
    responses.push(response);
  });
  const [peer, socket] = socketPair({ highWaterMark: 1024 });
  peer.on('error', () => {});
  peer.pause();
  server.emit('connection', socket);
  peer.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(isSecond ? 2 : 1));
  await settled();
  const response = responses.at(-1) as ServerResponse;
  return { first: responses[0] as ServerResponse, response, socket, peer, server };
}

/** When the calls are made: before the fate, a turn before it, right after it, or after close. */
const MOMENTS = ['before', 'a turn before', 'right after', 'after close'] as const;
type Moment = (typeof MOMENTS)[number];

async function runFate(witness: Witness, moment: Moment, acts: () => void, fate: () => void): Promise<void> {
  if (moment === 'before') witness.act(acts);
  if (moment === 'a turn before') {
    witness.act(acts);
    await settled();
  }
  fate();
  if (moment === 'right after') witness.act(acts);
  await settled();
  if (moment === 'after close') witness.act(acts);
  await settled();
}

/** On a closed message all callbacks are late. */
const asLate = (named: Witness['named'], moment: Moment): Witness['named'] =>
  moment === 'after close' ? (name) => named(`late-${name}`) : named;

describe.each([
  ['a response', false],
  ['a response that waits for another', true],
])('callbacks of %s', (_, isSecond) => {
  describe.each(Object.entries(serverFates))('with %s', (fateName, fate) => {
    it.each(MOMENTS)('are called once: %s', async (moment) => {
      for (const [name, acts] of Object.entries(onResponses)) {
        const served = await serve(isSecond);
        const { response } = served;
        const witness = new Witness(response);
        const call = () => {
          if (!response.headersSent || !(name in interims)) acts(response, asLate(witness.named, moment));
        };
        await runFate(witness, moment, call, () => fate(served));
        served.peer.destroy();
        await settled();
        expect(witness.faults, `${name}, ${fateName}: ${witness.log}`).toEqual([]);
        expect(witness.log, name).toContain('close');
      }
    });
  });
});

it('callbacks of unsent bytes get an error', async () => {
  const { response, peer } = await serve(true);
  const witness = new Witness(response);
  witness.act(() => ends['cork(), write(), end()']?.(response, witness.named));
  peer.destroy();
  await settled();
  const lost = ['one', 'two', 'end'].map((name) => `${name} ERR_STREAM_DESTROYED`);
  expect(witness.log).toEqual([...lost, 'close']);
});

describe('callbacks of a response without a socket', () => {
  it.each(Object.entries(onResponses))('are called when it is destroyed: %s', async (_, acts) => {
    for (const isBefore of [true, false]) {
      const response = new statewire.ServerResponse(new statewire.IncomingMessage(null as never));
      const witness = new Witness(response);
      if (isBefore) witness.act(() => acts(response, witness.named));
      response.destroy();
      if (!isBefore) witness.act(() => acts(response, witness.named));
      await settled();
      expect(witness.faults, `${witness.log}`).toEqual([]);
    }
  });
});

const agents: Agent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy();
});

interface Requested {
  readonly request: ClientRequest;
  readonly peer: Socket | undefined;
  /** Calls back with a socket, if the request waits for one. */
  readonly connect: (error: Error | null, socket?: Socket) => void;
}

type Place = () => Promise<Requested>;

const POST = { method: 'POST', host: 'a' } as const;

function requested(request: ClientRequest, peer?: Socket, connect: Requested['connect'] = () => {}): Requested {
  request.on('error', () => {});
  return { request, peer, connect };
}

/** The state of a request when it is written. */
const places: Readonly<Record<string, Place>> = {
  'without a socket': async () => {
    let connect: Requested['connect'] = () => {};
    const createConnection = (_: unknown, given: Requested['connect']) => {
      connect = given;
    };
    return requested(statewire.request({ ...POST, createConnection } as never), undefined, (...args) =>
      connect(...args),
    );
  },
  'queued in its agent': async () => {
    const agent = new Agent({ maxSockets: 1 });
    agents.push(agent);
    agent.createConnection = () => socketPair()[0];
    statewire
      .request({ ...POST, agent })
      .on('error', () => {})
      .flushHeaders();
    await settled();
    return requested(statewire.request({ ...POST, agent }));
  },
  'at once': async () => {
    const [caller, peer] = socketPair({ highWaterMark: 1024 });
    peer.on('error', () => {}).pause();
    return requested(statewire.request({ ...POST, createConnection: () => caller }), peer);
  },
  'with a socket': async () => {
    const [caller, peer] = socketPair({ highWaterMark: 1024 });
    peer.on('error', () => {}).pause();
    const request = statewire.request({ ...POST, createConnection: () => caller });
    await settled();
    return requested(request, peer);
  },
  'on a stream that never accepts anything': async () => {
    const stuck = new Duplex({ read() {}, write() {} });
    const request = statewire.request({ ...POST, createConnection: () => stuck as never });
    await settled();
    return requested(request);
  },
};

const clientFates: Readonly<Record<string, (requested: Requested) => void>> = {
  'destroy()': ({ request }) => request.destroy(),
  'destroy(error)': ({ request }) => request.destroy(new Error('boom')),
  'abort()': ({ request }) => request.abort(),
  'its socket destroyed': ({ request }) => (request.socket ?? request).destroy(),
  'no socket': ({ request, connect }) => {
    connect(new Error('none'));
    setImmediate(() => request.destroy());
  },
  'the peer resets': ({ request, peer }) => (peer ? peer.resetAndDestroy() : request.destroy()),
  'the peer closes': ({ request, peer }) => (peer ? peer.destroy() : request.destroy()),
  'a response with Connection: close': ({ request, peer }) => {
    if (peer === undefined) request.destroy();
    else peer.end('HTTP/1.1 413 Too Long\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    setImmediate(() => peer?.destroy());
  },
};

describe.each(Object.entries(places))('callbacks of a request %s', (_, placeRequest) => {
  describe.each(Object.entries(clientFates))('with %s', (fateName, fate) => {
    it.each(MOMENTS)('are called once: %s', async (moment) => {
      for (const [name, acts] of Object.entries({ ...writes, ...ends })) {
        const place = await placeRequest();
        const { request } = place;
        const witness = new Witness(request);
        const call = () => {
          if (request.headersSent || !name.endsWith('length') || !request.closed)
            acts(request, asLate(witness.named, moment));
        };
        await runFate(witness, moment, call, () => fate(place));
        request.destroy();
        await settled();
        expect(witness.faults, `${name}, ${fateName}: ${witness.log}`).toEqual([]);
        expect(witness.log, name).toContain('close');
      }
    });
  });
});

describe('callbacks of sent bytes', () => {
  it.each(Object.entries(onResponses))('are called without an error: %s', async (name, acts) => {
    const server = statewire.createServer((_, response) => {
      witness = new Witness(response);
      witness.act(() => acts(response, (witness as Witness).named));
      if (!response.writableEnded) setImmediate(() => response.uncork());
      if (!response.writableEnded) setImmediate(() => response.end(name.includes('length') ? '' : 'end'));
    });
    let witness: Witness | undefined;
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    peer.resume();
    peer.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await once(peer, 'close');
    await settled();
    const expected = name.includes('(), write()') || name.includes('end(text)') ? 1 : 0;
    expect(witness?.faults).toEqual([]);
    expect(witness?.lost.length, `${witness?.log}`).toBeLessThanOrEqual(expected);
  });
});

describe('callbacks that throw', () => {
  it.each(['end', 'write'] as const)(
    "do not block 'finish': a callback of %s(), before a pipelined response",
    async (method) => {
      const thrown: Error[] = [];
      process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error));
      const log: string[] = [];
      const server = statewire.createServer((request, response) => {
        const { url } = request;
        for (const event of ['finish', 'close']) response.on(event, () => log.push(`${event} ${url}`));
        const callback = () => {
          if (url === '/1') throw new Error('boom');
        };
        if (method === 'write') response.write('x', callback);
        response.end(...((method === 'end' ? ['x', callback] : []) as [string, () => void]));
      });
      const [peer, socket] = socketPair();
      server.emit('connection', socket);
      peer.resume();
      peer.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
      await settled();
      process.setUncaughtExceptionCaptureCallback(null);
      peer.destroy();
      await settled();
      expect(thrown.map(({ message }) => message)).toEqual(['boom']);
      expect(log).toEqual(['finish /1', 'close /1', 'finish /2', 'close /2']);
    },
  );
});

describe("a listener of 'prefinish' that throws", () => {
  it('does not lose the fault that waits for its response', async () => {
    const thrown: Error[] = [];
    process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error));
    const responses: ServerResponse[] = [];
    const server = statewire.createServer((_request, response) => void responses.push(response));
    const [peer, socket] = socketPair();
    server.emit('connection', socket);
    const received: Buffer[] = [];
    peer.on('data', (chunk) => received.push(chunk));
    peer.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nno HTTP');
    await settled();
    const [first, second] = responses;
    second
      ?.once('prefinish', () => {
        throw new Error('boom');
      })
      .end('two');
    first?.end('one');
    await settled();
    process.setUncaughtExceptionCaptureCallback(null);
    const statuses = String(Buffer.concat(received)).match(/(?<=HTTP\/1\.1 )\d+/g);
    expect(thrown.map(({ message }) => message)).toEqual(['boom']);
    expect(statuses).toEqual(['200', '200', '400']);
    peer.destroy();
    await settled();
  });
});
