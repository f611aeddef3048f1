/** What depends on the version of Node: programs of that version rely on it, mostly under `statewire/register`. */
import { defaults, type ExcessRule } from './defaults.js';

const NODE = Number.parseInt(process.versions.node, 10);

/** node:http ignores those of a response. */
const nodeIgnoresExcess = { request: NODE < 22, response: true } as const;

export function ignoresExcess(rejects: ExcessRule, kind: 'request' | 'response'): boolean {
  return rejects === 'node' ? nodeIgnoresExcess[kind] : !rejects;
}

/** A message is finished that its program calls `finished`, having replaced `end()`. */
export const programsMayFinish = NODE < 24;

/** Whether an agent keeps a socket whose request was destroyed before it got it. A server of Node 20 waits for such sockets. */
export function keepsUnusedSockets(): boolean {
  return !defaults.isRegistered || NODE >= 24;
}
