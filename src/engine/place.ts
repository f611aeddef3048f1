import type { Track } from './history.js';

/**
 * Places: to which connection and exchange an actor belongs, as two numbers, and the track that has their history. An exchange
 * has a number on its connection; one that has no connection yet has a number of its own. An actor that belongs to nothing is at
 * 0, 0.
 *
 * An actor gets its place before its first event, so that `xstate.init` has one. A host that starts others says where they
 * are before it does, and leaves when it has.
 */
export interface Place {
  readonly connection: number;
  readonly exchange: number;
  /** Undefined for a place without a history. */
  readonly track: Track | undefined;
}

/** The place of actors that start now. */
export const here = { connection: 0, exchange: 0, track: undefined as Track | undefined };

let connections = 0;
let unconnected = 0;

/** Actors that start from now on, until {@link startNowhere}, belong here. */
export function startAt(connection: number, exchange: number, track: Track | undefined): void {
  here.connection = connection;
  here.exchange = exchange;
  here.track = track;
}

export function startNowhere(): void {
  here.connection = 0;
  here.exchange = 0;
  here.track = undefined;
}

/** The number of a new connection, from 1. */
export const newConnection = (): number => ++connections;

/** The number of a new exchange without a connection, from 1. */
export const newExchange = (): number => ++unconnected;
