import { atTurnEnd, inLaterTurn } from '../../io/clock.js';
import type { Written } from '../../io/writer.js';
import { streamDestroyed } from '../compat/errors.js';
import { inPlace } from '../compat/scope.js';
import { type Subject, withStory } from '../process/story.js';

/** A `write()` or `end()` that came too late: its callback is owed `error`. */
export interface LateCall {
  readonly host: { reject(call: LateCall): void };
  readonly callback: Written | null;
  readonly error: Error;
  readonly because: 'ended' | 'destroyed';
}

/** Called at the end of the turn. */
export function rejectLateCall(call: LateCall): void {
  call.host.reject(call);
}

/**
 * The callbacks that a message owes its program: of `write()` and other pieces, and of `end()`. Each is called once: after
 * its piece was sent, or as soon as nothing more can be sent. It runs in the async context of the call that it was passed to, as
 * in Node, also if the piece had to wait.
 */
export class Callbacks {
  /** The message, for the stories of errors. */
  private readonly host: { about(): Subject };
  /** The callbacks of pieces, in the order of handing over, with an error for refused pieces. */
  private readonly sending = new Map<Written, Error | undefined>();
  private ending: Written[] = [];
  /** An error will be emitted at the end of the turn, so the message must not close unnoticed. */
  hasError = false;

  constructor(host: { about(): Subject }) {
    this.host = host;
  }

  get awaitsEnd(): boolean {
    return this.ending.length > 0;
  }

  /** Returns the callback for the sender of the piece. `refusal`: the error if the piece was refused. */
  owe(callback: Written, refusal?: Error): Written {
    const bound = inPlace(callback);
    const once: Written = (error) => {
      if (this.sending.delete(once)) bound(error);
    };
    this.sending.set(once, refusal);
    return once;
  }

  /** `callback` waits for the last byte. */
  oweEnd(callback: Written): void {
    this.ending.push(inPlace(callback));
  }

  /** The last byte was sent, or cannot be. */
  end(error: Error | null): void {
    const { ending } = this;
    this.ending = [];
    for (const callback of ending) callback(error);
  }

  /** Nothing more will be sent. */
  lose(): void {
    for (const [callback, refusal] of this.sending) callback(refusal ?? this.destroyed('write'));
    this.loseEnd();
  }

  /** The message will not be sent to its end. */
  loseEnd(): void {
    if (this.awaitsEnd) this.end(this.destroyed('end'));
  }

  private destroyed(method: string): Error {
    return withStory(streamDestroyed(method), () => this.host.about());
  }

  /** The same in a later turn. */
  loseLater(): void {
    inLaterTurn(lose, this as Callbacks);
  }

  /** The same at the end of the turn, for `all` callbacks or only those of `end()`. */
  loseSoon(all: boolean): void {
    atTurnEnd(all ? lose : loseEnd, this as Callbacks);
  }
}

function lose(callbacks: Callbacks): void {
  callbacks.lose();
}

function loseEnd(callbacks: Callbacks): void {
  callbacks.loseEnd();
}
