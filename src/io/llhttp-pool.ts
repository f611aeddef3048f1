/**
 * llhttp's parsers, allocated once and used for one connection after another.
 *
 * Their kind and leniency survive a reset, so they are kept apart by them and nothing has to be set again.
 */
import { type Llhttp, type Pointer, REQUEST, RESPONSE } from './llhttp-wasm.js';

/** The parsers of one kind and leniency that wait for a connection. */
export class ParserPool {
  private readonly type: number;
  private readonly lenient: boolean;
  private readonly idle: Pointer[] = [];

  constructor(type: number, lenient: boolean) {
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
    if (this.lenient) beLenient(llhttp, fresh);
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

const pools = {
  request: { strict: new ParserPool(REQUEST, false), lenient: new ParserPool(REQUEST, true) },
  response: { strict: new ParserPool(RESPONSE, false), lenient: new ParserPool(RESPONSE, true) },
};

export function poolOf(kind: 'request' | 'response', lenient: boolean): ParserPool {
  return pools[kind][lenient ? 'lenient' : 'strict'];
}

/** All that Node's `insecureHTTPParser` switches on. */
function beLenient(llhttp: Llhttp, parser: Pointer): void {
  llhttp.llhttp_set_lenient_headers(parser, 1);
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
