/** The world models of the machines allow what really happens. */
import { describe, expect, it } from 'vitest';
import type { EventLike } from '../../src/engine/args.js';
import { type Observation, tap } from '../../src/engine/tap.js';
import statewire, { type Agent } from '../../src/index.js';
import { memoryAgent } from '../../src/testing/memoryAgent.js';
import { settled } from '../../src/testing/transit.js';
import { after, mayCome, worlds } from '../../src/testing/world.js';

const ignore = () => {};

/** A program for each common course of an exchange. */
const programs: Readonly<Record<string, (agent: Agent) => void>> = {
  get: (agent) => statewire.get({ agent }, (res) => res.resume()),
  'get without a response listener': (agent) => statewire.get({ agent }),
  post: (agent) => statewire.request({ agent, method: 'POST' }, (res) => res.resume()).end('body'),
  'a large body': (agent) => statewire.request({ agent, method: 'PUT' }, (res) => res.resume()).end('x'.repeat(1e6)),
  'destroyed at once': (agent) => statewire.get({ agent }).on('error', ignore).destroy(),
  'aborted at once': (agent) => statewire.get({ agent }).on('error', ignore).abort(),
  'destroyed with a socket': (agent) => {
    const request = statewire.get({ agent }).on('error', ignore);
    request.on('socket', () => request.destroy());
  },
  'destroyed after the response': (agent) => {
    const request = statewire.get({ agent, path: '/half' }, (res) =>
      res.on('error', ignore).on('data', () => request.destroy()),
    );
  },
  'a destroyed response': (agent) => {
    statewire.get({ agent, path: '/half' }, (res) => res.on('error', ignore).destroy()).on('error', ignore);
  },
  'reset by the server': (agent) => statewire.get({ agent, path: '/reset' }).on('error', ignore),
  'expect: 100-continue': (agent) => {
    const request = statewire.request({ agent, method: 'POST', headers: { Expect: '100-continue' } }, (res) =>
      res.resume(),
    );
    request.on('continue', () => request.end('body'));
    request.flushHeaders();
  },
  upgrade: (agent) => {
    const request = statewire.get({ agent, headers: { Connection: 'Upgrade', Upgrade: 'other' } });
    request.on('upgrade', (_res, socket) => socket.destroy());
  },
};

async function observe(program: (agent: Agent) => void): Promise<Observation[]> {
  const observations: Observation[] = [];
  const stop = tap((observation) => observations.push(observation));
  const server = statewire.createServer((req, res) => {
    req.on('error', ignore).resume();
    if (req.url === '/half') res.write('begun');
    else if (req.url === '/reset') req.socket.resetAndDestroy();
    else req.on('end', () => res.end('hello!'));
  });
  server.on('upgrade', (_req, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n');
    socket.on('error', ignore).resume();
  });
  for (const keepAlive of [false, true]) {
    const agent = memoryAgent(server, { keepAlive });
    program(agent);
    await settled();
    program(agent);
    await settled();
    agent.destroy();
    await settled();
  }
  stop();
  return observations;
}

describe.each(Object.entries(programs))('%s', (_name, program) => {
  it('contains nothing that a world model forbids', async () => {
    const known = new Map<object, ReadonlySet<string>>();
    for (const { actor, chart, event, emitted } of await observe(program)) {
      const world = worlds[chart];
      if (world === undefined) continue;
      const facts = known.get(actor) ?? new Set(world.begins);
      if (event.type !== 'xstate.init' && !mayCome(world, facts, event.type)) {
        expect.fail(`${chart}: ${event.type} came while ${[...facts].join(', ')}`);
      }
      known.set(actor, after(world, facts, [event.type, ...emitted.map((each) => (each as EventLike).type)]));
    }
    expect(known.size).toBeGreaterThan(3);
  });
});
