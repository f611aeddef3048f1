/** Exceptions that nothing has caught, rejections, and `process.exit()`: while it is on, they end no process and no test. */
import process from 'node:process';

/** What would have ended the process. */
export interface Crash {
  readonly what: string;
  /** Of what kind: without the message, which may say what the data was. */
  readonly kind: string;
  /** Where: the first line of a stack that is not of Node or statewire. */
  readonly stack: string | undefined;
}

/** Thrown in place of the end of the process. */
class Exit extends Error {}

const EVENTS = ['unhandledRejection', 'uncaughtException'] as const;

export class Guard {
  readonly crashes: Crash[] = [];
  /** What comes now is a consequence of the end of the run. */
  isOver = false;
  private readonly undo: (() => void)[] = [];

  constructor() {
    this.takeExceptions();
    const { exit, abort } = process;
    const stop = (what: string) => (): never => {
      this.note({ what, kind: what, stack: undefined });
      throw new Exit(what);
    };
    process.exit = (code?: number | string | null) => stop(`process.exit(${code ?? ''}) was called`)();
    process.abort = stop('process.abort() was called');
    this.undo.push(() => Object.assign(process, { exit, abort }));
  }

  end(): void {
    for (const undo of this.undo.reverse()) undo();
  }

  private takeExceptions(): void {
    const take = (error: unknown): void => this.caught('uncaught', error);
    const before = EVENTS.map((event) => process.rawListeners(event) as ((...args: unknown[]) => void)[]);
    for (const event of EVENTS) process.removeAllListeners(event);
    process.on('unhandledRejection', (error) => this.caught('unhandled rejection', error));
    // A test runner, or a domain, may have one.
    const isFree = !process.hasUncaughtExceptionCaptureCallback();
    if (isFree) process.setUncaughtExceptionCaptureCallback(take);
    else process.on('uncaughtException', take);
    this.undo.push(() => {
      if (isFree) process.setUncaughtExceptionCaptureCallback(null);
      for (const [at, event] of EVENTS.entries()) {
        process.removeAllListeners(event);
        for (const listener of before[at]!) process.on(event as 'exit', listener);
      }
    });
  }

  private caught(how: string, error: unknown): void {
    if (error instanceof Exit) return;
    const { name, message, stack, code } = Object(error) as Partial<Error & { code: string }>;
    const isError = typeof message === 'string' && typeof name === 'string';
    const type = `${how} ${isError ? name : typeof error}${code === undefined ? '' : ` [${code}]`}`;
    const what = isError ? `${type}: ${message}` : `${how} ${String(error)}`;
    this.note({ what, kind: type, stack: placeOf(stack) });
  }

  private note(crash: Crash): void {
    if (!this.isOver) this.crashes.push(crash);
  }
}

/** Where this library is. */
const [, ours = ''] = /([^\s(]+?[\\/])(?:rooms[\\/]|testing[\\/]faults[\\/])/.exec(new Error().stack ?? '') ?? [];

/** The first place that belongs to the program. */
function placeOf(stack: string | undefined): string | undefined {
  if (typeof stack !== 'string') return undefined;
  const lines = stack.split('\n').filter((line) => /^ +at /.test(line) && !/node:|<anonymous>\)?$/.test(line));
  return lines.find((line) => ours === '' || !line.includes(ours))?.trim();
}
