/** An exchange that has ended: what is kept of it in memory and in a file. */

import { unpacked } from '../rules/ending.js';
import { connectionName } from '../rules/naming.js';
import type { Ended } from './line.js';
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

  constructor(
    connection: number,
    exchange: number,
    chart: number,
    verdict: number,
    what: string,
    method: string | undefined,
    path: string | undefined,
    status: number | undefined,
    ms: number,
    bytesIn: number,
    bytesOut: number,
  ) {
    this.connection = connection;
    this.exchange = exchange;
    this.chart = chart;
    this.verdict = verdict;
    this.what = what;
    this.method = method;
    this.path = path;
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
