/** What the documents say of a server's events, and of one request. */
import { servesApart, survives } from './apart.js';
import { GARBAGE, get, HEAD_END, head, lines, UPGRADE } from './phrases.js';
import type { Scenario } from './scenario.js';
import {
  answers,
  does,
  handler,
  leaves,
  notesReceived,
  received,
  refusal,
  resets,
  sends,
  serves,
  settles,
  switches,
  takeover,
  until,
  untilWire,
} from './steps.js';

const SERVER = ['request', 'checkContinue', 'checkExpectation', 'clientError', 'upgrade', 'connect', 'dropRequest'];
export const TOLD = SERVER.map((event) => `server.${event}`);
export const ANSWER = ['res.finish', 'res.close'];
export const ANSWERED = ['server.request /a', 'res.finish /a', 'res.close /a'];

const EXPECTING = head('POST /a', 'Expect: 100-continue', 'Content-Length: 4');

/** One Host field is demanded, and that of a certain form. */
const refusesHost = (what: string, ...fields: readonly string[]): Scenario => ({
  name: `${what}: 400`,
  source: 'RFC 9112 §3.2; http.createServer(): requireHostHeader',
  side: 'server',
  hears: ['server.request'],
  script: [serves(), sends(lines('GET /a HTTP/1.1', 'Connection: close', ...fields)), untilWire('closed')],
  order: [],
  wire: ['400', 'closed'],
});

export const server: readonly Scenario[] = [
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
  {
    name: 'HTTP/1.0 keep-alive: the answer says its length, and the connection stays',
    source: 'RFC 9112 §9.3, §6.3',
    side: 'server',
    hears: TOLD,
    script: [
      serves({ request: handler((_req, res) => void res.end('hello')) }),
      sends(lines('GET /a HTTP/1.0', 'Connection: keep-alive')),
      received('hello'),
      settles,
      notesReceived('a length', /^content-length: 5\r$/im),
      sends(lines('GET /b HTTP/1.0')),
      untilWire('closed'),
    ],
    order: ['server.request /a', '(received: a length)', 'server.request /b'],
    wire: ['200', '200', 'closed'],
  },
  refusesHost('two Hosts', 'Host: a', 'Host: b'),
  refusesHost('a Host with a path', 'Host: a/b'),
  {
    name: 'an odd number of hex digits does not end the process',
    source: 'Buffer: ‘hex’',
    side: 'server',
    hears: [],
    isApart: true,
    script: [
      servesApart("(req, res) => res.end('686', 'hex')"),
      sends(get('/a', 'Connection: close')),
      untilWire('closed'),
      survives,
    ],
    order: ['(its process goes on)'],
    wire: ['200', 'closed'],
  },
];
