/** The committed sequence diagrams and the page of event orders match runs recorded here, and keep the contract. */
import { readdirSync, readFileSync } from 'node:fs';
import nodeHttp from 'node:http';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FOLDER, nameOf, orderFiles, PAGE, pictured, record } from '../scripts/orders/files.js';
import { departures } from '../scripts/orders/host.js';
import type { Run } from '../scripts/orders/play.js';
import { documented, served } from '../scripts/orders/scenarios.js';
import { type Message, sequenceOf } from '../scripts/orders/sequence.js';
import { WIDTH } from '../scripts/orders/svg.js';
import { orderContract } from '../src/testing/orderContract.js';

const pathOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path: string) => readFileSync(pathOf(path), 'utf8');
const runs = await record();
const files = orderFiles(runs);
const page = files.get(PAGE)!;
const scenarios = [...runs.keys()];
const played = [...runs.values()].flatMap((each) => Object.values(each) as Run[]);
const drawn = played.filter(({ scenario }) => pictured.includes(scenario));

describe('a generated file', () => {
  it.each([...files])('%s equals the output of `npm run orders`', (path, text) => {
    expect(read(path)).toBe(text);
  });

  it('is in the folder, and nothing else is', () => {
    const present = readdirSync(pathOf(FOLDER)).map((name) => `${FOLDER}/${name}`);
    expect([...present, PAGE].sort()).toEqual([...files.keys()].sort());
  });
});

describe('the page', () => {
  it('shows each of the diagrams: of the ten orders, and of those of a server', () => {
    expect([documented.length, served.length]).toEqual([10, 8]);
    for (const run of drawn) expect(page).toContain(`](../${FOLDER}/${nameOf(run)}.svg)`);
  });

  it('has a heading for each of its links', () => {
    const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(new Set(anchors).size).toBe(anchors.length);
    const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor);
    expect(links.filter((anchor) => !anchors.includes(anchor!))).toEqual([]);
  });

  it('describes the host correctly', async () => {
    const names = new Set(scenarios.map(({ name }) => name));
    const { verdicts, left } = await orderContract(nodeHttp, { only: (name) => names.has(name) });
    expect(verdicts.length).toBe(scenarios.length);
    expect(new Map(left.map(({ name, got }) => [name, got]))).toEqual(
      new Map([...departures].map(([name, { order }]) => [name, order])),
    );
  });

  it('has an order of the host wherever that departs by the row `event-order`', async () => {
    const names = scenarios.filter(({ hostOrder }) => hostOrder !== undefined).map(({ name }) => name);
    expect(names).toEqual([...departures].filter(([, { row }]) => row === 'event-order').map(([name]) => name));
    const { left } = await orderContract(nodeHttp, { order: 'host', only: (name) => names.includes(name) });
    expect(left.map(({ diff }) => diff)).toEqual([]);
  });

  it('names existing rows of the differences from Node', () => {
    const differences = read('docs/differences-from-node.md');
    for (const { row } of departures.values()) expect(differences).toContain(`| \`${row}\` |`);
  });
});

it.each(
  played.map((run) => [run.order === run.scenario.order ? 'documented' : 'host’s', run.scenario.name, run] as const),
)('the run in the %s order of ‘%s’ keeps it', (_order, _name, { log, order }) => {
  // The contract may stop before the last event.
  expect(log.slice(0, order.length)).toEqual(order);
});

describe.each(drawn.map((run) => [nameOf(run), run] as const))('the sequence %s', (_, run) => {
  const { rows } = sequenceOf(run);

  it('numbers the documented events in their order', () => {
    const numbered = rows.filter((row): row is Message => row.type === 'message' && row.place !== undefined);
    const eventAt = new Map(
      numbered.map(({ place, text }) => [place, text.replace(/^(re[qs]|server) '(\w+)'.*/, '$1.$2')]),
    );
    const events = run.order.filter((line) => !line.startsWith('('));
    expect([...eventAt.values()]).toEqual(events.map((line) => line.split(' ')[0]!.replace('*', '')));
    expect([...eventAt.keys()]).toEqual(events.map((_line, index) => index + 1));
  });

  it('fits into the width of a page', () => {
    const [, width] = /^<svg [^>]*? width="(\d+)"/.exec(files.get(`${FOLDER}/${nameOf(run)}.svg`)!)!;
    expect(Number(width)).toBeLessThanOrEqual(WIDTH);
  });
});

const ofSide = (side: string) =>
  drawn.filter(({ scenario }) => scenario.side === side).map((run) => [nameOf(run), sequenceOf(run).rows] as const);

it.each(ofSide('server'))('the sequence %s begins with what the peer sends, and shows how it is read', (_, rows) => {
  const [first, second] = rows;
  expect(first).toMatchObject({ from: 'peer', to: 'connection', kind: 'wire' });
  expect(second).toMatchObject({ at: 'connection', text: expect.stringMatching(/^reading: /) });
  expect(rows.filter((row) => row.type === 'message' && row.kind === 'call').length).toBeLessThanOrEqual(2);
});

it.each(ofSide('client'))('the sequence %s shows the state of the request’s line to its end', (_, rows) => {
  const lines = rows.flatMap((row) => (row.type === 'note' && row.at === 'request' ? [row.text] : []));
  expect(lines[0]).toBe('line: unassigned');
  expect(lines.at(-1)).toBe('line: gone.closed');
});
