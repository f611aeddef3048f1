/** Writes that a destroyed socket has not sent. */
import { constants } from 'node:os';
import process from 'node:process';

/** Before Node 22, it calls back for them without an error. */
export const HIDES_CUTS = Number.parseInt(process.versions.node, 10) < 22;

/** The error with which Node 22 and later call back. */
export function canceled(): Error {
  const errno = -constants.errno.ECANCELED;
  return Object.assign(new Error('write ECANCELED'), { errno, code: 'ECANCELED', syscall: 'write' });
}
