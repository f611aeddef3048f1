/**
 * The measured scenarios. A scenario has the bytes that the load sends, the handler (the same for every implementation) and the kind
 * of load. `beside` are other implementations to measure, also relative to node:http. The marks are in marks.mjs.
 *
 * A scenario with a `framework` has that one's handler (frameworks.mjs). A `secure` one runs over TLS, on the https modules.
 *
 * `kind` is the kind of figure: `rate` takes what a response costs a server, and `client` what it costs a client, with the same
 * server for all clients; `memory` weighs idle connections; `start` loads the package in new processes. A rate with a `size` is a
 * transfer of so many bytes on each connection.
 */
import { Readable } from 'node:stream';

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** In the target of a request, or in a header of a response, it becomes another number each time. */
export const counted = '#number';

const plainHead = (method, extra = [], target = '/') =>
  [`${method} ${target} HTTP/1.1`, 'Host: 127.0.0.1', ...extra, '', ''].join('\r\n');

const browserHeaders = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8,fr;q=0.7',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Cache-Control: max-age=0',
  'Sec-Ch-Ua: "Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
  'Referer: http://127.0.0.1/articles/2024/a-page-before-this-one?sort=newest',
  'Cookie: session=7c9e6679f7425040de944be07fc1f90ae7; theme=dark; consent=necessary',
];

const order = {
  id: 417_003,
  customer: { name: 'Ada Lovelace', city: 'London', vip: true },
  lines: [
    { sku: 'A-100', count: 2, price: 19.99 },
    { sku: 'B-220', count: 1, price: 149.5 },
    { sku: 'C-007', count: 12, price: 0.89 },
  ],
  note: 'Please ring twice, the bell is a shy one and the dog is not.',
};
const orderJson = JSON.stringify(order);
const orderHeaders = ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(orderJson)}`];

/** The body of a client's response. */
export const responseJson = JSON.stringify({ id: 417_003, state: 'accepted', lines: 3, total: 199.16 });

/** The body of a client's request: 1 KiB of JSON. */
const kibJson = JSON.stringify({ ...order, padding: '-'.repeat(KIB - orderJson.length - ',"padding":""'.length) });

const blob = Buffer.alloc(64 * KIB, 'b');
const piece = Buffer.alloc(KIB, 's');

function hello(_req, res) {
  res.setHeader('Content-Type', 'text/plain');
  res.end('hello, world');
}

function echo(req, res) {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    const body = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()));
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    res.end(body);
  });
}

function sendBlob(_req, res) {
  res.setHeader('Content-Type', 'application/octet-stream');
  res.end(blob);
}

function sendStream(_req, res) {
  let left = 8;
  const source = new Readable({
    read() {
      this.push(left-- > 0 ? piece : null);
    },
  });
  res.setHeader('Content-Type', 'text/plain');
  source.pipe(res);
}

function receive(req, res) {
  let size = 0;
  req.on('data', (chunk) => {
    size += chunk.length;
  });
  req.on('end', () => res.end(String(size)));
}

function sendMany(req, res) {
  let left = Number(req.headers['x-size']);
  res.writeHead(200, { 'Content-Length': left });
  const more = () => {
    while (left > 0) {
      const part = blob.subarray(0, left);
      left -= part.length;
      if (!res.write(part)) return;
    }
    res.removeListener('drain', more);
    res.end();
  };
  res.on('drain', more);
  more();
}

/** @returns {string} the bytes of a request. Those of a transfer depend on its size */
export const requestOf = ({ request, size }) => (typeof request === 'string' ? request : request(size));

export const scenarios = [
  {
    name: 'hello',
    title: 'hello world',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET'),
    handler: hello,
    beside: ['net'],
  },
  {
    name: 'hello-1000',
    title: 'hello world, 1,000 connections',
    kind: 'rate',
    connections: 1000,
    request: plainHead('GET'),
    handler: hello,
  },
  {
    name: 'express',
    title: 'hello world, Express 5',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET'),
    framework: 'express',
  },
  {
    name: 'fastify',
    title: 'hello world, fastify 5',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET'),
    framework: 'fastify',
  },
  {
    name: 'headers',
    title: 'browser-sized headers',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET', browserHeaders),
    handler: hello,
  },
  {
    name: 'hello-varied',
    title: 'hello world, no target twice',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET', [], `/${counted}`),
    handler: hello,
  },
  {
    name: 'headers-varied',
    title: 'browser-sized headers, no target twice',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET', browserHeaders, `/${counted}`),
    handler: hello,
  },
  {
    name: 'echo',
    title: 'JSON echo',
    kind: 'rate',
    connections: 50,
    request: plainHead('POST', orderHeaders) + orderJson,
    handler: echo,
  },
  {
    name: 'echo-varied',
    title: 'JSON echo, no target twice',
    kind: 'rate',
    connections: 50,
    request: plainHead('POST', orderHeaders, `/${counted}`) + orderJson,
    handler: echo,
  },
  {
    name: 'blob',
    title: '64 KiB response',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET'),
    handler: sendBlob,
  },
  {
    name: 'stream',
    title: 'response streamed in 8 chunks',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET'),
    handler: sendStream,
  },
  {
    name: 'pipeline',
    title: '16 requests in flight',
    kind: 'rate',
    connections: 16,
    depth: 16,
    request: plainHead('GET'),
    handler: hello,
  },
  {
    name: 'churn',
    title: 'a connection per request',
    kind: 'rate',
    connections: 32,
    churn: true,
    request: plainHead('GET', ['Connection: close']),
    handler: hello,
  },
  {
    name: 'client-get',
    title: 'client GET',
    kind: 'client',
    inFlight: 50,
    method: 'GET',
    beside: ['undici', 'pool', 'dispatch'],
  },
  {
    name: 'client-get-varied',
    title: 'client GET, no response twice',
    kind: 'client',
    inFlight: 50,
    method: 'GET',
    responseHeader: `ETag: "${counted}"`,
  },
  {
    name: 'client-post',
    title: 'client POST',
    kind: 'client',
    inFlight: 50,
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: kibJson,
    beside: ['undici', 'pool', 'dispatch'],
  },
  {
    name: 'upload',
    title: 'upload',
    kind: 'rate',
    connections: 4,
    size: 256 * MIB,
    request: (size) => plainHead('POST', [`Content-Length: ${size}`]),
    sends: true,
    handler: receive,
  },
  {
    name: 'download',
    title: 'download',
    kind: 'rate',
    connections: 4,
    size: 256 * MIB,
    request: (size) => plainHead('GET', [`X-Size: ${size}`]),
    handler: sendMany,
  },
  {
    name: 'https',
    title: 'hello world over TLS',
    kind: 'rate',
    connections: 50,
    secure: true,
    request: plainHead('GET'),
    handler: hello,
  },
  {
    name: 'https-upload',
    title: 'upload over TLS',
    kind: 'rate',
    connections: 4,
    size: 64 * MIB,
    secure: true,
    request: (size) => plainHead('POST', [`Content-Length: ${size}`]),
    sends: true,
    handler: receive,
  },
  {
    name: 'https-download',
    title: 'download over TLS',
    kind: 'rate',
    connections: 4,
    size: 64 * MIB,
    secure: true,
    request: (size) => plainHead('GET', [`X-Size: ${size}`]),
    handler: sendMany,
  },
  {
    name: 'idle',
    title: 'idle connections',
    kind: 'memory',
    connections: 5000,
    request: plainHead('GET'),
    handler: hello,
  },
  {
    name: 'startup',
    title: 'start-up by require, over node:http',
    kind: 'start',
    way: 'require',
  },
  {
    name: 'startup-import',
    title: 'start-up by import, over node:http',
    kind: 'start',
    way: 'import',
  },
  {
    name: 'register',
    title: 'start-up under register, over plain node',
    kind: 'start',
    way: 'register',
  },
];

/** Those whose figure is the CPU time of a response. */
export const rated = scenarios.filter(({ kind }) => kind === 'rate' || kind === 'client');

export function scenarioNamed(name) {
  const scenario = scenarios.find((scenario) => scenario.name === name);
  if (scenario === undefined) throw new Error(`no such scenario: ${name}`);
  return scenario;
}

let numbered = 0;

/** @returns another text each time, as long as its place */
export const nextNumber = () => String(numbered++).padStart(counted.length, '0').slice(-counted.length);
