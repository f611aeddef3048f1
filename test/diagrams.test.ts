/** The committed diagrams match the machines, are complete and legible. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { nameOf, pathOf, statesOf, transitionsOf } from '../scripts/diagrams/chart.js';
import { faultsOf } from '../scripts/diagrams/faults.js';
import { DATA, diagramFiles, drawnMachine, FIT, fitRow, pictures } from '../scripts/diagrams/files.js';
import { isOutside, linksOf, SENDERS, SIDES, senderOf } from '../scripts/diagrams/fit.js';
import { rowsOf } from '../src/cli/drawing/drawings.js';
import { WIDTH } from '../src/cli/drawing/geometry.js';
import { within } from '../src/cli/drawing/picture.js';
import { regionsOf } from '../src/cli/drawing/scene.js';
import { machines } from '../src/machines/index.js';
import { alphabets } from '../src/testing/alphabet.js';

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const settings = JSON.parse(read('../scripts/diagrams/settings.json'));
const drawn = pictures();
const files = await diagramFiles(drawn, settings);

/** The images of machines: one for each region, or one if there are none. */
function imagesOf(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const { root } = drawn.get(name)!;
    return root.type === 'parallel' ? root.states.map(({ id }) => `${id}.svg`) : [`${name}.svg`];
  });
}

describe('diagrams/', () => {
  it('holds two texts for each machine, an image of each region, the pages and the data, and nothing else', () => {
    const texts = Object.keys(machines).flatMap((name) => [`${name}.mmd`, `${name}.txt`]);
    const names = [...texts, ...imagesOf(Object.keys(machines)), 'README.md', 'index.html', DATA].sort();
    expect([...files.keys()].sort()).toEqual([...names, ...Object.values(FIT)].sort());
    const folder = readdirSync(fileURLToPath(new URL('../diagrams', import.meta.url)), { withFileTypes: true });
    const held = folder.filter((entry) => entry.isFile()).map(({ name }) => name);
    expect(held.sort()).toEqual(names);
  });

  it.each([...files])('%s equals the output of `npm run diagrams`', (name, text) => {
    expect(read(`../diagrams/${name}`)).toBe(text);
  });

  it('shows each machine on the page', () => {
    for (const name of imagesOf(Object.keys(machines))) expect(files.get('README.md')).toContain(`](${name})`);
  });
});

describe.each(Object.entries(machines))('the diagrams of %s', (name, machine) => {
  const states = statesOf(machine);
  const transitions = states.flatMap(transitionsOf);
  const images = imagesOf([name]).map((each) => files.get(each)!);
  const textOf = (extension: string): string =>
    extension === 'svg' ? images.join('\n') : files.get(`${name}.${extension}`)!;

  it.each([
    ['mmd', (id: string) => new RegExp(`\\b${id.replaceAll('.', '_')}\\b`)],
    ['svg', (id: string) => new RegExp(`<title>${id}: `)],
  ] as const)('%s shows each state', (extension, pattern) => {
    const text = textOf(extension);
    const ids = states
      .map(({ path }) => [machine.id, ...path].join('.'))
      // The machine itself is all of its regions together.
      .filter((id) => extension !== 'svg' || id !== machine.id || images.length === 1);
    expect(ids.filter((id) => !pattern(id).test(text))).toEqual([]);
  });

  it('svg and page describe each state', () => {
    const image = images.join('\n');
    const page = files.get('README.md')!;
    for (const state of states.slice(1)) {
      expect(image).toContain(`: ${state.description}</title>`);
      expect(page).toContain(`| \`${pathOf(state)}\` | ${state.description} |`);
    }
  });

  it.each(['mmd', 'svg', 'txt'])('%s shows the event of each transition', (extension) => {
    const text = textOf(extension);
    const missing = transitions.filter(({ eventType }) => !text.includes(eventType || 'always'));
    expect(missing.map(nameOf)).toEqual([]);
  });

  it('mmd has every arrow', () => {
    const arrows = files.get(`${name}.mmd`)!.match(/^ *(?!\[\*\])\S+ --> /gm);
    expect(arrows).toHaveLength(drawn.get(name)!.arrows.length);
  });

  it('svg is legible', async () => {
    const machine = await drawnMachine(drawn.get(name)!, settings);
    for (const { state, layout } of regionsOf(machine.picture).flatMap((region) => rowsOf(region, machine))) {
      expect(faultsOf(layout), state.id).toEqual([]);
      expect(layout.width, state.id).toBeLessThanOrEqual(WIDTH);
    }
  });
});

describe('how the machines meet', () => {
  const links = linksOf(drawn);
  const image = files.get(FIT.drawing)!;
  const page = files.get(FIT.page)!;

  it('has each machine on one side', () => {
    expect(Object.values(SIDES).flat().sort()).toEqual(Object.keys(machines).sort());
  });

  it.each(Object.keys(machines))('has all that %s takes, by its sender', (name) => {
    const taken = new Set(
      statesOf(machines[name]!)
        .flatMap((state) => transitionsOf(state))
        .map((each) => each.eventType),
    );
    taken.delete('');
    const linked = links.filter(({ machine }) => machine === name);
    expect(linked.flatMap(({ events }) => events).sort()).toEqual([...taken].sort());
    const known = new Set(alphabets[name]!.events.map(({ type }) => type));
    expect([...taken].filter((event) => !known.has(event))).toEqual([]);
    for (const { other, events } of linked) for (const event of events) expect(senderOf(event, name)).toBe(other);
  });

  it('finds a machine of the same side by the name that events give it', () => {
    expect(senderOf('request.assigned', 'clientConnection')).toBe('request');
    expect(senderOf('response.any', 'request')).toBe('incomingResponse');
    expect(senderOf('response.any', 'connection')).toBe('response');
    expect(() => senderOf('nobody.any', 'connection')).toThrow('nobody at connection is called nobody');
  });

  it('knows no sender that sends nothing', () => {
    const events = links.flatMap((link) => link.events);
    expect(Object.keys(SENDERS).filter((prefix) => !events.some((event) => event.startsWith(`${prefix}.`)))).toEqual(
      [],
    );
  });

  it('draws everybody, and an arrow for each two', async () => {
    const { layout } = await fitRow(drawn, settings);
    expect(layout.boxes.map(({ state }) => state.name).sort()).toEqual(
      [...Object.keys(machines), 'program', 'world'].sort(),
    );
    // What a machine is sent by another of its kind is in the text alone.
    expect(layout.paths).toHaveLength(links.filter(({ machine, other }) => machine !== other).length);
    expect(image.match(/marker-start/g)).toHaveLength(links.filter((each) => each.events[0] && each.emitted[0]).length);
  });

  it('writes out what one machine sends another, in both drawings', () => {
    const between = links.filter(({ other }) => !isOutside(other));
    expect(between.length).toBeGreaterThan(3);
    for (const { machine, other, events } of between) {
      if (machine !== other) for (const event of events) expect(image).toContain(event);
      expect(page).toContain(`  ${other} -->|"${events.join(', ')}"| ${machine}\n`);
    }
  });

  it('can be read, on one screen', async () => {
    const { layout } = await fitRow(drawn, settings);
    expect(faultsOf(layout)).toEqual([]);
    expect(layout.width).toBeLessThanOrEqual(WIDTH);
    expect(page.split('\n').length).toBeLessThanOrEqual(60);
  });
});

describe('the page to look around in', () => {
  const page = files.get('index.html')!;
  const attributes = (name: string) =>
    new Set([...page.matchAll(new RegExp(`${name}="([^"]*)"`, 'g'))].map(([, value]) => value!));

  it('loads nothing', () => {
    expect(page.match(/\b(?:src|href)="(?!#)[^"]*"|@import|url\((?!#)|\bfetch\(|\bimport\(/g)).toBe(null);
    expect(() => new Script(/<script>([\s\S]*)<\/script>/.exec(page)![1]!)).not.toThrow();
  });

  it.each(Object.entries(machines))('finds each state and each event of %s in its drawings', (name, machine) => {
    const section = page.slice(page.indexOf(`<section data-machine="${name}"`));
    const drawing = section.slice(0, section.indexOf('</section>'));
    const ids = statesOf(machine).map(({ path }) => [name, ...path].join('.'));
    expect(ids.slice(1).filter((id) => !drawing.includes(`data-state="${id}"`))).toEqual([]);
    const moving = statesOf(machine)
      .flatMap(transitionsOf)
      .filter(({ target }) => target !== undefined);
    const lit = [...drawing.matchAll(/data-events="([^"]*)"/g)].flatMap(([, events]) => events!.split(' '));
    const missing = moving.map(({ eventType }) => eventType || 'always').filter((event) => !lit.includes(event));
    expect(missing).toEqual([]);
  });

  it('has the ends of each arrow among the states, and each link among the places', () => {
    const ids = [...drawn.values()].flatMap(({ root }) => within(root).flatMap(({ id, choices }) => [id, ...choices]));
    for (const end of [...attributes('data-from'), ...attributes('data-to')]) expect(ids).toContain(end);
    for (const place of attributes('href')) expect([...ids, 'main']).toContain(place.slice(1));
  });

  it('knows who sends each event, and what those with a comment mean', () => {
    const data = JSON.parse(/<script type="application\/json" id="data">(.*)<\/script>/.exec(page)![1]!);
    for (const { machine, other, events } of linksOf(drawn)) {
      for (const event of events) expect(data[machine].senders[event]).toBe(other);
    }
    expect(data.connection.meanings['io.open']).toMatch(/^[A-Z].*\.$/);
    expect(data.request.meanings['net.refused']).toBe('No socket could be had.');
    expect(data.response.meanings['user.flush']).toBe('Send the head now.');
    expect(data.incomingResponse.meanings['io.pushEnd']).toBeUndefined();
  });
});
