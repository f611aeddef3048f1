/** Pipelined requests, and what follows them. */

import type { AnyResponse } from './face.js';
import { GARBAGE, get, head, UPGRADE } from './phrases.js';
import type { Scenario, Step } from './scenario.js';
import { RESPONDED, RESPONSE, SERVER_EVENTS } from './server.js';
import { perScene } from './stage.js';
import { does, handler, sends, serves, settles, switches, until, untilWire } from './steps.js';

const CHUNKED = head('POST /a', 'Transfer-Encoding: chunked');

/** Responds when `respondsLate` runs. */
const waits = handler((req, res, stage) => {
  req.resume();
  stage.inside('respond', () => void res.end('hello'));
});
const respondsLate = does('the handler responds', (stage) => stage.run('respond'));

/** The number of requests, and the number of checks without progress after which none is expected. */
const MANY = 10_000;
const STILL = 3;

/** Responses that wait for `respondsToAll`. */
class Crowd {
  dispatched = 0;
  hasResponded = false;
  readonly waiting: AnyResponse[] = [];
}

const crowdOf = perScene(() => new Crowd());

const holds = handler((_req, res, stage) => {
  const crowd = crowdOf(stage);
  crowd.dispatched++;
  if (crowd.hasResponded) res.end();
  else crowd.waiting.push(res);
  stage.changed();
});

const respondsToAll = does('the handlers respond', (stage) => {
  const crowd = crowdOf(stage);
  crowd.hasResponded = true;
  for (const res of crowd.waiting) res.end();
});

const standsStill: Step = async (stage) => {
  const crowd = crowdOf(stage);
  for (let still = 0, before = -1; still < STILL; still = crowd.dispatched === before ? still + 1 : 0) {
    before = crowd.dispatched;
    await settles(stage);
  }
};

const allDispatched: Step = (stage) => stage.until(`${MANY} requests`, () => crowdOf(stage).dispatched === MANY);

const notesDispatched: Step = (stage) => {
  const { dispatched } = crowdOf(stage);
  if (dispatched === MANY) stage.note('all are dispatched');
  else stage.note(dispatched < MANY / 2 ? 'fewer than half are dispatched' : `${dispatched} are dispatched`);
};

export const pipelining: readonly Scenario[] = [
  {
    name: 'responses that are due are sent before the 400 for what follows',
    source: 'RFC 9112 §9.3.2',
    side: 'server',
    listensTo: ['server.request', ...RESPONSE],
    script: [
      serves({ request: waits }),
      sends(get('/a') + GARBAGE),
      until('server.request'),
      settles,
      respondsLate,
      untilWire('closed'),
    ],
    order: ['server.request /a', '(the handler responds)', 'res.finish /a', 'res.close /a'],
    wire: ['200', '400', 'closed'],
  },
  {
    name: 'a body that turns malformed after its response gets no second response',
    source: 'RFC 9112 §9.2',
    side: 'server',
    listensTo: ['server.request', ...RESPONSE],
    script: [
      serves(),
      sends(`${CHUNKED}4\r\nbody\r\n`),
      untilWire('200'),
      settles,
      sends('no chunk\r\n'),
      untilWire('closed'),
    ],
    order: RESPONDED,
    wire: ['200', 'closed'],
  },
  {
    name: "'upgrade' waits for the responses before it",
    source: 'RFC 9112 §9.3.2',
    side: 'server',
    listensTo: SERVER_EVENTS,
    script: [
      serves({ request: waits, upgrade: switches }),
      sends(get('/a') + get('/b', ...UPGRADE)),
      until('server.request'),
      settles,
      respondsLate,
      untilWire('closed'),
    ],
    order: ['server.request /a', '(the handler responds)', 'server.upgrade /b'],
    wire: ['200', '101', 'closed'],
  },
  {
    name: 'nothing is processed after a request with Connection: close',
    source: 'RFC 9112 §9.6',
    side: 'server',
    listensTo: SERVER_EVENTS,
    script: [
      serves({ request: waits }),
      sends(get('/a', 'Connection: close') + get('/b')),
      until('server.request'),
      settles,
      respondsLate,
      untilWire('closed'),
    ],
    order: ['server.request /a', '(the handler responds)'],
    wire: ['200', 'closed'],
  },
  {
    name: `not all of ${MANY} requests are dispatched before the first response`,
    source: 'HTTP: ‘never buffer entire requests or responses’',
    side: 'server',
    listensTo: [],
    script: [
      serves({ request: holds }),
      sends(get('/').repeat(MANY)),
      standsStill,
      notesDispatched,
      respondsToAll,
      allDispatched,
      notesDispatched,
    ],
    order: ['(fewer than half are dispatched)', '(the handlers respond)', '(all are dispatched)'],
  },
];
