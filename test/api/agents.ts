/**
 * Requests of the host with the host's agent and with ours. The interface between the two classes is Node's own, so an agent
 * can be tested apart from our requests.
 */
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { Agent } from '../../src/api/agent/Agent.js';
import { settle } from '../conversations/kit/wires.js';

export { settle };

export const ours = Agent as unknown as typeof http.Agent;
export type AgentClass = typeof http.Agent;

/** Members of an agent that packages use and Node's types omit. */
export interface Seam {
  readonly totalSocketCount: number;
  readonly options: Record<string, unknown>;
  readonly agentKeepAliveTimeoutBuffer: number;
  readonly scheduling: string;
  addRequest(request: object, options: object | string, port?: number, localAddress?: string): void;
  createSocket(request: object, options: object, callback: (error: Error | null, socket?: Duplex) => void): void;
  removeSocket(socket: Duplex, options: object): void;
  createConnection(options: Record<string, unknown>, callback: (error: Error | null, socket?: Duplex) => void): unknown;
  keepSocketAlive(socket: Duplex): boolean;
}

export const seam = (agent: http.Agent): Seam => agent as unknown as Seam;

/** Runs a scene with both agents: it must return the same, truthy value. */
export function both(name: string, scene: (Agent: AgentClass, site: Site) => unknown): void {
  it(name, async () => {
    const outcome = await onSite((site) => scene(http.Agent, site));
    expect(outcome).toBeTruthy();
    expect(await onSite((site) => scene(ours, site))).toEqual(outcome);
  });
}

/** Runs a scene with both agents: each must have its own outcome. */
export function differs<T>(
  name: string,
  scene: (Agent: AgentClass, site: Site) => T | Promise<T>,
  onHost: T,
  here: T,
): void {
  it(`${name}, with the host's`, async () => expect(await onSite((site) => scene(http.Agent, site))).toEqual(onHost));
  it(name, async () => expect(await onSite((site) => scene(ours, site))).toEqual(here));
}

/** A server, and requests to it. */
export class Site {
  readonly port: number;
  /** The events of requests. */
  readonly log: string[] = [];
  /** Responses that the server holds back, to paths that begin with `/held`. */
  readonly held = new Map<string, http.ServerResponse>();

  constructor(port: number) {
    this.port = port;
  }

  /** The name of its connections, with an agent without special options. */
  get name(): string {
    return `127.0.0.1:${this.port}:`;
  }

  /** Requests a path, and logs the events of the request and the status of its response. */
  request(agent: http.Agent, path: string, options: http.RequestOptions = {}): http.ClientRequest {
    const request = http.request({ host: '127.0.0.1', port: this.port, agent, path, ...options });
    for (const event of ['abort', 'error', 'close', 'timeout']) {
      request.on(event, (error?: NodeJS.ErrnoException) => {
        this.log.push(`${path} ${event}${error ? ` ${error.code ?? error.message}` : ''}`);
      });
    }
    request.on('socket', () => this.log.push(`${path} socket${request.reusedSocket ? ', reused' : ''}`));
    request.on('response', (response) => {
      this.log.push(`${path} ${response.statusCode}`);
      response.resume();
    });
    request.end();
    return request;
  }

  /** Requests a path, and waits until everything that follows has happened. */
  async requestAndSettle(
    agent: http.Agent,
    path = '/',
    options: http.RequestOptions = {},
  ): Promise<http.ClientRequest> {
    const request = this.request(agent, path, options);
    await settle();
    return request;
  }

  /** Sends a held response once its request has arrived: a name such as `localhost` is looked up in another thread. */
  async respond(path: string): Promise<void> {
    while (!this.held.has(path)) await settle();
    this.held.get(path)!.end();
    await settle();
  }

  /** The sizes of an agent's tables; the port is replaced in names. */
  tables(agent: http.Agent): object {
    const lengths = (table: NodeJS.ReadOnlyDict<readonly unknown[]>) =>
      Object.entries(table)
        .filter(([, list]) => list!.length > 0)
        .map(([name, list]) => [name.replace(String(this.port), 'port'), list!.length]);
    return {
      requests: Object.fromEntries(lengths(agent.requests)),
      sockets: Object.fromEntries(lengths(agent.sockets)),
      free: Object.fromEntries(lengths(agent.freeSockets)),
      total: seam(agent).totalSocketCount,
    };
  }
}

function serve(site: () => Site): http.Server {
  // The server's Keep-Alive hint is longer than the agents' timeouts, unless the query sets another one.
  return http.createServer({ keepAliveTimeout: 60_000 }, (req, res) => {
    const url = new URL(req.url!, 'http://a');
    const hint = url.searchParams.get('hint');
    if (hint !== null) res.setHeader('Keep-Alive', hint).setHeader('Connection', 'keep-alive');
    if (url.pathname.startsWith('/close')) res.setHeader('Connection', 'close');
    if (url.pathname.startsWith('/kill')) req.socket.destroy();
    else if (url.pathname.startsWith('/held')) site().held.set(url.pathname, res);
    else res.end('hello');
  });
}

/** Runs a scene with a server, which is closed afterwards. */
export async function onSite<T>(scene: (site: Site) => T | Promise<T>): Promise<T> {
  const server = serve(() => site).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const site = new Site((server.address() as AddressInfo).port);
  try {
    return await scene(site);
  } finally {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}

/** The number of listeners per event of an emitter. */
export function listeners(emitter: NodeJS.EventEmitter): object {
  return Object.fromEntries(emitter.eventNames().map((name) => [name, emitter.listenerCount(name)]));
}

/** A socket that leads nowhere. */
export class Nowhere extends Duplex {
  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

export const first = (table: NodeJS.ReadOnlyDict<Socket[]>): Socket => Object.values(table)[0]![0]!;
