/** Planted defects are found, and correct programs have none. `FAULT_RUNS=1000` walks further. */
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { everyFault } from '../../../src/testing/index.js';
import { clientDefects, correct, defects } from './planted.js';

const { FAULT_RUNS } = process.env;
const RUNS = Number(FAULT_RUNS ?? 40);

describe('a planted defect is found, and shown by a script of at most six lines', () => {
  it.each([...defects, ...clientDefects].map((each) => [each.name, each] as const))('%s', async (_name, each) => {
    const report = await everyFault({ ...each.options, limit: { runs: RUNS } });
    const [verdict, text, ...also] = each.finds!;
    const found = report.findings.filter((finding) => finding.verdict === verdict && text.test(finding.text));
    expect(found, String(report)).not.toEqual([]);
    expect(found[0]!.script.length + (found[0]!.upstream?.length ?? 0)).toBeLessThanOrEqual(6);
    const others = report.findings.filter((finding) => ![verdict, ...also].includes(finding.verdict));
    expect(others, String(report)).toEqual([]);
    expect(report.undecided).toEqual([]);
  });
});

describe('a correct program has no finding', () => {
  it.each(correct.map((each) => [each.name, each] as const))('%s', async (_name, { options }) => {
    const report = await everyFault({ ...options, limit: { runs: RUNS } });
    expect(report.findings, String(report)).toEqual([]);
    expect(report.undecided).toEqual([]);
    expect(report.notes.filter((note) => !note.startsWith('the limit'))).toEqual([]);
  });
});

describe('three walks with one seed are one', () => {
  const named = (name: string) => [...defects, ...clientDefects, ...correct].find((each) => each.name === name)!;
  it.each([
    'a second response after a timeout',
    'a proxy that waits for ever',
    'a POST that is sent again',
    "a file that is piped without a listener of 'error'",
    'a slow handler',
  ])('%s', async (name) => {
    const { options } = named(name);
    const reports: string[] = [];
    for (let time = 0; time < 3; time++)
      reports.push(JSON.stringify(await everyFault({ ...options, limit: { runs: 20 }, seed: 7 })));
    expect(new Set(reports).size).toBe(1);
  });
});
