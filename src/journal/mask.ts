/**
 * Masks what is secret in heads, trailers and the framing of chunks. A mask has the length and the alphabet of what it hides: letters
 * become x or X, digits 0, and what separates stays. So framing, chunk boundaries and replay stay.
 *
 * It reads byte by byte, in whatever pieces they come. What it doesn't know it masks.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { METHODS } from '../rules/methods.js';
import { STATUS_CODES } from '../rules/status.js';

/** Which fields and which values of a query are masked, in addition to the default. */
export interface RedactOptions {
  /** Names of fields whose values are masked, too. Case doesn't matter. Default: none. */
  readonly fields?: readonly string[] | undefined;
  /** Names in queries whose values are masked, too. Default: none. */
  readonly query?: readonly string[] | undefined;
  /** Equal secrets get equal masks, under a key that is never written. Default false. */
  readonly correlate?: boolean | undefined;
}

// Sec-WebSocket-Protocol: browsers can send a token in no other field.
const SECRET =
  /auth|cookie|token|secret|key|session|passw|passp|pwd|credential|signature|jwt|csrf|xsrf|otp|api-?id|bearer|dpop|^sec-websocket-protocol$/i;
const SECRET_QUERY = /auth|token|secret|key|session|pass|pwd|credential|sig|jwt|csrf|xsrf|otp|^code$|^state$|^e?mail$/i;
/** Fields without which nothing is framed, whatever they are called. */
const FRAMING = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  // As Connection, to llhttp.
  'proxy-connection',
  'keep-alive',
  'host',
  'upgrade',
  'expect',
  'te',
  'trailer',
]);

/** In the text of a URL, or of anything that may contain one: userinfo, and a value with its name. Also if they are encoded. */
const USERINFO = /(?:\/\/|%2f%2f)(?:(?!%2f|%3f|%23)[^/?#\s])*(?:@|%40)/gi;
const VALUE =
  /(?:^|[?&;#,\s"'(]|%(?:3f|26|3b|23))((?:(?!%3d)[^=&;#?,\s"'(])*)(?:=|%3d)("[^"]*"?|(?:(?!%26|%3b|%23|%3f)[^&;#?\s>])*)/gi;
/** Userinfo of a target that is an authority, and of Host. */
const AUTHORITY = /^\s*[^/?#\s]*@/;

/** What is masked. */
export class Policy {
  private readonly fields: ReadonlySet<string>;
  private readonly query: ReadonlySet<string>;
  private readonly key: Buffer | undefined;

  constructor({ fields = [], query = [], correlate = false }: RedactOptions = {}) {
    this.fields = new Set(fields.map((name) => name.toLowerCase()));
    this.query = new Set(query.map((name) => name.toLowerCase()));
    this.key = correlate ? randomBytes(32) : undefined;
  }

  hides(name: string): boolean {
    const lower = name.toLowerCase();
    if (this.fields.has(lower)) return true;
    // What may be sent as a WebSocket's key is no secret, but nobody misses it.
    return !FRAMING.has(lower) && SECRET.test(lower);
  }

  hidesQuery(name: string): boolean {
    let plain = name;
    try {
      plain = decodeURIComponent(name);
    } catch {
      // It stays as it is.
    }
    return this.query.has(plain.toLowerCase()) || SECRET_QUERY.test(plain);
  }

  /** Masks the bytes from `from` to `to`. */
  mask(bytes: Buffer, from: number, to: number): void {
    if (to <= from) return;
    // Of single bytes, equal masks for equal secrets would be a cipher that is easily broken.
    const digest =
      this.key !== undefined && to - from > 1
        ? createHmac('sha256', this.key).update(bytes.subarray(from, to)).digest()
        : undefined;
    for (let at = from; at < to; at++) bytes[at] = masked(bytes[at]!, digest?.[(at - from) % digest.length]);
  }
}

const UPPER = 65;
const LOWER = 97;
const ZERO = 48;

function masked(byte: number, noise: number | undefined): number {
  if (byte >= UPPER && byte < UPPER + 26) return noise === undefined ? 88 : UPPER + (noise % 26);
  if (byte >= LOWER && byte < LOWER + 26) return noise === undefined ? 120 : LOWER + (noise % 26);
  if (byte >= ZERO && byte < ZERO + 10) return noise === undefined ? ZERO : ZERO + (noise % 10);
  return byte < 128 ? byte : 0xe9;
}

const LF = 10;
const CR = 13;
const CHUNK_SIZE = /^([0-9A-Fa-f]+)[ \t]*(;.*)?\r?$/;
const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^ ]+ HTTP\/\d\.\d\r?$/;
/** As before HTTP/1.0. */
const SIMPLE_LINE = /^(?:[A-Z-]+) [^ ]+\r?$/;
const STATUS_LINE = /^HTTP\/\d\.\d \d{3}( |\r?$)/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VERSION = /^H?T?T?P?\/?\d?\.?\d?$/;
const HEX = /^[0-9A-Fa-f]+$/;

/** Names of fields of which a beginning may be shown. */
const KNOWN = [
  ...FRAMING,
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-type',
  'date',
  'user-agent',
];

const isBegun = (word: string): boolean =>
  METHODS.some((method) => method.startsWith(word)) ||
  VERSION.test(word) ||
  HEX.test(word) ||
  KNOWN.some((name) => name.startsWith(word.toLowerCase()));

/** What the bytes of a line are that comes in several pieces. */
const WORD = 0;
/** Masked to the end of the line. */
const HIDDEN = 1;
/** Shown to the end of the line. */
const SHOWN = 2;
const TARGET = 3;
const QUERY_NAME = 4;
const QUERY_VALUE = 5;
const PROTOCOL = 6;
const STATUS = 7;
/** Masked to the next space. */
const HIDDEN_TARGET = 8;

/** One direction of a connection. */
export class LineMasker {
  private readonly policy: Policy;
  private mode = WORD;
  /** The line so far, or the part of it that decides. */
  private word = '';
  private hidesValue = false;
  /** The field before has its value masked: a folded line continues it. */
  private wasHidden = false;
  private isMidLine = false;

  constructor(policy: Policy) {
    this.policy = policy;
  }

  /** Masks what is secret in `bytes`, in place. */
  feed(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      const end = bytes.indexOf(LF, at);
      const to = end === -1 ? bytes.length : end + 1;
      if (end !== -1 && !this.isMidLine) this.whole(bytes, at, to);
      else {
        for (let i = at; i < to; i++) this.byte(bytes, i);
        this.isMidLine = end === -1;
      }
      at = to;
    }
  }

  /** A line that comes in pieces: what isn't known yet is masked. */
  private byte(bytes: Buffer, at: number): void {
    const byte = bytes[at]!;
    if (byte === LF) {
      this.mode = WORD;
      this.word = '';
      return;
    }
    if (byte === CR) return;
    const char = String.fromCharCode(byte);
    switch (this.mode) {
      case WORD:
        this.wordByte(bytes, at, char);
        break;
      case TARGET:
        if (this.word === '' && char !== '/' && char !== '*') {
          // It may begin with userinfo.
          this.turn(HIDDEN_TARGET);
          this.policy.mask(bytes, at, at + 1);
          break;
        }
        this.word = '/';
        if (char === '?') this.query();
        else if (char === ' ') this.turn(PROTOCOL);
        break;
      case HIDDEN_TARGET:
        if (char === ' ') this.turn(PROTOCOL);
        else this.policy.mask(bytes, at, at + 1);
        break;
      case QUERY_NAME:
        if (char === ' ') this.turn(PROTOCOL);
        else if (char === '&' || char === ';') this.word = '';
        else if (char !== '=') this.word += char;
        else {
          this.hidesValue = this.word.includes('%') || this.policy.hidesQuery(this.word);
          this.mode = QUERY_VALUE;
        }
        break;
      case QUERY_VALUE:
        if (char === ' ') this.turn(PROTOCOL);
        else if (char === '&' || char === ';' || char === '?') this.query();
        // What follows is encoded.
        else if (char === '%') this.hidesValue = true;
        else if (this.hidesValue) this.policy.mask(bytes, at, at + 1);
        break;
      case PROTOCOL:
        this.word += char;
        if (VERSION.test(this.word)) break;
        this.turn(HIDDEN);
        this.policy.mask(bytes, at, at + 1);
        break;
      case STATUS:
        if (this.word.length < 3 && char >= '0' && char <= '9') this.word += char;
        else {
          this.turn(HIDDEN);
          this.policy.mask(bytes, at, at + 1);
        }
        break;
      case HIDDEN:
        this.policy.mask(bytes, at, at + 1);
        break;
    }
  }

  private wordByte(bytes: Buffer, at: number, char: string): void {
    const { word, policy } = this;
    if (word === '' && (char === ' ' || char === '\t')) this.turn(HIDDEN);
    else if (char === ':' && word !== '') {
      const name = word.toLowerCase();
      const isShown = KNOWN.includes(name) && name !== 'host' && !policy.hides(word);
      this.turn(isShown ? SHOWN : HIDDEN);
    } else if (char === ' ' && METHODS.includes(word)) this.turn(TARGET);
    else if (char === ' ' && /^HTTP\/\d\.\d$/.test(word)) this.turn(STATUS);
    else if (isBegun(word + char)) this.word += char;
    else {
      // A name that isn't known: the colon is still to come.
      this.word = NAME.test(char) ? `\0${word}` : '';
      if (!NAME.test(char)) this.turn(HIDDEN);
      policy.mask(bytes, at, at + 1);
    }
  }

  private turn(mode: number): void {
    this.mode = mode;
    this.word = '';
  }

  private query(): void {
    this.turn(QUERY_NAME);
  }

  /** A line that is whole. */
  private whole(bytes: Buffer, from: number, to: number): void {
    const { policy } = this;
    const text = bytes.latin1Slice(from, to - 1);
    const first = bytes[from];
    if (text === '' || text === '\r') {
      this.wasHidden = false;
      return;
    }
    if (first === 0x20 || first === 0x09) {
      if (this.wasHidden) policy.mask(bytes, from, to);
      return;
    }
    const end = text.indexOf('\r');
    // To a lenient parser it may be the end of a line.
    if (end !== -1 && end < text.length - 1) policy.mask(bytes, from + end, to);
    const size = CHUNK_SIZE.exec(text);
    if (size !== null) {
      policy.mask(bytes, from + size[1]!.length, to);
      return;
    }
    const colon = text.indexOf(':');
    const name = colon > 0 ? text.slice(0, colon).trimEnd() : '';
    if (name !== '' && NAME.test(name)) {
      const lower = name.toLowerCase();
      const isFraming = FRAMING.has(lower);
      this.wasHidden = policy.hides(name) || !isFraming;
      if (policy.hides(name)) policy.mask(bytes, from + colon + 1, to);
      else if (lower === 'host') this.userinfo(bytes, from + colon + 1, to);
      else if (!isFraming) this.url(bytes, from + colon + 1, to);
      return;
    }
    this.wasHidden = true;
    // Other reason phrases may say anything.
    if (STATUS_LINE.test(text)) {
      if (text.slice(13).trimEnd() !== STATUS_CODES[Number(text.slice(9, 12))]) policy.mask(bytes, from + 13, to);
    } else if (REQUEST_LINE.test(text) || (SIMPLE_LINE.test(text) && METHODS.includes(text.split(' ', 1)[0]!))) {
      const space = text.indexOf(' ');
      const next = text.indexOf(' ', space + 1);
      const until = next === -1 ? to : from + next;
      this.userinfo(bytes, from + space + 1, until);
      this.url(bytes, from + space + 1, until);
    } else policy.mask(bytes, from, to);
  }

  /** Of an authority. */
  private userinfo(bytes: Buffer, from: number, to: number): void {
    const [found] = AUTHORITY.exec(bytes.latin1Slice(from, to)) ?? [];
    if (found !== undefined) this.policy.mask(bytes, from, from + found.length);
  }

  /** Userinfo, and values by their names. */
  private url(bytes: Buffer, from: number, to: number): void {
    const text = bytes.latin1Slice(from, to);
    for (const { index, 0: all } of text.matchAll(USERINFO)) {
      this.policy.mask(bytes, from + index, from + index + all.length);
    }
    for (const { index, 0: all, 1: name, 2: value } of text.matchAll(VALUE)) {
      const end = from + index + all.length;
      if (this.policy.hidesQuery(name!)) this.policy.mask(bytes, end - value!.length, end);
    }
  }
}

/** A text of lines, masked. */
export function maskText(text: string, policy: Policy): string {
  const bytes = Buffer.from(text, 'latin1');
  new LineMasker(policy).feed(bytes);
  return bytes.toString('latin1');
}

const CODE = /^(?:E[A-Z]{3,}|ABORT_ERR|(?:EAI|ERR|HPE|CERT|UNABLE|SELF|DEPTH|STATEWIRE)_[A-Z_]*)$/;

/** The code of an error, masked if it doesn't look like one of the host or ours: a program may put anything there. */
export function maskCode(code: string, policy: Policy): string {
  return code === '' || CODE.test(code) ? code : maskText(`X-Token:${code}`, policy).slice(8);
}

/** In the place of a query. */
const LEFT_OUT = '…';

/** The path of a request, masked. */
export function maskPath(path: string, policy: Policy): string {
  const isShort = path.endsWith(LEFT_OUT);
  const text = isShort ? path.slice(0, -1) : path;
  return `${maskText(`GET ${text} HTTP/1.1\r\n`, policy).slice(4, -11)}${isShort ? LEFT_OUT : ''}`;
}
