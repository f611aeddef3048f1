/**
 * llhttp's parsers, allocated once and reused by later connections.
 *
 * A reset keeps a parser's kind and leniency, so there is a pool for each, and they are set only once.
 */
import { llhttp, type Pointer, REQUEST, RESPONSE } from './llhttp-wasm.js';
import { NO_SECTION } from './recurring.js';

/**
 * Which faults are accepted. True: all that Node accepts with `insecureHTTPParser`. 'values': control characters in values
 * and folded values, as Node accepts with `httpValidation: 'relaxed'`.
 */
export type Leniency = boolean | 'values';

/** The idle parsers of one kind and leniency. */
export class ParserPool {
  /** The number of the section with the message that one of its parsers read last: a new connection may begin with it. */
  latest = NO_SECTION;
  private readonly type: number;
  private readonly lenient: Leniency;
  private readonly idle: Pointer[] = [];

  constructor(type: number, lenient: Leniency) {
    this.type = type;
    this.lenient = lenient;
  }

  take(): Pointer {
    const kept = this.idle.pop();
    if (kept !== undefined) {
      idleCount--;
      return kept;
    }
    const fresh = llhttp.llhttp_alloc(this.type);
    if (this.lenient !== false) llhttp.llhttp_set_lenient_headers(fresh, 1);
    if (this.lenient === true) beLenient(fresh);
    return fresh;
  }

  giveBack(parser: Pointer): void {
    if (idleCount >= maxIdle) {
      llhttp.llhttp_free(parser);
      return;
    }
    llhttp.llhttp_reset(parser);
    this.idle.push(parser);
    idleCount++;
  }
}

let idleCount = 0;
let maxIdle = 1000;

/** @param max the number of parsers of all kinds to keep for later connections; 1000 unless set */
export function setMaxIdleParsers(max: number): void {
  maxIdle = max;
}

const poolsOf = (type: number) => ({
  strict: new ParserPool(type, false),
  values: new ParserPool(type, 'values'),
  lenient: new ParserPool(type, true),
});

const pools = { request: poolsOf(REQUEST), response: poolsOf(RESPONSE) };

export function poolOf(kind: 'request' | 'response', lenient: Leniency): ParserPool {
  if (lenient === 'values') return pools[kind].values;
  return pools[kind][lenient ? 'lenient' : 'strict'];
}

/** Sets what else Node's `insecureHTTPParser` accepts. */
function beLenient(parser: Pointer): void {
  llhttp.llhttp_set_lenient_chunked_length(parser, 1);
  llhttp.llhttp_set_lenient_keep_alive(parser, 1);
  llhttp.llhttp_set_lenient_transfer_encoding(parser, 1);
  llhttp.llhttp_set_lenient_version(parser, 1);
  llhttp.llhttp_set_lenient_data_after_close(parser, 1);
  llhttp.llhttp_set_lenient_optional_lf_after_cr(parser, 1);
  llhttp.llhttp_set_lenient_optional_crlf_after_chunk(parser, 1);
  llhttp.llhttp_set_lenient_optional_cr_before_lf(parser, 1);
  llhttp.llhttp_set_lenient_spaces_after_chunk_size(parser, 1);
}
