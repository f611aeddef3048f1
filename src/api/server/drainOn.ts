import type { Server as NetServer } from 'node:net';
import process from 'node:process';
import { invalidArgType } from '../compat/errors.js';
import { ownOptions } from '../compat/ownOptions.js';
import { validateFunction, validateObject, validateSignal } from '../compat/validate.js';
import { type DrainOptions, type DrainResult, readDrainOptions } from './Drain.js';

/** Options of `drainOn()`. */
export interface DrainOnOptions extends DrainOptions {
  /**
   * Called when the signal has come, before the server drains: to fail readiness checks. The drain begins when the promise that
   * it returns is settled.
   */
  before?: (() => unknown) | undefined;
}

/** A server of `statewire` or `statewire/https`. */
interface Drained extends NetServer {
  drain(options?: DrainOptions): Promise<DrainResult>;
}

/**
 * Drains the server when the process receives a signal, as `server.drain()` does; a second one cuts what is not over. From then
 * on the signal has its usual effect, as it has when the server closes otherwise.
 *
 * @param signal as 'SIGTERM'
 * @param server a server of `statewire`, `statewire/https`, or of `node:http` and `node:https` under `statewire/register`
 * @returns resolves when the server was drained, or has closed otherwise
 * @throws rejects with ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE; with ERR_SERVER_NOT_RUNNING when the signal
 * comes, if the server has never listened; after the drain, with what `before` has thrown
 */
export async function drainOn(
  signal: NodeJS.Signals,
  server: NetServer,
  options: DrainOnOptions = {},
): Promise<DrainResult> {
  validateSignal(signal);
  if (typeof Object(server).drain !== 'function') throw invalidArgType('server', OURS, server);
  validateObject(options, 'options');
  const { before = () => {}, ...given } = ownOptions<DrainOnOptions>(options);
  validateFunction(before, 'options.before');
  readDrainOptions(given);
  return await new Promise((resolve, reject) => {
    const second = new AbortController();
    let hasCome = false;
    const onSignal = (): void => {
      if (hasCome) second.abort();
      else
        drainAfter(before, server as Drained, { ...given, signal: either(given.signal, second.signal) }).then(
          end,
          fail,
        );
      hasCome = true;
    };
    let hasClosed = false;
    const onClose = (): void => {
      hasClosed = true;
      if (!hasCome) end(NOTHING);
    };
    const stop = (): void => {
      process.off(signal, onSignal);
      server.off('close', onClose);
    };
    const end = (result: DrainResult): void => {
      stop();
      resolve(result);
    };
    const fail = (error: unknown): void => {
      stop();
      // `before`, or something else meanwhile, has closed it.
      if (hasClosed && Object(error).code === 'ERR_SERVER_NOT_RUNNING') resolve(NOTHING);
      else reject(error);
    };
    process.on(signal, onSignal);
    server.once('close', onClose);
  });
}

/** Most often it is a server of node:http: "an instance of Server" would be no help. */
const OURS = 'a Server of statewire: use its createServer(), or load statewire/register first';

const NOTHING: DrainResult = { answered: 0, refused: 0, cut: [] };

const either = (given: AbortSignal | undefined, other: AbortSignal): AbortSignal =>
  given === undefined ? other : AbortSignal.any([given, other]);

async function drainAfter(
  before: () => unknown,
  server: Drained,
  options: DrainOptions & { readonly signal: AbortSignal },
): Promise<DrainResult> {
  const called = (async () => before())();
  await Promise.race([called.catch(() => {}), aborted(options.signal)]);
  const result = await server.drain(options);
  // What it has thrown by now.
  await Promise.race([called, undefined]);
  return result;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
