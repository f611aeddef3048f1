/** The world and the program of a replay: what the journal says that they did is done to the real hosts. */

import { connectionOf } from '../api/client/ClientConnectionHost.js';
import { ClientRequest } from '../api/client/ClientRequest.js';
import { own } from '../api/compat/own.js';
import { ConnectionHost } from '../api/server/ConnectionHost.js';
import { Server } from '../api/server/Server.js';
import type { Configuration } from '../engine/configuration.js';
import type { StateValue } from '../engine/model.js';
import type { NetFact } from '../events/net.js';
import * as record from '../io/record.js';
import { chunkOf, dataOf, failure } from './assemble.js';
import type { Frame } from './frames.js';
import type { Hosted, Marked, WriterParts } from './hosted.js';
import type { Opening } from './opening.js';
import { ReplaySocket, type Wire } from './ReplaySocket.js';
import type { IdleState, Made } from './reading.js';
import type { Replayer, Stage } from './replayer.js';
import * as v from './vocabulary.js';
import * as write from './write.js';

const ignore = (): void => {};

/** An agent that gives nothing: sockets come from the journal. */
const agentOf = ({ isHostOrder, retries, hasTimeout }: Made): object => ({
  options: { eventOrder: isHostOrder ? 'host' : 'documented', retryReused: retries, timeout: hasTimeout ? 1 : 0 },
  requests: {},
  sockets: {},
  freeSockets: {},
  keepAlive: true,
  maxSockets: Infinity,
  protocol: 'http:',
  defaultPort: 80,
  addRequest: ignore,
  on: ignore,
});

export class Puppets implements Stage {
  private readonly replayer: Replayer;
  private readonly openings: ReadonlyMap<number, Opening | undefined>;
  /** The line that `wire` looks at. */
  private readonly line: number;
  private readonly wire: Wire | undefined;
  private readonly sockets = new Map<number, ReplaySocket>();
  private readonly hosts = new Map<number, Hosted>();
  private pending: Frame | undefined;

  constructor(
    replayer: Replayer,
    openings: ReadonlyMap<number, Opening | undefined>,
    line: number,
    wire: Wire | undefined,
  ) {
    this.replayer = replayer;
    this.openings = openings;
    this.line = line;
    this.wire = wire;
  }

  /** Frees what the connections hold. */
  end(): void {
    for (const host of this.hosts.values()) {
      try {
        host.free?.();
      } catch {
        // It was freed already.
      }
    }
  }

  private connection(line: number): Hosted {
    const host = this.hosts.get(line);
    if (host === undefined) throw new Error('no connection yet');
    return host;
  }

  private socketOf(line: number): ReplaySocket {
    let socket = this.sockets.get(line);
    if (socket === undefined) {
      const nothing = { mark: 16_384, remote: undefined, local: undefined, isTls: false };
      socket = new ReplaySocket(this.openings.get(line) ?? nothing);
      if (line === this.line) socket.wire = this.wire;
      socket.setMaxListeners(0);
      this.sockets.set(line, socket);
    }
    return socket;
  }

  opened(host: record.Recorded): void {
    const { replayer } = this;
    const { next } = replayer;
    const line = (this.pending ?? (next?.kind === v.OPEN ? next : undefined))?.line ?? this.line;
    if (this.hosts.has(line)) return;
    replayer.map(host.actor.connection * 2, line);
    replayer.register(line, 0, host.actor);
    this.hosts.set(line, host as unknown as Hosted);
    if (this.pending !== undefined) return;
    // A client's connection is made by its first request.
    if (next?.kind === v.OPEN) replayer.at++;
    else replayer.differ('a connection begins');
  }

  attached({ line, length }: Frame): void {
    this.connection(line).maxHeadersCount = length;
  }

  perform(frame: Frame): void {
    const { line } = frame;
    switch (frame.kind) {
      case v.OPEN:
        this.open(frame, JSON.parse(frame.text) as Opening);
        break;
      case v.MARK: {
        const { open, state, deferred } = JSON.parse(frame.text) as Marked;
        this.replayer.begin(line, deferred);
        this.open(frame, open);
        this.resume(line, state);
        break;
      }
      case v.IN:
        this.replayer.input(line, () =>
          this.connection(line).take({ type: 'net.bytes', chunk: chunkOf(frame), lent: false }),
        );
        break;
      case v.FACT:
        this.replayer.input(line, () => this.connection(line).take(factOf(frame)));
        break;
      case v.CALL:
        this.call(frame);
        break;
      case v.LANDED: {
        const landed = writerOf(this.connection(line)).landed;
        const error = frame.value === 1 ? failure('', 'a write has failed') : undefined;
        this.replayer.input(line, () => landed(error), record.LANDED);
        break;
      }
      case v.DEFERRED:
        this.replayer.callDeferred(line, frame.value);
        break;
      case v.OFFER:
        this.offer(frame);
        break;
      case v.OTHER:
        this.other(frame);
        break;
      case v.MADE:
        this.make(frame, JSON.parse(frame.text) as Made);
        break;
    }
  }

  private open(frame: Frame, { settings, role }: Opening): void {
    this.pending = frame;
    const socket = this.socketOf(frame.line);
    if (role === 'client') connectionOf(socket);
    else {
      const server = new Server();
      Object.assign(server, settings);
      // Whether the program had a listener shows in the journal; with one, such a request may lack Host.
      server.on('upgrade', ignore);
      new ConnectionHost(server as never, socket as never);
    }
    this.pending = undefined;
  }

  private resume(line: number, { value, context, requests, persists }: IdleState): void {
    const host = this.connection(line);
    const { actor } = host as unknown as { actor: { configuration: Configuration; context: object } };
    actor.configuration = actor.configuration.chart.configurationOf(value as StateValue);
    Object.assign(actor.context, context);
    host.requests = requests;
    host.persists = persists;
  }

  private hostOf({ line, exchange, chart }: Frame): Hosted {
    const host = this.replayer.hostOf<Hosted>(line, exchange, chart);
    if (host === undefined) throw new Error('no such message');
    return host;
  }

  private call(frame: Frame): void {
    const host = this.hostOf(frame);
    const { message } = host;
    const type = v.CALLS[frame.code]!;
    const act = (needsSocket: boolean, event: object) =>
      this.replayer.input(frame.line, () => host.proceed({ type, ...event }, needsSocket));
    switch (type) {
      case 'user.head':
        this.fixHead(host, frame);
        act(false, { last: (frame.value & 1) > 0, bodyless: (frame.value & 2) > 0, switches: (frame.value & 4) > 0 });
        break;
      case 'user.inform':
      case 'user.write':
      case 'user.end': {
        if (type === 'user.end') {
          message['finished'] = true;
          message['_trailer'] = frame.text;
          message['_corked'] = 0;
        }
        const { payload } = frame;
        const chunk = payload && dataOf(payload);
        const encoding = payload?.form === 2 ? 'utf8' : 'latin1';
        act(true, { chunk, encoding, callback: payload?.hasCallback ? ignore : undefined });
        break;
      }
      case 'user.flush':
        act(true, {});
        break;
      case 'user.destroy':
      case 'user.forsake':
      case 'user.abort': {
        const error = frame.value === 1 ? failure(frame.text, '') : undefined;
        if (type === 'user.abort') message['aborted'] = true;
        else {
          message['destroyed'] = true;
          message['_errored'] = error;
        }
        host.reason = error;
        const event = { type, ...(type === 'user.destroy' ? {} : { hostOrder: false, ownsSocket: false }) };
        this.replayer.input(frame.line, () => host.sendCause(event));
        break;
      }
      case 'user.misused':
        act(false, { error: failure('', 'misused') });
        break;
      default:
        act(false, {});
    }
  }

  private fixHead(host: Hosted, { bits, declared, status, payload }: Frame): void {
    const { message } = host;
    const text = (bits & write.NO_HEAD) > 0 ? null : String((payload && dataOf(payload)) ?? '');
    message['_header'] = text;
    message['chunkedEncoding'] = (bits & write.CHUNKED) > 0;
    message['shouldKeepAlive'] = (bits & write.KEEPS) > 0;
    message['_hasBody'] = (bits & write.HAS_BODY) > 0;
    message['_last'] = (bits & write.LAST) > 0;
    message['_lacksContent'] = (bits & write.LACKS_CONTENT) > 0;
    message['_isTunnel'] = (bits & write.IS_TUNNEL) > 0;
    message['_contentLength'] = declared === 0 ? null : declared - 1;
    if (status > 0) message['statusCode'] = status;
    host.head = text;
  }

  private offer(frame: Frame): void {
    const host = this.replayer.hostOf<Hosted>(frame.line, frame.exchange, v.CHARTS.indexOf('request'));
    if (host === undefined) throw new Error('no such request');
    host.message['reusedSocket'] = (frame.value & 4) > 0;
    const error = (frame.value & 2) > 0 ? failure(frame.text, '') : null;
    const socket = (frame.value & 1) > 0 ? this.socketOf(this.offered(frame)) : null;
    this.replayer.input(frame.line, () => host.offer(socket, error), record.OFFER);
  }

  /** The line of the connection whose socket a request is offered: that which it gets. */
  private offered({ line, exchange }: Frame): number {
    const { frames, at: from } = this.replayer;
    if (this.openings.size === 1) return this.line;
    for (let at = from; at < frames.length; at++) {
      const { kind, value, bits, code, line: found } = frames.at(at)!;
      if (kind !== v.POOL) continue;
      if (value > 0 ? value * 2 + 1 === line : bits * 2 === line && code === exchange) return found;
    }
    return this.line;
  }

  private other(frame: Frame): void {
    const { replayer } = this;
    const { line, code, value } = frame;
    const on = (act: (host: Hosted) => void, host = this.connection(line)) => replayer.input(line, () => act(host));
    const ofMessage = (act: (host: Hosted) => void) => on(act, this.hostOf(frame));
    const byDoor = (act: (host: Hosted) => void, host = this.hostOf(frame)) =>
      replayer.input(line, () => act(host), code);
    switch (code) {
      case record.CLOSING:
        on((host) => host.announceClose());
        break;
      case record.DRAINING:
        on((host) => host.announceDrain({ idle: value, responses: 0, refused: 0, note: ignore }));
        break;
      case record.CUTTING:
        on((host) => host.cut());
        break;
      case record.CLOSE_IDLE:
        on((host) => host.closeIdle());
        break;
      case record.EXPIRED:
        {
          const passed = { headLate: (value & 1) > 0, wholeLate: (value & 2) > 0 };
          const fault = { error: failure('ERR_HTTP_REQUEST_TIMEOUT', ''), hasListener: false, unsent: false };
          const { hasOthers: preceded } = this.connection(line).exchanges as unknown as { hasOthers: boolean };
          on((host) => host.sendCause({ type: 'clock.expired', ...passed, ...fault, preceded }));
        }
        break;
      case record.COOLED:
        on((host) => host.send({ type: 'clock.cooled' }));
        break;
      case record.RESTED:
        on((host) => host.send({ type: 'clock.rested' }));
        break;
      case record.LINGERED:
        on((host) => host.send({ type: 'clock.lingered' }));
        break;
      case record.OVERTAKEN:
        on((host) => writerOf(host).leaveFirst());
        break;
      case record.REMOVED:
        byDoor((host) => host.removed(), this.connection(line));
        break;
      case record.CLOSED:
        on((host) => host.exchanges.close());
        break;
      case record.RESPONSE_ENDED:
        ofMessage((host) => host.responseEnded());
        break;
      case record.TIMED_OUT:
        byDoor((host) => host.timedOut());
        break;
      case record.RESPONSE_TIMED_OUT:
        byDoor((host) => host.responseTimedOut());
        break;
      case record.READ:
        byDoor((host) => host.read());
        break;
      case record.DESTROY:
        ofMessage((host) => {
          host.error = value === 1 ? failure('', 'destroyed') : null;
          host.done = ignore;
          host.send({ type: 'user.destroy', consumed: false });
        });
        break;
      case record.CORK:
        byDoor((host) => host.message.cork());
        break;
      case record.UNCORK:
        byDoor((host) => host.message.uncork());
        break;
      case record.END_CALLBACK:
        byDoor((host) => host.onEnd(ignore));
        break;
      case record.RECALL:
        byDoor((host) => host.recallHead());
        break;
    }
  }

  private make(frame: Frame, made: Made): void {
    const { method, options, hasAgent, isHostOrder } = made;
    const agent = agentOf(made);
    const request = new ClientRequest({
      method,
      host: 'localhost',
      setDefaultHeaders: false,
      headers: {},
      ...options,
      agent,
    } as never);
    const host = (request as unknown as { [own]: { readonly actor: record.Recorded['actor']; hostOrder: boolean } })[
      own
    ];
    const { actor } = host;
    // Without an agent it would be that of this process.
    host.hostOrder = isHostOrder;
    if (!hasAgent) Object.assign(request, { agent: undefined });
    this.replayer.map(actor.exchange * 2 + 1, frame.line);
    this.replayer.register(frame.line, 0, actor);
    request.on('error', ignore);
  }
}

/** That of a connection's socket. */
const writerOf = ({ exchanges, writer }: Hosted): WriterParts => exchanges?.writer ?? writer;

function factOf({ code, text, more }: Frame): NetFact {
  const type = v.FACTS[code]!;
  return (type === 'net.failed' ? { type, error: failure(text, more) } : { type }) as NetFact;
}
