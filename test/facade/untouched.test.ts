/**
 * A request without content is no stream before somebody looks at it as one (compat/byNeed.ts). Whenever that is, what is seen is
 * what node:http shows.
 */
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { finished, isReadable, PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaults } from '../../src/api/process/defaults.js';
import { HOST } from '../conversations/kit/host.js';
import { settle } from '../conversations/kit/wires.js';
import { type Http, http, twice } from './kit/twice.js';

/** Since 26, Node's streams say something else once nobody wants their content. */
const flowOf = ({ readableFlowing }: IncomingMessage): unknown => (HOST < 26 ? readableFlowing : 'not compared');

/** How to look: each adds what it sees to `seen`, now or later. */
const looks: Readonly<Record<string, (request: IncomingMessage, seen: unknown[]) => unknown>> = {
  state: (request, seen) => {
    const { destroyed, readable, readableEnded, readableLength, readableDidRead, errored } = request;
    const { readableAborted, closed, readableHighWaterMark, readableEncoding } = request;
    seen.push(destroyed, readable, readableEnded, flowOf(request), readableLength, readableDidRead, errored);
    seen.push(readableAborted, closed, readableHighWaterMark, readableEncoding);
  },
  listeners: (request, seen) => {
    for (const event of ['data', 'end', 'close', 'error']) request.on(event, () => seen.push(event));
    seen.push(request.eventNames(), request.listenerCount('data'));
  },
  'table of listeners': (request, seen) => seen.push(Object.keys((request as unknown as { _events: object })._events)),
  read: (request, seen) => seen.push(request.read()),
  resume: (request, seen) => seen.push(flowOf(request.on('end', () => seen.push('end')).resume())),
  iterate: async (request, seen) => {
    try {
      for await (const chunk of request) seen.push(chunk);
      seen.push('done');
    } catch (error) {
      seen.push((error as NodeJS.ErrnoException).code);
    }
  },
  pipe: (request, seen) =>
    request
      .pipe(new PassThrough())
      .on('finish', () => seen.push('finish'))
      .resume(),
  finished: (request, seen) => finished(request, (error) => seen.push('finished', error?.code)),
  encoding: (request, seen) => seen.push(request.setEncoding('utf8').readableEncoding),
  destroy: (request, seen) => {
    request.on('close', () => seen.push('close'));
    seen.push(request.destroy().destroyed);
  },
  'destroy with an error': (request, seen) => {
    for (const event of ['error', 'close']) request.on(event, () => seen.push(event));
    seen.push(request.destroy(new Error('enough')).destroyed);
  },
  kind: (request, seen) => seen.push(request instanceof Readable, isReadable(request), typeof request.pipe),
  inherited: (request, seen) => {
    const derived = Object.create(request) as IncomingMessage;
    seen.push(request.listenerCount('data'), flowOf(derived.resume()), flowOf(request));
  },
};

type Moment = (request: IncomingMessage, response: ServerResponse, look: () => unknown) => void;

/** Since 26, a request that nobody reads has ended by then: row `ends`. */
const afterwards: Readonly<Record<string, Moment>> = {
  "after 'finish', at the end of the turn": (_request, response, look) =>
    void response.on('finish', () => process.nextTick(look)).end('ok'),
  "in 'close'": (_request, response, look) => void response.on('close', look).end('ok'),
  "after 'close', at the end of the turn": (_request, response, look) =>
    void response.on('close', () => process.nextTick(look)).end('ok'),
};

const moments: Readonly<Record<string, Moment>> = {
  ...(HOST < 26 ? afterwards : {}),
  'in the listener': (_request, response, look) => {
    look();
    response.end('ok');
  },
  'after end()': (_request, response, look) => {
    response.end('ok');
    look();
  },
  "in 'finish'": (_request, response, look) => void response.on('finish', look).end('ok'),
  "after 'close', in a microtask": (_request, response, look) =>
    void response.on('close', () => Promise.resolve().then(look)).end('ok'),
  "long after 'finish'": (_request, response, look) => void response.on('finish', () => setImmediate(look)).end('ok'),
  'when all is over': (_request, response, look) => {
    response.end('ok');
    response.socket?.once('close', look);
  },
  'before a later end()': (_request, response, look) => {
    setImmediate(() => {
      look();
      setImmediate(() => response.end('ok'));
    });
  },
};

/** The second request of a connection: the first one of a server is a stream. */
async function see({ createServer }: Http, look: (typeof looks)[string], moment: Moment): Promise<unknown[]> {
  const seen: unknown[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    if (++requests === 1) response.end('first');
    else moment(request, response, () => look(request, seen));
  }).listen(0);
  await once(server, 'listening');
  const peer = net.connect((server.address() as AddressInfo).port);
  peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(peer, 'data');
  peer.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  peer.resume();
  await once(peer, 'close');
  await settle();
  server.close();
  return seen;
}

describe('a request that nobody has looked at', () => {
  // Otherwise a listener might put it onto prototypes of node:http, which know nothing of this.
  beforeAll(() => {
    defaults.isRegistered = true;
  });
  afterAll(() => {
    defaults.isRegistered = false;
  });

  for (const [how, look] of Object.entries(looks)) {
    for (const [when, moment] of Object.entries(moments)) twice(`${how}, ${when}`, (face) => see(face, look, moment));
  }

  it('is no stream', async () => {
    const names = (request: IncomingMessage, seen: unknown[]) => seen.push(...Object.keys(request));
    const before = ['in the listener', 'after end()', "in 'finish'", 'before a later end()'];
    for (const when of [...before, "long after 'finish'", 'when all is over']) {
      expect(await see(http.statewire, names, moments[when] as Moment)).not.toContain('_readableState');
    }
    const touched = (request: IncomingMessage, seen: unknown[]) => names(request.resume(), seen);
    expect(await see(http.statewire, touched, moments['in the listener'] as Moment)).toContain('_readableState');
  });

  it('has a domain that has entered', async () => {
    // node:domain replaces what the constructor of EventEmitter calls.
    const original = Reflect.get(EventEmitter, 'init') as (this: object) => void;
    Reflect.set(EventEmitter, 'init', function (this: { domain?: string }) {
      original.call(this);
      this.domain = 'entered';
    });
    const domains = (request: IncomingMessage, seen: unknown[]) => seen.push(Reflect.get(request, 'domain'));
    try {
      expect(await see(http.statewire, domains, moments['after end()'] as Moment)).toEqual(['entered']);
    } finally {
      Reflect.set(EventEmitter, 'init', original);
    }
  });
});
