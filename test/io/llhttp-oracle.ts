/** What the host's node:http reads from the same bytes, over real sockets. */
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import { Duplex } from 'node:stream';
import { describeError, type Observation, type Seen } from './llhttp-observe.js';

/** Records what the parser pushes at the moment of the push: a message destroyed later has been read nevertheless. */
class RecordingMessage extends http.IncomingMessage {
  pushed = '';
  override push(chunk: Buffer | null): boolean {
    this.pushed += chunk?.toString('latin1') ?? '';
    return super.push(chunk);
  }
}

function seen(message: RecordingMessage): Seen {
  const { method, url, statusCode, statusMessage, rawHeaders, httpVersion, rawTrailers, complete } = message;
  return {
    head: {
      method: method ?? '',
      url: url ?? '',
      statusCode: statusCode ?? 0,
      statusMessage: statusMessage ?? '',
      rawHeaders,
      version: httpVersion,
    },
    body: message.pushed,
    rawTrailers,
    complete,
  };
}

/** A server that never responds and records what it reads. `observed` is complete when the connection has closed. */
function recordingServer(options: http.ServerOptions): { server: http.Server; observed: () => Observation } {
  const messages: RecordingMessage[] = [];
  const found: Pick<Observation, 'rest' | 'error'> = {};
  const server = http.createServer({
    requireHostHeader: false,
    IncomingMessage: RecordingMessage,
    ...options,
  } as http.ServerOptions);
  const note = (message: http.IncomingMessage): void => {
    messages.push((message as RecordingMessage).on('error', () => {}).resume() as RecordingMessage);
  };
  const leave = (message: http.IncomingMessage, socket: Duplex, head: Buffer): void => {
    messages.push(message as RecordingMessage);
    found.rest = head.toString('latin1');
    socket.on('data', (chunk: Buffer) => {
      found.rest += chunk.toString('latin1');
    });
    socket.on('end', () => socket.destroy());
  };
  server.on('request', note).on('checkContinue', note).on('checkExpectation', note);
  server.on('upgrade', leave).on('connect', leave);
  server.on('clientError', (error, socket) => {
    found.error ??= describeError(error);
    socket.destroy();
  });
  return { server, observed: () => ({ messages: messages.map(seen), ...found }) };
}

/** What the host's server reads when a client sends `bytes` and ends. */
export async function nodeReadsRequest(bytes: Buffer, options: http.ServerOptions = {}): Promise<Observation> {
  const { server, observed } = recordingServer(options);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  client.on('error', () => {}).resume();
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const closed = once(socket, 'close');
  client.end(bytes);
  await closed;
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
  return observed();
}

/** What the host's client reads when the server responds to a GET with `bytes` and ends. */
export async function nodeReadsResponse(bytes: Buffer, options: http.RequestOptions = {}): Promise<Observation> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const observation: Observation = { messages: [] };
  const request = http.get({
    host: '127.0.0.1',
    port: (server.address() as net.AddressInfo).port,
    agent: false,
    ...options,
  });
  request.on('information', (info) => {
    const { statusCode, statusMessage, rawHeaders, httpVersion } = info;
    const head = {
      method: '',
      url: '',
      statusCode,
      statusMessage,
      rawHeaders: rawHeaders as unknown as string[],
      version: httpVersion,
    };
    observation.messages.push({ head, body: '', rawTrailers: [], complete: true });
  });
  request.on('upgrade', (message, socket, head) => {
    observation.messages.push(seen(Object.assign(message as RecordingMessage, { pushed: '' })));
    observation.rest = head.toString('latin1');
    socket.destroy();
  });
  request.on('error', (error) => {
    if ('bytesParsed' in error) observation.error = describeError(error);
  });
  const responses: Array<http.IncomingMessage & { pushed: string }> = [];
  request.on('response', (message) => {
    const response = Object.assign(message, { pushed: '' });
    responses.push(response);
    response.on('data', (chunk: Buffer) => {
      response.pushed += chunk.toString('latin1');
    });
    response.on('error', () => {});
  });
  await new Promise<void>((resolve) => request.on('close', resolve));
  await new Promise((resolve) => server.close(resolve));
  observation.messages.push(...responses.map((response) => seen(response as unknown as RecordingMessage)));
  return observation;
}

/** What the host's server reads from a stream that delivers exactly these chunks. */
export async function nodeReadsChunks(
  chunks: readonly Buffer[],
  options: http.ServerOptions = {},
  maxHeadersCount = 2000,
): Promise<Observation> {
  const { server, observed } = recordingServer(options);
  server.maxHeadersCount = maxHeadersCount;
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const closed = new Promise<void>((resolve) => stream.on('close', resolve));
  server.emit('connection', stream);
  for (const chunk of chunks) stream.push(chunk);
  stream.push(null);
  await closed;
  return observed();
}
