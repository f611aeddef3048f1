/** A recorded connection as a test that can be run. */

import { chunkOf } from './assemble.js';
import { JournalError } from './errors.js';
import type { RecordedConnection } from './reader.js';
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
 * The text of a test of a server's connection, for node:test and `statewire/testing`: a peer sends what was sent then, in the same
 * chunks, and the test compares what it gets. The handler is to be filled in.
 *
 * @throws rejects with STATEWIRE_JOURNAL_INCOMPLETE if it can't be replayed, or is a client's connection
 */
export async function testOf(connection: RecordedConnection): Promise<string> {
  if (connection.role !== 'server') {
    const message = `${connection.id} is a client's connection: a test is made of a server's`;
    throw new JournalError('STATEWIRE_JOURNAL_INCOMPLETE', message);
  }
  const frames = await connection.frames();
  const { moments } = await timelineOf(connection);
  const { hasContent: isWhole } = connection;
  const lines: string[] = [];
  let sent = '';
  let expected = '';
  const flush = (): void => {
    if (expected === '') return;
    const text = isWhole ? expected : statusesOf(expected);
    lines.push(`  assert.equal(plain(received), ${literal(Buffer.from(text, 'latin1'))});`, `  received = '';`);
    expected = '';
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
  flush();
  const [first] = connection.exchanges;
  const title = `${connection.id}: ${first?.what ?? 'a connection'}${first === undefined ? '' : `, ended ${first.code}`}`;
  return `import assert ${FROM} 'node:assert/strict';
import { test } ${FROM} 'node:test';
import { createServer } ${FROM} 'statewire';
import { settled, socketPair } ${FROM} 'statewire/testing';

// The program: put yours here.
function handler(req, res) {
  res.end();
}

${isWhole ? PLAIN : STATUSES}

test(${literal(Buffer.from(title, 'latin1'))}, async () => {
  const server = createServer(handler);
  const [peer, socket] = socketPair();
  let received = '';
  peer.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  peer.on('error', () => {});
  server.emit('connection', socket);
  await settled();
${sent === '' ? '  // The peer has sent nothing.\n' : ''}${lines.join('\n')}
  peer.destroy();
});
`;
}

const PLAIN = `/** Without the time of day. */
const plain = (text) => text.replace(/^Date: .*\\r\\n/gm, '');`;

const STATUSES = `/** The status lines: the journal has no content, or secrets are masked in it. */
const plain = (text) => (text.match(/^HTTP\\/1\\.1 \\d{3}/gm) ?? []).join(' ');`;

const statusesOf = (text: string): string => (text.match(/^HTTP\/1\.1 \d{3}/gm) ?? []).join(' ');

const withoutDate = (text: string): string => text.replace(/^Date: .*\r\n/gm, '');
