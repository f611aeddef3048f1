/** What scenarios are written with. */
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
/** Options of a request, or what makes them when it is made. */
type Given = Options | ((stage: Stage) => Options);

// ---- the program at a client's side ----------------------------------------------------------------------------------

/** Makes the request; it isn't ended. */
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
    // A response that is listened to is to be read.
    if (stage.hears.has('req.response')) {
      req.on('response', (res: AnyIncoming) => {
        for (const event of INCOMING_EVENTS) stage.hear('res', res, event);
        if (!stage.hears.has('res.data')) res.resume();
      });
    }
    for (const event of REQUEST_EVENTS) stage.hear('req', req, event);
    stage.later(() => req.destroy());
  };

/** An agent for one scenario. */
export function agentOf(stage: Stage, options: Options = {}): unknown {
  const agent = new stage.http.Agent(options);
  stage.later(() => agent.destroy());
  return agent;
}

/** Makes the request, and ends it. */
export const asks = (options?: Given, body?: string): Step[] => [opens(options), (stage) => void stage.req.end(body)];

/** Does something with the request, and says so in the log. */
export const does =
  (what: string, act: (stage: Stage) => void): Step =>
  (stage) => {
    stage.note(what);
    act(stage);
  };

/** Does something in the listener of an event. Stands before what causes the event. */
export const inside =
  (event: Line, step: Step): Step =>
  (stage) =>
    stage.inside(event, () => void step(stage));

export const destroys = does('req.destroy()', ({ req }) => void req.destroy());
export const destroysWithError = does('req.destroy(error)', ({ req }) => void req.destroy(new Error('mine')));
export const aborts = does('req.abort()', ({ req }) => req.abort());

const controllerOf = perScene(() => new AbortController());

/** Options with the signal of a controller. */
export const signalled = (stage: Stage): Options => ({ signal: controllerOf(stage).signal });

/** Aborts the request that was made with {@link signalled}. */
export const signals = does('controller.abort()', (stage) => controllerOf(stage).abort());

// ---- the program at a server's side ----------------------------------------------------------------------------------

type Handlers = Readonly<Record<string, (one: never, two: never, stage: Stage) => void>>;

/** A handler of requests. */
export const handler = (act: (req: AnyIncoming, res: AnyResponse, stage: Stage) => void) => act;
/** A handler of a protocol that is taken over. */
export const takeover = (act: (req: AnyIncoming, socket: Duplex, stage: Stage) => void) => act;
/** A handler of 'clientError'. */
export const refusal = (act: (error: Error, socket: Duplex) => void) => act;

export const answers = handler((req, res) => {
  req.resume();
  res.end('hello');
});
export const switches = takeover((_req, socket) => void socket.end(SWITCHED));

/** Has the server listen, with handlers of its events, and a peer connected to it. */
export const serves =
  (handlers: object = { request: answers }, prepare: (server: AnyServer) => void = () => {}): Step =>
  async (stage) => {
    const server: AnyServer = stage.http.createServer();
    stage.server = server;
    for (const [event, act] of Object.entries(handlers as Handlers)) {
      server.on(event, (one: AnyIncoming, two: AnyResponse) => {
        attend(stage, event, one, two);
        act(one as never, two as never, stage);
      });
    }
    for (const event of ['close', 'dropRequest']) {
      if (event in handlers) continue;
      server.on(event, (req?: AnyIncoming) => tellOfServer(stage, event, req));
    }
    prepare(server);
    await stage.open(server);
    await stage.dial();
  };

function tellOfServer(stage: Stage, event: string, req: AnyIncoming | undefined): void {
  const line = `server.${event}`;
  if (stage.hears.has(line)) stage.tell(line, req?.url === undefined ? '' : markOf(req));
}

function attend(stage: Stage, event: string, one: AnyIncoming, two: AnyResponse): void {
  tellOfServer(stage, event, one);
  if (one.url === undefined) return;
  for (const name of ['end', 'aborted', 'error', 'close']) stage.hear('req', one, name, markOf(one));
  for (const name of ['finish', 'close', 'error']) stage.hear('res', two, name, markOf(one));
}

// ---- the peer, and time ----------------------------------------------------------------------------------------------

async function peerOf(stage: Stage): Promise<Peer> {
  await stage.until('a connection', () => stage.peers.length > 0);
  return stage.peers[0]!;
}

/** There is no peer: its port is refused. */
export const nobodyListens: Step = (stage) => stage.shut();

/** The peer has received this. */
export const received =
  (text: string): Step =>
  async (stage) => {
    const peer = await peerOf(stage);
    await stage.until(JSON.stringify(text), () => peer.received.includes(text));
  };

/** Says in the log whether the peer has received this. */
export const notesReceived =
  (what: string, pattern: RegExp): Step =>
  async (stage) => {
    const peer = await peerOf(stage);
    stage.note(`${pattern.test(peer.received) ? 'received' : 'not received'}: ${what}`);
  };

/** Something that the peer does with its socket; with a name it stands in the log. */
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

/** The event is in the log, or as much of it. */
export const until =
  (event: Line): Step =>
  (stage) =>
    stage.until(event, () => stage.has(event));

/** The server has answered with these, as `scenario.wire` has them. */
export const untilWire =
  (...wire: readonly string[]): Step =>
  async (stage) => {
    const peer = await peerOf(stage);
    await stage.until(wire.join(' '), () => wire.every((word) => peer.wire.includes(word)));
  };

/** Nothing is on its way any more. */
export const settles: Step = () => quiet();

/** Asks, and is answered. */
export const asked = (answer: string, options?: Given): Step[] => [...asks(options), received(HEAD_END), sends(answer)];
