/** What messages say about themselves, for `explain`. */
import type { Place } from '../../engine/place.js';
import type { IncomingRequestFacts, ReaderFacts, ResponseFacts } from '../../events/facts.js';
import { View } from '../process/known.js';

type Running = Place & { readonly value: unknown };

interface AskedIncoming {
  readonly actor: Running & { readonly id: string };
  readonly subject: string;
  readonly reader: ReaderFacts;
  readonly hasContent: boolean;
}

/** A request; the facts of a response are the same but for the name of their kind. */
export class IncomingView extends View<IncomingRequestFacts['state'], AskedIncoming> implements IncomingRequestFacts {
  readonly kind: 'incomingRequest';

  constructor(host: AskedIncoming) {
    super(host);
    this.kind = host.actor.id as 'incomingRequest';
  }

  get what(): string {
    return this.host.subject;
  }

  get reader(): ReaderFacts {
    return this.host.reader;
  }

  get hasContent(): boolean {
    return this.host.hasContent;
  }
}

/** A response: the members that are looked at. The first two are those of its peer that waits for 100 Continue. */
interface AskedResponse {
  readonly _expect_continue?: boolean;
  readonly _sent100?: boolean;
  readonly _header: unknown;
  readonly _corked: number;
}

interface AskedOutgoing {
  readonly actor: Running;
  readonly subject: string;
  readonly owner: object | undefined;
  readonly final: number | undefined;
  readonly kept: number;
  readonly isOverrun: boolean;
}

export class ResponseView extends View<ResponseFacts['state'], AskedOutgoing> implements ResponseFacts {
  private readonly message: AskedResponse;

  constructor(host: AskedOutgoing, message: AskedResponse) {
    super(host);
    this.message = message;
  }

  get kind(): 'response' {
    return 'response';
  }

  get what(): string {
    return this.host.subject;
  }

  get corked(): boolean {
    return this.message._corked > 0;
  }

  get owesContinue(): boolean {
    const { _expect_continue: expects, _sent100: continued, _header } = this.message;
    return expects === true && continued !== true && _header === null;
  }

  get kept(): number {
    return this.host.kept;
  }

  get isOverrun(): boolean {
    return this.host.isOverrun;
  }

  get isOwned(): boolean {
    return this.host.owner !== undefined;
  }

  get verdict(): number | undefined {
    return this.host.final;
  }
}
