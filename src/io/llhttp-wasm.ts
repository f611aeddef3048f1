/**
 * llhttp as WebAssembly: the build that undici ships. Node's own parser is the same state machine, compiled by the same tool, so
 * the error codes are Node's.
 *
 * One instance serves the process. It is compiled synchronously at its first use; importing this file compiles nothing.
 */

import { llhttpBytes } from './llhttp-bytes.js';

/** The release of llhttp in the undici of package-lock.json. CONTRIBUTING.md describes how to update it. */
export const LLHTTP_VERSION = '9.3.1';

if (typeof WebAssembly === 'undefined') {
  const message = 'statewire parses HTTP by WebAssembly, which this process does not have: run Node without --jitless';
  throw Object.assign(new Error(message), { code: 'STATEWIRE_NO_WEBASSEMBLY' });
}

/** An address in the instance's memory. */
export type Pointer = number;

/** llhttp's numbers for the kinds of messages. */
export const REQUEST = 1;
export const RESPONSE = 2;

/** The error numbers of llhttp that its caller uses. */
export const HPE_OK = 0;
export const HPE_PAUSED_UPGRADE = 22;
export const HPE_USER = 24;

type SpanCallback = (parser: Pointer, at: Pointer, length: number) => number;
type NoticeCallback = (parser: Pointer) => number;

/** The functions that the instance calls while it reads. 0 continues, an error number stops. */
export interface Callbacks {
  wasm_on_message_begin: NoticeCallback;
  wasm_on_url: SpanCallback;
  wasm_on_status: SpanCallback;
  wasm_on_header_field: SpanCallback;
  wasm_on_header_value: SpanCallback;
  wasm_on_headers_complete: (parser: Pointer, statusCode: number, upgrade: number, shouldKeepAlive: number) => number;
  wasm_on_body: SpanCallback;
  wasm_on_message_complete: NoticeCallback;
}

/** The functions of the instance that we use. */
interface Llhttp {
  readonly memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  malloc(size: number): Pointer;
  free(at: Pointer): void;
  llhttp_alloc(type: number): Pointer;
  llhttp_free(parser: Pointer): void;
  llhttp_reset(parser: Pointer): void;
  llhttp_execute(parser: Pointer, at: Pointer, length: number): number;
  llhttp_finish(parser: Pointer): number;
  llhttp_resume_after_upgrade(parser: Pointer): void;
  llhttp_get_method(parser: Pointer): number;
  llhttp_get_http_major(parser: Pointer): number;
  llhttp_get_http_minor(parser: Pointer): number;
  llhttp_get_error_pos(parser: Pointer): Pointer;
  llhttp_get_error_reason(parser: Pointer): Pointer;
  llhttp_errno_name(errno: number): Pointer;
  llhttp_method_name(method: number): Pointer;
  llhttp_set_lenient_headers(parser: Pointer, on: number): void;
  llhttp_set_lenient_chunked_length(parser: Pointer, on: number): void;
  llhttp_set_lenient_keep_alive(parser: Pointer, on: number): void;
  llhttp_set_lenient_transfer_encoding(parser: Pointer, on: number): void;
  llhttp_set_lenient_version(parser: Pointer, on: number): void;
  llhttp_set_lenient_data_after_close(parser: Pointer, on: number): void;
  llhttp_set_lenient_optional_lf_after_cr(parser: Pointer, on: number): void;
  llhttp_set_lenient_optional_crlf_after_chunk(parser: Pointer, on: number): void;
  llhttp_set_lenient_optional_cr_before_lf(parser: Pointer, on: number): void;
  llhttp_set_lenient_spaces_after_chunk_size(parser: Pointer, on: number): void;
}

/** The instance; undefined before `instantiate`. */
export let llhttp: Llhttp;

/** Compiles and starts the instance. */
export function instantiate(callbacks: Callbacks): void {
  const { exports }: { exports: object } = new WebAssembly.Instance(compile(), { env: { ...callbacks } });
  llhttp = exports as Llhttp;
  llhttp._initialize();
}

/** The build needs SIMD, which all processors have had since about 2008. */
function compile(): WebAssembly.Module {
  try {
    return new WebAssembly.Module(llhttpBytes());
  } catch (cause) {
    throw new Error('statewire needs WebAssembly with SIMD, which this process does not have', { cause });
  }
}

/** The C string at `at`; '' for a null pointer. */
function cString(at: Pointer): string {
  if (at === 0) return '';
  const bytes = Buffer.from(llhttp.memory.buffer, at);
  return bytes.latin1Slice(0, bytes.indexOf(0));
}

const methods: string[] = [];

/** The method with llhttp's `number`. */
export function methodName(number: number): string {
  methods[number] ??= cString(llhttp.llhttp_method_name(number));
  return methods[number];
}

export function errorName(errno: number): string {
  return cString(llhttp.llhttp_errno_name(errno));
}

export function errorReason(parser: Pointer): string {
  return cString(llhttp.llhttp_get_error_reason(parser));
}

/** The offset of `content_length` in a parser: what follows of the body, or of its chunk, that is being read. */
const CONTENT_LENGTH = 32;

let view: DataView | undefined;

/** The memory; a larger one may have replaced it. */
function memory(): DataView {
  if (view?.buffer !== llhttp.memory.buffer) view = new DataView(llhttp.memory.buffer);
  return view as DataView;
}

/** The bytes that follow of the body, or of its chunk, that is being read. */
export function contentLeft(parser: Pointer): number {
  return Number(memory().getBigUint64(parser + CONTENT_LENGTH, true));
}

/** Tells a parser that is in the middle of content that its next `length` bytes were read without it. */
export function countContent(parser: Pointer, length: number): void {
  const left = memory().getBigUint64(parser + CONTENT_LENGTH, true);
  memory().setBigUint64(parser + CONTENT_LENGTH, left - BigInt(length), true);
}
