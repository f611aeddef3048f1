/** A recorded connection as a script of `everyFault()`. */
import { afterAll, describe, expect, it } from 'vitest';
import * as http from '../../src/index.js';
import { type ScriptStep, scriptOf } from '../../src/journal/index.js';
import { everyFault, settled, socketPair, virtualClock } from '../../src/testing/index.js';
import { folder, recorded } from './kit.js';

const temporary = folder();
afterAll(temporary.remove);

const textOf = (step: ScriptStep): string =>
  step.do === 'send' ? `send ${step.bytes.toString('latin1')}` : step.do === 'wait' ? `wait ${step.ms}` : step.do;

const POST = 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n';
const HEAD = 'HEAD /b HTTP/1.1\r\nHost: a\r\n\r\n';

/** What a client has sent to a server, as it was recorded. */
async function journalOfServer(
  act: (peer: ReturnType<typeof socketPair>[0], time: (ms: number) => Promise<void>) => unknown,
) {
  const clock = virtualClock();
  try {
    const all = { bytes: 'raw', redact: false } as const;
    return await recorded(temporary.file('server.swj'), all, async () => {
      const server = http.createServer((req, res) => {
        if (req.method === 'HEAD') res.setHeader('Content-Length', 5).end();
        else req.resume().on('end', () => res.end('ok'));
      });
      const [peer, socket] = socketPair();
      peer.on('error', () => {}).resume();
      server.emit('connection', socket);
      await settled();
      await act(peer, (ms) => clock.advance(ms));
      await settled();
    });
  } finally {
    clock.uninstall();
  }
}

describe('scriptOf()', () => {
  it('has the chunks of the client, the responses that it waited for, its pauses, and its end', async () => {
    const journal = await journalOfServer(async (peer, pass) => {
      for (const part of [POST, '12345', '67890']) {
        peer.write(part);
        await pass(300);
      }
      peer.write(HEAD);
      await settled();
      peer.write(POST);
      await settled();
      peer.end();
    });
    const steps = (await scriptOf(journal.connections()[0]!)).map(textOf);
    expect(steps).toEqual([
      ...[`send ${POST}`, 'wait 300', 'send 12345', 'wait 300', 'send 67890'],
      ...['read', 'wait 300', `send ${HEAD}`, 'read', `send ${POST}`, 'fin'],
    ]);
  });

  it('has the reset of the client', async () => {
    const journal = await journalOfServer(async (peer) => {
      peer.write(HEAD);
      await settled();
      peer.resetAndDestroy();
    });
    expect((await scriptOf(journal.connections()[0]!)).map(textOf)).toEqual([`send ${HEAD}`, 'read', 'reset']);
  });

  it('is walked: what has broken a program in production is found', async () => {
    const journal = await journalOfServer(async (peer) => {
      peer.write(POST);
      await settled();
      peer.write('1234567890');
    });
    const script = await scriptOf(journal.connections()[0]!);
    const reading = async (req: http.IncomingMessage, res: http.ServerResponse): Promise<void> => {
      for await (const _chunk of req);
      res.end();
    };
    const { findings } = await everyFault({
      server: () => http.createServer((req, res) => void reading(req, res)),
      ...{ script, limit: { runs: 40 } },
    });
    expect(findings.map(({ verdict }) => verdict)).toContain('crash');
  });

  it('has what a server did, in rounds', async () => {
    const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    const all = { bytes: 'raw', redact: false } as const;
    const journal = await recorded(temporary.file('client.swj'), all, async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      const [socket, peer] = socketPair();
      agent.createConnection = () => socket;
      peer.on('error', () => {}).resume();
      for (const path of ['/a', '/b']) {
        http.get({ agent, host: 'api', path }, (res) => res.resume()).on('error', () => {});
        await settled();
        if (path === '/a') peer.write(RESPONSE);
        else peer.end();
        await settled();
      }
      agent.destroy();
      await settled();
    });
    const script = await scriptOf(journal.connections()[0]!);
    expect(script.map(textOf)).toEqual(['read', `send ${RESPONSE}`, 'read', 'fin']);
    const client = (module: Pick<typeof http, 'get'>, agent: http.Agent): Promise<void> =>
      new Promise((resolve) => {
        module
          .get({ agent, host: 'api' }, (res) =>
            res
              .resume()
              .on('error', () => resolve())
              .on('end', resolve),
          )
          .on('error', () => resolve());
      });
    const { points } = await everyFault({ client, script, limit: { runs: 3 } });
    expect(points).toBeGreaterThan(1);
  });

  it('refuses a connection whose peer did nothing', async () => {
    const journal = await journalOfServer(() => {});
    const [connection] = journal.connections();
    await expect(scriptOf(connection!)).rejects.toMatchObject({ code: 'STATEWIRE_JOURNAL_INCOMPLETE' });
  });
});
