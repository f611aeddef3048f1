/** Exchanges that end in each of the ways, and what is said of them. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import http, { type Ending, type ServerResponse } from '../../src/index.js';
import { hostNow, replaceTime } from '../../src/io/clock.js';
import { BY_ERROR, BY_EVENT, REQUEST, RESPONSE } from '../../src/rules/ending.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';
import { type VirtualClock, virtualClock } from '../../src/testing/virtualClock.js';
import { ask, endingsOf, GET, OK, POST, serve } from './kit.js';
import { staged, ways } from './stages.js';

describe('an exchange', () => {
  it.each(ways)('at a $role ends $name', async (way) => {
    expect(await staged(way)).toBe(way.expected);
  });
});

/** A row of a table of the rule. */
interface Row {
  readonly name: string;
  readonly home: Record<string, string>;
  readonly key: string;
}

const rowsOf = (table: string, home: object): Row[] =>
  Object.keys(home).map((key) => ({ name: `${table} ${key}`, home: home as Record<string, string>, key }));

const rows = [
  ...rowsOf('BY_EVENT', BY_EVENT),
  ...BY_ERROR.map((pair) => ({ name: `BY_ERROR ${pair[0]}`, home: pair as never, key: '1' })),
  ...rowsOf('RESPONSE', RESPONSE),
  ...rowsOf('REQUEST', REQUEST),
];

/** Calls `use` whenever the row is read while `run` runs, and gives it the result. */
async function withRow<T>({ home, key }: Row, use: (value: string) => string, run: () => Promise<T>): Promise<T> {
  const value = home[key]!;
  Object.defineProperty(home, key, { get: () => use(value), configurable: true, enumerable: true });
  try {
    return await run();
  } finally {
    Object.defineProperty(home, key, { value, writable: true, configurable: true, enumerable: true });
  }
}

describe('the rule', () => {
  const users = new Map<Row, typeof ways>();
  beforeAll(async () => {
    const read = new Map<Row, Set<(typeof ways)[number]>>(rows.map((row) => [row, new Set()]));
    for (const way of ways) {
      const run = rows.reduce(
        (inner, row) => () => {
          const note = (value: string): string => {
            read.get(row)!.add(way);
            return value;
          };
          return withRow(row, note, inner);
        },
        () => staged(way),
      );
      await run();
    }
    for (const [row, found] of read) users.set(row, [...found]);
  }, 60_000);

  it.each(rows)('needs $name', async (row) => {
    const wrong = { W: 'A', A: 'W' }[row.home[row.key]!] ?? (row.key in BY_EVENT || row.key === '1' ? 'D' : 'W');
    const other = wrong === row.home[row.key] ? 'E' : wrong;
    for (const way of users.get(row)!) {
      if (
        (await withRow(
          row,
          () => other,
          () => staged(way),
        )) !== way.expected
      )
        return;
    }
    expect.fail(`nothing notices that it says ${other}`);
  });
});

describe('an ending', () => {
  let clock: VirtualClock;
  beforeEach(() => {
    clock = virtualClock();
  });
  afterEach(() => clock.uninstall());

  it('is undefined before the end, and is the same on the message and on the channel', async () => {
    const seen: (Ending | undefined)[] = [];
    const endings = await endingsOf(async () => {
      const { responses } = await serve(`${POST}0123456789`, (req, res) => {
        seen.push(res.ending);
        req.resume();
        res.on('finish', () => seen.push(res.ending));
        req.on('end', () => setImmediate(() => res.writeHead(201).end('hello')));
      });
      await clock.advance(41);
      await settled();
      seen.push(responses[0]!.ending);
    });
    expect(seen).toEqual([undefined, endings[0], endings[0]]);
    expect(endings).toEqual([
      {
        id: expect.stringMatching(/^s\d+\.1$/),
        role: 'server',
        code: '--',
        timer: undefined,
        closedFirst: undefined,
        what: 'POST /b',
        method: 'POST',
        path: '/b',
        status: 201,
        ms: expect.any(Number),
        bytesIn: 10,
        bytesOut: 5,
        reused: false,
        idleFor: undefined,
      },
    ]);
  });

  it('stays what it was, whatever the program and the peer do afterwards', async () => {
    let part = 'xx';
    const { responses, peer } = await serve(`${POST}${part}`, (_req, res) => res.end('x'));
    const [whole] = responses as [ServerResponse];
    const before = { ...whole.ending };
    expect(before).toMatchObject({ code: '--', status: 200, bytesIn: 2, bytesOut: 1 });
    part = 'x'.repeat(3);
    peer.write(part);
    whole.statusCode = 500;
    await settled();
    expect({ ...whole.ending }).toEqual(before);
    const cut = await serve(GET);
    cut.peer.end();
    await settled();
    const [res] = cut.responses as [ServerResponse];
    const left = { ...res.ending };
    expect(left).toMatchObject({ code: 'PW', status: undefined, bytesOut: 0 });
    res
      .on('error', () => {})
      .writeHead(500)
      .end('too late');
    await settled();
    expect({ ...res.ending }).toEqual(left);
  });

  it('says how long the exchange took, and how long the connection was idle before', async () => {
    const endings = await endingsOf(async () => {
      const { peer } = await serve(GET, (_req, res) => res.end());
      await clock.advance(500);
      peer.write('GET /slow HTTP/1.1\r\nHost: a\r\n');
      await settled();
      await clock.advance(20);
      peer.write('\r\n');
      await settled();
    });
    expect(endings.map(({ ms, reused, idleFor }) => ({ ms, reused, idleFor }))).toEqual([
      { ms: 0, reused: false, idleFor: undefined },
      { ms: 0, reused: true, idleFor: 500 },
    ]);
    const slow = await endingsOf(async () => {
      const { responses } = await serve(GET);
      await clock.advance(1234);
      responses[0]!.end();
    });
    expect(slow.map(({ ms }) => ms)).toEqual([1234]);
  });

  it('counts a connection as idle until the request has its socket, although the program keeps the turn', async () => {
    clock.uninstall();
    // Later than anything before, as time is.
    let time = hostNow() + 1000;
    const noTimer = { close(): void {} };
    const restore = replaceTime({
      now: () => time,
      timeOfDay: Date.now,
      startTimer: () => noTimer,
      startInterval: () => noTimer,
    });
    try {
      const server = http.createServer((_req, res) => res.end('x'));
      const agent = memoryAgent(server, { keepAlive: true });
      const get = () => http.get({ agent, host: 'api' }, (res) => res.resume());
      get();
      await settled();
      time += 100;
      const second = get();
      time += 40;
      await settled();
      expect(second.ending).toMatchObject({ reused: true, idleFor: 140 });
    } finally {
      restore();
    }
  });

  it('says how long what never was a whole head had been coming', async () => {
    const took = async (run: () => Promise<unknown>) => (await endingsOf(run)).map(({ code, ms }) => `${code} ${ms}`);
    expect(await took(() => serve('blah\r\n\r\n'))).toEqual(['EH 0']);
    const parts = async (first: string, second: string, third: string) => {
      const { responses, peer } = await serve(first);
      await clock.advance(30);
      peer.write(second);
      await settled();
      await clock.advance(500);
      if (third === '') responses[0]!.end();
      else peer.write(third);
      await settled();
    };
    expect(await took(() => parts('', 'GET / HT', 'X\r\n\r\n'))).toEqual(['EH 500']);
    // It is refused in its turn.
    expect(await took(() => parts(GET, 'blah\r\n\r\n', ''))).toEqual(['-- 530', 'EH 500']);
    // An earlier head that came in parts is not this one's.
    const later = await took(async () => {
      const { peer } = await serve('GET / HT', (_req, res) => res.end());
      await clock.advance(20);
      peer.write('TP/1.1\r\nHost: a\r\n\r\n');
      await settled();
      await clock.advance(40);
      peer.write('blah\r\n\r\n');
    });
    expect(later).toEqual(['-- 0', 'EH 0']);
  });

  it('has the status of the head that was sent or received, whatever the program makes of it', async () => {
    const statuses: (number | undefined)[] = [];
    const endings = await endingsOf(async () => {
      for (const event of ['response', 'end', 'close']) {
        const { req, peer } = await ask({}, (each) => {
          each.end().on('response', (res) => {
            const assign = (): void => {
              res.statusCode = 500;
            };
            if (event === 'response') assign();
            else res.on(event, assign);
          });
        });
        peer.write(`${OK}hello`);
        await settled();
        req.res!.statusCode = 404;
        statuses.push(req.ending?.status);
      }
      const cut = await ask({}, (each) => each.end().on('response', (res) => Object.assign(res, { statusCode: 500 })));
      cut.peer.write(OK);
      await settled();
      cut.req.destroy();
    });
    expect(statuses).toEqual([200, 200, 200]);
    expect(endings.map(({ code, status }) => `${code} ${status}`)).toEqual(['-- 200', '-- 200', '-- 200', 'UA 200']);
  });

  it('is a line as text, without secrets and control characters', async () => {
    const [ending] = await endingsOf(() =>
      serve(GET, (req, res) => {
        req.url = `//me:secret@a/\x1b[31m${'x'.repeat(100)}?token=secret`;
        res.end('x');
      }),
    );
    expect(String(ending)).toMatch(/^s\d+\.1 GET \/\/a\/\ufffd\[31mx{71}…\?… 200 --, 0 ms, 0 B in, 1 B out$/);
  });

  it('calls nothing of the program for what it says', async () => {
    const hostile = {
      toString: (): never => {
        throw new Error('called');
      },
    };
    const endings = await endingsOf(() =>
      serve(GET, (req, res) => {
        Object.assign(req, { url: hostile });
        res.end();
      }),
    );
    expect(endings.map(({ what }) => what)).toEqual(['GET …']);
    const [ending] = await endingsOf(() =>
      serve(GET, (req, res) => {
        Object.defineProperty(req, 'method', { get: hostile.toString });
        res.end();
      }),
    );
    expect(ending).toMatchObject({ code: '--', what: '' });
  });

  it('leaves a member of that name to the program', async () => {
    const { responses } = await serve(GET, (_req, res) => {
      Object.assign(res, { ending: 'mine' });
      res.end();
    });
    expect(responses[0]).toMatchObject({ ending: 'mine' });
    expect(Object.keys(responses[0]!)).toContain('ending');
  });

  it('is not harmed by a listener of the channel that throws', async () => {
    const thrown: unknown[] = [];
    const caught = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => thrown.push(error));
    const { subscribe, unsubscribe } = await import('node:diagnostics_channel');
    const boom = (): never => {
      throw new Error('boom');
    };
    subscribe('statewire:exchange.end', boom);
    try {
      const { responses } = await serve(GET + GET, (_req, res) => res.end('x'));
      await settled();
      expect(responses.map(({ writableFinished, ending }) => [writableFinished, ending?.code])).toEqual([
        [true, '--'],
        [true, '--'],
      ]);
    } finally {
      unsubscribe('statewire:exchange.end', boom);
      process.removeAllListeners('uncaughtException');
      for (const each of caught) process.on('uncaughtException', each);
    }
    expect(thrown).toHaveLength(2);
  });
});
