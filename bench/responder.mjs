/**
 * The server for the client under measurement, in a separate process: a raw socket server that costs nearly nothing and is the
 * same for all. It finds the end of a head, counts the bytes of the body, whose length it knows, and writes one response.
 *
 *   node bench/responder.mjs --scenario client-get [--port 8080]
 */
import net from 'node:net';
import { parseArgs } from 'node:util';
import { announce, carryOut } from './orders.mjs';
import { counted, nextNumber, responseJson, scenarioNamed } from './scenarios.mjs';

const responseWith = (extra) =>
  [
    'HTTP/1.1 200 OK',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(responseJson)}`,
    'Date: Thu, 01 Jan 1970 00:00:00 GMT',
    'Connection: keep-alive',
    'Keep-Alive: timeout=60',
    ...extra,
    '',
    responseJson,
  ].join('\r\n');

const endOfHead = '\r\n\r\n';

/** A connection has one request at a time. Its head arrives in one piece, its body possibly in others. */
function serve(socket, bodyLength, response) {
  let due = 0;
  const bytes = Buffer.from(response);
  const place = bytes.indexOf(counted);
  const respond = () => {
    if (place >= 0) bytes.write(nextNumber(), place);
    socket.write(bytes);
  };
  socket.on('data', (chunk) => {
    if (due === 0) due = chunk.indexOf(endOfHead) + endOfHead.length + bodyLength;
    due -= chunk.length;
    if (due === 0) respond();
    else if (due < 0) socket.destroy();
  });
  socket.on('error', () => socket.destroy());
}

const { values } = parseArgs({ options: { scenario: { type: 'string' }, port: { type: 'string', default: '0' } } });
const { body = '', responseHeader } = scenarioNamed(values.scenario);
const response = responseWith(responseHeader === undefined ? [] : [responseHeader]);

const server = net.createServer({ noDelay: true }, (socket) => serve(socket, Buffer.byteLength(body), response));
server.listen({ port: Number(values.port), host: '127.0.0.1', backlog: 4096 }, () => {
  announce(server, `responds to ${values.scenario}`);
});
carryOut({});
