/**
 * The measured scenarios. A scenario has the bytes that the load sends, the handler (the same for every implementation), the kind
 * of load, and statewire's mark. `beside` is another implementation to measure, also relative to node:http.
 *
 * A scenario with a `framework` has that one's handler (frameworks.mjs).
 *
 * `kind` is the kind of figure: `rate` counts responses in a time window, `job` times one piece of work that the connections
 * share, `memory` weighs idle connections. `client` measures a client: it counts the responses to the scenario's requests, with
 * the same server for all clients.
 */
import { Readable } from 'node:stream';

export const KIB = 1024;
export const MIB = 1024 * KIB;

const plainHead = (method, extra = []) => [`${method} / HTTP/1.1`, 'Host: 127.0.0.1', ...extra, '', ''].join('\r\n');

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
      left -= blob.length;
      if (!res.write(blob)) return;
    }
    res.removeListener('drain', more);
    res.end();
  };
  res.on('drain', more);
  more();
}

export const scenarios = [
  {
    name: 'hello',
    title: 'hello world',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET'),
    handler: hello,
    beside: 'net',
    mark: { atLeast: 1.25 },
  },
  {
    name: 'express',
    title: 'hello world, Express 5',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET'),
    framework: 'express',
    mark: { atLeast: 1.1 },
  },
  {
    name: 'fastify',
    title: 'hello world, fastify 5',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET'),
    framework: 'fastify',
    mark: { atLeast: 1.1 },
  },
  {
    name: 'headers',
    title: 'browser-sized headers',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET', browserHeaders),
    handler: hello,
    mark: { atLeast: 1.15 },
  },
  {
    name: 'echo',
    title: 'JSON echo',
    kind: 'rate',
    connections: 50,
    request:
      plainHead('POST', ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(orderJson)}`]) +
      orderJson,
    handler: echo,
    mark: { atLeast: 1.15 },
  },
  {
    name: 'blob',
    title: '64 KiB response',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET'),
    handler: sendBlob,
    mark: { atLeast: 1 },
  },
  {
    name: 'stream',
    title: 'response streamed in 8 chunks',
    kind: 'rate',
    connections: 50,
    request: plainHead('GET'),
    handler: sendStream,
    mark: { atLeast: 1 },
  },
  {
    name: 'pipeline',
    title: '16 requests in flight',
    kind: 'rate',
    connections: 16,
    depth: 16,
    request: plainHead('GET'),
    handler: hello,
    mark: { atLeast: 3 },
  },
  {
    name: 'churn',
    title: 'a connection per request',
    kind: 'rate',
    connections: 32,
    churn: true,
    request: plainHead('GET', ['Connection: close']),
    handler: hello,
    mark: { atLeast: 1 },
  },
  {
    name: 'client-get',
    title: 'client GET',
    kind: 'client',
    inFlight: 50,
    method: 'GET',
    beside: 'undici',
    mark: { atLeast: 1.4 },
  },
  {
    name: 'client-post',
    title: 'client POST',
    kind: 'client',
    inFlight: 50,
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: kibJson,
    beside: 'undici',
    mark: { atLeast: 1.4 },
  },
  {
    name: 'upload',
    title: 'upload',
    kind: 'job',
    connections: 4,
    request: (size) => plainHead('POST', [`Content-Length: ${size}`]),
    sends: true,
    handler: receive,
    mark: { atLeast: 1 },
  },
  {
    name: 'download',
    title: 'download',
    kind: 'job',
    connections: 4,
    request: (size) => plainHead('GET', [`X-Size: ${size}`]),
    handler: sendMany,
    mark: { atLeast: 1 },
  },
  {
    name: 'idle',
    title: 'idle connections',
    kind: 'memory',
    connections: 5000,
    request: plainHead('GET'),
    handler: hello,
    options: { keepAliveTimeout: 300_000 },
    mark: { atMost: 1 },
  },
];

export const scenarioNamed = (name) => scenarios.find((scenario) => scenario.name === name);
