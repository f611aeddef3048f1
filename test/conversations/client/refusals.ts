/** Invalid options and arguments, which throw at once with Node's codes. */
import type { ClientConversation, ClientStep } from '../kit/client-conversation.js';
import { read, response } from '../kit/client-phrases.js';

const OPTIONS: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['a path with a space', { path: '/a b' }],
  ['a path with a line break', { path: '/a\r\nX: y' }],
  ['a path with a NUL', { path: '/\u0000' }],
  ['a path beyond latin1', { path: '/\u20ac' }],
  ['another protocol', { protocol: 'https:' }],
  ['a protocol without a colon', { protocol: 'http' }],
  ['a method that is no token', { method: 'GE T' }],
  ['a method that is no string', { method: 1 }],
  ['a method with a line break', { method: 'GET\r\n' }],
  ['CONNECT in lower case', { method: 'con nect' }],
  ['a host that is no string', { host: 1 }],
  ['a hostname that is no string', { hostname: {} }],
  ['a host that is false', { host: false }],
  ['an agent that is no agent', { agent: {} }],
  ['an agent that is a string', { agent: 'mine' }],
  ['an agent that is true', { agent: true }],
  ['a timeout that is a string', { timeout: 'soon' }],
  ['a negative timeout', { timeout: -1 }],
  ['a port that is too large', { port: 70_000 }],
  ['a port that is no number', { port: 'many' }],
  ['a negative port', { port: -1 }],
  ['a signal that is no AbortSignal', { signal: {} }],
  ['insecureHTTPParser that is no boolean', { insecureHTTPParser: 1 }],
  ['maxHeaderSize that is a string', { maxHeaderSize: 'big' }],
  ['maxHeaderSize that is negative', { maxHeaderSize: -1 }],
  ['joinDuplicateHeaders that is no boolean', { joinDuplicateHeaders: 1 }],
  ['localAddress that is no address', { localAddress: 'here' }],
  ['a header name that is no token', { headers: { 'a b': 'c' } }],
  ['an empty header name', { headers: { '': 'c' } }],
  ['a header value with a line break', { headers: { a: 'b\r\nc: d' } }],
  ['a header value that is undefined', { headers: { a: undefined } }],
  ['a header value beyond latin1', { headers: { a: '\u20ac' } }],
  ['an array of headers of odd length', { headers: ['a', 'b', 'c'] }],
  ['an array of pairs, one of them short', { headers: [['a', 'b'], ['c']] }],
  ['an array with a name that is no token', { headers: ['a b', 'c'] }],
  ['a Host in an array', { headers: { Host: ['a.test', 'b.test'] } }],
  ['auth that is no string', { auth: 1 }],
];

/** Options of a wrong type that are not validated. */
const LET_PASS: typeof OPTIONS = [
  ['an empty method', { method: '' }],
  ['setHost that is no boolean', { setHost: 1 }],
  ['createConnection that is no function', { createConnection: 1, agent: undefined }],
  ['lookup that is no function', { lookup: 1 }],
  ['uniqueHeaders that is no array', { uniqueHeaders: 'x' }],
  ['family that is invalid', { family: 5 }],
  ['two Content-Lengths', { method: 'POST', headers: { 'Content-Length': ['1', '1'] } }],
];

const byOption: readonly ClientConversation[] = OPTIONS.map(([name, options]) => ({
  name,
  script: [['request', options], ['settle']],
}));

const passing: readonly ClientConversation[] = LET_PASS.map(([name, options]) => ({
  name: `not rejected: ${name}`,
  handler: read,
  script: [['request', options, [['req.end']]], ['send', response('')], ['settle']],
}));

const URLS: readonly (readonly [string, readonly unknown[]])[] = [
  ['an invalid URL', ['nonsense']],
  ['a URL of another scheme', ['https://127.0.0.1/']],
  ['a URL object of another scheme', [new URL('ftp://127.0.0.1/')]],
  ['a URL with a bad port', ['http://127.0.0.1:99999/']],
];

const byUrl: readonly ClientConversation[] = URLS.map(([name, args]) => ({
  name,
  script: [['request', args], ['settle']],
}));

const AGENTS: readonly (readonly [string, object])[] = [
  ['maxSockets that is a string', { maxSockets: 'x' }],
  ['maxTotalSockets that is a string', { maxTotalSockets: 'x' }],
  ['maxTotalSockets that is zero', { maxTotalSockets: 0 }],
  ['maxFreeSockets that is negative', { maxFreeSockets: -1 }],
  ['scheduling that is unknown', { scheduling: 'filo' }],
  ['keepAliveMsecs that is a string', { keepAliveMsecs: 'x' }],
  ['timeout that is a string', { timeout: 'x' }],
];

const byAgent: readonly ClientConversation[] = AGENTS.map(([name, options]) => ({
  name: `new Agent(): ${name}`,
  script: [
    [
      'run',
      ({ http, note }) => {
        try {
          new http.Agent(options as object).destroy();
          note('created');
        } catch (error) {
          const { name: type, code, message } = error as Error & { code: string };
          note(`${type} ${code} ${message}`);
        }
      },
    ],
  ],
}));

const invalidCalls: ClientStep[] = [
  ['req.write'],
  ['req.write', null],
  ['req.write', 1],
  ['req.write', {}],
  ['req.end', 1],
  ['req.setHeader', 'a b', 'c'],
  ['req.setHeader', 'a'],
  ['req.setHeader', 'a', '\n'],
  ['req.appendHeader', 'a b', 'c'],
  ['req.setHeaders', {}],
  ['req.addTrailers', { 'a b': 'c' }],
  ['req.addTrailers', { a: '\n' }],
  ['req.setTimeout', 'x'],
  ['req.setTimeout', -1],
  ['req.setTimeout', 1, 'x'],
  ['req.getHeader', 1],
  ['req.removeHeader'],
  ['req.hasHeader', 1],
  ['req.pipe', 1],
];

const byCall: readonly ClientConversation[] = [
  {
    name: 'calls with invalid arguments',
    script: [['request', { method: 'POST' }, invalidCalls], ['settle'], ['look', 'req1']],
  },
  {
    name: 'an invalid request leaves nothing in the agent',
    script: [
      ['request', { path: '/a b' }],
      ['request', { headers: { 'a b': 'c' } }],
      ['look', 'agent'],
    ],
  },
];

export const refusals = [...byOption, ...passing, ...byUrl, ...byAgent, ...byCall];
