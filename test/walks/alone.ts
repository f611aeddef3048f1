/** Runs on statewire alone, for transitions that no walk takes: each with its transitions and the expected log. */
import { Duplex, Writable } from 'node:stream';
import { inherits } from 'node:util';
import statewire, { Agent, type ClientRequest, type OutgoingMessage } from '../../src/index.js';
import { settled, socketPair } from '../../src/testing/index.js';
import { SERVER_CAST } from '../conversations/kit/cast.js';
import { Recorder } from '../conversations/kit/recorder.js';
import { aloneServer } from './alone-server.js';

export interface Alone {
  readonly name: string;
  /** The transitions that it must be seen to take. */
  readonly takes: readonly string[];
  readonly run: (log: Recorder) => Promise<void>;
  /** The lines of the expected log. */
  readonly lines: readonly string[];
}

const NO_CONTENT = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** A chunk that the socket accepts without calling back. */
const HELD = 'held';

const tunnelTimeout = (): Error => Object.assign(new Error('no tunnel'), { proxyTunnelTimeout: 1 });

/** Notes the end of a request. */
function noteEnd(log: Recorder, request: ClientRequest): void {
  for (const event of ['timeout', 'close']) request.on(event, () => log.note(event));
  request.on('error', ({ message }) => log.note(`error: ${message}`));
}

const inHostOrder =
  (run: (log: Recorder) => Promise<void>): Alone['run'] =>
  async (log) => {
    statewire.eventOrder = 'host';
    try {
      await run(log);
    } finally {
      statewire.eventOrder = 'documented';
    }
  };

/** A request made by a constructor that inherits from ClientRequest and doesn't call it. */
function foreign(log: Recorder): ClientRequest {
  function Foreign(this: object): void {
    (statewire.OutgoingMessage as unknown as () => void).call(this);
  }
  inherits(Foreign as never, statewire.ClientRequest as never);
  const request = new (Foreign as unknown as new () => ClientRequest)();
  noteEnd(log, request);
  return request;
}

export const alone: readonly Alone[] = [
  ...aloneServer,
  {
    name: 'the tunnel to a proxy times out',
    takes: ['request line.unassigned: net.timedOut → stays'],
    async run(log) {
      const agent = { addRequest: (request: ClientRequest) => request.onSocket(null, tunnelTimeout()) };
      noteEnd(log, statewire.get({ agent: agent as never }));
      await settled();
    },
    lines: ['timeout', 'error: no tunnel', 'close'],
  },
  {
    name: 'the tunnel for a request that is sent again times out',
    takes: ['request line.again: net.timedOut → stays'],
    async run(log) {
      const agent = new Agent({ keepAlive: true, retryReused: true });
      const [near, far] = socketPair();
      const sockets = [near];
      agent.createConnection = (_options, callback) => {
        const socket = sockets.shift();
        if (socket === undefined) callback?.(tunnelTimeout(), undefined as never);
        return socket;
      };
      far.once('data', () => {
        far.write(NO_CONTENT);
        far.once('data', () => far.end());
      });
      statewire.get({ agent }, (response) => response.resume());
      await settled();
      noteEnd(log, statewire.get({ agent }));
      await settled();
    },
    lines: ['timeout', 'error: no tunnel', 'close'],
  },
  {
    name: 'a socket that the program has assigned closes with the last byte',
    takes: ['response line.released: net.closed → line.closed'],
    async run(log) {
      const response = new statewire.ServerResponse(new statewire.IncomingMessage(null as never));
      log.meet('res', response);
      const socket = new Writable({
        write(chunk, _encoding, done) {
          if (chunk.length > 0) log.note(`socket got ${String(chunk).split('\r\n')[0]}`);
          done();
          this.destroy();
        },
      });
      response.assignSocket(socket as never);
      response.end('hello');
      await settled();
    },
    lines: ['socket got HTTP/1.1 200 OK', 'res1.prefinish', 'res1.finish', 'res1.close'],
  },
  {
    name: 'a response that was destroyed after its end, and whose assigned socket closes with the last byte',
    takes: ['response line.gone.leaving: net.closed → line.closed'],
    async run(log) {
      const { response, socket } = assigned(log);
      socket.destroy = () => socket;
      response.once('finish', () => socket.emit('close'));
      response.end('hello');
      response.destroy();
      await settled();
    },
    lines: ['socket got HTTP/1.1 200 OK', 'res1.prefinish', 'res1.finish', 'res1.close'],
  },
  {
    name: 'a response continues on another socket',
    takes: ['response line.shut: net.attached → line.attached'],
    async run(log) {
      const { response, socket } = assigned(log);
      response.detachSocket(socket as never);
      response.assignSocket(new Writable({ write: taker(log) }) as never);
      response.end('hello');
      await settled();
    },
    lines: ['socket got HTTP/1.1 200 OK', 'res1.prefinish', 'res1.finish', 'res1.close'],
  },
  {
    name: 'a body that was written between two sockets is sent by the second',
    takes: [
      'response line.kept: net.attached → line.attached',
      'response persistence.open: net.attached [hasEnded and isAwaited] → persistence.passed',
    ],
    async run(log) {
      const { response, socket } = assigned(log);
      response.shouldKeepAlive = true;
      response.detachSocket(socket as never);
      response.end('hello');
      response.assignSocket(new Writable({ write: taker(log) }) as never);
      await settled();
    },
    lines: ['socket got HTTP/1.1 200 OK', 'res1.prefinish', 'res1.finish', 'res1.close'],
  },
  {
    name: 'no socket is available for a request that was aborted meanwhile',
    takes: ['request line.gone.withdrawn: net.refused → line.gone.doomed'],
    run: refusedAndAborted(false),
    lines: ['req.abort', 'req.error refused', 'req.close'],
  },
  {
    name: 'no socket is available for a request that was aborted meanwhile, in the host’s order of events',
    takes: ['request line.gone.renounced: net.refused → line.gone.doomed'],
    run: inHostOrder(refusedAndAborted(true)),
    lines: ['req.abort', 'req.error refused', 'req.close'],
  },
  {
    name: 'a request made by a constructor of the program is destroyed',
    takes: ['request line.unassigned: user.forsake → line.gone.doomed'],
    async run(log) {
      foreign(log).destroy(new Error('mine'));
      await settled();
    },
    lines: ['error: mine', 'close'],
  },
  {
    name: 'the same in the host’s order of events, and it gets a socket then',
    takes: [
      'request line.unassigned: user.forsake [isHostOrder] → line.gone.forsaken',
      'request line.gone.forsaken: net.attached → line.gone.closed',
    ],
    run: inHostOrder(async (log) => {
      const request = foreign(log);
      request.destroy(new Error('mine'));
      await settled();
      log.note('gets a socket');
      request.onSocket(socketPair()[0] as never);
      await settled();
    }),
    lines: ['gets a socket', 'error: mine', 'close'],
  },
  {
    name: 'the same, but aborted, and there is no socket',
    takes: [
      'request line.gone.renounced: user.forsake → line.gone.forsaken',
      'request line.gone.forsaken: net.refused → line.gone.closed',
    ],
    run: inHostOrder(async (log) => {
      const request = foreign(log);
      request.on('abort', () => log.note('abort')).abort();
      await settled();
      log.note('gets none');
      (request.onSocket as (socket: null, error: Error) => void)(null, new Error('refused'));
      await settled();
    }),
    lines: ['abort', 'gets none', 'error: refused', 'close'],
  },
  {
    name: 'a response whose length was refused is sent with another head',
    takes: ['response message.streaming: user.headRecalled → message.composing'],
    async run(log) {
      const { response } = assigned(log);
      response.strictContentLength = true;
      response.setHeader('Content-Length', 9);
      refused(log, response);
      response.statusCode = 500;
      response.setHeader('Content-Length', 5);
      response.end('hello');
      await settled();
    },
    lines: [
      'end() throws ERR_HTTP_CONTENT_LENGTH_MISMATCH',
      'socket got HTTP/1.1 500 Internal Server Error',
      'res1.prefinish',
      'res1.finish',
      'res1.close',
    ],
  },
  {
    name: 'a response whose body is too short',
    takes: ['response persistence.open: user.miscounted → persistence.last'],
    async run(log) {
      const { response } = assigned(log);
      response.shouldKeepAlive = true;
      response.setHeader('Content-Length', 9);
      response.end('hello');
      await settled();
    },
    lines: ['socket got HTTP/1.1 200 OK', 'res1.prefinish', 'res1.finish', 'res1.close'],
  },
  {
    name: 'a response whose body is too short, and that contains Connection: close',
    takes: ['response persistence.last: user.miscounted → stays'],
    async run(log) {
      const { response } = assigned(log);
      response.setHeader('Connection', 'close');
      response.setHeader('Content-Length', 9);
      response.end('hello');
      await settled();
    },
    lines: ['socket got HTTP/1.1 200 OK', 'res1.prefinish', 'res1.finish', 'res1.close'],
  },
  {
    name: 'an interim response between two sockets is sent by the second',
    takes: ['response line.shut: user.inform → line.kept'],
    async run(log) {
      const { response, socket } = assigned(log);
      response.detachSocket(socket as never);
      response.writeContinue();
      response.assignSocket(new Writable({ write: taker(log) }) as never);
      await settled();
      response.end('hello');
      await settled();
    },
    lines: [
      'socket got HTTP/1.1 100 Continue',
      'socket got HTTP/1.1 200 OK',
      'res1.prefinish',
      'res1.finish',
      'res1.close',
    ],
  },
  {
    name: 'an interim response after destroy()',
    takes: ['response message: user.inform [isGone] → stays'],
    async run(log) {
      const { response } = assigned(log);
      response.destroy();
      response.writeContinue(noted(log));
      await settled();
    },
    lines: ['called back with ERR_STREAM_DESTROYED', 'res1.close'],
  },
  {
    name: 'raw text on a request, before and after destroy()',
    takes: ['request message: user.inform → stays', 'request message: user.inform [isGone] → stays'],
    async run(log) {
      const { request } = asked(log);
      await settled();
      request._writeRaw('raw', 'latin1', noted(log));
      await settled();
      request.destroy();
      request._writeRaw('raw', 'latin1', noted(log));
      await settled();
    },
    lines: [
      'socket got raw',
      'called back with undefined',
      'request fails: socket hang up',
      'called back with ERR_STREAM_DESTROYED',
      'request closes',
    ],
  },
  {
    name: 'a socket that closes as its request is released',
    takes: ['clientConnection closed: request.freed → stays'],
    async run(log) {
      const { request, socket } = asked(log);
      request.end('123456789');
      socket.on('free', () => log.note('socket is free'));
      request.on('response', (response) => response.on('end', () => socket.emit('close')));
      await settled();
      socket.push(NO_CONTENT);
      await settled();
    },
    lines: ['socket got PUT / HTTP/1.1', 'request closes', 'socket is free'],
  },
  {
    name: 'a request whose length was refused is sent with another head',
    takes: ['request message.streaming: user.headRecalled → message.composing'],
    async run(log) {
      const { request } = asked(log);
      request.strictContentLength = true;
      refused(log, request);
      request.setHeader('Content-Length', 5);
      request.end('hello');
      await settled();
      request.destroy();
      await settled();
    },
    lines: [
      'end() throws ERR_HTTP_CONTENT_LENGTH_MISMATCH',
      'socket got PUT / HTTP/1.1',
      'request fails: socket hang up',
      'request closes',
    ],
  },
  {
    name: 'a request whose body is too short, and whose response is read before its end',
    takes: [
      'request message.streaming: user.miscounted → stays',
      'request response.read: user.miscounted → response.spoiled',
      'request line.attached: net.flushed [isSpoiled] → stays',
    ],
    async run(log) {
      const { request, socket } = asked(log);
      request.write('hel');
      await settled();
      socket.push(NO_CONTENT);
      await settled();
      request.end('lo');
      await settled();
      socket.push(null);
      await settled();
    },
    lines: ['socket got PUT / HTTP/1.1', 'socket got lo', 'socket is ended', 'request closes'],
  },
  {
    name: 'a request whose body is too short, and with a second response before its end was sent',
    takes: ['request response.spoiled: wire.head → response.over'],
    async run(log) {
      const { request, socket } = asked(log);
      request.write('hel');
      await settled();
      socket.push(NO_CONTENT);
      await settled();
      request.end(HELD);
      await settled();
      socket.push(NO_CONTENT);
      await settled();
    },
    lines: ['socket got PUT / HTTP/1.1', `socket got ${HELD}`, 'request closes'],
  },
];

/** The request asks for a socket of its own, or an agent for one. */
function refusedAndAborted(hasAgent: boolean) {
  return async (log: Recorder): Promise<void> => {
    const createConnection = (_options: unknown, done: (error: Error) => void) => done(new Error('refused'));
    const agent = Object.assign(new statewire.Agent(), { createConnection });
    const request = statewire.get((hasAgent ? { agent } : { createConnection }) as never);
    for (const event of ['abort', 'close']) request.on(event, () => log.note(`req.${event}`));
    request.on('error', ({ message }) => log.note(`req.error ${message}`));
    request.abort();
    await settled();
  };
}

function refused(log: Recorder, message: OutgoingMessage): void {
  try {
    message.end('hello');
  } catch (error) {
    log.note(`end() throws ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** A callback that notes the code of its error. */
const noted =
  (log: Recorder) =>
  (error?: NodeJS.ErrnoException | null): void =>
    log.note(`called back with ${error?.code}`);

/** A request with a Content-Length of 9, on a kept connection made by the program. */
function asked(log: Recorder) {
  const socket = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      log.note(`socket got ${String(chunk).split('\r\n')[0]}`);
      if (String(chunk) !== HELD) done();
    },
    final(done) {
      log.note('socket is ended');
      done();
    },
  });
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = () => socket as never;
  const request = statewire.request({ method: 'PUT', agent, headers: { 'Content-Length': 9 } });
  request.on('response', (response) => response.resume());
  request.on('error', (error) => log.note(`request fails: ${error.message}`));
  request.on('close', () => log.note('request closes'));
  return { request, socket };
}

/** A `write` of a socket that accepts everything, and notes the first line. */
const taker =
  (log: Recorder) =>
  (chunk: unknown, _encoding: unknown, done: () => void): void => {
    if (String(chunk) !== '') log.note(`socket got ${String(chunk).split('\r\n')[0]}`);
    done();
  };

/** A response made by the program, with a socket. */
function assigned(log: Recorder) {
  const response = new statewire.ServerResponse(new statewire.IncomingMessage(null as never));
  log.meet('res', response);
  const socket = new Writable({ write: taker(log) });
  response.assignSocket(socket as never);
  return { response, socket };
}

/** The log of the run. */
export async function logOf({ run }: Alone): Promise<readonly string[]> {
  const log = new Recorder(SERVER_CAST);
  await run(log);
  log.close();
  return log.lines;
}
