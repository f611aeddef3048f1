/**
 * What answers the client under measurement, in a process of its own: a raw socket server that costs nearly nothing and is the
 * same for all. It looks for the end of a head, counts the bytes of the body that it knows to follow, and writes one answer.
 *
 *   node bench/answerer.mjs --scenario client-get [--port 8080]
 *
 * Started by the bench it talks over IPC: it says on which port it listens and answers each message with what it has used.
 */
import net from 'node:net';
import { parseArgs } from 'node:util';
import { answerJson, scenarioNamed } from './scenarios.mjs';
import { usage } from './usage.mjs';

const answer = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(answerJson)}`,
    'Date: Thu, 01 Jan 1970 00:00:00 GMT',
    'Connection: keep-alive',
    'Keep-Alive: timeout=60',
    '',
    answerJson,
  ].join('\r\n'),
);

const endOfHead = '\r\n\r\n';

/** One request at a time comes on a connection. Its head comes in one piece, its body perhaps in another. */
function serve(socket, bodyLength) {
  let due = 0;
  socket.on('data', (chunk) => {
    if (due === 0) due = chunk.indexOf(endOfHead) + endOfHead.length + bodyLength;
    due -= chunk.length;
    if (due === 0) socket.write(answer);
    else if (due < 0) socket.destroy();
  });
  socket.on('error', () => socket.destroy());
}

const { values } = parseArgs({ options: { scenario: { type: 'string' }, port: { type: 'string', default: '0' } } });
const { body = '' } = scenarioNamed(values.scenario);

const server = net.createServer({ noDelay: true }, (socket) => serve(socket, Buffer.byteLength(body)));
server.listen({ port: Number(values.port), host: '127.0.0.1', backlog: 4096 }, () => {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else console.log(`answers ${values.scenario} on http://127.0.0.1:${port}`);
});

process.on('message', () => process.send(usage()));
process.on('disconnect', () => process.exit());
