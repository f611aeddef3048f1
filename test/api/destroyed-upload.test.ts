/** A request whose body has come with its head, destroyed around the moment at which it is read: what happens is the host's. */
import { once } from 'node:events';
import * as host from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import * as statewire from '../../src/index.js';

type Act = () => void;

const moments: Record<string, (act: Act, req: host.IncomingMessage) => void> = {
  'in the handler': (act) => act(),
  'a tick later': (act) => process.nextTick(act),
  'two ticks later': (act) => process.nextTick(() => process.nextTick(act)),
  "at 'data'": (act, req) => req.once('data', act),
  "a tick after 'data'": (act, req) => req.once('data', () => process.nextTick(act)),
  "at 'end'": (act, req) => req.once('end', act),
};

const readers: Record<string, (req: host.IncomingMessage, log: string[]) => void> = {
  none() {},
  resume: (req) => req.resume(),
  data: (req, log) => req.on('data', () => log.push('data')),
  'data and end': (req, log) => req.on('data', () => log.push('data')).on('end', () => log.push('end')),
  end: (req, log) => req.on('end', () => log.push('end')),
};

const acts: Record<string, (req: host.IncomingMessage, res: host.ServerResponse) => void> = {
  'req.destroy()': (req) => req.destroy(),
  'req.destroy(error)': (req) => req.destroy(new Error('unwanted')),
  'res.destroy()': (_req, res) => res.destroy(),
  'res.end() and req.destroy()': (req, res) => {
    res.end('ok');
    req.destroy();
  },
};

async function logOf(
  http: Pick<typeof host, 'createServer'>,
  names: readonly [string, string, string],
): Promise<string> {
  const [moment, reader, act] = names;
  const log: string[] = [];
  const server = http.createServer((req, res) => {
    for (const event of ['aborted', 'error', 'close']) req.on(event, () => log.push(`req.${event}`));
    for (const event of ['error', 'finish', 'close']) res.on(event, () => log.push(`res.${event}`));
    readers[reader]!(req, log);
    moments[moment]!(() => {
      log.push('act');
      acts[act]!(req, res);
      // What is left open by then stays so: a response in its place ends the connection.
      setImmediate(() => setImmediate(() => res.destroyed || res.end()));
    }, req);
  });
  server.on('clientError', (_error, socket) => {
    log.push('server.clientError');
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  client.resume().write('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello');
  await once(client, 'close');
  server.close();
  await once(server, 'close');
  return log.join(' ');
}

const isRead = (reader: string): boolean => reader !== 'none' && reader !== 'end';

const cases = Object.keys(moments).flatMap((moment) =>
  Object.keys(readers)
    .filter((reader) => isRead(reader) || !moment.includes("'"))
    .flatMap((reader) => Object.keys(acts).map((act) => [moment, reader, act] as const)),
);

it('ends as in node:http', async () => {
  const ours: Record<string, string> = {};
  const theirs: Record<string, string> = {};
  for (const names of cases) {
    ours[names.join(', ')] = await logOf(statewire, names);
    theirs[names.join(', ')] = await logOf(host, names);
  }
  expect(ours).toEqual(theirs);
});
