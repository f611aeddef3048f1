/** Heads: what a handler may do to the status line and the headers of its response. */
import type { Conversation } from '../kit/conversation.js';
import { exchange, head, last } from '../kit/phrases.js';
import { cb } from '../kit/steps.js';

export const heads: readonly Conversation[] = [
  {
    name: 'writeHead(status, object)',
    handler: [
      ['res.writeHead', 201, { 'X-A': '1', 'x-b': ['2', '3'] }],
      ['look', 'res'],
      ['res.end', 'made'],
    ],
    script: exchange(),
  },
  {
    name: 'writeHead(status, reason, object)',
    handler: [['res.writeHead', 201, 'Brought', { 'X-A': '1' }], ['res.end']],
    script: exchange(),
  },
  {
    name: 'writeHead(status, flat array) keeps duplicates separate',
    handler: [
      ['res.writeHead', 200, ['X-A', '1', 'x-a', '2', 'Set-Cookie', 'b']],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'writeHead(status, array of pairs)',
    handler: [
      [
        'res.writeHead',
        200,
        [
          ['X-A', '1'],
          ['X-B', '2'],
        ],
      ],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'writeHead(status, odd flat array) throws',
    handler: [
      ['res.writeHead', 200, ['X-A', '1', 'X-B']],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'writeHead() merges with setHeader(): the later value wins',
    handler: [
      ['res.setHeader', 'X-A', 'early'],
      ['res.setHeader', 'X-B', 'early'],
      ['res.writeHead', 200, { 'x-a': 'late' }],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'writeHead() with a flat array after setHeader()',
    handler: [
      ['res.setHeader', 'X-A', 'early'],
      ['res.setHeader', 'X-B', 'early'],
      ['res.writeHead', 200, ['x-a', 'late', 'X-A', 'later']],
      ['res.end'],
    ],
    script: exchange(),
    differsOn: {
      '<22': {
        row: 'flat-array',
        why: 'on the host, of several values the last one wins, in the place of the earlier one',
        peers: {
          a: {
            received: `${head(
              'HTTP/1.1 200 OK',
              'X-B: early',
              'x-a: late',
              'x-a: later',
              'Date: <date>',
              'Connection: close',
              'Transfer-Encoding: chunked',
            )}0\r\n\r\n`,
          },
        },
      },
    },
  },
  {
    name: 'writeHead() twice throws',
    handler: [
      ['res.writeHead', 200],
      ['res.writeHead', 500],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'after the head was sent, setting headers throws, reading them does not',
    handler: [
      ['res.setHeader', 'X-A', '1'],
      ['res.write', 'x'],
      ['res.setHeader', 'X-B', '1'],
      ['res.appendHeader', 'X-B', '1'],
      ['res.setHeaders', new Map([['X-B', '1']])],
      ['res.removeHeader', 'X-A'],
      ['res.writeHead', 200],
      ['res.flushHeaders'],
      ['res.getHeader', 'x-a'],
      ['res.hasHeader', 'x-a'],
      ['res.getHeaderNames'],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'statusCode and statusMessage',
    handler: [['res.statusCode =', 404], ['res.statusMessage =', 'Gone Fishing'], ['res.end']],
    script: exchange(),
  },
  {
    name: 'statusMessage before and after the head',
    handler: [['res.statusMessage ?'], ['res.statusCode =', 404], ['res.end'], ['res.statusMessage ?']],
    script: exchange(),
  },
  {
    name: 'a status without a known reason',
    handler: [['res.writeHead', 299], ['res.end']],
    script: exchange(),
  },
  {
    name: 'status codes out of range throw',
    handler: [
      ['res.writeHead', 99],
      ['res.writeHead', 1000],
      ['res.writeHead', 'abc'],
      ['res.writeHead'],
      ['res.statusCode =', 5],
      ['res.end', 'x'],
      ['res.statusCode =', 500],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'status codes are converted to numbers',
    handler: [['res.writeHead', '404'], ['res.statusCode ?'], ['res.end']],
    script: exchange(),
  },
  {
    name: 'an invalid reason phrase throws',
    handler: [['res.writeHead', 200, 'a\r\nb'], ['res.statusMessage =', 'c\nd'], ['res.end'], ['res.destroy']],
    script: exchange(),
  },
  {
    name: 'invalid header names throw',
    handler: [
      ['res.setHeader', '', '1'],
      ['res.setHeader', 'a b', '1'],
      ['res.setHeader', 'a:', '1'],
      ['res.setHeader', 1, '1'],
      ['res.appendHeader', 'é', '1'],
      ['res.removeHeader', 1],
      ['res.getHeader', 1],
      ['res.hasHeader', 1],
      ['res.writeHead', 200, { 'a b': '1' }],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'invalid header values throw',
    handler: [
      ['res.setHeader', 'X-A', undefined],
      ['res.setHeader', 'X-A', 'a\r\nb'],
      ['res.setHeader', 'X-A', 'snow \u2603'],
      ['res.setHeader', 'X-A', ['fine', 'bad\n']],
      ['res.appendHeader', 'X-A', 'bad\0'],
      ['res.setHeader', 'X-A'],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'an invalid value in writeHead()',
    handler: [
      ['res.writeHead', 200, { 'X-A': 'a\nb' }],
      ['look', 'res'],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'header values of other types',
    handler: [
      ['res.setHeader', 'X-Number', 1.5],
      ['res.setHeader', 'X-Boolean', true],
      ['res.setHeader', 'X-Null', null],
      ['res.setHeader', 'X-Empty', ''],
      ['res.setHeader', 'X-None', []],
      ['res.getHeader', 'x-number'],
      ['res.getHeaders'],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'latin1 in values and reason is sent as latin1',
    handler: [
      ['res.writeHead', 200, 'tr\xe8s bien', { 'X-A': 'd\xe9j\xe0 vu' }],
      ['res.end', 'd\xe9j\xe0'],
    ],
    script: exchange(),
  },
  {
    name: 'latin1 in a value, with a text body and Content-Length',
    handler: [
      ['res.setHeader', 'X-A', 'd\xe9j\xe0 vu'],
      ['res.end', 'hello'],
    ],
    script: exchange(),
    differs: {
      row: 'latin1-values',
      why: 'the host sends the head in the encoding of the body that is sent with it',
      peers: {
        a: {
          received:
            'HTTP/1.1 200 OK\r\nX-A: d\xe9j\xe0 vu\r\nDate: <date>\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello',
        },
      },
    },
  },
  {
    name: 'latin1 in Content-Disposition, with a text body and Content-Length',
    handler: [
      ['res.setHeader', 'Content-Disposition', 'attachment; filename="d\xe9j\xe0.txt"'],
      ['res.end', 'hello'],
    ],
    script: exchange(),
    differs: {
      row: 'latin1-values',
      why: 'the host replaces each such character by U+FFFD, in UTF-8',
      peers: {
        a: {
          received:
            'HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename="d\xe9j\xe0.txt"\r\nDate: <date>\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello',
        },
      },
    },
  },
  {
    name: 'latin1 in Content-Disposition, with a body of bytes and Content-Length',
    handler: [
      ['res.setHeader', 'Content-Disposition', 'attachment; filename="d\xe9j\xe0.txt"'],
      ['res.end', Buffer.from('hello')],
    ],
    script: exchange(),
    differs: {
      row: 'latin1-values',
      why: 'the host sends the byte FD for each such character',
      peers: {
        a: {
          received:
            'HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename="d\xe9j\xe0.txt"\r\nDate: <date>\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello',
        },
      },
    },
  },
  {
    name: 'getHeader, getHeaders, getHeaderNames, getRawHeaderNames, hasHeader, removeHeader',
    handler: [
      ['res.setHeader', 'X-A', '1'],
      ['res.setHeader', 'Set-Cookie', ['a=1', 'b=2']],
      ['res.getHeader', 'x-A'],
      ['res.getHeader', 'set-cookie'],
      ['res.getHeader', 'nothing'],
      ['res.getHeaders'],
      ['res.getHeaderNames'],
      ['res.getRawHeaderNames'],
      ['res.hasHeader', 'X-a'],
      ['res.removeHeader', 'x-a'],
      ['res.hasHeader', 'X-a'],
      ['res.removeHeader', 'never-there'],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'appendHeader(): to nothing, to a string, to an array, an array',
    handler: [
      ['res.appendHeader', 'X-A', '1'],
      ['res.appendHeader', 'X-A', '2'],
      ['res.appendHeader', 'x-a', ['3', '4']],
      ['res.appendHeader', 'X-B', ['5']],
      ['res.getHeader', 'X-A'],
      ['res.getHeaders'],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'setHeaders() with Headers and with a Map, cookies separate',
    handler: [
      [
        'res.setHeaders',
        new Headers([
          ['X-A', '1'],
          ['X-A', '2'],
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ]),
      ],
      ['res.setHeaders', new Map<string, string | string[]>([['X-B', ['3', '4']]])],
      ['res.setHeaders', { 'X-C': '5' }],
      ['res.setHeaders', [['X-C', '5']]],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'uniqueHeaders joins an array given to setHeader()',
    server: { options: { uniqueHeaders: ['x-a', 'X-B'] } },
    handler: [
      ['res.setHeader', 'X-A', ['1', '2']],
      ['res.setHeader', 'X-B', ['1', '2']],
      ['res.setHeader', 'X-C', ['1', '2']],
      ['res.end'],
    ],
    script: exchange(),
  },
  {
    name: 'Cookie given as an array is joined with semicolons',
    handler: [['res.setHeader', 'Cookie', ['a=1', 'b=2']], ['res.end']],
    script: exchange(),
  },
  {
    name: 'sendDate = false',
    handler: [['res.sendDate ?'], ['res.sendDate =', false], ['res.end', 'x']],
    script: exchange(),
  },
  {
    name: 'a Date set by the handler is kept',
    handler: [
      ['res.setHeader', 'Date', 'today'],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'flushHeaders(), then the rest a turn later',
    handler: [
      ['res.setHeader', 'X-A', '1'],
      ['res.flushHeaders'],
      ['look', 'res'],
      ['wait', 'turn'],
      ['res.end', 'late'],
    ],
    script: exchange(),
  },
  {
    name: 'writeContinue(), writeProcessing(), writeEarlyHints() before the response',
    handler: [
      ['res.writeContinue'],
      ['res.writeProcessing'],
      ['res.writeEarlyHints', { link: '</a.css>; rel=preload; as=style' }],
      ['res.writeEarlyHints', { link: ['</a.css>; rel=preload', '</b.js>; rel=preload'], 'X-Trace': '7' }],
      ['look', 'res'],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'writeEarlyHints() rejects bad links and accepts an empty list',
    handler: [
      ['res.writeEarlyHints', { link: 'no link' }],
      ['res.writeEarlyHints', {}],
      ['res.writeEarlyHints', { link: [] }],
      ['res.end', 'x'],
    ],
    script: exchange(),
  },
  {
    name: 'writeEarlyHints() with nothing to send calls back',
    handler: [
      ['res.writeEarlyHints', {}, cb('none')],
      ['res.writeEarlyHints', { link: [] }, cb('empty')],
      ['res.end', 'x'],
    ],
    script: exchange(),
    differs: {
      row: 'hints',
      why: 'the host never calls back',
      events: (host) =>
        host.flatMap((line) => (line === 'res1.finish' ? ['callback.none', 'callback.empty', line] : line)),
    },
  },
  {
    name: 'writeEarlyHints() accepts Link in any case, and hints without Link',
    handler: [
      ['res.writeEarlyHints', { 'X-Trace': '7', Link: '</a.css>; rel=preload' }],
      ['res.writeEarlyHints', { 'X-Trace': '7' }],
      ['res.writeEarlyHints', { link: null, 'X-Trace': '7' }],
      ['res.writeEarlyHints', { Link: 'no link' }],
      ['res.end', 'x'],
    ],
    script: exchange(),
    differs: {
      row: 'hints',
      why: 'the host sends no hints without link, and recognizes only lower case',
      events: [
        'server.connection socket1',
        'server.request req1 GET / 1.1',
        '> res1.writeEarlyHints',
        '> res1.writeEarlyHints',
        '> res1.writeEarlyHints',
        `> res1.writeEarlyHints throws TypeError ERR_INVALID_ARG_VALUE "The argument 'hints' must be an array or string of format \\"</styles.css>; rel=preload; as=style\\". Received 'no link'"`,
        'res1.prefinish',
        '> res1.end -> res1',
        'res1.finish',
        'res1.close',
        'req1.end',
        'req1.close',
        'socket1.close false',
      ],
      peers: {
        a: {
          received:
            'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Trace: 7\r\n\r\n' +
            'HTTP/1.1 103 Early Hints\r\nX-Trace: 7\r\n\r\n'.repeat(2) +
            last('x'),
        },
      },
    },
  },
  {
    name: 'writeEarlyHints() rejects line breaks',
    handler: [
      ['res.writeEarlyHints', { link: '</a\r\nX-A: 1>; rel=preload' }],
      ['res.writeEarlyHints', { link: '</a>; rel=preload', 'X-B': '1\r\nX-C: 2' }],
      ['res.end', 'x'],
    ],
    script: exchange(),
    differsOn: {
      '<24': {
        row: 'early-hints',
        why: 'the host sends the smuggled fields; Node 24 rejects them',
        events: [
          'server.connection socket1',
          'server.request req1 GET / 1.1',
          `> res1.writeEarlyHints throws TypeError ERR_INVALID_ARG_VALUE "The argument 'hints' must be an array or string of format \\"</styles.css>; rel=preload; as=style\\". Received '</a\\\\r\\\\nX-A: 1>; rel=preload'"`,
          '> res1.writeEarlyHints throws TypeError ERR_INVALID_CHAR "Invalid character in header content [\\"X-B\\"]"',
          'res1.prefinish',
          '> res1.end -> res1',
          'res1.finish',
          'res1.close',
          'req1.end',
          'req1.close',
          'socket1.close false',
        ],
        peers: { a: { received: last('x') } },
      },
    },
  },
];
