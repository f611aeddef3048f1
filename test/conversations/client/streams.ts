/** Requests and responses used with node:stream. */
import { finished, PassThrough, pipeline, Readable } from 'node:stream';
import type { ClientConversation, ClientLine, ClientRunScope } from '../kit/client-conversation.js';
import { HALF_RESPONSE, HEAD_END, read, response, roundTrip, sendGet } from '../kit/client-phrases.js';
import { deferred } from '../kit/client-run.js';
import { closeAfterError } from './document.js';

const POST = { method: 'POST' };

/** Logs how a stream ended, as reported by stream.finished() or pipeline(). */
const report =
  (what: string, { note }: ClientRunScope) =>
  (error?: NodeJS.ErrnoException | null) =>
    note(`${what}${error ? `: ${error.code ?? error.message}` : ''}`);

/** A request and a response watched by stream.finished(). */
const watched = (name: string, script: readonly ClientLine[]): ClientConversation => ({
  name: `finished(): ${name}`,
  deaf: ['socket'],
  handler: [['run', (scope) => void finished(scope.res.resume(), report('response finished', scope))]],
  on: { socket: [['run', (scope) => void finished(scope.req, report('request finished', scope))]] },
  script: [sendGet(), ['await bytes', HEAD_END], ...script, ['await event', 'req1.close'], ['settle']],
});

export const streams: readonly ClientConversation[] = [
  watched('a whole exchange', [['send', response('hello')]]),
  watched('no response', [['end']]),
  {
    ...watched('half a response', [['send', HALF_RESPONSE], ['settle'], ['end']]),
    differs: {
      ...closeAfterError,
      events: [
        '> request -> req1',
        '> req1.end -> req1',
        'req1.socket socket1',
        'req1.prefinish',
        'req1.finish',
        'req1.response res1 1.1 200 OK {"content-length":"10"}',
        'res1.aborted',
        'res1.error Error ECONNRESET "aborted"',
        'response finished: ECONNRESET',
        'req1.close',
        'request finished',
        'res1.close',
      ],
    },
  },
  watched('destroyed', [['req1.destroy']]),
  {
    name: 'pipeline() into a request',
    handler: read,
    script: [
      [
        'request',
        POST,
        [['run', (scope) => void pipeline(Readable.from(['one', 'two']), scope.req, report('pipeline ended', scope))]],
      ],
      ['await bytes', '0\r\n\r\n'],
      ['send', response('hello')],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'pipeline() into a request, the source fails',
    deaf: ['socket'],
    handler: read,
    script: [
      [
        'request',
        POST,
        [
          [
            'run',
            (scope) => {
              const source = new PassThrough();
              pipeline(source, scope.req, report('pipeline ended', scope));
              source.write('one');
              setImmediate(() => source.destroy(new Error('no more')));
            },
          ],
        ],
      ],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'pipeline() into a request, the peer closes',
    deaf: ['socket'],
    handler: read,
    script: [
      [
        'request',
        POST,
        [
          [
            'run',
            (scope) => {
              const source = new PassThrough();
              pipeline(source, scope.req, report('pipeline ended', scope));
              source.write('one');
            },
          ],
        ],
      ],
      ['await bytes', 'one'],
      ['end'],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'pipeline() from a response',
    handler: [
      ['run', (scope) => void pipeline(scope.res, new PassThrough().resume(), report('pipeline ended', scope))],
    ],
    script: [...roundTrip(response('hello')), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'pipeline() from a response that is cut',
    deaf: ['socket'],
    handler: [
      ['run', (scope) => void pipeline(scope.res, new PassThrough().resume(), report('pipeline ended', scope))],
    ],
    script: [...roundTrip(HALF_RESPONSE), ['settle'], ['end'], ['await event', 'req1.close'], ['settle']],
    differs: closeAfterError,
  },
  {
    name: 'pipeline() from a response, the destination fails',
    deaf: ['socket'],
    handler: [
      [
        'run',
        (scope) => {
          const sink = new PassThrough();
          pipeline(scope.res, sink, report('pipeline ended', scope));
          scope.res.once('data', () => sink.destroy(new Error('full')));
        },
      ],
    ],
    script: [...roundTrip(HALF_RESPONSE), ['await event', 'req1.close'], ['settle']],
    differs: closeAfterError,
  },
  {
    name: 'a response piped into another request',
    handler: {
      '/1': [
        [
          'run',
          ({ http, res, port, agent }) => {
            res.pipe(http.request({ port, host: '127.0.0.1', path: '/2', method: 'PUT', agent }));
          },
        ],
      ],
      '/2': read,
    },
    script: [
      sendGet('/1'),
      ['await bytes', HEAD_END],
      ['send', response('hello')],
      ['as', 'b'],
      ['await bytes', '0\r\n\r\n'],
      ['settle'],
    ],
  },
  {
    name: 'a large body over a Duplex, both ways',
    deaf: ['socket'],
    handler: read,
    script: [
      [
        'request',
        {
          ...POST,
          agent: undefined,
          createConnection: deferred(
            ({ duplex }) =>
              () =>
                duplex(),
          ),
        },
        [['req.end', 'x'.repeat(60_000)]],
      ],
      ['await bytes', `${HEAD_END}x`],
      ['send', response('y'.repeat(60_000))],
      ['await event', 'res1.end'],
      ['end'],
      ['await event', 'req1.close'],
    ],
  },
];
