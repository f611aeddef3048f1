/** What a program prints about its connections with the environment variable NODE_DEBUG. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const cwd = fileURLToPath(new URL('../..', import.meta.url));

const program = `
import http from 'statewire';
const server = http.createServer((req, res) => res.end('body of the response'));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const headers = { authorization: 'secret in a field' };
  const req = http.request({ port, host: '127.0.0.1', method: 'POST', path: '/a?secret=in-a-query', headers }, (res) => {
    res.resume().on('close', () => server.close());
  });
  req.end('secret in the body');
});
`;

function run(debug: string | undefined): string {
  const { NODE_DEBUG: _, ...env } = process.env;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module'], {
    cwd,
    input: program,
    encoding: 'utf8',
    env: debug === undefined ? env : { ...env, NODE_DEBUG: debug },
  });
  expect(status).toBe(0);
  return stderr;
}

describe('NODE_DEBUG', () => {
  it('prints nothing unless it names http', () => {
    expect(run(undefined)).toBe('');
    expect(run('timer')).not.toContain('connection');
  });

  for (const debug of ['http', 'HTTP', 'net,http']) {
    it(`${debug}: prints a line for each transition`, () => {
      const lines = run(debug)
        .split('\n')
        .filter((line) => /^HTTP \d+: /.test(line))
        .map((line) => line.replace(/^HTTP \d+: (\w+) \d+/, '$1'));
      expect(lines).toEqual(
        expect.arrayContaining([
          'server | net.listening | door.unbound → listening',
          'clientConnection | xstate.init | → idle',
          'clientConnection | request.assigned | idle → busy',
          'connection | wire.head POST /a?… | reading.awaiting.fresh → readingBody, responses.none → due | io.open server.request',
          'response | user.end | message.streaming → flushing, persistence.open → passed | io.end res.prefinish io.passTurn',
          'request | wire.head 200 | response.awaited.head → reading | io.receive req.response',
          'incomingResponse | wire.body | io.push',
        ]),
      );
      // The lines of an actor have its number.
      const actors = run(debug).match(/(?<=^HTTP \d+: )response \d+/gm) ?? [];
      expect([actors.length > 3, new Set(actors).size]).toEqual([true, 1]);
    });
  }

  it('prints no header field, no query and no body', () => {
    expect(run('http')).not.toMatch(/secret|body of/);
  });
});
