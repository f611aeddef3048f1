/** Wrong use of what only statewire has is told at once: the error names the argument, what is expected and what came. */
import type { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import http, { tap, trace, watch } from '../../src/index.js';
import { register } from '../../src/register/index.js';
import {
  follows,
  memoryAgent,
  orderContract,
  socketPair,
  type VirtualClock,
  virtualClock,
} from '../../src/testing/index.js';

let clock: VirtualClock | undefined;
afterEach(() => clock?.uninstall());

const handler = () => {};
const server = http.createServer();
const any = (value: unknown) => value as never;

/** An Express application: a function that emits events. */
const application = Object.assign(() => {}, { emit: () => true });

const calls: Readonly<Record<string, [call: () => unknown, ...words: string[]]>> = {
  'tap()': [() => tap(any(undefined)), '"listener"', 'type function', 'undefined'],
  'watch({})': [() => watch(any({})), '"options.inspect"', 'type function or object', 'undefined'],
  'watch(observer)': [() => watch(any({ inspect: { next: 1 } })), '"options.inspect.next"', 'type function', '1'],
  'memoryAgent()': [() => memoryAgent(any(undefined)), '"server"', 'instance of Server', 'undefined'],
  'memoryAgent(handler)': [() => memoryAgent(any(handler)), '"server"', 'instance of Server', 'function handler'],
  'memoryAgent(app)': [() => memoryAgent(any(application)), '"server"', 'instance of Server', 'function '],
  'memoryAgent(() => {})': [() => memoryAgent(any(() => {})), '"server"', 'pass http.createServer(handler)'],
  'memoryAgent({})': [() => memoryAgent({} as EventEmitter), '"server"', 'instance of Server', 'instance of Object'],
  'memoryAgent(, null)': [() => memoryAgent(server, any(null)), '"options"', 'type object', 'null'],
  'memoryAgent(, mark)': [
    () => memoryAgent(server, { highWaterMark: any('x') }),
    '"options.highWaterMark"',
    'number',
    'x',
  ],
  'memoryAgent(, retry)': [() => memoryAgent(server, { retryReused: any(1) }), '"options.retryReused"', 'boolean', '1'],
  'socketPair(1)': [() => socketPair(any(1)), '"options"', 'type object', '1'],
  'socketPair(mark)': [() => socketPair({ highWaterMark: -1 }), '"options.highWaterMark"', '>= 0', '-1'],
  'socketPair(port)': [() => socketPair({ port: any('http') }), '"options.port"', 'number', 'http'],
  'virtualClock(1)': [() => virtualClock(any(1)), '"options"', 'type object', '1'],
  'virtualClock(text)': [
    () => virtualClock({ date: any('garbage') }),
    '"options.date"',
    'number or an instance of Date',
    'garbage',
  ],
  'virtualClock(NaN)': [() => virtualClock({ date: new Date('garbage') }), "'options.date'", 'a time', 'Invalid Date'],
  'virtualClock(with)': [() => virtualClock({ with: any({ tick: 1 }) }), '"options.with"', 'vi', 'instance of Object'],
  'advance(text)': [
    () => {
      clock = virtualClock();
      clock.advance(any('a minute'));
    },
    '"ms"',
    'type number',
    'a minute',
  ],
  'follows(name)': [() => follows(any('x'), []), "'machine'", "'request'", "'x'"],
  'follows(number)': [() => follows(any(1), []), '"machine"', 'string or a machine of XState', '1'],
  'follows(object)': [() => follows(any({}), []), '"machine"', 'string or a machine of XState', 'instance of Object'],
  'follows(, text)': [() => follows('request', any('req.socket')), '"log"', 'instance of Array', 'req.socket'],
  'follows(, mixed)': [() => follows('request', any(['req.socket', 1])), "'log'", 'of one kind', '1'],
  'follows(, null)': [() => follows('request', [], any(null)), '"options"', 'type object', 'null'],
  'follows(, deaf)': [
    () => follows('request', [], { deaf: any('req.finish') }),
    '"options.deaf"',
    'Array',
    'req.finish',
  ],
  'follows(, name)': [
    () => follows('request', [], { deaf: any(['zzz']) }),
    "'options.deaf[0]'",
    "'req.finish'",
    "'zzz'",
  ],
  'follows(, order)': [() => follows('request', [], { order: any('mine') }), "'options.order'", "'host'", "'mine'"],
  'follows(, events)': [() => follows('request', [], { events: any([1]) }), '"options.events[0]"', 'with a type', '1'],
  'orderContract({})': [() => orderContract(any({})), '"http.createServer"', 'type function', 'undefined'],
  'orderContract()': [() => orderContract(any(undefined)), '"http"', 'type object', 'undefined'],
  'orderContract(, null)': [() => orderContract(http, any(null)), '"options"', 'type object', 'null'],
  'orderContract(, limit)': [() => orderContract(http, { limit: any('2 s') }), '"options.limit"', 'number', '2 s'],
  'orderContract(, only)': [() => orderContract(http, { only: any('x') }), '"options.only"', 'function', 'x'],
  'orderContract(, specifier)': [
    () => orderContract(http, { specifier: any(1) }),
    '"options.specifier"',
    'string',
    '1',
  ],
  'orderContract(, order)': [() => orderContract(http, { order: any('x') }), "'options.order'", "'host'", "'x'"],
  'trace(unknown)': [
    () => trace({ filtr: true } as never),
    "'options.filtr'",
    'is not one of output, filter, color, time',
    'true',
  ],
  'virtualClock(unknown)': [
    () => virtualClock({ filtr: true } as never),
    "'options.filtr'",
    'is not one of date, with',
    'true',
  ],
  'socketPair(unknown)': [
    () => socketPair({ filtr: true } as never),
    "'options.filtr'",
    'is not one of highWaterMark, port',
    'true',
  ],
  'follows(unknown)': [
    () => follows('request', [], { filtr: true } as never),
    "'options.filtr'",
    'is not one of deaf, order, events, input',
    'true',
  ],
  'orderContract(unknown)': [
    () => orderContract(http, { filtr: true } as never),
    "'options.filtr'",
    'is not one of limit, specifier, order, only',
    'true',
  ],
  'register(unknown)': [
    () => register({ filtr: true } as never),
    "'options.filtr'",
    'is not one of requireHostHeader, rejectExcessHeaders',
    'true',
  ],
  'register(1)': [() => register(any(1)), '"options"', 'type object', '1'],
  'register(headers)': [() => register({ deprecatedHeaders: any(1) }), '"options.deprecatedHeaders"', 'boolean', '1'],
  'register(Host)': [() => register({ requireHostHeader: any('x') }), "'options.requireHostHeader'", "'node'", "'x'"],
  'new Agent(retry)': [() => new http.Agent({ retryReused: any('x') }), '"options.retryReused"', 'boolean', 'x'],
  'new Agent(order)': [() => new http.Agent({ eventOrder: any('x') }), "'options.eventOrder'", "'host'", "'x'"],
  'createServer(Host)': [
    () => http.createServer({ requireHostHeader: any('x') }),
    '"options.requireHostHeader"',
    "'node'",
    "'x'",
  ],
  'request(frame)': [() => http.request({ frameUpgradeBody: any('x') }), '"options.frameUpgradeBody"', 'boolean', 'x'],
  eventOrder: [() => Object.assign(http, { eventOrder: 'x' }), "'eventOrder'", "'host'", "'x'"],
};

describe('wrong use', () => {
  it.each(Object.entries(calls))('%s is refused', (_name, [call, ...words]) => {
    let given: unknown;
    try {
      given = call();
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(INVALID_ARG_(TYPE|VALUE)|OUT_OF_RANGE)$/) });
      for (const word of words) expect((error as Error).message).toContain(word);
      return;
    }
    expect.fail(`Not refused: ${String(given)}`);
  });
});
