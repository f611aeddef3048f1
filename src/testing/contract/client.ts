/** What the documents demand of a client's other events, and where they complete the ten orders. */

import type { AnyRequest } from './face.js';
import { ALL, HUNG_UP, WITHOUT_RES_CLOSE } from './orders.js';
import { HEAD_END, KEPT, lines, SWITCHED, WHOLE } from './phrases.js';
import type { Scenario, Step } from './scenario.js';
import { perScene } from './stage.js';
import {
  aborts,
  agentOf,
  destroys,
  does,
  exchanges,
  inside,
  opens,
  received,
  requests,
  resets,
  sends,
  settles,
  until,
} from './steps.js';

const UPGRADE = { headers: { Connection: 'Upgrade', Upgrade: 'other' } };
const CONNECT = { method: 'CONNECT', path: 'a.example:443' };
const CONTINUE = lines('HTTP/1.1 100 Continue');
const EARLY_HINTS = lines('HTTP/1.1 103 Early Hints', 'Link: </style.css>; rel=preload');
const UNDELIMITED = `${lines('HTTP/1.1 200 OK')}hello`;

const SUCCESS = ['req.response', 'res.data*', 'res.end', 'req.close'];

const fails = (_options: unknown, done: (error: Error) => void) => process.nextTick(done, new Error('mine'));

/** The first request has the agent's only socket, and the second waits for it. */
const queues: Step = async (stage) => {
  const agent = agentOf(stage, { maxSockets: 1 });
  const first: AnyRequest = stage.http.request({ host: '127.0.0.1', port: stage.port, agent });
  first.on('error', () => {});
  first.on('response', (res: { resume(): void }) => res.resume());
  first.end();
  stage.later(() => first.destroy());
  await received(HEAD_END)(stage);
  for (const step of requests({ agent })) await step(stage);
};

/** Options with an agent that keeps its sockets, shared by all requests. */
const kept = perScene((stage) => ({ agent: agentOf(stage, { keepAlive: true }) }));

/** Notes which connection the second request came on. */
const notesConnection: Step = async (stage) => {
  const heads = () => stage.peers.flatMap(({ received }) => received.split(HEAD_END).slice(1)).length;
  await stage.until('the next request', () => heads() === 2);
  stage.note(`the next request comes on ${stage.peers.length > 1 ? 'another' : 'the same'} connection`);
};

const FRAMED = /^(content-length: 4|transfer-encoding: chunked)\r$/im;

/** Sends a body, and notes whether the head delimits it. */
const sendsBody = (method: string): Step[] => [
  ...requests((stage) => ({ method, agent: agentOf(stage, { keepAlive: true }) }), 'body'),
  async (stage) => {
    const textOf = () => stage.peers.find(({ received }) => received.startsWith(`${method} `))?.received ?? '';
    await stage.until(`the body of ${method}`, () => textOf().includes('body'));
    stage.note(`the body of ${method} is ${FRAMED.test(textOf()) ? 'framed' : 'bare'}`);
  },
];

const CONTENTLESS = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'];

const QUEUE = 'http.request(): ‘before a socket is assigned’';

export const client: readonly Scenario[] = [
  {
    name: "'finish' when the request is sent",
    source: "Event: 'finish' (ClientRequest)",
    side: 'client',
    listensTo: ['req.socket', 'req.finish', 'req.response', 'req.close'],
    script: [
      ...requests({ method: 'POST' }, 'body'),
      received('body'),
      until('req.finish'),
      sends(WHOLE),
      until('req.response'),
    ],
    order: ['req.socket', 'req.finish', 'req.response'],
  },
  {
    name: 'a response without a listener is discarded',
    source: 'http.ClientRequest: ‘if no response handler is added’',
    side: 'client',
    listensTo: ['req.socket', 'req.error', 'req.close'],
    script: [...exchanges(WHOLE), until('req.close'), settles],
    order: ['req.socket', 'req.close'],
  },
  {
    name: "a timeout causes 'timeout' and nothing else",
    source: 'http.request(): ‘the timeout option … will not abort the request’',
    side: 'client',
    listensTo: WITHOUT_RES_CLOSE,
    script: [
      opens(),
      ({ req }) => void req.setTimeout(50),
      ({ req }) => void req.end(),
      inside('req.timeout', ({ req }) => void req.setTimeout(0)),
      until('req.timeout'),
      settles,
      received(HEAD_END),
      sends(WHOLE, 'the peer responds'),
      until('req.close'),
      settles,
    ],
    order: ['req.socket', 'req.timeout', '(the peer responds)', ...SUCCESS],
  },
  {
    name: "100 causes 'continue'",
    source: "Event: 'continue'",
    side: 'client',
    listensTo: [...WITHOUT_RES_CLOSE, 'req.continue'],
    script: [
      opens({ method: 'POST', headers: { Expect: '100-continue' } }),
      inside('req.continue', ({ req }) => void req.end('body')),
      received(HEAD_END),
      sends(CONTINUE),
      received('body'),
      sends(WHOLE),
      until('req.close'),
      settles,
    ],
    order: ['req.socket', 'req.continue', ...SUCCESS],
  },
  {
    name: "an interim response causes 'information'",
    source: "Event: 'information'",
    side: 'client',
    listensTo: [...WITHOUT_RES_CLOSE, 'req.information', 'req.continue'],
    script: [...exchanges(EARLY_HINTS), until('req.information'), sends(WHOLE), until('req.close'), settles],
    order: ['req.socket', 'req.information', ...SUCCESS],
  },
  {
    name: "101 causes 'upgrade' and no 'response'",
    source: "Event: 'upgrade' (ClientRequest)",
    side: 'client',
    listensTo: ['req.socket', 'req.upgrade', 'req.response', 'req.information', 'req.error'],
    script: [...exchanges(SWITCHED, UPGRADE), until('req.upgrade'), settles],
    order: ['req.socket', 'req.upgrade'],
  },
  {
    name: "101 without a listener of 'upgrade' closes the connection",
    source: "Event: 'upgrade' (ClientRequest)",
    side: 'client',
    listensTo: ['req.socket', 'req.response', 'req.close'],
    script: [...exchanges(SWITCHED, UPGRADE), until('req.close'), settles],
    order: ['req.socket', 'req.close'],
  },
  {
    name: "CONNECT causes 'connect' and no 'response'",
    source: "Event: 'connect' (ClientRequest)",
    side: 'client',
    listensTo: ['req.socket', 'req.connect', 'req.response', 'req.error'],
    script: [...exchanges(lines('HTTP/1.1 200 OK'), CONNECT), until('req.connect'), settles],
    order: ['req.socket', 'req.connect'],
  },
  {
    name: "CONNECT without a listener of 'connect' closes the connection",
    source: "Event: 'connect' (ClientRequest)",
    side: 'client',
    listensTo: ['req.socket', 'req.response', 'req.close'],
    script: [...exchanges(lines('HTTP/1.1 200 OK'), CONNECT), until('req.close'), settles],
    order: ['req.socket', 'req.close'],
  },
  {
    name: 'an interim response to CONNECT is not its final response',
    source: 'RFC 9110 §15.2',
    side: 'client',
    listensTo: ['req.socket', 'req.connect', 'req.response'],
    script: [
      ...exchanges(EARLY_HINTS, CONNECT),
      settles,
      sends(lines('HTTP/1.1 200 OK'), 'the final response'),
      until('req.connect'),
      settles,
    ],
    order: ['req.socket', '(the final response)', 'req.connect'],
  },
  {
    name: 'req.destroy() in the queue of the agent',
    source: QUEUE,
    side: 'client',
    listensTo: ALL,
    script: [queues, destroys, settles, sends(WHOLE, 'the socket is free'), settles],
    order: ['(req.destroy())', HUNG_UP, 'req.close', '(the socket is free)'],
  },
  {
    name: 'req.abort() in the queue of the agent',
    source: QUEUE,
    side: 'client',
    listensTo: ALL,
    script: [queues, aborts, settles, sends(WHOLE, 'the socket is free'), settles],
    order: ['(req.abort())', 'req.abort', 'req.close', '(the socket is free)'],
  },
  {
    name: 'a createConnection that fails',
    source: 'http.request(), order 2',
    side: 'client',
    listensTo: ['req.error', 'req.close'],
    script: [...requests({ agent: undefined, createConnection: fails }), settles],
    order: ['req.error "mine"', 'req.close'],
  },
  {
    name: 'a reset in a body that ends with the connection',
    source: 'http.request(), order 4; RFC 9112 §8',
    side: 'client',
    listensTo: ['req.socket', 'req.response', 'res.data', 'res.end', 'res.aborted'],
    script: [
      ...exchanges(UNDELIMITED),
      until('res.data'),
      does('the peer resets', (stage) => void resets(stage)),
      settles,
    ],
    order: ['req.socket', 'req.response', 'res.data*', '(the peer resets)', 'res.aborted'],
  },
  {
    name: 'req.destroy() after the end emits nothing',
    source: 'http.request(), order 1',
    side: 'client',
    listensTo: WITHOUT_RES_CLOSE,
    script: [...exchanges(WHOLE), until('req.close'), destroys, settles],
    order: ['req.socket', ...SUCCESS, '(req.destroy())'],
  },
  {
    name: 'req.destroy() twice takes effect once',
    source: 'http.request(), order 6',
    side: 'client',
    listensTo: ALL,
    script: [...requests(), inside('req.socket', destroys), inside('req.close', destroys), until('req.close'), settles],
    order: ['req.socket', '(req.destroy())', HUNG_UP, 'req.close', '(req.destroy())'],
  },
  {
    name: 'a body is framed even if its method usually has none',
    source: 'RFC 9112 §6.3',
    side: 'client',
    listensTo: [],
    script: CONTENTLESS.flatMap(sendsBody),
    order: CONTENTLESS.map((method) => `(the body of ${method} is framed)`),
  },
  {
    name: 'reusedSocket of a request that waited for the socket of another',
    source: 'request.reusedSocket',
    side: 'client',
    listensTo: ['req.socket'],
    script: [
      queues,
      sends(KEPT),
      until('req.socket'),
      (stage) => stage.note(`reusedSocket is ${stage.req.reusedSocket}`),
    ],
    order: ['req.socket', '(reusedSocket is true)'],
  },
  {
    name: 'a socket with unsolicited bytes is not reused',
    source: 'RFC 9112 §9.2',
    side: 'client',
    listensTo: ['req.close'],
    script: [
      ...requests(kept),
      received(HEAD_END),
      sends(KEPT),
      until('req.close'),
      settles,
      sends(KEPT, 'the peer sends unsolicited bytes'),
      settles,
      ...requests(kept),
      notesConnection,
    ],
    order: ['req.close', '(the peer sends unsolicited bytes)', '(the next request comes on another connection)'],
  },
];
