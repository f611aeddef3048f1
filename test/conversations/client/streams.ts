/** Requests and responses in the hands of node:stream. */
import { finished, PassThrough, pipeline, Readable } from 'node:stream';
import type { ClientConversation, ClientHands, ClientLine } from '../kit/client-conversation.js';
import { answer, ask, asked, HALF, HEAD_END, read } from '../kit/client-phrases.js';
import { at } from '../kit/client-run.js';
import { closeBehindError } from './document.js';

const POST = { method: 'POST' };

/** Logs how a stream ended, as stream.finished() and pipeline() tell it. */
const tell =
  (what: string, { note }: ClientHands) =>
  (error?: NodeJS.ErrnoException | null) =>
    note(`${what}${error ? `: ${error.code ?? error.message}` : ''}`);

/** A request whose end stream.finished() tells. */
const watched = (name: string, script: readonly ClientLine[]): ClientConversation => ({
  name: `finished(): ${name}`,
  deaf: ['socket'],
  handler: [['run', (hands) => void finished(hands.res.resume(), tell('response finished', hands))]],
  on: { socket: [['run', (hands) => void finished(hands.req, tell('request finished', hands))]] },
  script: [ask(), ['await bytes', HEAD_END], ...script, ['await event', 'req1.close'], ['settle']],
});

export const streams: readonly ClientConversation[] = [
  watched('a whole exchange', [['send', answer('hello')]]),
  watched('no answer', [['end']]),
  {
    ...watched('half an answer', [['send', HALF], ['settle'], ['end']]),
    differs: {
      ...closeBehindError,
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
        [['run', (hands) => void pipeline(Readable.from(['one', 'two']), hands.req, tell('pipeline ended', hands))]],
      ],
      ['await bytes', '0\r\n\r\n'],
      ['send', answer('hello')],
      ['await event', 'req1.close'],
      ['settle'],
    ],
  },
  {
    name: 'pipeline() into a request, whose source fails',
    deaf: ['socket'],
    handler: read,
    script: [
      [
        'request',
        POST,
        [
          [
            'run',
            (hands) => {
              const source = new PassThrough();
              pipeline(source, hands.req, tell('pipeline ended', hands));
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
    name: 'pipeline() into a request, whose peer goes',
    deaf: ['socket'],
    handler: read,
    script: [
      [
        'request',
        POST,
        [
          [
            'run',
            (hands) => {
              const source = new PassThrough();
              pipeline(source, hands.req, tell('pipeline ended', hands));
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
    name: 'pipeline() out of a response',
    handler: [['run', (hands) => void pipeline(hands.res, new PassThrough().resume(), tell('pipeline ended', hands))]],
    script: [...asked(answer('hello')), ['await event', 'req1.close'], ['settle']],
  },
  {
    name: 'pipeline() out of a response that is cut',
    deaf: ['socket'],
    handler: [['run', (hands) => void pipeline(hands.res, new PassThrough().resume(), tell('pipeline ended', hands))]],
    script: [...asked(HALF), ['settle'], ['end'], ['await event', 'req1.close'], ['settle']],
    differs: closeBehindError,
  },
  {
    name: 'pipeline() out of a response into what fails',
    deaf: ['socket'],
    handler: [
      [
        'run',
        (hands) => {
          const sink = new PassThrough();
          pipeline(hands.res, sink, tell('pipeline ended', hands));
          hands.res.once('data', () => sink.destroy(new Error('full')));
        },
      ],
    ],
    script: [...asked(HALF), ['await event', 'req1.close'], ['settle']],
    differs: closeBehindError,
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
      ask('/1'),
      ['await bytes', HEAD_END],
      ['send', answer('hello')],
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
          createConnection: at(
            ({ duplex }) =>
              () =>
                duplex(),
          ),
        },
        [['req.end', 'x'.repeat(60_000)]],
      ],
      ['await bytes', `${HEAD_END}x`],
      ['send', answer('y'.repeat(60_000))],
      ['await event', 'res1.end'],
      ['end'],
      ['await event', 'req1.close'],
    ],
  },
];
