/** Requests in a row, and what comes behind them. */

import type { AnyResponse } from './face.js';
import { GARBAGE, get, head, UPGRADE } from './phrases.js';
import type { Scenario, Step } from './scenario.js';
import { ANSWER, ANSWERED, TOLD } from './server.js';
import { perScene } from './stage.js';
import { does, handler, sends, serves, settles, switches, until, untilWire } from './steps.js';

const CHUNKED = head('POST /a', 'Transfer-Encoding: chunked');

/** Answers when the test says so. */
const waits = handler((req, res, stage) => {
  req.resume();
  stage.inside('answer', () => void res.end('hello'));
});
const answersLate = does('the handler answers', (stage) => stage.run('answer'));

/** As many requests, and how often nothing must have happened before nothing is taken to happen any more. */
const MANY = 10_000;
const STILL = 3;

/** The answers; none is sent before the test says so. */
class Crowd {
  dispatched = 0;
  isAnswered = false;
  readonly waiting: AnyResponse[] = [];
}

const crowdOf = perScene(() => new Crowd());

const holds = handler((_req, res, stage) => {
  const crowd = crowdOf(stage);
  crowd.dispatched++;
  if (crowd.isAnswered) res.end();
  else crowd.waiting.push(res);
  stage.changed();
});

const answersAll = does('the handlers answer', (stage) => {
  const crowd = crowdOf(stage);
  crowd.isAnswered = true;
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
    name: `not all of ${MANY} requests are dispatched before one is answered`,
    source: 'HTTP: ‘never buffer entire requests or responses’',
    side: 'server',
    hears: [],
    script: [
      serves({ request: holds }),
      sends(get('/').repeat(MANY)),
      standsStill,
      notesDispatched,
      answersAll,
      allDispatched,
      notesDispatched,
    ],
    order: ['(fewer than half are dispatched)', '(the handlers answer)', '(all are dispatched)'],
  },
];
