/** Uncaught exceptions are part of the log, as 'uncaughtException' of the process. */
import type { Recorder } from './recorder.js';
import { turn } from './wires.js';

/** Runs `body` with every uncaught exception in the log. */
export async function withUncaughtLogged<T>(recorder: Recorder, body: () => Promise<T>): Promise<T> {
  process.setUncaughtExceptionCaptureCallback((error) => recorder.logEvent('process.uncaughtException', [error]));
  try {
    return await body();
  } finally {
    await turn();
    process.setUncaughtExceptionCaptureCallback(null);
  }
}
