/** The contract, run against the host's node:http, against statewire, and against implementations that break it. */
import { EventEmitter } from 'node:events';
import nodeHttp from 'node:http';
import { describe, expect, it } from 'vitest';
import statewire from '../../src/index.js';
import { scenarios } from '../../src/testing/contract/index.js';
import { orderContract } from '../../src/testing/orderContract.js';

const major = Number(process.versions.node.split('.')[0]);

const HEX = 'an odd number of hex digits does not end the process';

/** Where the host departs from the documents, observed on Node 20.20, 22.23, 24.21 and 26.10. */
const departures = [
  'premature close after the response',
  'req.destroy() after the response',
  'req.abort() before a socket is assigned',
  'req.abort() after the response',
  'req.destroy(error) after the response',
  'a signal after the response',
  'an interim response to CONNECT is not its final response',
  'req.destroy() in the queue of the agent',
  'req.abort() in the queue of the agent',
  'a createConnection that fails',
  'a reset in a body that ends with the connection',
  'a body is framed even if its method usually has none',
  'reusedSocket of a request that waited for the socket of another',
  ...(major < 22 ? ['a socket with unsolicited bytes is not reused'] : []),
  ...(major < 26 ? ['server.close() completes though a client has sent nothing'] : []),
  'HTTP/1.0 keep-alive: the response has its length, and the connection stays open',
  'two Hosts: 400',
  'a Host with a path: 400',
  ...(major < 24 ? [HEX] : []),
  'responses that are due are sent before the 400 for what follows',
  'a body that turns malformed after its response gets no second response',
  "'upgrade' waits for the responses before it",
  'nothing is processed after a request with Connection: close',
  'not all of 10000 requests are dispatched before the first response',
];

const namesOf = (verdicts: readonly { name: string }[]) => verdicts.map(({ name }) => name);

/** Only a client has two orders. */
const inTwoOrders = scenarios.filter(({ hostOrder }) => hostOrder !== undefined).map(({ name }) => name);
const isOfClient = (name: string) => scenarios.some((each) => each.name === name && each.side === 'client');

describe('the contract', () => {
  it('is broken by the host exactly where expected', async () => {
    const report = await orderContract(nodeHttp, { specifier: 'node:http' });
    expect(namesOf(report.left)).toEqual(departures);
    expect(report.kept.length + report.left.length).toBe(scenarios.length);
  });

  /** The rest is checked in test/package.test.ts: only the built package can be imported by another process. */
  it('is kept by statewire', async () => {
    const report = await orderContract(statewire);
    expect(report.left.map(({ name, diff }) => `${name}\n${diff}`)).toEqual([]);
    expect(report.kept.length).toBe(scenarios.length - 1);
  });

  it('in the host’s order is broken by the host where that is not a matter of order', async () => {
    const report = await orderContract(nodeHttp, { order: 'host', only: isOfClient });
    const left = departures.filter((name) => isOfClient(name) && !inTwoOrders.includes(name));
    expect(inTwoOrders.length).toBe(6);
    expect(namesOf(report.left)).toEqual(left);
  });

  it('in the host’s order is kept by statewire', async () => {
    statewire.eventOrder = 'host';
    try {
      const report = await orderContract(statewire, { order: 'host', only: isOfClient });
      expect(report.left.map(({ name, diff }) => `${name}\n${diff}`)).toEqual([]);
      expect(report.kept.length).toBeGreaterThan(inTwoOrders.length);
    } finally {
      statewire.eventOrder = 'documented';
    }
  });

  it('tells the two orders apart', async () => {
    const only = (name: string) => inTwoOrders.includes(name);
    expect(namesOf((await orderContract(statewire, { order: 'host', only })).left)).toEqual(inTwoOrders);
  });

  it('refuses an unknown order', () => {
    const expected = { code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining("'options.order'") };
    expect(() => orderContract(nodeHttp, { order: 'hosts' as never })).toThrow(expect.objectContaining(expected));
  });

  it('is checked in this process, except what may end it', async () => {
    const report = await orderContract(nodeHttp, { only: (name) => name === HEX });
    const [verdict] = report.notHeld;
    expect(verdict).toMatchObject({ name: HEX, outcome: 'not held', got: [], diff: '' });
    expect(String(report)).toBe(
      [`----  server  ${HEX}`, '', `server: ${HEX}`, `    not held: ${verdict!.reason}`, '', '0 of 0 orders kept'].join(
        '\n',
      ),
    );
  });

  it('reports a specifier that cannot be imported', async () => {
    const report = await orderContract(nodeHttp, { specifier: './nowhere.mjs', only: (name) => name === HEX });
    expect(report.left[0]!.diff).toContain("The process that imports './nowhere.mjs' ended before it listened");
  });

  it('has scenarios with unique names, each with a source', () => {
    expect(new Set(namesOf(scenarios)).size).toBe(scenarios.length);
    expect(scenarios.filter(({ source }) => source === '')).toEqual([]);
  });

  it('expects only events that the scenario listens to', () => {
    for (const { name, order, listensTo } of scenarios) {
      const events = order.filter((line) => !line.startsWith('(')).map((line) => line.split(' ')[0]!.replace('*', ''));
      expect(
        events.filter((line) => !listensTo.includes(line)),
        name,
      ).toEqual([]);
    }
  });
});

const only = (name: string) => name === 'success';

describe('a report', () => {
  it('shows a surplus event', async () => {
    const request = (options: object) => {
      const made = nodeHttp.request(options);
      made.on('response', () => made.emit('socket'));
      return made;
    };
    const report = await orderContract({ ...nodeHttp, request }, { only });
    expect(String(report)).toBe(
      [
        'LEFT  client  success',
        '',
        'client: success (http.request(), order 1)',
        '    req.socket',
        '  + req.socket',
        '    req.response',
        '    res.data*',
        '    res.end',
        '    req.close',
        '',
        '0 of 1 orders kept',
      ].join('\n'),
    );
  });

  it('shows what was awaited in vain', async () => {
    const request = () => Object.assign(new EventEmitter(), { end() {}, destroy() {} });
    const report = await orderContract({ ...nodeHttp, request }, { only, limit: 20 });
    const [verdict] = report.verdicts;
    expect(verdict).toMatchObject({ outcome: 'left', got: [], missed: 'a connection' });
    expect(verdict!.diff).toContain('  - req.socket\n');
    expect(verdict!.diff).toContain('(waited in vain for a connection)');
  });

  it('shows what a module throws', async () => {
    const request = () => {
      throw new Error('not today');
    };
    const { verdicts } = await orderContract({ ...nodeHttp, request }, { only });
    expect(verdicts[0]!.diff).toContain('Error: not today');
  });
});
