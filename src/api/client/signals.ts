/** Which requests have a signal of the program, for those who explain them. */
import { addAbortSignal } from 'node:stream';

const signals = new WeakMap<object, AbortSignal>();

/** The signal of the options, which they lose, destroys the request. @throws ERR_INVALID_ARG_TYPE */
export function abortBy(options: { signal?: AbortSignal | undefined }, request: object): void {
  const { signal } = options as { readonly signal: AbortSignal };
  addAbortSignal(signal, request as never);
  delete options.signal;
  signals.set(request, signal);
}

export const hasSignal = (request: object): boolean => signals.get(request)?.aborted === false;
