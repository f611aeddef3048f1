/**
 * A world in which each call of the program has a name, and one of them throws.
 *
 * The first run of a scenario never throws and records the calls; each following run throws once, in one of them. So running
 * finds the calls, and a new call is tested without a new line here.
 */
import { EventEmitter, once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { type Duplex, Readable, Stream } from 'node:stream';
import {
  Agent,
  type ClientRequest,
  createServer,
  IncomingMessage,
  type RequestOptions,
  request,
  type Server,
  type ServerOptions,
  ServerResponse,
} from '../../../src/index.js';

const BOOM = 'thrown by the program';

interface Emitter {
  emit(name: string | symbol, ...args: unknown[]): boolean;
}

type Method = (...args: unknown[]) => unknown;

const isPublic = /^(?!constructor|destroy$)([a-z]|_implicitHeader$)/;

/** Throwing here stops the underlying stream, as with any stream. */
const streaming = /^(readable|resume|pause)$/;

const hosts: readonly object[] = [EventEmitter.prototype, Stream.prototype, Readable.prototype, net.Server.prototype];

/** What the program may replace: the methods of our own prototypes, up to those of the host's classes. */
function methodsOf(object: object): string[] {
  const names = new Set<string>();
  for (let proto = Object.getPrototypeOf(object); !hosts.includes(proto); proto = Object.getPrototypeOf(proto)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (typeof value === 'function' && isPublic.test(name)) names.add(name);
    }
  }
  return [...names];
}

export class Tour {
  /** The calls of the program, in order. */
  readonly calls = new Set<string>();
  /** Where the exception was caught. */
  readonly caught: string[] = [];
  readonly agent: Agent;
  readonly server: Server;
  /** Messages that have not emitted 'close'. */
  readonly open = new Set<{ readonly name: string; readonly object: object }>();
  port = 0;
  private armed: string | undefined;
  private readonly sockets = new Set<Socket>();
  private openSockets = 0;
  private readonly responses: ServerResponse[] = [];
  private readonly requests: ClientRequest[] = [];
  private readonly counts: Record<string, number> = {};

  constructor(armed: string | undefined, options: ServerOptions) {
    this.armed = armed;
    const tour = this;
    class Request extends IncomingMessage {
      constructor(socket: Socket) {
        super(socket);
        tour.at('new IncomingMessage');
        tour.attend('req', this, []);
      }
    }
    class Response extends ServerResponse {
      constructor(...args: ConstructorParameters<typeof ServerResponse>) {
        super(...(args as [never]));
        tour.at('new ServerResponse');
        if (tour.isFine(this)) return;
        tour.responses.push(this as never);
        tour.attend('res', this, methodsOf(this));
      }
    }
    this.server = createServer({
      keepAliveTimeout: 2000,
      IncomingMessage: Request,
      ServerResponse: Response,
      ...options,
    } as never);
    this.server.on('connection', (socket: Socket) => this.attendSocket('server.socket', socket));
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.attend('server', this.server, []);
    this.attend('agent', this.agent, methodsOf(this.agent));
  }

  /** The final exchange, which must succeed, is not part of the tour. */
  private isFine(response: object): boolean {
    return (response as { req: { url?: string } }).req.url === '/fine';
  }

  /** A call of the program. */
  at(name: string): void {
    const count = (this.counts[name] ?? 0) + 1;
    this.counts[name] = count;
    const id = count === 1 ? name : `${name} #${count}`;
    if (count <= 3) this.calls.add(id);
    if (this.armed !== id) return;
    this.armed = undefined;
    throw new Error(BOOM);
  }

  /** A callback. */
  back(name: string): () => void {
    return () => this.at(`callback of ${name}`);
  }

  /** Adds listeners to all events of an object, after the others, and replaces its methods. */
  attend(name: string, object: object, methods: readonly string[]): void {
    const emitter = object as Emitter;
    const isIncoming = object instanceof IncomingMessage;
    const { emit } = emitter;
    const tour = this;
    emitter.emit = function (this: Emitter, event, ...args) {
      const result = emit.call(this, event, ...args);
      if (!(isIncoming && streaming.test(String(event)))) tour.at(`${name}.${String(event)}`);
      return result;
    };
    const own = object as Record<string, Method>;
    for (const method of methods) {
      const inherited = own[method] as Method;
      own[method] = function (this: unknown, ...args: unknown[]) {
        tour.at(`${name}.${method}()`);
        return inherited.apply(this, args);
      };
    }
    if (name === 'req' || name === 'res' || name === 'client.req' || name === 'client.res') {
      const entry = { name, object };
      this.open.add(entry);
      (object as NodeJS.EventEmitter).once('close', () => this.open.delete(entry));
    }
  }

  attendSocket(name: string, socket: Duplex): void {
    const tour = this;
    const { emit } = socket;
    this.sockets.add(socket as Socket);
    this.openSockets++;
    socket.emit = function (this: Duplex, event: string | symbol, ...args: unknown[]) {
      const result = emit.call(this, event as never, ...args);
      if (event === 'close') tour.openSockets--;
      if (/^(free|agentRemove|timeout|close|error|drain)$/.test(String(event))) tour.at(`${name}.${String(event)}`);
      return result;
    } as never;
  }

  /** A call by the program: what it throws is caught here. */
  call<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      if ((error as Error).message !== BOOM) throw error;
      this.caught.push('thrown to the caller');
      return undefined;
    }
  }

  request(options: RequestOptions, use: (request: ClientRequest) => void): ClientRequest | undefined {
    const { agent, port } = this;
    return this.call(() => {
      const created = request({ host: '127.0.0.1', port, agent, ...options });
      this.requests.push(created);
      created.on('error', (error) => {
        if (error.message === BOOM) this.caught.push("'error' of the request");
      });
      created.on('response', (response) => {
        response.on('error', () => {});
        this.attend('client.res', response, []);
      });
      created.on('socket', (socket) => {
        if (!this.sockets.has(socket)) this.attendSocket('client.socket', socket);
      });
      this.attend('client.req', created, methodsOf(created));
      use(created);
      return created;
    });
  }

  raw(text: string): Socket {
    const socket = net.connect(this.port, '127.0.0.1');
    socket.on('error', () => {}).resume();
    socket.write(text);
    return socket;
  }

  async listen(): Promise<void> {
    const listening = once(this.server, 'listening');
    this.server.listen(0, '127.0.0.1', this.back('listen'));
    await listening;
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Messages that have not emitted 'close', except those whose socket belongs to the program. */
  get unclosed(): string[] {
    return [...this.open].filter(({ object }) => !(object as IncomingMessage).upgrade).map(({ name }) => name);
  }

  get areSocketsClosed(): boolean {
    return this.openSockets === 0;
  }

  get isSpent(): boolean {
    return this.armed === undefined;
  }

  /** Ends what the exception has prevented the program from ending. */
  finish(): void {
    for (const response of this.responses) if (!response.writableEnded) this.call(() => response.end());
    for (const created of this.requests) if (!created.writableEnded) this.call(() => created.end());
    for (const each of this.open) if (each.name === 'client.res') (each.object as IncomingMessage).resume();
  }

  destroyRest(): void {
    for (const created of this.requests) this.call(() => created.destroy());
  }
}
