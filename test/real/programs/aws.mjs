/** The AWS SDK with its handler on http, against a local S3: objects, streams, retries, timeouts, aborts. */
import http from 'node:http';
import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { brief, bytes, close, collect, listen, log } from '../kit.mjs';

const objects = new Map();
let failures = 2;
const server = http.createServer(async (req, res) => {
  const { pathname, searchParams } = new URL(req.url, 'http://a');
  log(
    'server',
    req.method,
    pathname,
    searchParams.get('x-id') ?? '',
    req.headers['content-length'] ?? req.headers['transfer-encoding'] ?? '',
    req.headers.expect ?? '',
  );
  if (pathname === '/bucket/flaky' && failures-- > 0) return res.writeHead(503).end();
  if (pathname === '/bucket/never') return undefined;
  if (req.method === 'PUT') {
    const body = await collect(req);
    objects.set(pathname, body);
    return res.writeHead(200, { ETag: '"tag"' }).end();
  }
  if (pathname === '/bucket/' || pathname === '/bucket') {
    res.setHeader('Content-Type', 'application/xml');
    const keys = [...objects.keys()].map((key) => `<Contents><Key>${key.slice(8)}</Key><Size>1</Size></Contents>`);
    return res.end(`<ListBucketResult><KeyCount>${keys.length}</KeyCount>${keys.join('')}</ListBucketResult>`);
  }
  const body = objects.get(pathname);
  if (body === undefined) {
    res.writeHead(404, { 'Content-Type': 'application/xml' });
    return res.end(req.method === 'HEAD' ? undefined : '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>');
  }
  res.writeHead(200, { 'Content-Length': body.length, 'Content-Type': 'image/png', 'x-amz-meta-a': 'b' });
  return res.end(req.method === 'HEAD' ? undefined : body);
});
server.on('checkContinue', (req, res) => {
  log('checkContinue', req.url.split('?')[0]);
  res.writeContinue();
  server.emit('request', req, res);
});
const url = await listen(server);
const client = new S3Client({
  endpoint: url,
  region: 'a',
  forcePathStyle: true,
  maxAttempts: 4,
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  requestHandler: { httpAgent: { keepAlive: true, maxSockets: 2 } },
  logger: {},
});

async function seen(name, command, options) {
  try {
    const { $metadata, Body, ...rest } = await client.send(command, options);
    log(
      name,
      $metadata.httpStatusCode,
      $metadata.attempts,
      Body ? brief(await collect(Body)) : '',
      JSON.stringify(rest),
    );
  } catch (error) {
    log(name, error.name, error.code ?? '', error.$metadata?.httpStatusCode ?? '', error.$metadata?.attempts ?? '');
  }
}

const Bucket = 'bucket';
await seen('put', new PutObjectCommand({ Bucket, Key: 'text', Body: 'some text' }));
await seen('put bytes', new PutObjectCommand({ Bucket, Key: 'bytes', Body: bytes(300_000) }));
await seen(
  'put a stream',
  new PutObjectCommand({
    Bucket,
    Key: 'stream',
    Body: Readable.from([bytes(70_000), bytes(200_000)]),
    ContentLength: 270_000,
  }),
);
await seen('get', new GetObjectCommand({ Bucket, Key: 'text' }));
await seen('get bytes', new GetObjectCommand({ Bucket, Key: 'bytes' }));
await seen('get a stream', new GetObjectCommand({ Bucket, Key: 'stream' }));
await seen('head', new HeadObjectCommand({ Bucket, Key: 'bytes' }));
await seen('list', new ListObjectsV2Command({ Bucket }));
await seen('none', new GetObjectCommand({ Bucket, Key: 'none' }));
await seen('no head', new HeadObjectCommand({ Bucket, Key: 'none' }));
await seen('flaky', new PutObjectCommand({ Bucket, Key: 'flaky', Body: 'again' }));
await seen('aborted', new GetObjectCommand({ Bucket, Key: 'never' }), { abortSignal: AbortSignal.timeout(30) });
client.destroy();
server.closeAllConnections();
await close(server);
