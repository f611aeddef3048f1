/** Expect: 100-continue, and unknown expectations (RFC 9110 §10.1.1). */
import type { Conversation } from '../kit/conversation.js';
import { CLOSE, exchange, forgottenRequest, get, head, hello, postChunked, readThenHello } from '../kit/phrases.js';

const EXPECTING = head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', 'Expect: 100-continue');

const takeBody: Conversation['script'] = [
  ['send', EXPECTING],
  ['await bytes', '100 Continue\r\n\r\n'],
  ['settle'],
  ['send', 'body'],
  ['await bytes', 'hello'],
  ['send', get('/next', CLOSE)],
  ['await close'],
];

export const expectations: readonly Conversation[] = [
  { name: '100-continue: 100 is sent, then the request is emitted', handler: readThenHello, script: takeBody },
  {
    name: '100-CONTINUE in upper case, with a chunked body',
    handler: readThenHello,
    script: [
      ['send', postChunked('/', 'Expect: 100-CONTINUE', CLOSE)],
      ['await bytes', '100 Continue\r\n\r\n'],
      ['send', '4\r\nbody\r\n0\r\n\r\n'],
      ['await close'],
    ],
  },
  {
    name: '100-continue with the body in the same packet',
    handler: readThenHello,
    script: [
      ['send', `${EXPECTING}body`],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: '100-continue, a response without reading: the connection is reused after the body',
    handler: hello,
    script: [
      ['send', EXPECTING],
      ['await bytes', 'hello'],
      ['settle'],
      ['send', `body${get('/next', CLOSE)}`],
      ['await close'],
    ],
  },
  {
    name: 'checkContinue instead of request: the listener calls writeContinue()',
    server: { on: { checkContinue: [['res.writeContinue'], ...readThenHello] } },
    handler: hello,
    script: takeBody,
  },
  {
    name: 'checkContinue responds with 413, the body is never sent',
    server: { on: { checkContinue: [['res.writeHead', 413, { Connection: 'close' }], ['res.end']] } },
    handler: hello,
    script: [['send', EXPECTING], ['await close']],
    differs: forgottenRequest(),
  },
  {
    name: 'checkContinue responds with 413 and keeps the connection, the body is sent nevertheless',
    server: { on: { checkContinue: [['res.writeHead', 417], ['res.end']] } },
    handler: hello,
    script: [
      ['send', EXPECTING],
      ['await bytes', '\r\n\r\n'],
      ['settle'],
      ['send', `body${get('/next', CLOSE)}`],
      ['await close'],
    ],
    differs: forgottenRequest(),
  },
  {
    name: 'checkContinue passes the request on by server.emit()',
    server: {
      on: {
        checkContinue: [
          ['res.writeContinue'],
          ['run', ({ server, req, res }) => void server.emit('request', req, res)],
        ],
      },
    },
    handler: readThenHello,
    script: takeBody,
  },
  {
    name: 'writeContinue() twice',
    server: { on: { checkContinue: [['res.writeContinue'], ['res.writeContinue'], ...readThenHello] } },
    script: [
      ['send', EXPECTING],
      ['await bytes', '100 Continue\r\n\r\n'],
      ['settle'],
      ['send', 'body'],
      ['await bytes', 'hello'],
    ],
  },
  {
    name: 'an unknown expectation: 417, the handler is not called',
    handler: hello,
    script: [
      ['send', get('/', 'Expect: tea')],
      ['await bytes', '\r\n\r\n'],
      ['send', get('/', CLOSE)],
      ['await close'],
    ],
  },
  {
    name: 'an unknown expectation with a body: 417, the body is dumped',
    handler: hello,
    script: [
      ['send', `${head('POST / HTTP/1.1', 'Host: a', 'Content-Length: 4', 'Expect: tea')}body${get('/', CLOSE)}`],
      ['await close'],
    ],
  },
  {
    name: 'checkExpectation',
    server: { on: { checkExpectation: [['res.statusCode =', 202], ...hello] } },
    handler: hello,
    script: exchange(get('/', 'Expect: tea', CLOSE)),
  },
  {
    name: 'Expect over HTTP/1.0 is an ordinary request',
    server: { on: { checkContinue: hello, checkExpectation: hello } },
    handler: readThenHello,
    script: exchange(`${head('POST / HTTP/1.0', 'Content-Length: 4', 'Expect: 100-continue')}body`),
  },
  {
    name: '100-continue on a GET without a body',
    handler: hello,
    script: exchange(get('/', 'Expect: 100-continue', CLOSE)),
  },
  {
    name: '100-continue while the response before it is due',
    handler: { '/first': [], '/': readThenHello },
    script: [
      ['send', get('/first') + EXPECTING],
      ['await event', 'server.request', 2],
      ['settle'],
      ['res1.end', 'first'],
      ['await bytes', 'first'],
      ['send', 'body'],
      ['await bytes', 'hello'],
    ],
  },
];
