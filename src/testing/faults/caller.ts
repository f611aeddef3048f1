/** The peer of a server: it plays a script on one connection, and reads what comes. */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { PeerReader, requestsIn } from './reader.js';
import type { Scene } from './scene.js';
import type { PeerStep, Script } from './script.js';

/** When something happened: after which step, how many ms later, and in which turn then. */
export interface Moment {
  /** The index of the step; -1 before the first one. */
  readonly step: number;
  readonly ms: number;
  readonly turn: number;
}

/** What a caller can do to the server. */
export interface Closable {
  close(): void;
  drain(): void;
}

/** How long a peer waits for what doesn't come, in ms: longer than all deadlines that a server has by default. */
export const HORIZON = 600_000;

export class Caller {
  readonly socket: Socket;
  /** The end of the server. */
  readonly called: Socket;
  readonly reader: PeerReader;
  /** The peer has sent FIN or reset. */
  hasLeft = false;
  isPaused = false;
  /** It has waited in vain for a response. */
  isStuck = false;
  /** It was reset, by either end. */
  isReset = false;
  /** The server has sent FIN. */
  isEnded = false;
  /** The index of the first `read()` that has read nothing. */
  unread: number | undefined;
  /** The moments at which something has happened, if they are noted. */
  readonly moments: Moment[] = [];
  private readonly onLeave: () => void;
  private readonly scene: Scene;
  private readonly server: Closable;
  private readonly onRead: () => void;
  private reads = 0;
  /** As it was when it rested last. */
  private changes = 0;

  /**
   * @param onRead called when a response was read, and all has come to rest
   * @param onLeave called before FIN or a reset
   */
  constructor(
    scene: Scene,
    [socket, called]: readonly [Socket, Socket],
    server: Closable,
    script: Script,
    onRead: () => void,
    onLeave: () => void,
  ) {
    this.scene = scene;
    this.onLeave = onLeave;
    this.onRead = onRead;
    this.socket = socket;
    this.called = called;
    this.server = server;
    const sent = script.flatMap((step) => (step.do === 'send' ? [step.bytes] : []));
    const methods = requestsIn(Buffer.concat(sent)).map(({ head }) => head.method);
    this.reader = new PeerReader('response', (index) => methods[index] ?? 'GET', true);
    const note = scene.noting();
    socket
      .on('data', (chunk: Buffer) => {
        note(chunk);
        this.reader.feed(chunk);
      })
      .on('end', () => {
        scene.changes++;
        this.isEnded = true;
        this.reader.finish();
      })
      .on('error', () => {
        this.isReset = true;
      });
  }

  /** Whether nothing more can come. */
  get isOver(): boolean {
    return this.socket.destroyed || this.isEnded;
  }

  /**
   * @param notes whether to note moments
   * @param from the index of the first step in the whole script
   */
  async play(script: Script, notes: boolean, from: number): Promise<void> {
    let isAtOnce = true;
    for (const [index, step] of script.entries()) {
      const at = from + index;
      if (step.do === 'turns') {
        await this.scene.turns(step.count);
        isAtOnce = true;
        continue;
      }
      if (!isAtOnce) await this.rest(notes, at - 1);
      isAtOnce = false;
      if (step.do === 'silence') break;
      this.isStuck = !(await this.act(step, notes, at));
      if (this.isStuck) return;
    }
    await this.rest(notes, from + script.length - 1);
  }

  private act(step: PeerStep, notes: boolean, at: number): Promise<boolean> | true {
    const { socket } = this;
    switch (step.do) {
      case 'send':
        if (socket.writable) socket.write(step.bytes);
        return true;
      case 'read':
        return this.read(notes, at);
      case 'fin':
        this.onLeave();
        this.hasLeft = true;
        socket.end();
        return true;
      case 'reset':
        this.onLeave();
        this.hasLeft = true;
        this.isReset = true;
        socket.resetAndDestroy();
        return true;
      case 'wait':
        return this.scene.advance(step.ms).then(() => true);
      case 'pause':
        this.isPaused = true;
        socket.pause();
        return true;
      case 'resume':
        this.isPaused = false;
        socket.resume();
        return true;
      case 'close':
        this.server.close();
        return true;
      case 'drain':
        this.server.drain();
        return true;
      default:
        return true;
    }
  }

  /** @returns whether a response has come, or none can come any more */
  private async read(notes: boolean, at: number): Promise<boolean> {
    this.reads++;
    const { scene } = this;
    const begin = scene.now;
    for (;;) {
      await this.rest(notes, at, begin);
      if (this.reader.whole >= this.reads) this.onRead();
      else if (this.isOver && !this.isPaused) this.unread ??= at;
      if (this.reader.whole >= this.reads || this.isOver || this.reader.error !== undefined || this.isPaused)
        return true;
      if (!(await scene.next(HORIZON - (scene.now - begin)))) return false;
    }
  }

  /** Lets everything come to rest. Something that has happened in a turn is a moment. */
  private async rest(notes: boolean, step: number, since?: number): Promise<void> {
    const { scene, moments } = this;
    if (!notes) {
      await scene.settle();
      return;
    }
    let { changes } = scene;
    const isLater = changes !== this.changes;
    const ms = since === undefined ? 0 : scene.now - since;
    await scene.settle((turn) => {
      if (scene.changes === changes) return;
      changes = scene.changes;
      // After time has passed, the rest counts.
      if (ms === 0) moments.push({ step, ms, turn });
    });
    if (ms > 0 && isLater) moments.push({ step, ms, turn: 0 });
    this.changes = scene.changes;
  }
}
