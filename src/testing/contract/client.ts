/** What the documents say of a client's other events, and where they complete the ten orders. */
import { ALL, HUNG_UP, WITHOUT_RES_CLOSE } from './orders.js';
import type { AnyRequest, Scenario, Step } from './scenario.js';
import {
  aborts,
  asked,
  asks,
  destroys,
  does,
  HEAD_END,
  inside,
  lines,
  opens,
  received,
  resets,
  sends,
  settles,
  until,
  WHOLE,
} from './steps.js';

const UPGRADED = lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: other');
const UPGRADE = { headers: { Connection: 'Upgrade', Upgrade: 'other' } };
const CONNECT = { method: 'CONNECT', path: 'a.example:443' };
const CONTINUE = lines('HTTP/1.1 100 Continue');
const EARLY_HINTS = lines('HTTP/1.1 103 Early Hints', 'Link: </style.css>; rel=preload');
const UNDELIMITED = `${lines('HTTP/1.1 200 OK')}hello`;

const SUCCESS = ['req.response', 'res.data*', 'res.end', 'req.close'];

const fails = (_options: unknown, done: (error: Error) => void) => process.nextTick(done, new Error('mine'));

/** The first request has the only socket of the agent, and the second waits for it. */
const queues: Step = async (stage) => {
  const agent = new stage.http.Agent({ maxSockets: 1 });
  stage.later(() => agent.destroy());
  const first: AnyRequest = stage.http.request({ host: '127.0.0.1', port: stage.port, agent });
  first.on('error', () => {});
  first.on('response', (res: { resume(): void }) => res.resume());
  first.end();
  stage.later(() => first.destroy());
  await received(HEAD_END)(stage);
  for (const step of asks({ agent })) await step(stage);
};

const QUEUE = 'http.request(): ‘before a socket is assigned’';

export const client: readonly Scenario[] = [
  {
    name: "'finish' when the request is sent",
    source: "Event: 'finish' (ClientRequest)",
    side: 'client',
    hears: ['req.socket', 'req.finish', 'req.response', 'req.close'],
    script: [
      ...asks({ method: 'POST' }, 'body'),
      received('body'),
      until('req.finish'),
      sends(WHOLE),
      until('req.response'),
    ],
    order: ['req.socket', 'req.finish', 'req.response'],
  },
  {
    name: 'a response that nobody listens to is discarded',
    source: 'http.ClientRequest: ‘if no response handler is added’',
    side: 'client',
    hears: ['req.socket', 'req.error', 'req.close'],
    script: [...asked(WHOLE), until('req.close'), settles],
    order: ['req.socket', 'req.close'],
  },
  {
    name: "a timeout tells 'timeout' and does nothing else",
    source: 'http.request(): ‘the timeout option … will not abort the request’',
    side: 'client',
    hears: WITHOUT_RES_CLOSE,
    script: [
      opens(),
      ({ req }) => void req.setTimeout(50),
      ({ req }) => void req.end(),
      inside('req.timeout', ({ req }) => void req.setTimeout(0)),
      until('req.timeout'),
      settles,
      received(HEAD_END),
      sends(WHOLE, 'the peer answers'),
      until('req.close'),
      settles,
    ],
    order: ['req.socket', 'req.timeout', '(the peer answers)', ...SUCCESS],
  },
  {
    name: "100 tells 'continue'",
    source: "Event: 'continue'",
    side: 'client',
    hears: [...WITHOUT_RES_CLOSE, 'req.continue'],
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
    name: "an interim answer tells 'information'",
    source: "Event: 'information'",
    side: 'client',
    hears: [...WITHOUT_RES_CLOSE, 'req.information', 'req.continue'],
    script: [...asked(EARLY_HINTS), until('req.information'), sends(WHOLE), until('req.close'), settles],
    order: ['req.socket', 'req.information', ...SUCCESS],
  },
  {
    name: "101 tells 'upgrade', and no response",
    source: "Event: 'upgrade' (ClientRequest)",
    side: 'client',
    hears: ['req.socket', 'req.upgrade', 'req.response', 'req.information', 'req.error'],
    script: [...asked(UPGRADED, UPGRADE), until('req.upgrade'), settles],
    order: ['req.socket', 'req.upgrade'],
  },
  {
    name: '101 that nobody listens to closes the connection',
    source: "Event: 'upgrade' (ClientRequest)",
    side: 'client',
    hears: ['req.socket', 'req.response', 'req.close'],
    script: [...asked(UPGRADED, UPGRADE), until('req.close'), settles],
    order: ['req.socket', 'req.close'],
  },
  {
    name: "CONNECT tells 'connect', and no response",
    source: "Event: 'connect' (ClientRequest)",
    side: 'client',
    hears: ['req.socket', 'req.connect', 'req.response', 'req.error'],
    script: [...asked(lines('HTTP/1.1 200 OK'), CONNECT), until('req.connect'), settles],
    order: ['req.socket', 'req.connect'],
  },
  {
    name: 'CONNECT that nobody listens to closes the connection',
    source: "Event: 'connect' (ClientRequest)",
    side: 'client',
    hears: ['req.socket', 'req.response', 'req.close'],
    script: [...asked(lines('HTTP/1.1 200 OK'), CONNECT), until('req.close'), settles],
    order: ['req.socket', 'req.close'],
  },
  {
    name: 'an interim answer to CONNECT is not its answer',
    source: 'RFC 9110 §15.2',
    side: 'client',
    hears: ['req.socket', 'req.connect', 'req.response'],
    script: [
      ...asked(EARLY_HINTS, CONNECT),
      settles,
      sends(lines('HTTP/1.1 200 OK'), 'the final answer'),
      until('req.connect'),
      settles,
    ],
    order: ['req.socket', '(the final answer)', 'req.connect'],
  },
  {
    name: 'req.destroy() in the queue of the agent',
    source: QUEUE,
    side: 'client',
    hears: ALL,
    script: [queues, destroys, settles, sends(WHOLE, 'the socket is free'), settles],
    order: ['(req.destroy())', HUNG_UP, 'req.close', '(the socket is free)'],
  },
  {
    name: 'req.abort() in the queue of the agent',
    source: QUEUE,
    side: 'client',
    hears: ALL,
    script: [queues, aborts, settles, sends(WHOLE, 'the socket is free'), settles],
    order: ['(req.abort())', 'req.abort', 'req.close', '(the socket is free)'],
  },
  {
    name: 'a createConnection that fails',
    source: 'http.request(), order 2',
    side: 'client',
    hears: ['req.error', 'req.close'],
    script: [...asks({ agent: undefined, createConnection: fails }), settles],
    order: ['req.error "mine"', 'req.close'],
  },
  {
    name: 'a reset in a body that ends with the connection',
    source: 'http.request(), order 4; RFC 9112 §8',
    side: 'client',
    hears: ['req.socket', 'req.response', 'res.data', 'res.end', 'res.aborted'],
    script: [...asked(UNDELIMITED), until('res.data'), does('the peer resets', (stage) => void resets(stage)), settles],
    order: ['req.socket', 'req.response', 'res.data*', '(the peer resets)', 'res.aborted'],
  },
  {
    name: 'req.destroy() behind the end is told as nothing',
    source: 'http.request(), order 1',
    side: 'client',
    hears: WITHOUT_RES_CLOSE,
    script: [...asked(WHOLE), until('req.close'), destroys, settles],
    order: ['req.socket', ...SUCCESS, '(req.destroy())'],
  },
  {
    name: 'req.destroy() twice is told once',
    source: 'http.request(), order 6',
    side: 'client',
    hears: ALL,
    script: [...asks(), inside('req.socket', destroys), inside('req.close', destroys), until('req.close'), settles],
    order: ['req.socket', '(req.destroy())', HUNG_UP, 'req.close', '(req.destroy())'],
  },
];
