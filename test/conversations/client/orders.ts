/**
 * The ten documented orders of events, from the end of the description of http.request(). The host departs from them in five
 * of these conversations. Events of the socket are not part of the documentation and are not logged.
 */
import type { ClientConversation } from '../kit/client-conversation.js';
import { HALF_RESPONSE, HEAD_END, read, response, roundTrip, sendGet } from '../kit/client-phrases.js';

const HALF_A_RESPONSE = [
  '> request -> req1',
  '> req1.end -> req1',
  'req1.socket socket1',
  'req1.prefinish',
  'req1.finish',
  'req1.response res1 1.1 200 OK {"content-length":"10"}',
  'res1.data bytes "begun"',
];

const documented: readonly ClientConversation[] = [
  {
    name: '1: success',
    handler: read,
    script: [...roundTrip(response('hello')), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: '2: connection error',
    peers: 'nobody',
    handler: read,
    script: [sendGet(), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: '3: premature close before the response',
    handler: read,
    script: [sendGet(), ['await bytes', HEAD_END], ['end'], ['await event', 'req1.close'], ['settle']],
  },
  {
    name: '4: premature close after the response',
    handler: read,
    script: [
      ...roundTrip(HALF_RESPONSE),
      ['await event', 'res1.data'],
      ['end'],
      ['await event', 'res1.close'],
      ['settle'],
    ],
    differs: {
      row: 'event-order',
      why: 'the host emits close of the request before error of the response',
      events: [...HALF_A_RESPONSE, 'res1.aborted', 'res1.error Error ECONNRESET "aborted"', 'req1.close', 'res1.close'],
    },
  },
  {
    name: '5: destroy() before a socket is assigned',
    handler: read,
    script: [
      ['request', {}, [['req.end'], ['req.destroy'], ['look', 'req']]],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: '6: destroy() before the connection succeeds',
    handler: read,
    on: { socket: [['req.destroy'], ['look', 'req']] },
    script: [sendGet(), ['await event', 'req1.close'], ['settle'], ['look', 'req1']],
  },
  {
    name: '7: destroy() after the response',
    handler: [...read, ['wait', 'res.data'], ['req.destroy'], ['look', 'req'], ['look', 'res']],
    script: [
      ...roundTrip(HALF_RESPONSE),
      ['await event', 'res1.close'],
      ['settle'],
      ['look', 'req1'],
      ['look', 'res1'],
    ],
    differs: {
      row: 'event-order',
      why: 'the host emits close of the request before error of the response',
      events: [
        ...HALF_A_RESPONSE,
        '> req1.destroy -> req1',
        'req1 is headersSent, writableEnded, writableFinished, finished, destroyed, writable, socket',
        'res1 is readable, readableFlowing',
        'res1.aborted',
        'res1.error Error ECONNRESET "aborted"',
        'req1.close',
        'res1.close',
        'req1 is headersSent, writableEnded, writableFinished, finished, destroyed, writable, socket',
        'res1 is aborted, destroyed, readableFlowing, errored',
      ],
    },
  },
  {
    name: '8: abort() before a socket is assigned',
    handler: read,
    script: [
      ['request', {}, [['req.end'], ['req.abort'], ['look', 'req']]],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
    differs: {
      row: 'event-order',
      why: 'the host emits close before abort',
      events: [
        '> request -> req1',
        '> req1.end -> req1',
        '> req1.abort',
        'req1 is headersSent, writableEnded, finished, aborted, destroyed, writable',
        'req1.abort',
        'req1.close',
        'req1 is headersSent, writableEnded, finished, aborted, destroyed, writable',
      ],
    },
  },
  {
    name: '9: abort() before the connection succeeds',
    handler: read,
    on: { socket: [['req.abort'], ['look', 'req']] },
    script: [sendGet(), ['await event', 'req1.close'], ['settle'], ['look', 'req1']],
  },
  {
    name: '10: abort() after the response',
    handler: [...read, ['wait', 'res.data'], ['req.abort'], ['look', 'req'], ['look', 'res']],
    script: [
      ...roundTrip(HALF_RESPONSE),
      ['await event', 'res1.close'],
      ['settle'],
      ['look', 'req1'],
      ['look', 'res1'],
    ],
    differs: {
      row: 'event-order',
      why: 'the host emits close of the request before error of the response',
      events: [
        ...HALF_A_RESPONSE,
        '> req1.abort',
        'req1 is headersSent, writableEnded, writableFinished, finished, aborted, destroyed, writable, socket',
        'res1 is readable, readableFlowing',
        'req1.abort',
        'res1.aborted',
        'res1.error Error ECONNRESET "aborted"',
        'req1.close',
        'res1.close',
        'req1 is headersSent, writableEnded, writableFinished, finished, aborted, destroyed, writable, socket',
        'res1 is aborted, destroyed, readableFlowing, errored',
      ],
    },
  },
  {
    name: '7: destroy(error) after the response',
    handler: [...read, ['wait', 'res.data'], ['req.destroy', new Error('mine')]],
    script: [
      ...roundTrip(HALF_RESPONSE),
      ['await event', 'res1.close'],
      ['settle'],
      ['look', 'req1'],
      ['look', 'res1'],
    ],
    differs: {
      row: 'event-order',
      why: 'on the host the request emits the error, and the response another one',
      events: [
        ...HALF_A_RESPONSE,
        '> req1.destroy -> req1',
        'res1.aborted',
        'res1.error Error "mine"',
        'req1.close',
        'res1.close',
        'req1 is headersSent, writableEnded, writableFinished, finished, destroyed, writable, socket',
        'res1 is aborted, destroyed, readableFlowing, errored',
      ],
    },
  },
];

export const orders = documented.map((conversation) => ({ deaf: ['socket', 'agent.free'], ...conversation }));
