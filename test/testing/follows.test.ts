/** Logs that are paths of a machine, and logs that are not. */
import { describe, expect, it } from 'vitest';
import { createMachine, emit } from 'xstate';
import statewire, { type ChartName, type EmissionOf, type Observation, tap } from '../../src/index.js';
import { machines } from '../../src/machines/index.js';
import { emissionNames } from '../../src/testing/emissions.js';
import { type Departure, follows } from '../../src/testing/follows.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';

/** The observations of all machines in two exchanges on one connection. */
async function record(): Promise<Observation[]> {
  const observations: Observation[] = [];
  const stop = tap((observation) => observations.push(observation));
  const server = statewire.createServer((req, res) => req.on('end', () => res.end('hello!')).resume());
  const agent = memoryAgent(server, { keepAlive: true });
  for (let i = 0; i < 2; i++) {
    statewire.get({ agent }, (response) => response.resume());
    await settled();
  }
  agent.destroy();
  await settled();
  stop();
  return observations;
}

describe('observations', () => {
  it('of each machine are a path of it', async () => {
    const log = await record();
    for (const name of Object.keys(machines) as ChartName[])
      expect(follows(name, log)).toMatchObject({ follows: true });
  });

  it('are still a path after being stored', async () => {
    const log = (await record()).filter(({ chart }) => chart === 'clientConnection');
    expect(log.length).toBeGreaterThan(3);
    const stored = JSON.parse(JSON.stringify(log, (key, value) => (key === 'actor' ? undefined : value)));
    expect(follows('clientConnection', stored).follows).toBe(true);
  });

  it('may begin in the middle', async () => {
    const log = await record();
    expect(follows('response', log.slice(log.length >> 1))).toMatchObject({ follows: true });
  });

  it('leave the path where something other than the machine’s emission was recorded', async () => {
    const log = await record();
    const at = log.findIndex(({ emitted }) =>
      emitted.some((each) => (each as { type: string }).type === 'req.response'),
    );
    const forged = log.with(at, { ...log[at]!, emitted: [{ type: 'req.close' }] } as Observation);
    const result = follows('request', forged) as Departure;
    expect(result).toMatchObject({ follows: false, at });
    expect(result.got).toContain('⇒ req.close');
    expect(result.expected.join()).toContain('⇒ io.receive req.response');
    expect(result.history.length).toBeGreaterThan(3);
  });

  it('leave the path where one is missing', async () => {
    const log = (await record()).filter(({ event }) => event.type !== 'net.attached');
    expect(follows('request', log).follows).toBe(false);
  });

  it('are rejected if they are only of other machines', async () => {
    const log = (await record()).filter(({ chart }) => chart === 'server');
    expect(() => follows('request', log)).toThrow("must have observations of the machine 'request'");
  });

  it('are not sent to a tap while being checked', async () => {
    const log = await record();
    const emitted: Observation[] = [];
    const stop = tap((observation) => emitted.push(observation));
    follows('request', log);
    follows('request', ['req.socket', 'req.close']);
    stop();
    expect(emitted).toEqual([]);
  });
});

describe('inputs', () => {
  it('are a path if each is handled', () => {
    const result = follows('clientConnection', [{ type: 'request.assigned' }, { type: 'request.released' }]);
    expect(result).toMatchObject({ follows: true, state: 'idle' });
    expect(String(result)).toBe(
      [
        "The log of 'clientConnection' is a path",
        '  now in  idle',
        '  by way of',
        '    request.assigned  idle → busy',
        '    request.released  busy → idle',
      ].join('\n'),
    );
  });

  it('leave the path where one is not handled', () => {
    const result = follows('clientConnection', [
      { type: 'request.assigned' },
      { type: 'net.ended' },
      { type: 'request.released' },
    ]);
    expect(result).toMatchObject({ follows: false, at: 2, got: 'request.released', state: 'unusable' });
    expect((result as Departure).expected).toEqual(['request.freed', 'net.closed']);
    expect(result.explain()).toContain('leaves its machine at index 2');
  });

  it('name the properties that decide', () => {
    const result = follows('request', [{ type: 'net.attached' }, { type: 'response.ended', keeps: true }]);
    expect(result).toMatchObject({ follows: false, at: 1, got: 'response.ended { keeps: true }' });
    expect((result as Departure).expected).toContain('response.ended { keeps: false }');
  });
});

describe('emissions', () => {
  type Names = EmissionOf<'request'>['type'][];
  const deaf: Names = ['req.prefinish', 'req.finish'];
  const documented: Names[] = [
    ['req.socket', 'req.response', 'req.close'],
    ['req.socket', 'req.error', 'req.close'],
    ['req.error', 'req.close'],
    ['req.abort', 'req.close'],
    ['req.socket', 'req.abort', 'req.error', 'req.close'],
    ['req.socket', 'req.timeout', 'req.timeout'],
    ['req.socket', 'req.information', 'req.continue', 'req.information', 'req.response'],
  ];

  it.each(documented)('%s … begin a path', (...log) => {
    const result = follows('request', log, { deaf });
    expect(result).toMatchObject({ follows: true });
    const emitted = result.history.flatMap(({ emitted }) => emitted as { type: string }[]).map(({ type }) => type);
    expect(emitted.filter((type) => (log as string[]).includes(type)).slice(0, log.length)).toEqual(log);
  });

  const impossible: [Names, number][] = [
    [['req.response'], 0],
    [['req.socket', 'req.close', 'req.response'], 2],
    [['req.socket', 'req.response', 'req.response'], 2],
    [['req.socket', 'req.close', 'req.close'], 2],
    [['req.close', 'req.abort'], 0],
    [['req.socket', 'req.error', 'req.close', 'req.response'], 3],
  ];

  it.each(impossible)('%s are no path', (log, at) => {
    const result = follows('request', log, { deaf }) as Departure;
    expect(result).toMatchObject({ follows: false, at, got: log[at] });
    expect(result.expected).not.toContain(log[at]);
  });

  it('are in one of two orders', () => {
    const log = ['req.close', 'req.abort'] as const;
    expect(follows('request', log, { deaf, order: 'host' })).toMatchObject({ follows: true });
    expect(follows('request', log, { deaf, order: 'documented' })).toMatchObject({ follows: false });
  });

  it('must be complete, except types listed as deaf', () => {
    const log = ['res.socket', 'res.finish', 'res.close'] as const;
    expect(follows('response', log)).toMatchObject({
      follows: false,
      at: 1,
      expected: expect.arrayContaining(['res.prefinish']),
    });
    expect(follows('response', log, { deaf: ['res.prefinish'] }).follows).toBe(true);
  });

  it('may also be orders', () => {
    expect(follows('clientConnection', ['io.destroy', 'io.abandon'])).toMatchObject({ follows: true, state: 'closed' });
    expect(follows('clientConnection', ['io.abandon', 'io.destroy'])).toMatchObject({
      at: 1,
      expected: ['agent.free'],
    });
  });

  it.each([
    ['request', 'req.sokcet', undefined],
    ['request', 'socket', 'req.socket'],
    ['request', 'finish', 'req.finish'],
    ['request', 'close', 'req.close'],
    ['request', 'res.finish', 'req.finish'],
    ['connection', 'upgrade', 'server.upgrade'],
    ['connection', 'req.request', 'server.request'],
    ['request', 'data', undefined],
    ['server', 'toString', undefined],
  ] as const)('of %s have its names: not %s, but %s', (machine, name, meant) => {
    const question = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
    const refused = (argument: string, call: () => unknown) => {
      expect(call).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }));
      expect(call).toThrow(`'${argument}' must be one of: '`);
      expect(call).toThrow(`'${question}. Received '${name}'`);
    };
    const first = emissionNames[machine][0]!;
    refused('log[1]', () => follows(machine, [first, name] as never));
    refused('options.deaf[0]', () => follows(machine, [], { deaf: [name] as never }));
  });

  it('of an observed program have names that are known', async () => {
    for (const { chart, emitted } of await record()) {
      expect(emissionNames[chart]).toEqual(expect.arrayContaining(emitted.map(({ type }) => type)));
    }
  });

  it('have no names that the machine cannot emit', () => {
    expect(emissionNames.request.filter((name) => /^req\.(undefined|final|interim)$/.test(name))).toEqual([]);
    expect(emissionNames.connection).toEqual(expect.arrayContaining(['server.upgrade', 'server.connect']));
    expect(Object.values(emissionNames).flat().join()).not.toContain('undefined');
  });

  it('of another machine may have any names', () => {
    const machine = createMachine({ id: 'request', entry: emit({ type: 'socket' }) });
    expect(follows(machine, ['socket'])).toMatchObject({ follows: true });
    expect(follows(machine, ['sokcet'])).toMatchObject({ follows: false, expected: ['socket'] });
  });

  it('may end in the middle of the emissions of one event', () => {
    expect(follows('response', ['res.socket', 'res.prefinish']).follows).toBe(true);
  });
});

describe('a machine', () => {
  const machine = createMachine({
    id: 'door',
    initial: 'shut',
    states: {
      shut: { entry: emit({ type: 'door.shut' }), on: { open: 'open' } },
      open: { entry: emit({ type: 'door.open' }), on: { shut: 'shut' } },
    },
  });

  it('can be any that can be compiled', () => {
    expect(follows(machine, ['door.shut', 'door.open', 'door.shut'])).toMatchObject({ follows: true, state: 'shut' });
    expect(follows(machine, ['door.shut', 'door.shut'])).toMatchObject({
      follows: false,
      at: 1,
      expected: ['door.open'],
    });
    expect(follows(machine, [{ type: 'shut' }])).toMatchObject({ at: 0, expected: ['open'], history: [] });
    expect(follows(machine, []).explain()).toContain('at the start');
  });

  it('must exist', () => {
    // @ts-expect-error: there is no such machine
    expect(() => follows('requests', [])).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }));
    // @ts-expect-error: there is no such machine
    expect(() => follows('toString', [])).toThrow(TypeError);
  });

  it('has logs of one kind', () => {
    expect(() => follows(machine, ['door.shut', { type: 'open' }] as never)).toThrow(TypeError);
    expect(() => follows(machine, [undefined] as never)).toThrow(TypeError);
  });
});
