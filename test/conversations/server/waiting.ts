/** Responses that wait for an earlier one: what they buffer, and what happens to them when the connection ends. */
import type { Conversation } from '../kit/conversation.js';
import { addedCallbacks, failedCallback, get, gets, hello, kept, noResponse } from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

const SENT = 'throws Error ERR_HTTP_HEADERS_SENT "Cannot write headers after they are sent to the client"';

export const waiting: readonly Conversation[] = [
  {
    name: 'a response that waits for an earlier one buffers its writes',
    handler: noResponse,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res2.socket ?'],
      ['res2.writeHead', 202, { 'X-A': '1' }],
      ['res2.write', 'x'.repeat(100)],
      ['res2.writableLength ?'],
      ['res2.write', 'x'.repeat(70_000)],
      ['res2.writableNeedDrain ?'],
      ['res2.flushHeaders'],
      ['settle'],
      ['res1.end', 'one'],
      ['await event', 'res2.drain'],
      ['res2.end', 'end'],
      ['await bytes', 'end'],
    ],
    differsOn: {
      '>=24': {
        row: 'one-write',
        why: 'statewire sends the responses in one write, and the second emits drain first',
        events: (host) => {
          const others = host.filter((event) => event !== 'res2.drain');
          return others.toSpliced(others.indexOf('res1.finish'), 0, 'res2.drain');
        },
      },
    },
  },
  {
    name: '100 Continue waits, with an unsent head after it',
    handler: { '/1': noResponse, '/2': [['res.writeHead', 202]] },
    script: [
      ['send', get('/1') + get('/2', 'Expect: 100-continue')],
      ['await event', 'server.request', 2],
      ['res1.end', 'one'],
      ['await bytes', '100 Continue'],
      ['res2.end', 'two'],
      ['await bytes', 'two'],
    ],
  },
  {
    name: '100 Continue waits, with a response of bytes after it',
    handler: { '/1': noResponse, '/2': [['res.end', Buffer.from('two')]] },
    script: [
      ['send', get('/1') + get('/2', 'Expect: 100-continue')],
      ['await event', 'server.request', 2],
      ['res1.end', 'one'],
      ['await bytes', 'two'],
    ],
    differs: {
      row: 'interim-first',
      why: 'the interim response precedes the final one',
      peers: { a: { received: `${kept('one')}HTTP/1.1 100 Continue\r\n\r\n${kept('two')}` } },
    },
  },
  {
    name: 'interim responses after the final response throw',
    handler: [['res.end', 'hello'], ['wait', 'res.close'], ['res.writeContinue'], ['res.writeProcessing']],
    script: [['send', get('/')], ['await event', 'res1.close'], ['settle']],
    differsOn: {
      '<24': {
        row: 'late-interim',
        why: 'the host sends them, or drops them',
        events: (host) =>
          host.map((event) => (/^> res1.write(Continue|Processing)$/.test(event) ? `${event} ${SENT}` : event)),
      },
    },
  },
  {
    name: 'a waiting response whose write() returned true emits no drain after a long response before it',
    handler: noResponse,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res2.write', 'two'],
      ['res1.end', 'x'.repeat(20_000)],
      ['await bytes', 'two'],
      ['settle'],
    ],
  },
  {
    name: 'without the first response nothing is sent',
    handler: { '/1': noResponse, '/2': hello, '/3': hello },
    script: [['send', gets(3)], ['settle']],
  },
  {
    name: 'RST with two responses due',
    handler: noResponse,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res2.write', 'x'],
      ['reset'],
      ['await event', 'socket1.close'],
      ['settle'],
      ['look', 'res1'],
      ['look', 'res2'],
      ['look', 'req2'],
    ],
    differs: {
      row: 'waiting-responses',
      why: 'the host never closes a waiting response whose connection has closed',
      events: [
        'server.connection socket1',
        'server.request req1 GET /1 1.1',
        'server.request req2 GET /2 1.1',
        '> res2.write -> true',
        'socket1.error Error ECONNRESET "read ECONNRESET"',
        'req1.aborted',
        'req2.aborted',
        'socket1.close true',
        'res1.close',
        'res2.close',
        'req1.error Error ECONNRESET "aborted"',
        'req1.close',
        'req2.error Error ECONNRESET "aborted"',
        'req2.close',
        'res1 is destroyed, writable, socket',
        'res2 is headersSent, destroyed, writable',
        'req2 is complete, aborted, destroyed, errored',
      ],
    },
  },
  {
    name: 'the first response is destroyed while the second waits',
    handler: noResponse,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res2.end', 'two', cb('two')],
      ['res1.destroy'],
      ['await close'],
    ],
    differs: addedCallbacks('res2.close', failedCallback('two', 'end')),
    differsOn: {
      '<24': {
        row: 'waiting-responses',
        why: 'the host never closes a waiting response whose connection has closed',
        events: [
          'server.connection socket1',
          'server.request req1 GET /1 1.1',
          'server.request req2 GET /2 1.1',
          '> res2.end -> res2',
          '> res1.destroy -> res1',
          'req1.aborted',
          'req2.aborted',
          'socket1.close false',
          'res1.close',
          'res2.close',
          'req1.error Error ECONNRESET "aborted"',
          'req1.close',
          'req2.error Error ECONNRESET "aborted"',
          'req2.close',
        ],
      },
    },
  },
  {
    name: 'the second response is destroyed while it waits',
    handler: noResponse,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res2.destroy'],
      ['settle'],
      ['res1.end', 'one'],
      ['settle'],
    ],
    differsOn: {
      '>=24': {
        row: 'waiting-responses',
        why: 'on the host the connection waits for a response that is never sent',
        events: (host) => [
          ...host.filter((event) => event !== 'res2.close'),
          'req2.aborted',
          'socket1.close false',
          'res2.close',
          'req2.error Error ECONNRESET "aborted"',
          'req2.close',
        ],
        peers: { a: { ended: 'fin' } },
      },
    },
  },
  {
    name: 'the second request is destroyed while its response waits',
    handler: noResponse,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['req2.destroy'],
      ['settle'],
      ['res1.end', 'one'],
      ['settle'],
    ],
    differsOn: {
      '<24': {
        row: 'waiting-responses',
        why: 'the host never closes a waiting response whose connection has closed',
        events: [
          'server.connection socket1',
          'server.request req1 GET /1 1.1',
          'server.request req2 GET /2 1.1',
          'req2.aborted',
          '> req2.destroy -> req2',
          'req2.close',
          'req1.aborted',
          'socket1.close false',
          'res1.close',
          'res2.close',
          'req1.error Error ECONNRESET "aborted"',
          'req1.close',
          'res1.prefinish',
          '> res1.end -> res1',
        ],
      },
    },
  },
  {
    name: 'end() of a waiting response after the close',
    handler: noResponse,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['socket1.destroy'],
      ['await event', 'req2.close'],
      ['settle'],
      ['res2.end', 'two'],
      ['settle'],
    ],
    differsOn: {
      '<24': {
        row: 'waiting-responses',
        why: 'the host never closes a waiting response whose connection has closed',
        events: (host) => host.toSpliced(host.indexOf('res1.close') + 1, 0, 'res2.close'),
      },
    },
  },
  {
    name: 'duplex: two responses in one turn',
    transport: 'duplex',
    handler: noResponse,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res1.end', 'one'],
      ['res2.end', 'two'],
      ['await event', 'req2.close'],
    ],
    differsOn: {
      '<24': {
        row: 'one-write',
        why: 'statewire sends the responses in one write',
        events: (host) => {
          const others = host.filter((event) => !/^res2\.(finish|close)|^req[12]\.(end|close)/.test(event));
          return [...others, 'res2.finish', 'req1.end', 'res2.close', 'req2.end', 'req1.close', 'req2.close'];
        },
      },
    },
  },
  {
    name: 'duplex: a long response, then another in the same turn',
    transport: 'duplex',
    handler: noResponse,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res1.end', 'x'.repeat(70_000)],
      ['res2.write', 'y'.repeat(70_000)],
      ['await event', 'req1.close'],
      ['settle'],
      ['res2.end'],
      ['await event', 'req2.close'],
    ],
    differs: {
      row: 'one-write',
      why: 'statewire sends the responses in one write: the second emits drain between two writes of the host',
      events: (host) => {
        const others = host.filter((event) => event !== 'res2.drain');
        return others.toSpliced(others.indexOf('res1.close') + 1, 0, 'res2.drain');
      },
    },
  },
];
