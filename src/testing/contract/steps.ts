/** The steps that scenarios consist of. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AnyIncoming, AnyRequest, AnyResponse, AnyServer } from './face.js';
import { HEAD_END, SWITCHED } from './phrases.js';
import type { Step } from './scenario.js';
import { type Line, markOf, type Peer, perScene, quiet, type Stage } from './stage.js';

const REQUEST_EVENTS = [
  ...['socket', 'finish', 'continue', 'information', 'response', 'upgrade', 'connect'],
  ...['timeout', 'abort', 'error', 'close'],
];
const INCOMING_EVENTS = ['data', 'end', 'aborted', 'error', 'close'];

type Options = Readonly<Record<string, unknown>>;
/** Options of a request, or a function that makes them. */
type Given = Options | ((stage: Stage) => Options);

// ---- the program on the client side ----------------------------------------------------------------------------------

/** Makes the request, without ending it. */
export const opens =
  (options: Given = {}): Step =>
  (stage) => {
    const given = typeof options === 'function' ? options(stage) : options;
    const req: AnyRequest = stage.http.request({
      host: '127.0.0.1',
      port: stage.port,
      agent: agentOf(stage),
      ...given,
    });
    stage.req = req;
    // With a listener of 'response', the response has to be read.
    if (stage.listensTo.has('req.response')) {
      req.on('response', (res: AnyIncoming) => {
        for (const event of INCOMING_EVENTS) stage.observe('res', res, event);
        if (!stage.listensTo.has('res.data')) res.resume();
      });
    }
    for (const event of REQUEST_EVENTS) stage.observe('req', req, event);
    stage.later(() => req.destroy());
  };

/** An agent for one scenario. */
export function agentOf(stage: Stage, options: Options = {}): unknown {
  const agent = new stage.http.Agent(options);
  stage.later(() => agent.destroy());
  return agent;
}

/** Makes and ends the request. */
export const requests = (options?: Given, body?: string): Step[] => [
  opens(options),
  (stage) => void stage.req.end(body),
];

/** Does something, and notes it in the log. */
export const does =
  (what: string, act: (stage: Stage) => void): Step =>
  (stage) => {
    stage.note(what);
    act(stage);
  };

/** Runs a step in the listener of an event. Place it before the step that causes the event. */
export const inside =
  (event: Line, step: Step): Step =>
  (stage) =>
    stage.inside(event, () => void step(stage));

export const destroys = does('req.destroy()', ({ req }) => void req.destroy());
export const destroysWithError = does('req.destroy(error)', ({ req }) => void req.destroy(new Error('mine')));
export const aborts = does('req.abort()', ({ req }) => req.abort());

const controllerOf = perScene(() => new AbortController());

/** Options with a controller's signal. */
export const signalled = (stage: Stage): Options => ({ signal: controllerOf(stage).signal });

/** Aborts the request made with {@link signalled}. */
export const signals = does('controller.abort()', (stage) => controllerOf(stage).abort());

// ---- the program on the server side ----------------------------------------------------------------------------------

/** Parameters of methods are bivariant: each listener may declare the arguments of its event. */
type Handlers = Readonly<Record<string, { act(one: unknown, two: unknown, stage: Stage): void }['act']>>;

/** A handler of requests. */
export const handler = (act: (req: AnyIncoming, res: AnyResponse, stage: Stage) => void) => act;
/** A listener of 'upgrade' or 'connect'. */
export const takeover = (act: (req: AnyIncoming, socket: Duplex, stage: Stage) => void) => act;
/** A listener of 'clientError'. */
export const refusal = (act: (error: Error, socket: Duplex) => void) => act;

export const responds = handler((req, res) => {
  req.resume();
  res.end('hello');
});
export const switches = takeover((_req, socket) => void socket.end(SWITCHED));

/** Starts a server with these listeners, and connects a peer. */
export const serves =
  (handlers: Handlers = { request: responds }, prepare: (server: AnyServer) => void = () => {}): Step =>
  async (stage) => {
    const server: AnyServer = stage.http.createServer();
    stage.server = server;
    for (const [event, act] of Object.entries(handlers)) {
      server.on(event, (one: AnyIncoming, two: AnyResponse) => {
        observeExchange(stage, event, one, two);
        act(one, two, stage);
      });
    }
    for (const event of ['close', 'dropRequest']) {
      if (event in handlers) continue;
      server.on(event, (req?: AnyIncoming) => recordServerEvent(stage, event, req));
    }
    prepare(server);
    await stage.open(server);
    await stage.dial();
  };

function recordServerEvent(stage: Stage, event: string, req: AnyIncoming | undefined): void {
  const line = `server.${event}`;
  if (stage.listensTo.has(line)) stage.record(line, req?.url === undefined ? '' : markOf(req));
}

function observeExchange(stage: Stage, event: string, one: AnyIncoming, two: AnyResponse): void {
  recordServerEvent(stage, event, one);
  if (one.url === undefined) return;
  for (const name of ['end', 'aborted', 'error', 'close']) stage.observe('req', one, name, markOf(one));
  for (const name of ['finish', 'close', 'error']) stage.observe('res', two, name, markOf(one));
}

// ---- the peer, and time ----------------------------------------------------------------------------------------------

async function peerOf(stage: Stage): Promise<Peer> {
  await stage.until('a connection', () => stage.peers.length > 0);
  return stage.peers[0]!;
}

/** No server listens: connections to its port are refused. */
export const nobodyListens: Step = (stage) => stage.shut();

/** Waits until the peer has received this. */
export const received =
  (text: string): Step =>
  async (stage) => {
    const peer = await peerOf(stage);
    await stage.until(JSON.stringify(text), () => peer.received.includes(text));
  };

/** Notes in the log whether the peer has received this. */
export const notesReceived =
  (what: string, pattern: RegExp): Step =>
  async (stage) => {
    const peer = await peerOf(stage);
    stage.note(`${pattern.test(peer.received) ? 'received' : 'not received'}: ${what}`);
  };

/** The peer does something with its socket. With a name, it is noted in the log. */
const peerDoes =
  (act: (socket: Socket) => void, name?: string): Step =>
  async (stage) => {
    const peer = await peerOf(stage);
    if (name !== undefined) stage.note(name);
    act(peer.socket);
  };

export const sends = (text: string, name?: string): Step =>
  peerDoes((socket) => void socket.write(text, 'latin1'), name);
export const hangsUp = peerDoes((socket) => void socket.end());
export const resets = peerDoes((socket) => void socket.resetAndDestroy());
export const leaves = peerDoes((socket) => void socket.destroy(), 'the client leaves');

/** Waits until the event is in the log. A detail after its name doesn't matter. */
export const until =
  (event: Line): Step =>
  (stage) =>
    stage.until(event, () => stage.has(event));

/** Waits until the peer has received these, in the form of `scenario.wire`. */
export const untilWire =
  (...wire: readonly string[]): Step =>
  async (stage) => {
    const peer = await peerOf(stage);
    await stage.until(wire.join(' '), () => wire.every((word) => peer.wire.includes(word)));
  };

/** Waits until nothing is on its way. */
export const settles: Step = () => quiet();

/** Makes a request, to which the peer responds. */
export const exchanges = (response: string, options?: Given): Step[] => [
  ...requests(options),
  received(HEAD_END),
  sends(response),
];
