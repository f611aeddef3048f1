import { describe, it } from 'vitest';
import * as http from '../../src/index.js';
import { serverConversations } from '../conversations/server/index.js';
import { clientConversations } from '../conversations/client/index.js';
import { runConversation } from '../conversations/kit/run.js';
import { runClientConversation } from '../conversations/kit/client-run.js';
import { useRecorder } from '../../src/io/record.js';
import { useStepper } from '../../src/engine/step.js';
import { Ring } from '../../src/journal/ring.js';
import { Recording } from '../../src/journal/recording.js';
import { FrameReader, type Frame } from '../../src/journal/frames.js';
import { Joiner } from '../../src/journal/assemble.js';
import { run } from '../../src/journal/replay.js';
import { describe as words } from '../../src/journal/describe.js';
import * as v from '../../src/journal/vocabulary.js';
import { writeFileSync } from 'node:fs';

const only = process.env['ONLY'];
const out: string[] = [];
const tally: Record<string, number> = {};
function connections(ring: Ring) {
  const joiner = new Joiner();
  const all: Frame[] = [];
  for (const s of ring.all()) {
    const r = new FrameReader(s.buffer, s.length, s.begins);
    while (!r.isAtEnd) { const f = joiner.join(r.next()); if (f) all.push(f); }
  }
  const owner = new Map<number, number>();
  for (const f of all) if (f.kind === v.POOL && !owner.has(f.value * 2 + 1)) owner.set(f.value * 2 + 1, f.line);
  const by = new Map<number, Frame[]>();
  for (const f of all) { const l = owner.get(f.line) ?? f.line; (by.get(l) ?? by.set(l, []).get(l)!).push(f); }
  return [...by].map(([line, frames]) => {
    const open = frames.find((f) => f.kind === v.OPEN);
    return { line, frames, opening: open ? JSON.parse(open.text) : undefined, keeps: true };
  });
}
async function one(name: string, act: () => Promise<unknown>) {
  const ring = new Ring(64 << 20, () => {});
  const rec = new Recording(ring, (process.env['JMODE'] ?? 'raw') as 'raw', () => {});
  useRecorder(rec); useStepper(rec);
  try { await act(); } finally { await new Promise((r) => setTimeout(r, 12)); rec.flush(); rec.stop(); useRecorder(undefined); useStepper(undefined); }
  for (const c of connections(ring)) {
    c.keeps = !process.env['JMODE'];
    const gap = c.frames.find((f) => f.kind === v.GAP);
    const key = (k: string) => { tally[k] = (tally[k] ?? 0) + 1; };
    const d = run(c);
    if (gap) { key('gap'); out.push(`GAP ${name} line ${c.line} after: ${c.frames.slice(Math.max(0,c.frames.indexOf(gap)-3), c.frames.indexOf(gap)+2).map(words).join(' | ')}`); if (!only) continue; }
    if (d === undefined) { key('same'); if (!only) continue; }
    else key(`diff`);
    if (d) out.push(`DIFF ${name} line ${c.line} at ${d.at}/${c.frames.length}: expected ${d.expected ? words(d.expected) : 'end'} got ${d.got}`);
    if (only) out.push(...c.frames.map((f, i) => `${i === d?.at ? '>>' : '  '} ${i} [${f.line}${f.isNested ? 'n' : ''}] ${words(f)}`));
  }
}
describe('try', () => {
  it('server', async () => {
    for (const list of Object.values(serverConversations)) for (const c of list) {
      if (only && !c.name.includes(only)) continue;
      if (process.env['SIDE'] === 'client') continue;
      await one(c.name, () => runConversation(http as never, c));
    }
  }, 300000);
  it('client', async () => {
    if (process.env['SIDE'] === 'server') return;
    for (const list of Object.values(clientConversations)) for (const c of list) {
      if (only && !c.name.includes(only)) continue;
      await one(c.name, () => runClientConversation(http as never, c));
    }
  }, 300000);
  it('says', () => { writeFileSync('/tmp/try.txt', `${JSON.stringify(tally)}\n${out.join('\n')}\n`); });
});
