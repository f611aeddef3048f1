/** An exchange that has ended: what is kept of it in memory and in a file. */

import type { Place, Summed } from '../io/record.js';
import { unpacked } from '../rules/ending.js';
import { connectionName } from '../rules/naming.js';
import type { Ended } from './line.js';
import type { Bytes } from './opening.js';
import { CHARTS } from './vocabulary.js';

const codes = new Map<number, string>();

/** The code of a verdict of rules/ending.ts. */
export function codeOf(verdict: number): string {
  let code = codes.get(verdict);
  if (code === undefined) {
    const { by, in: when } = unpacked(verdict);
    code = `${by}${when}`;
    codes.set(verdict, code);
  }
  return code;
}

/** Longer paths are left out, in characters. */
const LONGEST_PATH = 4096;
/** A program may call it what it likes, in characters. */
const LONGEST_METHOD = 40;
const REQUEST = CHARTS.indexOf('request');

/** It is made for each exchange, so all that can be found later is found later. */
export class EndedExchange implements Ended {
  readonly what: string;
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly status: number | undefined;
  readonly ms: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  private readonly connection: number;
  private readonly exchange: number;
  private readonly chart: number;
  private readonly verdict: number;

  constructor(place: Place, chart: number, verdict: number, ms: number, summary: Summed, bytes: Bytes) {
    const { what, method, path, status, bytesIn, bytesOut } = summary;
    const isKept = bytes !== 'none' && what.length + (path?.length ?? 0) < LONGEST_PATH;
    this.connection = place.connection;
    this.exchange = place.exchange;
    this.chart = chart;
    this.verdict = verdict;
    this.method = method?.slice(0, LONGEST_METHOD);
    this.what = isKept ? what : (this.method ?? '');
    this.path = isKept ? path : undefined;
    this.status = status;
    this.ms = ms;
    this.bytesIn = bytesIn;
    this.bytesOut = bytesOut;
  }

  get role(): 'server' | 'client' {
    return this.chart === REQUEST ? 'client' : 'server';
  }

  get id(): string {
    const { connection, exchange, role } = this;
    return connection === 0 ? `q${exchange}` : `${connectionName(role, connection)}.${exchange}`;
  }

  get code(): string {
    return codeOf(this.verdict);
  }
}
