/** What may end its process is played in one of its own: there a server is made from the specifier of the module. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Step } from './scenario.js';
import type { Stage } from './stage.js';

const processes = new WeakMap<Stage, ChildProcess>();

/** It tells its port, gives back what it is sent, and ends with its parent. */
const program = (specifier: string, handler: string): string => `
  import * as loaded from ${JSON.stringify(specifier)};
  const server = (loaded.default ?? loaded).createServer(${handler});
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.on('message', (message) => process.send(message));
  process.on('disconnect', () => process.exit());`;

/** What the process says next; nothing if it ends. */
function sayingOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('message', resolve);
    child.once('exit', () => resolve(undefined));
  });
}

/** Has a server of another process listen, with a handler that is written out, and a peer connected to it. */
export const servesApart =
  (handler: string): Step =>
  async (stage) => {
    const code = program(stage.specifier as string, handler);
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    processes.set(stage, child);
    stage.later(() => child.kill());
    const port = await sayingOf(child);
    if (port === undefined) throw new Error(`The process that imports '${stage.specifier}' ended before it listened`);
    stage.port = port as number;
    await stage.dial();
  };

/** Says whether that process goes on. */
export const survives: Step = async (stage) => {
  const child = processes.get(stage) as ChildProcess;
  const saying = sayingOf(child);
  const hasEnded = child.exitCode !== null || child.signalCode !== null;
  if (!hasEnded) child.send('?', () => {});
  const goesOn = !hasEnded && (await saying) !== undefined;
  stage.note(goesOn ? 'its process goes on' : `its process was ended by ${child.signalCode ?? child.exitCode}`);
};
