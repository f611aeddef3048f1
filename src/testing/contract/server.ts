/** What the documents demand of a server's events, and of one request. */
import { servesApart, survives } from './apart.js';
import { GARBAGE, get, HEAD_END, head, lines, UPGRADE } from './phrases.js';
import type { Scenario } from './scenario.js';
import {
  does,
  handler,
  leaves,
  notesReceived,
  received,
  refusal,
  resets,
  responds,
  sends,
  serves,
  settles,
  switches,
  takeover,
  until,
  untilWire,
} from './steps.js';

const SERVER = ['request', 'checkContinue', 'checkExpectation', 'clientError', 'upgrade', 'connect', 'dropRequest'];
export const SERVER_EVENTS = SERVER.map((event) => `server.${event}`);
export const RESPONSE = ['res.finish', 'res.close'];
export const RESPONDED = ['server.request /a', 'res.finish /a', 'res.close /a'];

const EXPECTING = head('POST /a', 'Expect: 100-continue', 'Content-Length: 4');

/** Exactly one valid Host field is required. */
const refusesHost = (what: string, ...fields: readonly string[]): Scenario => ({
  name: `${what}: 400`,
  source: 'RFC 9112 §3.2; http.createServer(): requireHostHeader',
  side: 'server',
  listensTo: ['server.request'],
  script: [serves(), sends(lines('GET /a HTTP/1.1', 'Connection: close', ...fields)), untilWire('closed')],
  order: [],
  wire: ['400', 'closed'],
});

export const server: readonly Scenario[] = [
  {
    name: "'finish', then 'close' of a response",
    source: "Event: 'finish', Event: 'close' (ServerResponse)",
    side: 'server',
    listensTo: [...SERVER_EVENTS, ...RESPONSE],
    script: [serves(), sends(get('/a')), until('res.close'), untilWire('200')],
    order: RESPONDED,
    wire: ['200'],
  },
  {
    name: "'checkContinue' in place of 'request'",
    source: "Event: 'checkContinue'",
    side: 'server',
    listensTo: [...SERVER_EVENTS, ...RESPONSE],
    script: [
      serves({
        checkContinue: handler((req, res) => {
          res.writeContinue();
          req.on('end', () => res.end('hello')).resume();
        }),
        request: responds,
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
    name: "100 is automatic without a listener of 'checkContinue'",
    source: "Event: 'checkContinue'",
    side: 'server',
    listensTo: SERVER_EVENTS,
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
    listensTo: SERVER_EVENTS,
    script: [
      serves({ checkExpectation: responds, request: responds }),
      sends(get('/a', 'Expect: more')),
      untilWire('200'),
    ],
    order: ['server.checkExpectation /a'],
    wire: ['200'],
  },
  {
    name: "417 is automatic without a listener of 'checkExpectation'",
    source: "Event: 'checkExpectation'",
    side: 'server',
    listensTo: SERVER_EVENTS,
    script: [serves(), sends(get('/a', 'Expect: more')), untilWire('417')],
    order: [],
    wire: ['417'],
  },
  {
    name: "'upgrade' in place of 'request'",
    source: "Event: 'upgrade' (Server)",
    side: 'server',
    listensTo: SERVER_EVENTS,
    script: [
      serves({ upgrade: switches, request: responds }),
      sends(get('/a', ...UPGRADE)),
      untilWire('101', 'closed'),
    ],
    order: ['server.upgrade /a'],
    wire: ['101', 'closed'],
  },
  {
    name: "an upgrade is an ordinary request without a listener of 'upgrade'",
    source: "Event: 'upgrade' (Server): ‘listening is optional’",
    side: 'server',
    listensTo: SERVER_EVENTS,
    script: [serves(), sends(get('/a', ...UPGRADE)), untilWire('200')],
    order: ['server.request /a'],
    wire: ['200'],
  },
  {
    name: "'connect' in place of 'request'",
    source: "Event: 'connect' (Server)",
    side: 'server',
    listensTo: SERVER_EVENTS,
    script: [
      serves({ connect: takeover((_req, socket) => void socket.end(lines('HTTP/1.1 200 OK'))), request: responds }),
      sends(head('CONNECT /a')),
      untilWire('200', 'closed'),
    ],
    order: ['server.connect /a'],
    wire: ['200', 'closed'],
  },
  {
    name: "CONNECT without a listener of 'connect' closes its connection",
    source: "Event: 'connect' (Server)",
    side: 'server',
    listensTo: SERVER_EVENTS,
    script: [serves(), sends(head('CONNECT /a')), untilWire('closed')],
    order: [],
    wire: ['closed'],
  },
  {
    name: "400 is automatic without a listener of 'clientError'",
    source: "Event: 'clientError'",
    side: 'server',
    listensTo: SERVER_EVENTS,
    script: [serves(), sends(GARBAGE), untilWire('400', 'closed')],
    order: [],
    wire: ['400', 'closed'],
  },
  {
    name: '431 is automatic for a head that is too large',
    source: "Event: 'clientError'",
    side: 'server',
    listensTo: SERVER_EVENTS,
    script: [serves(), sends(get('/a', `X: ${'x'.repeat(20_000)}`)), untilWire('431', 'closed')],
    order: [],
    wire: ['431', 'closed'],
  },
  {
    name: "'clientError' leaves the socket to its listener",
    source: "Event: 'clientError'",
    side: 'server',
    listensTo: SERVER_EVENTS,
    script: [
      serves({
        clientError: refusal((_error, socket) => void socket.end(lines('HTTP/1.1 418 Mine'))),
        request: responds,
      }),
      sends(GARBAGE),
      untilWire('418', 'closed'),
    ],
    order: ['server.clientError'],
    wire: ['418', 'closed'],
  },
  {
    name: "'dropRequest' after maxRequestsPerSocket",
    source: "Event: 'dropRequest'",
    side: 'server',
    listensTo: SERVER_EVENTS,
    script: [
      serves({ request: responds }, (server) => {
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
    listensTo: ['server.request', 'req.end', 'req.aborted', 'req.error', 'req.close'],
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
    name: "a response that is cut emits 'close' and no 'finish'",
    source: "Event: 'close' (ServerResponse)",
    side: 'server',
    listensTo: ['server.request', ...RESPONSE],
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
    name: 'server.close() completes though a client has sent nothing',
    source: 'server.close()',
    side: 'server',
    listensTo: ['server.close'],
    script: [
      serves({ request: responds, connection: () => {} }),
      settles,
      does('server.close()', ({ server }) => void server?.close()),
      settles,
      leaves,
      until('server.close'),
    ],
    order: ['(server.close())', 'server.close', '(the client leaves)'],
  },
  {
    name: 'HTTP/1.0 keep-alive: the response has its length, and the connection stays open',
    source: 'RFC 9112 §9.3, §6.3',
    side: 'server',
    listensTo: SERVER_EVENTS,
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
    listensTo: [],
    isApart: true,
    script: [
      servesApart("(req, res) => res.end('686', 'hex')"),
      sends(get('/a', 'Connection: close')),
      untilWire('closed'),
      survives,
    ],
    order: ['(its process is still running)'],
    wire: ['200', 'closed'],
  },
];
