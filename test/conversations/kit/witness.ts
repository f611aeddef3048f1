/** Exceptions that nobody catches are a part of the log, as the process would be told of them. */
import type { Recorder } from './recorder.js';
import { turn } from './wires.js';

/** Runs `body` with every uncaught exception in the log. */
export async function withExceptionsHeard<T>(recorder: Recorder, body: () => Promise<T>): Promise<T> {
  process.setUncaughtExceptionCaptureCallback((error) => recorder.hear('process.uncaughtException', [error]));
  try {
    return await body();
  } finally {
    await turn();
    process.setUncaughtExceptionCaptureCallback(null);
  }
}
