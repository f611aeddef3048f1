/** A retry with which the program interferes, and a socket that the program destroys itself. */
import { duplexPair } from 'node:stream';
import { settled } from '../../../src/testing/index.js';
import { type Alone, ask, retry } from './kit.js';

export const client: readonly Alone[] = [
  {
    name: 'abort() when the reused socket fails',
    takes: ['request line.retrying: user.abort → line.gone.withdrawn'],
    run: (log) => retry(log, 'error', (request) => request.abort()),
    told: ['asking1.socket MemorySocket', 'asking1.finish', 'asking1.abort', 'asking1.close', '1 connections'],
  },
  {
    name: 'destroy() when the reused socket fails',
    takes: ['request line.retrying: user.destroy → line.gone.doomed'],
    run: (log) => retry(log, 'error', (request) => request.destroy()),
    told: [
      'asking1.socket MemorySocket',
      'asking1.finish',
      'asking1.error Error ECONNRESET "read ECONNRESET"',
      'asking1.close',
      '1 connections',
    ],
  },
  {
    name: 'pipe() when the reused socket fails',
    takes: ['request line.retrying: user.misused → stays'],
    run: (log) => retry(log, 'error', (request) => request.pipe()),
    told: [
      'asking1.socket MemorySocket',
      'asking1.finish',
      'asking1.error Error ERR_STREAM_CANNOT_PIPE "Cannot pipe, not readable"',
      'asking1.socket MemorySocket',
      'asking1.response IncomingMessage',
      'asking1.close',
      '2 connections',
    ],
  },
  {
    name: 'no fresh socket behind the reused one',
    takes: ['request line.again: net.refused → line.gone.closed'],
    run: (log) => retry(log, 'close', () => {}, true),
    told: [
      'asking1.socket MemorySocket',
      'asking1.finish',
      'asking1.error Error "refused"',
      'asking1.close',
      '1 connections',
    ],
  },
  {
    name: 'abort() when a fresh socket is asked for',
    takes: ['request line.again: user.abort → line.gone.withdrawn'],
    run: (log) => retry(log, 'close', (request) => request.abort()),
    told: ['asking1.socket MemorySocket', 'asking1.finish', 'asking1.abort', 'asking1.close', '2 connections'],
  },
  {
    name: 'destroy() when a fresh socket is asked for',
    takes: ['request line.again: user.destroy → line.gone.doomed'],
    run: (log) => retry(log, 'close', (request) => request.destroy()),
    told: [
      'asking1.socket MemorySocket',
      'asking1.finish',
      'asking1.error Error ECONNRESET "socket hang up"',
      'asking1.close',
      '2 connections',
    ],
  },
  {
    name: 'pipe() when a fresh socket is asked for',
    takes: ['request line.again: user.misused → stays'],
    run: (log) => retry(log, 'close', (request) => request.pipe()),
    told: [
      'asking1.socket MemorySocket',
      'asking1.finish',
      'asking1.error Error ERR_STREAM_CANNOT_PIPE "Cannot pipe, not readable"',
      'asking1.socket MemorySocket',
      'asking1.response IncomingMessage',
      'asking1.close',
      '2 connections',
    ],
  },
  {
    name: 'a Duplex is destroyed, and the request on it aborted, in one turn',
    takes: ['request abortion.due: net.closed → abortion.told'],
    async run(log) {
      const [socket] = duplexPair();
      const request = ask(log, { createConnection: () => socket });
      request.end();
      await settled();
      socket.destroy();
      request.abort();
      await settled();
    },
    told: [
      'asking1.socket DuplexSide',
      'asking1.finish',
      'asking1.abort',
      'asking1.error Error ECONNRESET "socket hang up"',
      'asking1.close',
    ],
  },
];
