/** What the documents say of a server's events. */
import type { Scenario } from './scenario.js';
import {
  answers,
  does,
  HEAD_END,
  handler,
  leaves,
  lines,
  received,
  refusal,
  resets,
  sends,
  serves,
  settles,
  takeover,
  until,
  untilWire,
} from './steps.js';

const head = (line: string, ...fields: readonly string[]): string => lines(`${line} HTTP/1.1`, 'Host: a', ...fields);
const get = (path: string, ...fields: readonly string[]): string => head(`GET ${path}`, ...fields);

const UPGRADE = ['Connection: Upgrade', 'Upgrade: other'];
const SWITCHED = lines('HTTP/1.1 101 Switching Protocols', ...UPGRADE);
const EXPECTING = head('POST /a', 'Expect: 100-continue', 'Content-Length: 4');
const CHUNKED = head('POST /a', 'Transfer-Encoding: chunked');
const GARBAGE = 'no HTTP at all\r\n\r\n';

const SERVER = ['request', 'checkContinue', 'checkExpectation', 'clientError', 'upgrade', 'connect', 'dropRequest'];
const TOLD = SERVER.map((event) => `server.${event}`);
const ANSWER = ['res.finish', 'res.close'];
const ANSWERED = ['server.request /a', 'res.finish /a', 'res.close /a'];

const switches = takeover((_req, socket) => void socket.end(SWITCHED));
/** Answers when the test says so. */
const waits = handler((req, res, stage) => {
  req.resume();
  stage.inside('answer', () => void res.end('hello'));
});
const answersLate = does('the handler answers', (stage) => stage.run('answer'));

const specified: readonly Scenario[] = [
  {
    name: "'finish', then 'close' of a response",
    source: "Event: 'finish', Event: 'close' (ServerResponse)",
    side: 'server',
    hears: [...TOLD, ...ANSWER],
    script: [serves(), sends(get('/a')), until('res.close'), untilWire('200')],
    order: ANSWERED,
    wire: ['200'],
  },
  {
    name: "'checkContinue' in place of 'request'",
    source: "Event: 'checkContinue'",
    side: 'server',
    hears: [...TOLD, ...ANSWER],
    script: [
      serves({
        checkContinue: handler((req, res) => {
          res.writeContinue();
          req.on('end', () => res.end('hello')).resume();
        }),
        request: answers,
      }),
      sends(EXPECTING),
      received(HEAD_END),
      sends('body'),
      until('res.close'),
      untilWire('200'),
    ],
    order: ['server.checkContinue /a', 'res.finish /a', 'res.close /a'],
    wire: ['100', '200'],
  },
  {
    name: "100 by itself, where nobody listens to 'checkContinue'",
    source: "Event: 'checkContinue'",
    side: 'server',
    hears: TOLD,
    script: [
      serves({ request: handler((req, res) => req.on('end', () => res.end('hello')).resume()) }),
      sends(EXPECTING),
      untilWire('100'),
      sends('body'),
      untilWire('200'),
    ],
    order: ['server.request /a'],
    wire: ['100', '200'],
  },
  {
    name: "'checkExpectation' in place of 'request'",
    source: "Event: 'checkExpectation'",
    side: 'server',
    hears: TOLD,
    script: [
      serves({ checkExpectation: answers, request: answers }),
      sends(get('/a', 'Expect: more')),
      untilWire('200'),
    ],
    order: ['server.checkExpectation /a'],
    wire: ['200'],
  },
  {
    name: "417 by itself, where nobody listens to 'checkExpectation'",
    source: "Event: 'checkExpectation'",
    side: 'server',
    hears: TOLD,
    script: [serves(), sends(get('/a', 'Expect: more')), untilWire('417')],
    order: [],
    wire: ['417'],
  },
  {
    name: "'upgrade' in place of 'request'",
    source: "Event: 'upgrade' (Server)",
    side: 'server',
    hears: TOLD,
    script: [serves({ upgrade: switches, request: answers }), sends(get('/a', ...UPGRADE)), untilWire('101', 'closed')],
    order: ['server.upgrade /a'],
    wire: ['101', 'closed'],
  },
  {
    name: "an ordinary request, where nobody listens to 'upgrade'",
    source: "Event: 'upgrade' (Server): ‘listening is optional’",
    side: 'server',
    hears: TOLD,
    script: [serves(), sends(get('/a', ...UPGRADE)), untilWire('200')],
    order: ['server.request /a'],
    wire: ['200'],
  },
  {
    name: "'connect' in place of 'request'",
    source: "Event: 'connect' (Server)",
    side: 'server',
    hears: TOLD,
    script: [
      serves({ connect: takeover((_req, socket) => void socket.end(lines('HTTP/1.1 200 OK'))), request: answers }),
      sends(head('CONNECT /a')),
      untilWire('200', 'closed'),
    ],
    order: ['server.connect /a'],
    wire: ['200', 'closed'],
  },
  {
    name: "the connection is closed, where nobody listens to 'connect'",
    source: "Event: 'connect' (Server)",
    side: 'server',
    hears: TOLD,
    script: [serves(), sends(head('CONNECT /a')), untilWire('closed')],
    order: [],
    wire: ['closed'],
  },
  {
    name: "400 by itself, where nobody listens to 'clientError'",
    source: "Event: 'clientError'",
    side: 'server',
    hears: TOLD,
    script: [serves(), sends(GARBAGE), untilWire('400', 'closed')],
    order: [],
    wire: ['400', 'closed'],
  },
  {
    name: '431 by itself, for a head that is too large',
    source: "Event: 'clientError'",
    side: 'server',
    hears: TOLD,
    script: [serves(), sends(get('/a', `X: ${'x'.repeat(20_000)}`)), untilWire('431', 'closed')],
    order: [],
    wire: ['431', 'closed'],
  },
  {
    name: "'clientError' leaves the socket to its listener",
    source: "Event: 'clientError'",
    side: 'server',
    hears: TOLD,
    script: [
      serves({
        clientError: refusal((_error, socket) => void socket.end(lines('HTTP/1.1 418 Mine'))),
        request: answers,
      }),
      sends(GARBAGE),
      untilWire('418', 'closed'),
    ],
    order: ['server.clientError'],
    wire: ['418', 'closed'],
  },
  {
    name: "'dropRequest' behind maxRequestsPerSocket",
    source: "Event: 'dropRequest'",
    side: 'server',
    hears: TOLD,
    script: [
      serves({ request: answers }, (server) => {
        server.maxRequestsPerSocket = 1;
      }),
      sends(get('/a') + get('/b')),
      untilWire('503'),
    ],
    order: ['server.request /a', 'server.dropRequest /b'],
    wire: ['200', '503'],
  },
  {
    name: 'a request that is aborted',
    source: "Event: 'aborted', Event: 'close' (IncomingMessage)",
    side: 'server',
    hears: ['server.request', 'req.end', 'req.aborted', 'req.error', 'req.close'],
    script: [
      serves({ request: handler((req) => void req.resume()) }),
      sends(`${head('POST /a', 'Content-Length: 10')}half`),
      until('server.request'),
      resets,
      until('req.close'),
      settles,
    ],
    order: ['server.request /a', 'req.aborted /a', 'req.error /a ECONNRESET "aborted"', 'req.close /a'],
  },
  {
    name: "a response that is cut tells 'close' and no 'finish'",
    source: "Event: 'close' (ServerResponse)",
    side: 'server',
    hears: ['server.request', ...ANSWER],
    script: [
      serves({ request: handler((_req, res) => void res.write('begun')) }),
      sends(get('/a')),
      received('begun'),
      resets,
      until('res.close'),
      settles,
    ],
    order: ['server.request /a', 'res.close /a'],
  },
];

/** Requests in a row, and what comes behind them. */
const inARow: readonly Scenario[] = [
  {
    name: 'answers that are due go out before the 400 for what comes behind',
    source: 'RFC 9112 §9.3.2',
    side: 'server',
    hears: ['server.request', ...ANSWER],
    script: [
      serves({ request: waits }),
      sends(get('/a') + GARBAGE),
      until('server.request'),
      settles,
      answersLate,
      untilWire('closed'),
    ],
    order: ['server.request /a', '(the handler answers)', 'res.finish /a', 'res.close /a'],
    wire: ['200', '400', 'closed'],
  },
  {
    name: 'a body that goes wrong behind a whole answer is not answered again',
    source: 'RFC 9112 §9.2',
    side: 'server',
    hears: ['server.request', ...ANSWER],
    script: [
      serves(),
      sends(`${CHUNKED}4\r\nbody\r\n`),
      untilWire('200'),
      settles,
      sends('no chunk\r\n'),
      untilWire('closed'),
    ],
    order: ANSWERED,
    wire: ['200', 'closed'],
  },
  {
    name: "'upgrade' waits for the answers before it",
    source: 'RFC 9112 §9.3.2',
    side: 'server',
    hears: TOLD,
    script: [
      serves({ request: waits, upgrade: switches }),
      sends(get('/a') + get('/b', ...UPGRADE)),
      until('server.request'),
      settles,
      answersLate,
      untilWire('closed'),
    ],
    order: ['server.request /a', '(the handler answers)', 'server.upgrade /b'],
    wire: ['200', '101', 'closed'],
  },
  {
    name: 'nothing is processed behind a request that says close',
    source: 'RFC 9112 §9.6',
    side: 'server',
    hears: TOLD,
    script: [
      serves({ request: waits }),
      sends(get('/a', 'Connection: close') + get('/b')),
      until('server.request'),
      settles,
      answersLate,
      untilWire('closed'),
    ],
    order: ['server.request /a', '(the handler answers)'],
    wire: ['200', 'closed'],
  },
  {
    name: 'server.close() ends, though a client has said nothing',
    source: 'server.close()',
    side: 'server',
    hears: ['server.close'],
    script: [
      serves({ request: answers, connection: () => {} }),
      settles,
      does('server.close()', ({ server }) => void server?.close()),
      settles,
      leaves,
      until('server.close'),
    ],
    order: ['(server.close())', 'server.close', '(the client leaves)'],
  },
];

export const server: readonly Scenario[] = [...specified, ...inARow];
