/** Scenarios that may end the process run in a separate one, where a server is made by importing the module. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Step } from './scenario.js';
import type { Stage } from './stage.js';

const processes = new WeakMap<Stage, ChildProcess>();

/** Sends its port, echoes messages, and ends with its parent. */
const program = (specifier: string, handler: string): string => `
  import * as loaded from ${JSON.stringify(specifier)};
  const server = (loaded.default ?? loaded).createServer(${handler});
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.on('message', (message) => process.send(message));
  process.on('disconnect', () => process.exit());`;

/** The next message of the process; undefined if it ends. */
function messageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('message', resolve);
    child.once('exit', () => resolve(undefined));
  });
}

/** Starts a server with this handler, given as source text, in another process, and connects a peer. */
export const servesApart =
  (handler: string): Step =>
  async (stage) => {
    const code = program(stage.specifier as string, handler);
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    processes.set(stage, child);
    stage.later(() => child.kill());
    const port = await messageOf(child);
    if (port === undefined) throw new Error(`The process that imports '${stage.specifier}' ended before it listened`);
    stage.port = port as number;
    await stage.dial();
  };

/** Notes whether that process is still running. */
export const survives: Step = async (stage) => {
  const child = processes.get(stage) as ChildProcess;
  const message = messageOf(child);
  const hasEnded = child.exitCode !== null || child.signalCode !== null;
  if (!hasEnded) child.send('?', () => {});
  const isRunning = !hasEnded && (await message) !== undefined;
  stage.note(
    isRunning ? 'its process is still running' : `its process ended with ${child.signalCode ?? child.exitCode}`,
  );
};
