/** Calls on a request: which, how often, and too late. */
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import { HEAD_END, ok, read, response, roundTrip, sendGet } from '../kit/client-phrases.js';
import { addedCallbacks, CLOSE, failedCallback, head } from '../kit/phrases.js';
import { cb } from '../kit/steps.js';
import { LAST, lateEndCallback, REUSED, withoutLatePrefinish } from './document.js';

const POST = { method: 'POST' };

/** A request with these steps; the response follows when all of it has been sent. */
const called = (
  name: string,
  steps: ClientSteps,
  options: Readonly<Record<string, unknown>> = POST,
): ClientConversation => ({
  name,
  handler: read,
  script: [
    ['request', options, steps],
    ['settle'],
    ['send', response('hello')],
    ['await event', 'req1.close'],
    ['settle'],
    ['look', 'req1'],
  ],
});

const ends: readonly ClientConversation[] = [
  called('end() twice', [
    ['req.end', cb('first')],
    ['req.end', cb('second')],
  ]),
  called('end() twice, with data the second time', [
    ['req.end', 'x'],
    ['req.end', 'y', cb('second')],
  ]),
  called('write() after end()', [
    ['req.end', 'x', cb('end')],
    ['req.write', 'y', cb('late')],
    ['look', 'req'],
  ]),
  called('end(callback)', [['req.end', cb('end')]]),
  called('end(data, encoding, callback)', [['req.end', 'aGk=', 'base64', cb('end')]]),
  called('end(null)', [['req.end', null]]),
  called('flushHeaders() twice, and end()', [['req.flushHeaders'], ['req.flushHeaders'], ['req.end']]),
  called('cork() without uncork(), then end()', [['req.cork'], ['req.write', 'x'], ['req.end']]),
  called('the booleans of a request over time', [
    ['look', 'req'],
    ['req.write', 'x'],
    ['look', 'req'],
    ['req.writableLength ?'],
    ['req.writableHighWaterMark ?'],
    ['req.writableObjectMode ?'],
    ['req.writableCorked ?'],
    ['req.writableNeedDrain ?'],
    ['req.end'],
    ['look', 'req'],
    ['wait', 'req.finish'],
    ['look', 'req'],
  ]),
  called('write() with a callback', [
    ['req.write', 'x', cb('write')],
    ['req.end', cb('end')],
  ]),
  called('write() before and after the connection is open', [
    ['req.write', 'a', cb('a')],
    ['wait', 'req.socket'],
    ['req.write', 'b', cb('b')],
    ['wait', 'socket1.connect'],
    ['req.write', 'c', cb('c')],
    ['req.end', 'd'],
  ]),
  {
    ...called('write() with an unknown encoding throws', [
      ['req.write', 'x', 'klingon'],
      ['req.end', 'y'],
    ]),
    differsOn: {
      '<26': {
        row: 'refused-chunk',
        why: 'RFC 9112 §7.1: the host has sent the size of the rejected chunk, which breaks the framing',
        events: [
          '> request -> req1',
          '> req1.write throws TypeError ERR_UNKNOWN_ENCODING "Unknown encoding: klingon"',
          '> req1.end -> req1',
          'req1.socket socket1',
          'req1.prefinish',
          'socket1.connect',
          'req1.finish',
          'req1.response res1 1.1 200 OK {"content-length":"5"}',
          'res1.data bytes "hello"',
          'res1.end',
          'res1.close',
          'req1.close',
          'socket1.close false',
          'req1 is headersSent, writableEnded, writableFinished, finished, destroyed, writable, socket',
        ],
        peers: {
          a: {
            received: `${head('POST / HTTP/1.1', 'Host: 127.0.0.1:<port>', CLOSE, 'Transfer-Encoding: chunked')}1\r\ny\r\n0\r\n\r\n`,
          },
        },
      },
    },
  },
];

const tooLate: readonly ClientConversation[] = [
  {
    name: 'write() and end() after destroy()',
    handler: read,
    script: [
      [
        'request',
        POST,
        [['req.destroy'], ['req.write', 'x', cb('write')], ['req.end', 'y', cb('end')], ['look', 'req']],
      ],
      ['await event', 'req1.close'],
      ['settle'],
      ['req1.write', 'z', cb('late')],
      ['req1.end', cb('later')],
      ['settle'],
    ],
    differs: {
      row: 'late-end',
      why: 'the host has finished true',
      events: [
        '> request -> req1',
        '> req1.destroy -> req1',
        '> req1.write -> false',
        '> req1.end -> req1',
        'req1 is headersSent, writableEnded, finished, destroyed, writable',
        'agent.free socket1',
        'req1.error Error ECONNRESET "socket hang up"',
        failedCallback('write', 'write'),
        failedCallback('end', 'end'),
        'req1.close',
        'socket1.close false',
        '> req1.write -> false',
        '> req1.end -> req1',
        'callback.late Error ERR_STREAM_WRITE_AFTER_END "write after end"',
        failedCallback('later', 'end'),
      ],
    },
  },
  {
    name: 'write() and end() after the connection failed',
    handler: read,
    script: [
      ['request', POST, [['req.write', 'x']]],
      ['await bytes', 'x'],
      ['reset'],
      ['await event', 'req1.close'],
      ['req1.write', 'y', cb('write')],
      ['req1.end', 'z', cb('end')],
      ['settle'],
      ['look', 'req1'],
    ],
    differs: { ...LAST, events: (host) => lateEndCallback(withoutLatePrefinish(host)) },
  },
  {
    name: 'callbacks of writes that were never sent',
    handler: read,
    script: [
      ['request', POST, [['req.write', 'x', cb('write')], ['req.end', 'y', cb('end')], ['req.destroy']]],
      ['await event', 'req1.close'],
      ['settle'],
    ],
    differs: addedCallbacks('req1.close', failedCallback('write', 'write'), failedCallback('end', 'end')),
  },
  {
    name: 'write() after the whole exchange',
    handler: read,
    script: [
      ...roundTrip(response('hello')),
      ['await event', 'req1.close'],
      ['req1.write', 'x', cb('write')],
      ['req1.end', cb('end')],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: 'destroy() twice, with errors',
    handler: read,
    script: [
      sendGet(),
      ['await bytes', HEAD_END],
      ['req1.destroy', new Error('first')],
      ['req1.destroy', new Error('second')],
      ['await event', 'req1.close'],
      ['req1.destroy', new Error('third')],
      ['settle'],
    ],
  },
  {
    name: 'abort() twice',
    handler: read,
    script: [
      sendGet(),
      ['await bytes', HEAD_END],
      ['req1.abort'],
      ['req1.abort'],
      ['await event', 'req1.close'],
      ['req1.abort'],
      ['settle'],
    ],
  },
  {
    name: 'abort(), then destroy(error)',
    handler: read,
    script: [
      sendGet(),
      ['await bytes', HEAD_END],
      ['req1.abort'],
      ['req1.destroy', new Error('mine')],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'destroy(error), then abort()',
    handler: read,
    script: [
      sendGet(),
      ['await bytes', HEAD_END],
      ['req1.destroy', new Error('mine')],
      ['req1.abort'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'req1'],
    ],
  },
  {
    name: 'end(), then destroy() at once: nothing is sent',
    handler: read,
    script: [['request', {}, [['req.end'], ['req.destroy']]], ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'an error without a listener',
    deaf: ['req.error', 'socket'],
    handler: read,
    script: [
      sendGet(),
      ['await bytes', HEAD_END],
      ['req1.destroy', new Error('mine')],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'an error of the response without a listener does not throw',
    deaf: ['res.error', 'socket'],
    handler: read,
    script: [
      ...roundTrip(ok('Content-Length: 9')),
      ['await event', 'req1.response'],
      ['end'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
];

const others: readonly ClientConversation[] = [
  {
    name: 'socket options set during a request',
    agent: { keepAlive: true },
    handler: read,
    script: [
      [
        'request',
        {},
        [
          ['req.setNoDelay'],
          ['req.setNoDelay', false],
          ['req.setSocketKeepAlive', true, 1000],
          ['req.connection ?'],
          ['req.socket ?'],
          ['req.end'],
        ],
      ],
      ['await bytes', HEAD_END],
      ['req1.connection ?'],
      ['req1.setNoDelay', true],
      ['send', response('hello')],
      ['await event', 'req1.close'],
      ['req1.socket ?'],
      ['req1.setNoDelay', true],
    ],
  },
  {
    name: 'methods and properties of a response',
    handler: [
      ['listen', 'res.data'],
      ['res.setTimeout', 5000],
      ['res.connection ?'],
      ['wait', 'res.end'],
      ['look', 'res'],
    ],
    script: [...roundTrip(response('hello')), ['await event', 'req1.close'], ['settle'], ['look', 'res1']],
  },
  {
    name: 'listeners added late are not called',
    handler: read,
    script: [
      ...roundTrip(response('hello')),
      ['await event', 'req1.close'],
      ['settle'],
      ['listen', 'req1.response'],
      ['listen', 'res1.end'],
      ['settle'],
    ],
  },
  {
    name: 'a request that is never ended',
    handler: read,
    script: [['request', POST, [['req.write', 'x']]], ['await bytes', 'x'], ['settle'], ['look', 'req1']],
  },
  {
    name: 'a request in the response listener of another',
    agent: { keepAlive: true, maxSockets: 1 },
    handler: {
      '/1': [
        ['listen', 'res.data'],
        ['wait', 'res.end'],
        ['request', { path: '/2' }, [['req.end']]],
      ],
      '/2': read,
    },
    script: [
      sendGet('/1'),
      ['await bytes', HEAD_END],
      ['send', response('one')],
      ['await bytes', HEAD_END],
      ['send', response('two')],
      ['await event', 'req2.close'],
      ['settle'],
      ['look', 'req2'],
      ['look', 'agent'],
    ],
    differs: REUSED,
  },
];

export const calls = [...ends, ...tooLate, ...others];
