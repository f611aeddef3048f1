/** The faults of a server, for clients under test, and for the other side of a proxy. */
import type { Buffer } from 'node:buffer';
import type { Moment } from './caller.js';
import { cutsOf, drip, edgesOf, type Faulty, halves, join } from './points.js';
import { isLast, roundsOf } from './rounds.js';
import {
  fin,
  type PeerStep,
  REFUSALS,
  read,
  refuse,
  reset,
  type Script,
  send,
  silence,
  turns,
  wait,
} from './script.js';

const INTERIM = {
  100: 'HTTP/1.1 100 Continue\r\n\r\n',
  103: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
} as const;
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\nother';
const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n';
const NONSENSE = 'nonsense\r\n\r\n';
/** Between the bytes of a slow body, in ms. */
const SLOW = 1000;

const ENDS: readonly (readonly [string, () => PeerStep])[] = [
  ['FIN', fin],
  ['reset', reset],
  ['silence', silence],
];

/** A round that goes wrong, and whether its request is served in the end. */
interface Wrong {
  readonly what: string;
  readonly steps: Script;
  readonly isServed?: boolean;
  readonly isCut?: boolean;
}

/** What can happen in place of a response. */
function inPlace(): Wrong[] {
  return [
    ...ENDS.map(([name, end]) => ({ what: `${name} before the request`, steps: [end()] })),
    ...ENDS.map(([name, end]) => ({ what: `${name} after the request`, steps: [read(), end()] })),
    { what: '101 that nobody has asked for', steps: [read(), send(SWITCHING)] },
    { what: 'what is not HTTP', steps: [read(), send(NONSENSE)] },
    { what: '503', steps: [read(), send(UNAVAILABLE)] },
    ...REFUSALS.map((code) => ({ what: code, steps: [refuse(code)] })),
  ];
}

/** The response with another Content-Length. */
function lengthened(bytes: Buffer, by: number): PeerStep | undefined {
  const text = bytes.toString('latin1');
  const [all, name, length] = /^(content-length: *)(\d+)/im.exec(text) ?? [];
  if (all === undefined || Number(length) + by < 0) return undefined;
  return send(text.replace(all, `${name}${Number(length) + by}`));
}

/** What can happen to one of the pieces of a response. */
function inPiece(before: Script, bytes: Buffer, after: Script, isFirst: boolean): Wrong[] {
  const wrong: Wrong[] = [];
  for (const place of edgesOf(bytes)) {
    const [first] = halves(bytes, place);
    for (const [name, end] of ENDS) {
      wrong.push({ what: `${name} after ${place} bytes of the response`, steps: [...before, first, end()] });
    }
  }
  for (const place of cutsOf(bytes)) {
    const steps = [...before, ...halves(bytes, place), ...after];
    wrong.push({ what: `a cut after ${place} bytes of the response`, steps, isServed: true, isCut: true });
  }
  wrong.push({ what: 'one byte at a time', steps: [...before, ...drip(bytes, 0), ...after], isServed: true });
  wrong.push({ what: 'one byte in a second', steps: [...before, ...drip(bytes, SLOW), ...after], isServed: true });
  if (!isFirst) return wrong;
  for (const [status, text] of Object.entries(INTERIM)) {
    const steps = [...before, send(text), send(bytes), ...after];
    wrong.push({ what: `${status} before the response`, steps, isServed: true });
  }
  for (const by of [1, -1]) {
    const other = lengthened(bytes, by);
    if (other === undefined) continue;
    const what = `a Content-Length that is wrong by ${by}`;
    wrong.push({ what, steps: [...before, other, ...after] });
    wrong.push({ what: `${what}, then FIN`, steps: [...before, other, ...after, fin()] });
  }
  return wrong;
}

function wrongRounds(round: Script, turnsOf: (step: number) => readonly number[]): Wrong[] {
  const wrong = inPlace();
  const readAt = round.findIndex((step) => step.do === 'read');
  if (readAt < 0) return wrong;
  for (const [at, step] of round.entries()) {
    if (at < readAt) continue;
    const before = round.slice(0, at + 1);
    const isWhole = at === round.length - 1;
    for (const [name, end] of ENDS) {
      if (!isLast(step)) {
        wrong.push({ what: `${name} after the response`, steps: [...before, end()], isServed: isWhole });
        wrong.push({ what: `${name} with the response`, steps: [...before, turns(0), end()], isServed: isWhole });
      }
      for (const turn of turnsOf(at)) {
        const what = `${name} in turn ${turn} after a step`;
        wrong.push({ what, steps: [...before, turns(turn), end()], isServed: isWhole });
      }
    }
    if (step.do !== 'send') continue;
    const isFirst = round.findIndex((each) => each.do === 'send') === at;
    wrong.push(...inPiece(round.slice(0, at), step.bytes, round.slice(at + 1), isFirst));
    if (isWhole) {
      wrong.push({
        what: 'two responses',
        steps: [...round.slice(0, at), join(step.bytes, step.bytes)],
        isServed: true,
      });
      wrong.push({ what: 'FIN while idle', steps: [...round, wait(SLOW), fin()], isServed: true });
    }
  }
  return wrong;
}

/** All single faults. After each, the request is served when it comes again. */
export function clientFaults(script: Script, moments: readonly Moment[]): Faulty[] {
  const faulty: Faulty[] = [];
  for (const [number, { before, readAt, after, refused }] of roundsOf(script).entries()) {
    if (refused !== undefined) continue;
    const indexes = [...before, ...after].map(({ at }) => at);
    if (readAt !== undefined) indexes.push(readAt);
    const from = Math.min(...indexes);
    const to = Math.max(...indexes) + 1;
    const round = script.slice(from, to);
    const turnsOf = (step: number): number[] => [
      ...new Set(moments.filter((each) => each.step === from + step && each.ms === 0).map(({ turn }) => turn)),
    ];
    for (const { what, steps, isServed = false, isCut = false } of wrongRounds(round, turnsOf)) {
      const rest = script.slice(isServed ? to : from);
      faulty.push({
        what: `${what} (request ${number + 1})`,
        script: [...script.slice(0, from), ...steps, ...rest],
        isCut,
      });
    }
  }
  return faulty;
}
