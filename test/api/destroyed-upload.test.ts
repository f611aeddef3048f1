/** A request whose body has come with its head, destroyed around the moment at which it is read: what happens is the host's. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HOST } from '../conversations/kit/host.js';
import { type Exchange, exchange, type Handler, listen, post } from '../facade/kit/exchange.js';
import { twice } from '../facade/kit/twice.js';

type Act = () => void;

const moments: Readonly<Record<string, (act: Act, req: IncomingMessage) => void>> = {
  'in the handler': (act) => act(),
  'a tick later': (act) => process.nextTick(act),
  'two ticks later': (act) => process.nextTick(() => process.nextTick(act)),
  'two microtasks later': (act) => void Promise.resolve().then(() => Promise.resolve().then(act)),
  "at 'data'": (act, req) => req.once('data', act),
  "a tick after 'data'": (act, req) => req.once('data', () => process.nextTick(act)),
  "at 'end'": (act, req) => req.once('end', act),
};

const readers: Readonly<Record<string, (req: IncomingMessage, log: string[]) => void>> = {
  nobody() {},
  'resume()': (req) => req.resume(),
  "a 'data' listener": (req, log) => listen(log, 'req', req, ['data', 'end']),
  "an 'end' listener": (req, log) => listen(log, 'req', req, ['end']),
};

const acts: Readonly<Record<string, (req: IncomingMessage, res: ServerResponse) => void>> = {
  'req.destroy()': (req) => req.destroy(),
  'req.destroy(error)': (req) => req.destroy(new Error('unwanted')),
  'res.destroy()': (_req, res) => res.destroy(),
  'res.end() and req.destroy()': (req, res) => {
    res.end('ok');
    req.destroy();
  },
};

/** When 'finish' comes over a Duplex: see `socket-writes` in docs/differences-from-node.md. */
const actsOver = (over: string) =>
  Object.entries(acts).filter(([what]) => over !== 'a Duplex' || !what.startsWith('res.end'));

const isRead = (reader: string): boolean => reader === 'resume()' || reader.includes('data');

/** What carries the bytes. Where Node reads in JavaScript, no ticks run between the parts of a read. */
const carriers: Readonly<Record<string, Pick<Exchange, 'isDuplex' | 'prepare'>>> = {
  TCP: {},
  'TCP, its data listened to': {
    prepare: (server) => server.on('connection', (socket) => socket.on('data', () => {})),
  },
  'a Duplex': { isDuplex: true },
};

for (const [over, { isDuplex, prepare }] of Object.entries(carriers))
  for (const [when, wait] of Object.entries(moments))
    for (const [reader, read] of Object.entries(readers).filter(([reader]) => isRead(reader) || !when.includes("'")))
      for (const [what, act] of actsOver(over))
        twice(`${over}: ${what} ${when}, read by ${reader}`, async (http) => {
          const log: string[] = [];
          const handler: Handler = (req, res) => {
            listen(log, 'req', req, ['aborted', 'error', 'close']);
            listen(log, 'res', res, ['error', 'finish', 'close']);
            read(req, log);
            wait(() => {
              log.push(what);
              act(req, res);
              // What is left open by then stays so: a response in its place ends the connection.
              setImmediate(() => setImmediate(() => res.destroyed || res.end()));
            }, req);
          };
          await exchange(http, handler, {
            send: post('hello'),
            ...(isDuplex && { isDuplex }),
            prepare: (server) => {
              prepare?.(server);
              server.on('clientError', (_error, socket) => {
                log.push('clientError');
                socket.destroy();
              });
            },
          });
          // The order of 'end' and 'close' on Node 26: see `ends` in docs/differences-from-node.md.
          return HOST < 26 ? log : log.toSorted();
        });
