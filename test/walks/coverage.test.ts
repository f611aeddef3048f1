/** Every transition is taken on the host too, or listed with a reason; docs/coverage.md is up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alone } from './alone.js';
import { rows as clientRows } from './client/departures.js';
import { reasons } from './elsewhere.js';
import { OWN } from './kit/rows.js';
import { coverage, coverageText, isTaken } from './kit/table.js';
import { rows as serverRows } from './server/departures.js';

const found = coverage();
const equal = new Set(found.flatMap((each) => each.equal));
const all = found.flatMap(({ transitions }) => transitions);

describe('the transitions', () => {
  it('have names of their own', () => {
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });

  it('are taken by a walk on the host, or listed', () => {
    expect(all.filter((transition) => !equal.has(transition) && !(transition in reasons))).toEqual([]);
  });

  it('are listed only if no walk takes them on the host', () => {
    expect(Object.keys(reasons).filter((transition) => equal.has(transition) || !all.includes(transition))).toEqual([]);
  });

  it('are taken on statewire', () => {
    const missed = found.flatMap((each) => each.transitions.filter((transition) => !isTaken(each, transition)));
    expect(missed).toEqual([]);
  });

  it('are run on statewire alone only if no walk takes them, and once', () => {
    const walked = new Set(found.flatMap((each) => each.walked));
    const takes = alone.flatMap((each) => each.takes);
    expect(takes.filter((transition) => walked.has(transition) || !(transition in reasons))).toEqual([]);
    expect(new Set(takes).size).toBe(takes.length);
  });
});

describe('where the host goes another way', () => {
  it('is a row of docs/differences-from-node.md', () => {
    const text = readFileSync(new URL('../../docs/differences-from-node.md', import.meta.url), 'utf8');
    const named = new Set([...clientRows, ...serverRows].filter((row) => row !== undefined));
    expect([...named].filter((row) => row !== OWN && !text.includes(`| \`${row}\` |`))).toEqual([]);
  });
});

describe('docs/coverage.md', () => {
  it('is up to date', () => {
    const file = new URL('../../docs/coverage.md', import.meta.url);
    const text = coverageText(found);
    if (process.env['UPDATE'] !== undefined) writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});
