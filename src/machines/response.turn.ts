/**
 * Whether a response may write, and whether the next one may: two regions of response.ts.
 *
 * Responses are sent in the order of their requests (RFC 9112 §9.3.2). A response may write as soon as the one before it has
 * handed over its last byte, which is earlier than it is given the socket, so pipelined responses are sent together.
 */
import { and, not } from 'xstate';

const given = { target: 'given', actions: 'orderWriteKept' } as const;

export const turn = {
  description: 'Whether the response may write: responses are sent in the order of their requests (RFC 9112 §9.3.2).',
  initial: 'awaited',
  states: {
    awaited: {
      id: 'awaited',
      description: 'Others are sent before it, or its socket was taken away: what is written is kept.',
      on: { 'response.passed': given, 'net.attached': given, 'user.destroy': 'forfeited' },
    },
    given: {
      id: 'given',
      description: 'It may write.',
      on: {
        'net.detached': { target: 'awaited', actions: 'orderKeep' },
        'net.shut': { target: 'awaited', actions: 'orderKeep' },
      },
    },
    forfeited: { description: 'It was destroyed before its turn: neither it nor another is sent.' },
  },
} as const;

/** A response that has ended meanwhile passes its turn on at once. */
const passing = { guard: and(['hasEnded', 'isAwaited']), target: 'passed', actions: 'orderPassTurn' } as const;

export const persistence = {
  description: 'Whether another response may follow on the connection (RFC 9112 §9.3).',
  initial: 'open',
  states: {
    open: {
      description: 'Another may follow.',
      on: {
        'user.head': [
          { guard: 'isLast', target: 'last', actions: 'orderLast' },
          { guard: 'isSwitching', target: 'last', actions: 'orderSwitch' },
        ],
        'user.miscounted': { target: 'last', actions: 'orderSpoil' },
        'response.passed': passing,
        'net.attached': passing,
        'user.end': {
          guard: and(['isGiven', not('hasEnded'), not('isGone')]),
          target: 'passed',
          actions: 'orderPassTurn',
        },
      },
    },
    last: {
      description: 'Nothing may follow this response.',
      on: { 'user.miscounted': { actions: 'orderSpoil' } },
    },
    passed: { description: 'It has handed over its last byte: the next response may write.' },
  },
} as const;
