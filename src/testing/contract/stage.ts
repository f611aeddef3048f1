/** Where a scenario is played: the module, a peer on real sockets, and the log. */
import { type EventEmitter, once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { IdleTimer } from '../../io/clock.js';
import { laterTurn } from '../transit.js';
import type { AnyIncoming, AnyRequest, AnyServer, HttpModule } from './face.js';

/**
 * A line of a log: `req.response` is an event with its emitter, `(req.destroy())` something that is done.
 * In an order `res.data*` is any number of such events, or none.
 */
export type Line = string;

const HOST = '127.0.0.1';

/** What was waited for didn't come. */
class Overdue extends Error {}

/** The raw end of a connection: a server's, where a client is examined, and the other way round. */
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

  /** The statuses that came, and `closed`. */
  get wire(): string[] {
    const statuses = [...this.received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status!);
    return this.isClosed ? [...statuses, 'closed'] : statuses;
  }
}

export class Stage {
  readonly http: HttpModule;
  readonly hears: ReadonlySet<Line>;
  readonly lines: Line[] = [];
  readonly peers: Peer[] = [];
  /** Where the server listens that is not examined, or is. */
  port = 0;
  /** The request, of which the log is. */
  req!: AnyRequest;
  server: AnyServer | undefined;
  private door: net.Server | undefined;
  /** What the module is imported by. */
  readonly specifier: string | undefined;
  private readonly limit: number;
  private readonly hooks = new Map<Line, () => void>();
  private readonly waiting = new Set<() => void>();
  private readonly cleaning: (() => void)[] = [];

  constructor(http: HttpModule, hears: readonly Line[], limit: number, specifier?: string) {
    this.http = http;
    this.hears = new Set(hears);
    this.limit = limit;
    this.specifier = specifier;
  }

  /** A peer that listens, for a client. */
  async listen(): Promise<void> {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => this.meet(socket));
    await this.open(server);
  }

  /** Nobody listens any more. */
  async shut(): Promise<void> {
    const { door } = this;
    if (door === undefined) return;
    door.close();
    await once(door, 'close');
  }

  /** Has a server listen, examined or not. */
  async open(server: net.Server): Promise<void> {
    this.door = server;
    server.listen(0, HOST);
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.later(() => server.close(() => {}));
  }

  /** A connection to the server that is examined. */
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

  /** Logs an event of that name, if it is heard. */
  hear(name: string, emitter: EventEmitter, event: string, mark = ''): void {
    const line = `${name}.${event}`;
    // An error that nobody listens to would be the process's.
    if (!this.hears.has(line)) {
      if (event === 'error') emitter.on(event, () => {});
      return;
    }
    emitter.on(event, (...args: unknown[]) => this.tell(line, `${mark}${event === 'error' ? errorText(args[0]) : ''}`));
  }

  /** Adds an event to the log, and does what is to be done in its listener. Data in a row are one line. */
  tell(event: Line, detail = ''): void {
    const line = event === 'res.data' ? 'res.data*' : event + detail;
    if (line !== 'res.data*' || this.lines.at(-1) !== line) this.lines.push(line);
    this.run(event);
    this.changed();
  }

  /** Does something in the listener of an event, the first time. */
  inside(event: Line, act: () => void): void {
    this.hooks.set(event, act);
  }

  /** Does what {@link inside} has put by, though no event calls for it. */
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

  /** Resolves when it is so; rejects when it isn't so for too long. */
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

  /** Undoes something when the scenario is over. */
  later(undo: () => void): void {
    this.cleaning.push(undo);
  }

  cleanUp(): void {
    for (const undo of this.cleaning.reverse()) undo();
  }
}

/** What each scene has one of: made when the scene first asks for it. */
export function perScene<Kept extends object>(make: (stage: Stage) => Kept): (stage: Stage) => Kept {
  const all = new WeakMap<Stage, Kept>();
  return (stage) => {
    const kept = all.get(stage) ?? make(stage);
    all.set(stage, kept);
    return kept;
  };
}

/** What an order says of an error: a reset has many meanings, and the message tells which. */
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
 * Resolves when nothing is on its way on loopback: it is a queue, so what was sent before the first of these round trips has
 * been delivered, answered and closed by the last.
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
