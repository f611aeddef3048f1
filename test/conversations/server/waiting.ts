/** Answers that wait behind another: what they hold, and what becomes of them when the connection ends. */
import type { Conversation } from '../kit/conversation.js';
import { get, gets, hello, kept, lost, never, owed } from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

const SENT = 'throws Error ERR_HTTP_HEADERS_SENT "Cannot write headers after they are sent to the client"';

export const waiting: readonly Conversation[] = [
  {
    name: 'an answer waiting behind another holds what it was given',
    handler: never,
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
        why: 'the answers leave in one write, and the second is told so first',
        events: (host) => {
          const others = host.filter((event) => event !== 'res2.drain');
          return others.toSpliced(others.indexOf('res1.finish'), 0, 'res2.drain');
        },
      },
    },
  },
  {
    name: '100 Continue waits, and a head behind it that has not left',
    handler: { '/1': never, '/2': [['res.writeHead', 202]] },
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
    name: '100 Continue waits, and an answer behind it whose body is bytes',
    handler: { '/1': never, '/2': [['res.end', Buffer.from('two')]] },
    script: [
      ['send', get('/1') + get('/2', 'Expect: 100-continue')],
      ['await event', 'server.request', 2],
      ['res1.end', 'one'],
      ['await bytes', 'two'],
    ],
    differs: {
      row: 'interim-first',
      why: 'the interim response stands before the final one',
      peers: { a: { received: `${kept('one')}HTTP/1.1 100 Continue\r\n\r\n${kept('two')}` } },
    },
  },
  {
    name: 'interim responses of an answer that is out are refused',
    handler: [['res.end', 'hello'], ['wait', 'res.close'], ['res.writeContinue'], ['res.writeProcessing']],
    script: [['send', get('/')], ['await event', 'res1.close'], ['settle']],
    differsOn: {
      '<24': {
        row: 'late-interim',
        why: 'they are sent, or go nowhere',
        events: (host) =>
          host.map((event) => (/^> res1.write(Continue|Processing)$/.test(event) ? `${event} ${SENT}` : event)),
      },
    },
  },
  {
    name: 'an answer that might go on while it waited is not told to go on, when the one before is long',
    handler: never,
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
    name: 'the first is never answered: nothing is said',
    handler: { '/1': never, '/2': hello, '/3': hello },
    script: [['send', gets(3)], ['settle']],
  },
  {
    name: 'the peer resets with two answers owed',
    handler: never,
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
      row: 'waiting-answers',
      why: 'the host never tells an answer that waits for its turn that its connection is gone',
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
    name: 'the first answer is destroyed with the second waiting',
    handler: never,
    script: [
      ['send', gets(2)],
      ['await event', 'server.request', 2],
      ['res2.end', 'two', cb('two')],
      ['res1.destroy'],
      ['await close'],
    ],
    differs: owed('res2.close', lost('two', 'end')),
    differsOn: {
      '<24': {
        row: 'waiting-answers',
        why: 'the host never tells an answer that waits for its turn that its connection is gone',
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
    name: 'the second answer is destroyed while it waits',
    handler: never,
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
        row: 'waiting-answers',
        why: 'the host has the connection wait for an answer that never comes',
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
    name: 'the second request is destroyed while its answer waits',
    handler: never,
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
        row: 'waiting-answers',
        why: 'the host never tells an answer that waits for its turn that its connection is gone',
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
    name: 'end() of an answer that waits, behind the close',
    handler: never,
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
        row: 'waiting-answers',
        why: 'the host never tells an answer that waits for its turn that its connection is gone',
        events: (host) => host.toSpliced(host.indexOf('res1.close') + 1, 0, 'res2.close'),
      },
    },
  },
  {
    name: 'duplex: two answers in a turn',
    transport: 'duplex',
    handler: never,
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
        why: 'the answers leave in one write',
        events: (host) => {
          const others = host.filter((event) => !/^res2\.(finish|close)|^req[12]\.(end|close)/.test(event));
          return [...others, 'res2.finish', 'req1.end', 'res2.close', 'req2.end', 'req1.close', 'req2.close'];
        },
      },
    },
  },
  {
    name: 'duplex: a long answer, and more behind it in the same turn',
    transport: 'duplex',
    handler: never,
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
      why: 'the answers leave in one write: between two, the second is told that it may go on',
      events: (host) => {
        const others = host.filter((event) => event !== 'res2.drain');
        return others.toSpliced(others.indexOf('res1.close') + 1, 0, 'res2.drain');
      },
    },
  },
];
