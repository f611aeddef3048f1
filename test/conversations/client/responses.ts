/** Forms of responses, where their bodies end, and which events reading them emits. */
import { PassThrough } from 'node:stream';
import type { ClientConversation, ClientSteps } from '../kit/client-conversation.js';
import {
  chunked,
  HALF_RESPONSE,
  HEAD_END,
  KEEP_ALIVE,
  ONE_SOCKET,
  ok,
  read,
  response,
  roundTrip,
  sendGet,
} from '../kit/client-phrases.js';
import { head } from '../kit/phrases.js';
import { AMBIGUOUS_LENGTH, closeAfterError, UNREAD } from './document.js';

/** One exchange on a keep-alive connection; the log shows whether the agent keeps it. */
const exchange = (
  name: string,
  response: string,
  options: Readonly<Record<string, unknown>> = {},
  more: Partial<ClientConversation> = {},
): ClientConversation => ({
  name,
  agent: KEEP_ALIVE,
  handler: read,
  script: [...roundTrip(response, options), ['await event', 'req1.close'], ['settle'], ['look', 'agent']],
  ...more,
});

/** The same, but the peer closes after the response. */
const endedBy = (how: 'end' | 'reset', name: string, response: string, handler = read): ClientConversation => ({
  name,
  agent: KEEP_ALIVE,
  handler,
  script: [...roundTrip(response), ['settle'], [how], ['await event', 'socket1.close'], ['settle'], ['look', 'res1']],
});

const lengths: readonly ClientConversation[] = [
  exchange('a body with Content-Length', response('hello')),
  exchange('an empty body', response('')),
  exchange('a chunked body', `${chunked()}5\r\nhello\r\n3\r\n!!!\r\n0\r\n\r\n`),
  exchange('an empty chunked body', `${chunked()}0\r\n\r\n`),
  exchange('chunk extensions', `${chunked()}5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n`),
  exchange('gzip, chunked', `${ok('Transfer-Encoding: gzip, chunked')}5\r\nhello\r\n0\r\n\r\n`),
  exchange(
    'trailers',
    `${chunked('Trailer: X-Sum')}5\r\nhello\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n`,
    {},
    {
      handler: [['listen', 'res.data'], ['wait', 'res.end'], ['res.trailers ?'], ['res.rawTrailers ?']],
    },
  ),
  exchange(
    'both lengths: chunked wins',
    `${ok('Content-Length: 3', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
  ),
  exchange('204', head('HTTP/1.1 204 No Content')),
  exchange('204 with a length', head('HTTP/1.1 204 No Content', 'Content-Length: 5')),
  exchange('304 with a length', head('HTTP/1.1 304 Not Modified', 'Content-Length: 5')),
  exchange('HEAD with a length', ok('Content-Length: 5'), { method: 'HEAD' }),
  exchange('HEAD, chunked', chunked(), { method: 'HEAD' }),
  exchange('HEAD without a length', ok(), { method: 'HEAD' }),
  exchange('HEAD, with a body in the response', response('hello'), { method: 'HEAD' }),
  exchange('204 with a body', `${head('HTTP/1.1 204 No Content')}hello`),
  exchange('more bytes than its Content-Length', `${response('hello')}more`),
  exchange('two responses to one request', response('one') + response('two')),
  exchange('a response, then empty lines', `${response('one')}\r\n\r\n`),
  endedBy('end', 'a body delimited by close', `${ok()}hello`),
  endedBy('end', 'an empty body delimited by close', ok()),
  endedBy('end', 'an unknown coding is delimited by close', `${ok('Transfer-Encoding: gzip')}hello`),
  endedBy('end', 'identity is delimited by close', `${ok('Transfer-Encoding: identity')}hello`),
  endedBy('end', 'an unread body delimited by close', `${ok()}hello`, []),
];

const versions: readonly ClientConversation[] = [
  ['HTTP/1.0 with a length', `${head('HTTP/1.0 200 OK', 'Content-Length: 5')}hello`],
  ['HTTP/1.0 keep-alive', `${head('HTTP/1.0 200 OK', 'Connection: keep-alive', 'Content-Length: 5')}hello`],
  ['Connection: close', response('hello', 'Connection: close')],
  ['Connection: keep-alive', response('hello', 'Connection: keep-alive')],
  ['Connection: keep-alive, close', response('hello', 'Connection: keep-alive, close')],
  ['Connection: upgrade', response('hello', 'Connection: Upgrade', 'Upgrade: h2c')],
  ['Proxy-Connection: close', response('hello', 'Proxy-Connection: close')],
  ['Keep-Alive with a timeout', response('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=20')],
  ['Keep-Alive with a timeout of 0', response('hello', 'Connection: keep-alive', 'Keep-Alive: timeout=0')],
].map(([name, response]) => exchange(name!, response!));

const codings: readonly ClientConversation[] = [
  ['HTTP/1.0 keep-alive, chunked', head('HTTP/1.0 200 OK', 'Connection: keep-alive', 'Transfer-Encoding: chunked')],
  [
    'HTTP/1.0 keep-alive, chunked in upper case',
    head('HTTP/1.0 200 OK', 'CONNECTION: Keep-Alive', 'TRANSFER-ENCODING: Chunked'),
  ],
].map(([name, response]) => ({
  ...exchange(name!, `${response}5\r\nhello\r\n0\r\n\r\n`),
  differs: AMBIGUOUS_LENGTH,
}));

/** A response without a body frees its socket, read or not; if it is read later, its 'end' comes then. */
const unread = (name: string, response: string, options: object = {}, late: string = 'resume'): ClientConversation => ({
  name: `unread: ${name}`,
  agent: ONE_SOCKET,
  deaf: ['socket'],
  handler: [],
  script: [
    ...roundTrip(response, { ...options }),
    ['settle'],
    ['look', 'agent'],
    [`res1.${late}`],
    ['res1.resume'],
    ['settle'],
    ['look', 'agent'],
  ],
  differs: {
    row: 'unread-bodiless',
    why: 'the host holds the socket for a response that has nothing to read',
    events: (host) => {
      const emitted = host.findIndex((event) => event.startsWith('req1.response')) + 1;
      const isLast = response.includes('close');
      const free = isLast ? [] : ['agent.free socket1'];
      const agent = `agent is sockets 0, freeSockets ${isLast ? 0 : 1}, requests 0`;
      const pattern = late === 'destroy' ? /^> |^res1\.close/ : /^> |^res1\.(end|close)/;
      const rest = host.slice(emitted).filter((event) => pattern.test(event));
      return [...host.slice(0, emitted), 'req1.close', ...free, agent, ...rest, agent];
    },
    ...(late === 'destroy' ? { peers: { a: { ended: 'open' } } } : {}),
  },
});

const bodiless: readonly ClientConversation[] = [
  unread('HEAD', ok('Content-Length: 5'), { method: 'HEAD' }),
  unread('204', head('HTTP/1.1 204 No Content')),
  unread('304', head('HTTP/1.1 304 Not Modified', 'Content-Length: 5')),
  unread('Content-Length: 0', response('')),
  unread('chunked, without a chunk', `${chunked()}0\r\n\r\n`),
  unread('204 with Connection: close', head('HTTP/1.1 204 No Content', 'Connection: close')),
  unread('paused', response(''), {}, 'pause'),
  unread('destroyed later', response(''), {}, 'destroy'),
];

const bareVersions: readonly ClientConversation[] = [
  endedBy('end', 'HTTP/1.0 delimited by the close', `${head('HTTP/1.0 200 OK')}hello`),
  endedBy('end', 'HTTP/1.0 keep-alive without a length', `${head('HTTP/1.0 200 OK', 'Connection: keep-alive')}hello`),
  {
    ...endedBy(
      'end',
      'close, with fewer bytes than its Content-Length',
      `${ok('Connection: close', 'Content-Length: 9')}hello`,
    ),
    differs: closeAfterError,
  },
];

const heads: readonly ClientConversation[] = [
  exchange('no reason', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n'),
  exchange('an empty reason', 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n'),
  exchange('an odd reason', 'HTTP/1.1 404 Où est-ce ?  \r\nContent-Length: 0\r\n\r\n'),
  exchange('an unknown status', 'HTTP/1.1 799 Ha\r\nContent-Length: 0\r\n\r\n'),
  exchange('duplicates', response('', 'Set-Cookie: a', 'Set-Cookie: b', 'X: 1', 'X: 2', 'Age: 1', 'Age: 2', 'ETag: x')),
  exchange('duplicates, joined', response('', 'X: 1', 'X: 2', 'Age: 1', 'Age: 2'), { joinDuplicateHeaders: true }),
  exchange(
    'the properties of a response',
    response('', 'X-A: 1', 'x-a: 2', 'X-B:   spaces   '),
    {},
    {
      handler: [
        ['res.rawHeaders ?'],
        ['res.headersDistinct ?'],
        ['res.httpVersion ?'],
        ['res.statusMessage ?'],
        ['res.method ?'],
        ['res.url ?'],
        ['res.socket ?'],
        ['res.req ?'],
        ['look', 'res'],
        ['listen', 'res.data'],
      ],
    },
  ),
  exchange('empty lines before the response', `\r\n\r\n${response('hello')}`),
  exchange(
    'maxHeadersCount',
    response('', 'A: 1', 'B: 2', 'C: 3'),
    {},
    {
      script: [
        ['request', {}, [['req.maxHeadersCount =', 2], ['req.end']]],
        ['send', response('', 'A: 1', 'B: 2', 'C: 3')],
        ['await event', 'req1.close'],
      ],
      differs: {
        row: 'response-lines',
        why: 'the host drops the header lines after the second',
        events: (host) => [
          ...host.slice(0, host.indexOf('req1.finish') + 1),
          'req1.error Error HPE_HEADER_OVERFLOW "Parse Error: Header overflow" bytesParsed=31 rawPacket=56',
          'req1.close',
          'socket1.close false',
        ],
        peers: { a: { ended: 'fin' } },
      },
    },
  ),
  exchange('Latin-1 letters in a value', response('', 'X: caf\u00e9')),
  exchange('a value over two lines', response('', 'X: one\r\n two')),
];

const pieces: readonly ClientConversation[] = [
  ['a response with Content-Length', response('hello')],
  ['a chunked response with trailers', `${chunked()}5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`],
  ['interim responses', head('HTTP/1.1 102 Processing') + head('HTTP/1.1 103 Hints', 'Link: </a>') + response('hello')],
].map(([name, response]) => ({
  name: `byte by byte: ${name}`,
  agent: KEEP_ALIVE,
  handler: read,
  script: [sendGet(), ['await bytes', HEAD_END], ['trickle', response!], ['await event', 'req1.close'], ['settle']],
}));

const LEFT_EARLY = 'for await, with an early break';

const TO_READ: readonly (readonly [string, ClientSteps])[] = [
  ['resume()', [['res.resume']]],
  [
    'setEncoding()',
    [
      ['res.setEncoding', 'utf8'],
      ['listen', 'res.data'],
    ],
  ],
  ['pause(), and resume() a turn later', [['res.pause'], ['listen', 'res.data'], ['wait', 'turn'], ['res.resume']]],
  ['pipe()', [['run', ({ res, note }) => void res.on('end', () => note('piped')).pipe(new PassThrough())]]],
  [
    'readable and read()',
    [
      [
        'run',
        ({ res, note }) => {
          res.on('readable', () => {
            for (let piece = res.read(); piece !== null; piece = res.read()) note(`piece ${piece}`);
          });
        },
      ],
    ],
  ],
  [
    'for await',
    [
      [
        'run',
        async ({ res, note }) => {
          for await (const piece of res) note(`piece ${piece}`);
          note('read');
        },
      ],
    ],
  ],
  [
    LEFT_EARLY,
    [
      [
        'run',
        async ({ res, note }) => {
          for await (const piece of res) {
            note(`piece ${piece}`);
            break;
          }
        },
      ],
    ],
  ],
];

const readers: readonly ClientConversation[] = [
  ...TO_READ.map(([name, handler]) =>
    exchange(
      `read by ${name}`,
      `${chunked()}5\r\nhello\r\n0\r\n\r\n`,
      {},
      { handler, differsOn: name === LEFT_EARLY ? UNREAD : {} },
    ),
  ),
  exchange(
    'socket.destroy(error) in the end listener of the response',
    response('hello'),
    {},
    {
      deaf: ['socket'],
      handler: [...read, ['wait', 'res.end'], ['socket1.destroy', new Error('mine')]],
      differs: {
        row: 'leaving-socket',
        why: 'the host listens to the socket neither for the request nor for the agent at that time',
        events: [
          '> request -> req1',
          '> req1.end -> req1',
          'req1.socket socket1',
          'req1.prefinish',
          'req1.finish',
          'req1.response res1 1.1 200 OK {"content-length":"5"}',
          'res1.data bytes "hello"',
          'res1.end',
          '> socket1.destroy -> socket1',
          'req1.close',
          'agent.free socket1',
          'res1.close',
          'agent is sockets 0, freeSockets 0, requests 0',
        ],
      },
    },
  ),
  {
    name: 'destroy(error) in the end listener of a response delimited by close',
    deaf: ['socket'],
    handler: [...read, ['wait', 'res.end'], ['req.destroy', new Error('mine')]],
    script: [...roundTrip('HTTP/1.1 200 OK\r\n\r\nhello'), ['await event', 'res1.data'], ['end'], ['settle']],
    differs: {
      row: 'ended-socket',
      why: 'the host has destroyed the socket before the response ends',
      events: [
        '> request -> req1',
        '> req1.end -> req1',
        'req1.socket socket1',
        'req1.prefinish',
        'req1.finish',
        'req1.response res1 1.1 200 OK {}',
        'res1.data bytes "hello"',
        'res1.end',
        '> req1.destroy -> req1',
        'req1.error Error "mine"',
        'res1.close',
        'req1.close',
      ],
    },
  },
  exchange('without a response listener the response is dumped', response('hello'), {}, { handler: undefined }),
  {
    name: 'an unread response holds its connection',
    agent: KEEP_ALIVE,
    handler: [],
    script: [...roundTrip(response('hello')), ['settle'], ['look', 'req1'], ['look', 'res1'], ['look', 'agent']],
  },
  {
    name: 'a response read long after it has arrived',
    agent: KEEP_ALIVE,
    handler: [],
    script: [
      ...roundTrip(response('hello')),
      ['settle'],
      ['listen', 'res1.data'],
      ['await event', 'req1.close'],
      ['settle'],
      ['look', 'agent'],
    ],
  },
  {
    name: 'a response read long after the peer has closed',
    handler: [],
    script: [
      ...roundTrip(response('hello')),
      ['end'],
      ['settle'],
      ['listen', 'res1.data'],
      ['settle'],
      ['look', 'res1'],
    ],
  },
  {
    name: 'half a response read long after the peer has closed',
    deaf: ['socket'],
    handler: [],
    script: [
      ...roundTrip(HALF_RESPONSE),
      ['settle'],
      ['end'],
      ['settle'],
      ['listen', 'res1.data'],
      ['settle'],
      ['look', 'res1'],
    ],
    differs: closeAfterError,
  },
];

export const responses = [
  ...lengths,
  ...versions,
  ...codings,
  ...bodiless,
  ...bareVersions,
  ...heads,
  ...pieces,
  ...readers,
];
