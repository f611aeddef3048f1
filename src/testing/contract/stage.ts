/** The stage of a scenario: the module, a peer on real sockets, and the log. */
import { type EventEmitter, once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { IdleTimer } from '../../io/clock.js';
import { laterTurn } from '../transit.js';
import type { AnyIncoming, AnyRequest, AnyServer, HttpModule } from './face.js';

/**
 * A line of a log: `req.response` is an event with its emitter, `(req.destroy())` an action.
 * In an order, `res.data*` stands for any number of such events, including none.
 */
export type Line = string;

const HOST = '127.0.0.1';

/** An event that was waited for didn't happen. */
class Overdue extends Error {}

/** The raw end of a connection, opposite the side under test. */
export class Peer {
  readonly socket: Socket;
  received = '';
  isClosed = false;

  constructor(socket: Socket, changed: () => void) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
      changed();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      changed();
    });
    socket.on('end', () => socket.end());
  }

  /** The received statuses, and `closed`. */
  get wire(): string[] {
    const statuses = [...this.received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status!);
    return this.isClosed ? [...statuses, 'closed'] : statuses;
  }
}

export class Stage {
  readonly http: HttpModule;
  readonly listensTo: ReadonlySet<Line>;
  readonly lines: Line[] = [];
  readonly peers: Peer[] = [];
  /** The port of the peer's server, or of the server under test. */
  port = 0;
  /** The request under test. */
  req!: AnyRequest;
  server: AnyServer | undefined;
  private door: net.Server | undefined;
  /** The specifier by which another process can import the module. */
  readonly specifier: string | undefined;
  private readonly limit: number;
  private readonly hooks = new Map<Line, () => void>();
  private readonly waiting = new Set<() => void>();
  private readonly cleaning: (() => void)[] = [];

  constructor(http: HttpModule, listensTo: readonly Line[], limit: number, specifier?: string) {
    this.http = http;
    this.listensTo = new Set(listensTo);
    this.limit = limit;
    this.specifier = specifier;
  }

  /** Starts the peer's server, for a client under test. */
  async listen(): Promise<void> {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => this.meet(socket));
    await this.open(server);
  }

  /** Closes the listening server. */
  async shut(): Promise<void> {
    const { door } = this;
    if (door === undefined) return;
    door.close();
    await once(door, 'close');
  }

  /** Makes a server listen: the peer's or the one under test. */
  async open(server: net.Server): Promise<void> {
    this.door = server;
    server.listen(0, HOST);
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.later(() => server.close(() => {}));
  }

  /** Connects to the server under test. */
  async dial(): Promise<void> {
    const socket = net.connect({ port: this.port, host: HOST, allowHalfOpen: true });
    await once(socket, 'connect');
    this.meet(socket);
  }

  private meet(socket: Socket): void {
    this.peers.push(new Peer(socket, this.changed));
    this.later(() => socket.destroy());
    this.changed();
  }

  /** Logs events of this name, if the scenario listens to them. */
  observe(name: string, emitter: EventEmitter, event: string, mark = ''): void {
    const line = `${name}.${event}`;
    // Without a listener, 'error' would end the process.
    if (!this.listensTo.has(line)) {
      if (event === 'error') emitter.on(event, () => {});
      return;
    }
    emitter.on(event, (...args: unknown[]) =>
      this.record(line, `${mark}${event === 'error' ? errorText(args[0]) : ''}`),
    );
  }

  /** Adds an event to the log, and runs the action set for its listener. Successive 'data' events are one line. */
  record(event: Line, detail = ''): void {
    const line = event === 'res.data' ? 'res.data*' : event + detail;
    if (line !== 'res.data*' || this.lines.at(-1) !== line) this.lines.push(line);
    this.run(event);
    this.changed();
  }

  /** Sets an action for the listener of an event. It runs once. */
  inside(event: Line, act: () => void): void {
    this.hooks.set(event, act);
  }

  /** Runs an action of {@link inside} without its event. */
  run(name: string): void {
    const hook = this.hooks.get(name);
    this.hooks.delete(name);
    hook?.();
  }

  note(what: string): void {
    this.lines.push(`(${what})`);
  }

  has(event: Line): boolean {
    return this.lines.some((line) => line === event || line === `${event}*` || line.startsWith(`${event} `));
  }

  /** Resolves when `isSo` returns true; rejects after the limit. */
  until(what: string, isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = new IdleTimer<string>((late) => settle(() => reject(new Overdue(late))), what);
      const settle = (how: () => void) => {
        this.waiting.delete(look);
        timer.free();
        how();
      };
      const look = () => {
        if (isSo()) settle(resolve);
      };
      this.waiting.add(look);
      timer.start(this.limit);
      look();
    });
  }

  readonly changed = (): void => {
    for (const look of [...this.waiting]) look();
  };

  /** Undoes something at the end of the scenario. */
  later(undo: () => void): void {
    this.cleaning.push(undo);
  }

  cleanUp(): void {
    for (const undo of this.cleaning.reverse()) undo();
  }
}

/** A value of which each scenario has one, made at its first use. */
export function perScene<Kept extends object>(make: (stage: Stage) => Kept): (stage: Stage) => Kept {
  const all = new WeakMap<Stage, Kept>();
  return (stage) => {
    const kept = all.get(stage) ?? make(stage);
    all.set(stage, kept);
    return kept;
  };
}

/** An error as an order names it. A reset has several meanings, which its message distinguishes. */
function errorText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET') return ` ${code} ${JSON.stringify(message)}`;
  return ` ${code ?? JSON.stringify(message)}`;
}

export const isOverdue = (error: unknown): error is Error => error instanceof Overdue;

/** Names a message of a server by its target. */
export const markOf = ({ url }: AnyIncoming): string => ` ${url}`;

const ROUND_TRIPS = 12;

/**
 * Resolves when nothing is on its way on loopback. Loopback is a queue: messages sent before the first of these round trips,
 * their responses and the closing of their connections have arrived by the last one.
 */
export async function quiet(): Promise<void> {
  const echo = net.createServer((socket) => void socket.pipe(socket)).listen(0, HOST);
  await once(echo, 'listening');
  const socket = net.connect((echo.address() as AddressInfo).port, HOST);
  await once(socket, 'connect');
  for (let trip = 0; trip < ROUND_TRIPS; trip++) {
    socket.write('.');
    await once(socket, 'data');
    await laterTurn();
  }
  socket.destroy();
  echo.close();
}
