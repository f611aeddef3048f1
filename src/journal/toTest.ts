/** A recorded connection as a test that can be run. */

import { chunkOf } from './assemble.js';
import { JournalError } from './errors.js';
import { exchangesOf } from './exchanges.js';
import { type RecordedConnection, validateConnection } from './reader.js';
import { timelineOf } from './timeline.js';
import * as v from './vocabulary.js';

/** In the text of a test: it is no import of this file. */
const FROM = 'from';

const literal = (bytes: Buffer): string => {
  const text = bytes.toString('latin1');
  const isPlain = /^[\x20-\x7e\r\n\t]*$/.test(text);
  if (!isPlain) return `Buffer.from('${bytes.toString('base64')}', 'base64')`;
  const quoted = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${quoted}'`;
};

/**
 * The text of a test of a connection, for node:test and `statewire/testing`: a peer sends what was sent then, in the same chunks, and
 * the test compares what it gets. The handler of a server is to be filled in; a client makes the requests of then, one after the other.
 *
 * @throws rejects with STATEWIRE_JOURNAL_INCOMPLETE if it can't be replayed, and for a request that never had a connection
 */
export async function testOf(connection: RecordedConnection): Promise<string> {
  validateConnection(connection);
  if (connection.isUnconnected) {
    const message = `${connection.id} never had a connection: a test of it would send and receive nothing`;
    throw new JournalError('STATEWIRE_JOURNAL_INCOMPLETE', message);
  }
  const { moments, frames } = await timelineOf(connection);
  const { hasContent: isWhole, role } = connection;
  const isClient = role === 'client';
  const pattern = isClient ? METHOD : STATUS;
  const lines: string[] = [];
  let sent = '';
  let expected = '';
  const compare = (): void => {
    const text = isWhole ? expected : (expected.match(pattern) ?? []).join(' ');
    lines.push(`  assert.equal(plain(received), ${literal(Buffer.from(text, 'latin1'))});`, `  received = '';`);
    expected = '';
  };
  const flush = (): void => {
    if (expected !== '') compare();
  };
  for (const { frame, what, bytes } of moments) {
    if (what === 'in' && frames[frame]?.kind === v.IN) {
      flush();
      sent += 'x';
      lines.push(`  peer.write(${literal(chunkOf(frames[frame]!))});`, '  await settled();');
    } else if (what === 'out') expected += withoutDate((bytes as Buffer).toString('latin1'));
    else if (what === 'fin') {
      flush();
      lines.push('  peer.end();', '  await settled();');
    } else if (what === 'reset') {
      flush();
      lines.push('  peer.resetAndDestroy();', '  await settled();');
    }
  }
  if (expected === '') lines.push(`  // Nothing more was sent then.`);
  compare();
  const [first] = connection.exchanges;
  const title = `${connection.id}: ${first?.what ?? 'a connection'}${first === undefined ? '' : `, ended ${first.code}`}`;
  const names = isClient ? 'Agent, request' : 'createServer';
  return `import assert ${FROM} 'node:assert/strict';
import { test } ${FROM} 'node:test';
import { ${names} } ${FROM} 'statewire';
import { settled, socketPair } ${FROM} 'statewire/testing';

${isClient ? await programOf(connection) : HANDLER}

${
  isWhole
    ? PLAIN
    : `/** ${isClient ? 'The methods' : 'The status lines'}: the journal has no content, or secrets are masked in it. */
const plain = (text) => (text.match(${pattern}) ?? []).join(' ');`
}

test(${literal(Buffer.from(title, 'latin1'))}, async () => {
  const [peer, socket] = socketPair();
  let received = '';
  peer.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  peer.on('error', () => {});
${isClient ? AGENT : SERVER}
  await settled();
${sent === '' ? '  // The peer has sent nothing.\n' : ''}${lines.join('\n')}
  peer.destroy();
});
`;
}

const PLAIN = `/** Without the time of day. */
const plain = (text) => text.replace(/^Date: .*\\r\\n/gm, '');`;

const STATUS = /^HTTP\/1\.1 \d{3}/gm;
const METHOD = /^[A-Z]+(?= \S+ HTTP\/1\.1\r)/gm;

const HANDLER = `// The program: put yours here.
function handler(req, res) {
  res.end();
}`;

const SERVER = `  createServer(handler).emit('connection', socket);`;

const AGENT = `  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => socket;
  void program(agent);`;

/** Makes the requests again. */
async function programOf(connection: RecordedConnection): Promise<string> {
  const requests = (await exchangesOf(connection)).map(({ request: { head, body, length } }) => {
    const { method, url, rawHeaders } = head;
    const given = [
      `method: ${quoted(method)}`,
      `path: ${quoted(url)}`,
      `headers: [${rawHeaders.map(quoted).join(', ')}]`,
    ];
    const content = body ?? Buffer.alloc(length, 'x');
    return `  { ${given.join(', ')}, content: ${content.length === 0 ? 'undefined' : literal(content)} },`;
  });
  return `// The program: put yours here.
const requests = [
${requests.join('\n')}
];
async function program(agent) {
  for (const { content, ...options } of requests) {
    await new Promise((resolve) => {
      const made = request({ agent, ...options }, (response) => response.on('error', () => {}).on('close', resolve).resume());
      made.on('error', resolve).end(content);
    });
  }
}`;
}

const quoted = (text: string): string => JSON.stringify(text);

const withoutDate = (text: string): string => text.replace(/^Date: .*\r\n/gm, '');
