/** The faults of a client, for servers under test. */
import { Buffer } from 'node:buffer';
import type { Moment } from './caller.js';
import { cutsOf, drip, edgesOf, type Faulty, halves, join, type Point, pointsOf, replaced } from './points.js';
import { requestsIn } from './reader.js';
import { close, connect, drain, fin, pause, read, reset, resume, type Script, wait } from './script.js';

const NONSENSE = Buffer.from('nonsense\r\n\r\n');
/** Shorter than the timeouts that a server has. */
const A_WHILE = 3000;

const withoutReads = (script: Script): Script => script.filter((step) => step.do !== 'read');

/** What can happen at a point. */
function faultsAt({ before, after, name }: Point): Faulty[] {
  return [
    { what: `FIN ${name}`, script: [...before, fin()] },
    { what: `reset ${name}`, script: [...before, reset()] },
    { what: `silence ${name}`, script: before },
    { what: `server.close() ${name}`, script: [...before, close(), ...after] },
    { what: `server.drain() ${name}`, script: [...before, drain(), ...after] },
    { what: `a reader that stops ${name}`, script: [...before, pause(), ...withoutReads(after)] },
    {
      what: `a reader that stops for a while ${name}`,
      script: [...before, pause(), wait(A_WHILE), resume(), ...after],
    },
  ].filter(({ script }) => script.length > 0);
}

/** The points of a script, with what can happen there. */
export const faultsAtPoints = (script: Script, moments: readonly Moment[]): Faulty[] =>
  pointsOf(script, moments).flatMap(faultsAt);

/** The steps of the first exchange: up to its `read()`. */
function exchangeOf(script: Script): Script | undefined {
  const at = script.findIndex((step) => step.do === 'read');
  const steps = at < 0 ? script : script.slice(0, at);
  const sent = steps.flatMap((step) => (step.do === 'send' ? [step.bytes] : []));
  const [first] = requestsIn(Buffer.concat(sent));
  return first?.isWhole && first.head.shouldKeepAlive ? steps : undefined;
}

/** What can come on the same connection. */
function following(script: Script): Faulty[] {
  const exchange = exchangeOf(script);
  if (exchange === undefined || script.some((step) => step.do === 'connect')) return [];
  const bytes = Buffer.concat(exchange.flatMap((step) => (step.do === 'send' ? [step.bytes] : [])));
  const last = exchange.findLastIndex((step) => step.do === 'send');
  const step = exchange[last];
  if (step?.do !== 'send') return [];
  const rest = exchange.slice(last + 1);
  const after = script.slice(exchange.length);
  const once = [...exchange, read()];
  return [
    {
      what: 'a second request, pipelined',
      script: [...exchange.slice(0, last), join(step.bytes, bytes), ...rest, read(), ...after],
    },
    {
      what: 'a malformed request, pipelined',
      script: [...exchange.slice(0, last), join(step.bytes, NONSENSE), ...rest, ...after],
    },
    { what: 'a malformed request after the response', script: [...once, join(NONSENSE)] },
    { what: 'three requests, one after the other', script: [...once, ...once, ...once] },
  ];
}

/** How the bytes can come. */
function arrivals(script: Script): Faulty[] {
  const faulty: Faulty[] = [];
  const dripping = (pauses: number): Script =>
    script.flatMap((step) => (step.do === 'send' ? drip(step.bytes, pauses) : [step]));
  faulty.push({ what: 'one byte at a time', script: dripping(0) });
  faulty.push({ what: 'one byte in 100 ms', script: dripping(100) });
  for (const [at, step] of script.entries()) {
    if (step.do !== 'send') continue;
    const { bytes } = step;
    for (const place of edgesOf(bytes)) {
      const [first] = halves(bytes, place);
      const before = [...script.slice(0, at), first];
      const where = `after ${place} bytes of step ${at + 1}`;
      faulty.push({ what: `FIN ${where}`, script: [...before, fin()] });
      faulty.push({ what: `reset ${where}`, script: [...before, reset()] });
      faulty.push({ what: `silence ${where}`, script: before });
    }
  }
  for (const [at, step] of script.entries()) {
    if (step.do !== 'send') continue;
    for (const place of cutsOf(step.bytes)) {
      const what = `a cut after ${place} bytes of step ${at + 1}`;
      faulty.push({ what, script: replaced(script, at, ...halves(step.bytes, place)), isCut: true });
    }
  }
  return faulty;
}

/** A client that leaves must not take from the next one what it needs, such as a lock, or the last free place. */
const withNext =
  (base: Script) =>
  (faulty: Faulty): Faulty =>
    isLeaving(faulty) ? { ...faulty, script: [...faulty.script, connect(), ...base] } : faulty;

const isLeaving = ({ script, what }: Faulty): boolean =>
  ['fin', 'reset'].includes(script.at(-1)!.do) || what.startsWith('silence');

/** All single faults. */
export const serverFaults = (script: Script, moments: readonly Moment[]): Faulty[] => [
  ...following(script),
  ...[...faultsAtPoints(script, moments), ...arrivals(script)].map(withNext(script)),
];
