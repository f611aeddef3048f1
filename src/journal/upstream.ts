/**
 * The servers that a recorded program has asked, for a handler that asks them again: each request gets the bytes that the same
 * request got then, in the chunks in which they came, with the FIN or the reset that followed.
 */
import type { MessageHead } from '../events/wire.js';
import { UPGRADE } from '../io/llhttp.js';
import { fieldValue } from '../rules/fields.js';
import { JournalError } from './errors.js';
import { MessageReader } from './MessageReader.js';
import { PeerSocket } from './PeerSocket.js';
import type { RecordedConnection } from './reader.js';
import { type Moment, wireOf } from './timeline.js';
import { soon } from './turns.js';

/** What a server did, and how many bytes of the request it had by then. */
interface Act {
  readonly after: number;
  readonly what: 'in' | 'fin' | 'reset' | 'timeout';
  readonly bytes: Buffer | undefined;
  /** Of a reset: what the program got. */
  readonly error: Error | undefined;
}

type Span = readonly [from: number, until: number];

/** A request, and what came of it. */
interface Served {
  readonly at: number;
  readonly request: string;
  readonly host: string;
  readonly acts: Act[];
  /** How many bytes of the request were sent. */
  length: number;
  hasHoles: boolean;
  isUsed: boolean;
}

/** Reads what a client sends: where each request begins, and what it is. */
class RequestReader extends MessageReader {
  /** A request is being read. */
  isOpen = false;

  constructor() {
    super('request');
  }

  protected override nextMethod(): undefined {
    return undefined;
  }

  override decide(head: MessageHead): number {
    return head.upgrade ? UPGRADE : super.decide(head);
  }

  /** @returns the requests that have begun */
  feed(bytes: Buffer): { readonly request: string; readonly host: string }[] {
    const found: { request: string; host: string }[] = [];
    for (const fact of this.parser.feed(bytes)) {
      if (fact.type === 'wire.head') {
        const { method, url, rawHeaders } = fact.head;
        found.push({ request: `${method} ${url}`, host: fieldValue(rawHeaders, 'host') ?? '' });
        this.isOpen = true;
      } else if (fact.type === 'wire.complete') this.isOpen = false;
    }
    return found;
  }
}

/** Whether a text is the one that was recorded, which may be masked: x for a letter, 0 for a digit. */
function isLike(recorded: string, given: string): boolean {
  if (recorded === given) return true;
  if (recorded.length !== given.length) return false;
  for (let i = 0; i < recorded.length; i++) {
    const [mask, letter] = [recorded[i]!, given[i]!];
    if (mask === letter) continue;
    const isMasked =
      (mask === 'x' && /[a-z]/.test(letter)) ||
      (mask === 'X' && /[A-Z]/.test(letter)) ||
      (mask === '0' && /[0-9]/.test(letter));
    if (!isMasked) return false;
  }
  return true;
}

/** @param from when the program was asked, and `until`: in µs on the clock of the journal */
async function servedBy(connection: RecordedConnection, [from, until]: Span): Promise<Served[]> {
  const found: Served[] = [];
  const reader = new RequestReader();
  const moments = await wireOf(connection);
  try {
    for (const seen of moments) {
      const { what, bytes } = seen;
      if (what === 'out' && bytes !== undefined) {
        for (const begun of reader.feed(bytes)) {
          const at = connection.span[0] + seen.at;
          found.push({ ...begun, at, acts: [], length: 0, hasHoles: false, isUsed: false });
        }
      }
      const last = found.at(-1);
      if (last !== undefined) note(last, seen);
    }
  } finally {
    reader.free();
  }
  return found.filter(({ at }) => at >= from && at <= until);
}

function note(served: Served, { what, bytes, hasHoles, error }: Moment): void {
  if (what === 'out') served.length += bytes?.length ?? 0;
  else if (what === 'in' || what === 'fin' || what === 'reset' || what === 'timeout') {
    served.acts.push({ after: served.length, what, bytes, error });
    served.hasHoles ||= hasHoles === true;
  }
}

/** Plays a server to one socket. */
class Player {
  private readonly upstream: Upstream;
  private readonly socket: PeerSocket;
  private readonly reader = new RequestReader();
  private served: Served | undefined;
  /** How many bytes of the request have been sent. */
  private sent = 0;
  /** How many acts were played. */
  private played = 0;
  private isPlaying = false;

  constructor(upstream: Upstream, socket: PeerSocket) {
    this.upstream = upstream;
    this.socket = socket;
    socket.onWrite = () => this.take();
    socket.on('close', () => this.reader.free());
  }

  private take(): void {
    const { socket } = this;
    for (const chunk of socket.chunks.splice(0)) {
      for (const { request, host } of this.reader.feed(chunk)) {
        this.served = this.upstream.find(request, host);
        this.sent = 0;
        this.played = 0;
        if (this.served === undefined) {
          socket.destroy(new JournalError('STATEWIRE_JOURNAL_INCOMPLETE', this.upstream.notes.at(-1)!));
          return;
        }
      }
      this.sent += chunk.length;
    }
    void this.play();
  }

  /** An act in each turn, as soon as as much was sent as then. */
  private async play(): Promise<void> {
    if (this.isPlaying) return;
    this.isPlaying = true;
    while (!this.socket.destroyed) {
      const act = this.served?.acts[this.played];
      if (act === undefined || (act.after > this.sent && this.reader.isOpen)) break;
      this.played++;
      await soon();
      if (!this.socket.destroyed) this.act(act);
    }
    this.isPlaying = false;
  }

  private act({ what, bytes, error }: Act): void {
    const { socket } = this;
    if (what === 'in') socket.push(bytes);
    else if (what === 'fin') socket.push(null);
    else if (what === 'timeout') socket.emit('timeout');
    else socket.destroy(error);
  }
}

export class Upstream {
  /** What the journal can't say, in words. */
  readonly notes: string[] = [];
  private readonly all: readonly Served[];
  private readonly sockets = new Set<PeerSocket>();

  private constructor(all: readonly Served[]) {
    this.all = all;
  }

  /** What a program asked of others while it served the connection. */
  static async of(connection: RecordedConnection): Promise<Upstream> {
    const all: Served[] = [];
    for (const each of connection.clientsMeanwhile()) all.push(...(await servedBy(each, connection.span)));
    return new Upstream(all.sort((a, b) => a.at - b.at));
  }

  /** A socket for a client. */
  readonly dial = (): PeerSocket => {
    const socket = new PeerSocket();
    // As a client of TLS expects it.
    Object.assign(socket, { encrypted: true, authorized: true });
    this.sockets.add(socket);
    new Player(this, socket);
    return socket;
  };

  /** The request as it was recorded, and not asked again so far. */
  find(request: string, host: string): Served | undefined {
    const left = this.all.filter((each) => !each.isUsed && isLike(each.request, request));
    const found = left.find((each) => each.host === host) ?? left[0];
    const text = request.replace(' ', ` ${host}`);
    if (found === undefined) {
      this.notes.push(`the handler asked for ${text}, which is not in the journal`);
      return undefined;
    }
    found.isUsed = true;
    if (found.hasHoles) this.notes.push(`content of the response to ${text} was not kept: x stands for it`);
    return found;
  }

  free(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
