/**
 * Who makes the sockets of clients in the place of the program: one variable, undefined unless a journal is replayed with a handler
 * (src/journal), which asks nobody but the journal.
 */
import type { Duplex } from 'node:stream';

/** @returns undefined: the program's own way is taken */
export type Dialer = () => Duplex | undefined;

let dialer: Dialer | undefined;

/** @param next undefined: none */
export function useDialer(next: Dialer | undefined): void {
  dialer = next;
}

/** @returns the socket that the journal gives, or else the one that `make` makes */
export const dial = <T>(make: () => T): Duplex | T => dialer?.() ?? make();
