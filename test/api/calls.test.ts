/**
 * Wherever a call of the program throws, the engine's bookkeeping is still completed (law 8). Running `calls/scenarios.ts` finds
 * the calls; each throws once, and then the next exchange must work and everything must close.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get } from '../../src/index.js';
import { type Scenario, scenarios } from './calls/scenarios.js';
import { Tour } from './calls/tour.js';

const uncaught: Error[] = [];
beforeAll(() => process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error)));
afterAll(() => process.setUncaughtExceptionCaptureCallback(null));

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Turns of the event loop after which nothing more happens. */
const QUIET = 100;
/** Longer than any scenario takes, in milliseconds. */
const STUCK = 15_000;

async function until(isTrue: () => boolean, turns = Number.POSITIVE_INFINITY): Promise<boolean> {
  const end = performance.now() + STUCK;
  for (let turn = 0; turn < turns && performance.now() < end && !isTrue(); turn++) await aTurn();
  return isTrue();
}

function fine(tour: Tour): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port, agent } = tour;
    const request = get({ host: '127.0.0.1', port, agent, path: '/fine' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
  });
}

/** Runs a scenario in which the call of that name throws. */
async function play({ options, play }: Scenario, armed?: string): Promise<Tour> {
  const holder: { tour?: Tour } = {};
  const late = new Proxy({} as Tour, {
    get: (_target, key) => Reflect.get(holder.tour as Tour, key).bind(holder.tour),
  });
  const tour = new Tour(armed, options?.(late) ?? {});
  holder.tour = tour;
  tour.server.on('request', (req, res) => {
    if (req.url === '/fine') res.end('fine');
  });
  await tour.listen();
  let isDone = false;
  play(tour).then(() => {
    isDone = true;
  });
  await until(() => isDone || (armed !== undefined && tour.isSpent));
  await until(() => isDone, QUIET);
  expect(isDone || tour.isSpent, `${armed ?? 'nothing'} throws`).toBe(true);
  // Ending one message may begin the next.
  for (let round = 0; round < 3; round++) {
    tour.finish();
    await until(() => isDone && tour.unclosed.length === 0, QUIET);
  }
  return tour;
}

async function close(tour: Tour): Promise<void> {
  tour.destroyRest();
  tour.agent.destroy();
  await new Promise<void>((resolve) => {
    tour.server.on('close', () => resolve());
    tour.server.close(tour.back('close'));
    tour.server.closeIdleConnections();
  });
}

const called = new Set<string>();

/**
 * As with node:http: after an 'end' listener that threw, the underlying stream emits no 'close'; nor does a request whose body
 * never arrives because 100 Continue was not sent.
 */
const NEVER_CLOSES = /\.end( |$)|^res\.writeContinue\(\)$/;

/** The faults after a run in which that call threw. */
async function faults(scenario: Scenario, name: string): Promise<string[]> {
  uncaught.length = 0;
  const tour = await play(scenario, name);
  const wrong: string[] = [];
  const served = fine(tour).catch((error: Error) => error.message);
  let text = '';
  served.then((body) => {
    text = body;
  });
  if (!(await until(() => text !== ''))) wrong.push('the next exchange is stuck');
  else if (text !== 'fine') wrong.push(`the next exchange: ${text}`);
  let isClosed = false;
  close(tour).then(() => {
    isClosed = true;
  });
  if (!(await until(() => isClosed))) wrong.push('the server does not close');
  // Their events belong to this run; a handed-over socket belongs to the program and may stay open.
  await until(() => tour.areSocketsClosed, QUIET);
  const { sockets, freeSockets, requests } = tour.agent;
  await until(() => tour.unclosed.length === 0 && tour.agent.totalSocketCount === 0, QUIET);
  if (!NEVER_CLOSES.test(name)) for (const each of tour.unclosed) wrong.push(`${each} emits no close`);
  if (tour.agent.totalSocketCount !== 0) wrong.push('the agent counts a socket');
  for (const table of [sockets, freeSockets, requests])
    for (const key of Object.keys(table)) wrong.push(`left: ${key}`);
  const caught = [...uncaught.map(({ message }) => message), ...tour.caught];
  if (tour.isSpent && caught.length !== 1) wrong.push(`caught: ${caught.join()}`);
  return wrong;
}

describe.each(scenarios)('$name', (scenario) => {
  it('survives each call that throws', async () => {
    const first = await play(scenario);
    await close(first);
    const all: Record<string, string[]> = {};
    for (const name of first.calls) {
      called.add(name.replace(/ #\d+$/, ''));
      const wrong = await faults(scenario, name);
      if (wrong.length > 0) all[name] = wrong;
    }
    expect(all).toEqual({});
  });
});

/** What the machines emit to the program, from the event types: `server.request`, `res.finish` … */
const emitted: readonly string[] = readdirSync(new URL('../../src/events/', import.meta.url)).flatMap((file) => {
  const text = readFileSync(new URL(`../../src/events/${file}`, import.meta.url), 'utf8');
  const roles = text.match(/`\$\{Of\}\.(\$\{[^}]*\}|\w+)`/g) ?? [];
  const names = roles.flatMap((each) => each.slice(each.indexOf('.')).match(/\w+/g) ?? []);
  return [...(text.match(/(?<=')(server|req|res)\.\w+(?=')/g) ?? []), ...names.map((name) => `res.${name}`)];
});

it('every such event was covered', () => {
  expect(emitted).toContain('server.request');
  expect(emitted).toContain('res.finish');
  const isCalled = (name: string): boolean =>
    called.has(name) || called.has(`client.${name}`) || called.has(name.replace(/^res/, 'client.req'));
  // Events that are sent to the machine.
  const events = ['server.closing', 'server.draining', 'server.cutting'];
  expect(emitted.filter((name) => !isCalled(name) && !events.includes(name))).toEqual([]);
});
