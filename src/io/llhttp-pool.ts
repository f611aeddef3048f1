/**
 * llhttp's parsers, allocated once and used for one connection after another.
 *
 * Their kind and leniency survive a reset, so they are kept apart by them and nothing has to be set again.
 */
import { type Llhttp, type Pointer, REQUEST, RESPONSE } from './llhttp-wasm.js';

/**
 * True: all that Node reads with `insecureHTTPParser`. 'values': control characters in values, and folded ones, as Node
 * does by `httpValidation: 'relaxed'`.
 */
export type Leniency = boolean | 'values';

/** The parsers of one kind and leniency that wait for a connection. */
export class ParserPool {
  private readonly type: number;
  private readonly lenient: Leniency;
  private readonly idle: Pointer[] = [];

  constructor(type: number, lenient: Leniency) {
    this.type = type;
    this.lenient = lenient;
  }

  take(llhttp: Llhttp): Pointer {
    const kept = this.idle.pop();
    if (kept !== undefined) {
      idleCount--;
      return kept;
    }
    const fresh = llhttp.llhttp_alloc(this.type);
    if (this.lenient !== false) llhttp.llhttp_set_lenient_headers(fresh, 1);
    if (this.lenient === true) beLenient(llhttp, fresh);
    return fresh;
  }

  giveBack(llhttp: Llhttp, parser: Pointer): void {
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

/** @param max most parsers kept for later connections, all kinds together; 1000 unless set */
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

/** What else Node's `insecureHTTPParser` switches on. */
function beLenient(llhttp: Llhttp, parser: Pointer): void {
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
