/** Makes the script of a finding small: fewer steps, fewer bytes, shorter waits, as long as the verdict stays (delta debugging). */
import type { Buffer } from 'node:buffer';
import { join } from './points.js';
import type { Case } from './run.js';
import { type PeerStep, type Script, scriptKey, send, sendAll, turns, wait } from './script.js';

/** Whether a smaller case has the same finding. */
export type Holds = (smaller: Case) => Promise<boolean>;

type Side = 'script' | 'upstream';

/** So many cases are tried for one finding. */
const TRIES = 250;

class Shrinker {
  best: Case;
  private left = TRIES;
  private readonly holds: Holds;
  private readonly tried = new Set<string>();

  constructor(found: Case, holds: Holds) {
    this.best = found;
    this.holds = holds;
  }

  async shrink(): Promise<Case> {
    for (let before = ''; before !== this.key && this.left > 0; ) {
      before = this.key;
      for (const side of ['upstream', 'script'] as const) {
        if (this.best[side] === undefined) continue;
        await this.fewerSteps(side);
        await this.joined(side);
        await this.simpler(side);
      }
    }
    return this.best;
  }

  private get key(): string {
    const { script = [], upstream = [] } = this.best;
    return `${scriptKey(script)} | ${scriptKey(upstream)}`;
  }

  /** @returns whether the script will do on that side */
  private async attempt(side: Side, script: Script): Promise<boolean> {
    if (script.length === 0 || this.left <= 0) return false;
    const smaller: Case = { ...this.best, [side]: script };
    const key = `${side} ${scriptKey(smaller.script ?? [])} | ${scriptKey(smaller.upstream ?? [])}`;
    if (this.tried.has(key)) return false;
    this.tried.add(key);
    this.left--;
    if (!(await this.holds(smaller))) return false;
    this.best = smaller;
    return true;
  }

  private scriptOf(side: Side): Script {
    return this.best[side] ?? [];
  }

  private async fewerSteps(side: Side): Promise<void> {
    for (let size = this.scriptOf(side).length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < this.scriptOf(side).length; ) {
        const script = this.scriptOf(side);
        const isDone = await this.attempt(side, [...script.slice(0, at), ...script.slice(at + size)]);
        if (!isDone) at += size;
      }
    }
  }

  /** Sends that follow each other become one, all at once or two by two. */
  private async joined(side: Side): Promise<void> {
    await this.attempt(side, joinAll(this.scriptOf(side)));
    for (let at = 0; at + 1 < this.scriptOf(side).length; ) {
      const script = this.scriptOf(side);
      const [one, other] = [script[at]!, script[at + 1]!];
      const isPair = one.do === 'send' && other.do === 'send';
      const steps = isPair ? [join(one.bytes, other.bytes)] : [];
      if (!isPair || !(await this.attempt(side, [...script.slice(0, at), ...steps, ...script.slice(at + 2)]))) at++;
    }
  }

  private async simpler(side: Side): Promise<void> {
    for (let at = 0; at < this.scriptOf(side).length; at++) {
      for (;;) {
        const script = this.scriptOf(side);
        let isDone = false;
        for (const step of simplerSteps(script[at]!)) {
          isDone = await this.attempt(side, [...script.slice(0, at), step, ...script.slice(at + 1)]);
          if (isDone) break;
        }
        if (!isDone) break;
      }
    }
  }
}

function joinAll(script: Script): Script {
  const joined: PeerStep[] = [];
  for (const step of script) {
    const last = joined.at(-1);
    if (step.do === 'send' && last?.do === 'send') joined.splice(-1, 1, join(last.bytes, step.bytes));
    else joined.push(step);
  }
  return joined;
}

function simplerSteps(step: PeerStep): PeerStep[] {
  switch (step.do) {
    case 'wait':
      return [...new Set([1, 1000, Math.floor(step.ms / 2)])].filter((ms) => ms < step.ms && ms > 0).map(wait);
    case 'turns':
      return [...new Set([0, 1, Math.floor(step.count / 2), step.count - 1])]
        .filter((count) => count < step.count && count >= 0)
        .map(turns);
    case 'send':
      return simplerBytes(step.bytes);
    default:
      return [];
  }
}

/** Without one of the fields of a head, or with half of a long body. */
function simplerBytes(bytes: Buffer): PeerStep[] {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const lines = (end < 0 ? text : text.slice(0, end)).split('\r\n');
  const isHead = /HTTP\/1\.\d/.test(lines[0]!);
  const steps: PeerStep[] = [];
  if (isHead && end >= 0) {
    for (let at = 1; at < lines.length; at++) {
      // Without them, it would be another message.
      if (/^(host|content-length|transfer-encoding):/i.test(lines[at]!)) continue;
      steps.push(send([...lines.slice(0, at), ...lines.slice(at + 1)].join('\r\n') + text.slice(end)));
    }
    const length = Number(/^content-length: *(\d+)$/im.exec(text)?.[1] ?? 0);
    const body = text.slice(end + 4);
    if (length > 16 && body.length === length) {
      const half = body.slice(0, length >> 1);
      const head = text.slice(0, end + 4).replace(/^(content-length: *)\d+$/im, `$1${half.length}`);
      steps.push(send(head + half));
    }
  } else if (bytes.length > 16) steps.push(sendAll(bytes.subarray(0, bytes.length >> 1)));
  return steps;
}

export const shrink = (found: Case, holds: Holds): Promise<Case> => new Shrinker(found, holds).shrink();
