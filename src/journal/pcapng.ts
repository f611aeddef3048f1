/**
 * Exports connections as pcapng (LINKTYPE_RAW): IPv4 and TCP made up around the bytes, with the transitions as comments of packets.
 * What was recorded is above TLS, so it is readable without keys.
 */
import { chosenOf, type ReadJournal, type RecordedConnection } from './reader.js';
import { type Moment, momentsOf } from './timeline.js';

const LINKTYPE_RAW = 101;
/** Bytes of content in a packet: an IPv4 packet has at most 65,535. */
const LONGEST = 16 * 1024;
/** The comment of a packet is cut after so many characters. */
const LONGEST_COMMENT = 2000;

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;

function block(type: number, body: Buffer): Buffer {
  const padded = (body.length + 3) & ~3;
  const whole = Buffer.alloc(padded + 12);
  whole.writeUInt32LE(type, 0);
  whole.writeUInt32LE(whole.length, 4);
  body.copy(whole, 8);
  whole.writeUInt32LE(whole.length, whole.length - 4);
  return whole;
}

function option(code: number, value: Buffer): Buffer {
  const whole = Buffer.alloc(4 + ((value.length + 3) & ~3));
  whole.writeUInt16LE(code, 0);
  whole.writeUInt16LE(value.length, 2);
  value.copy(whole, 4);
  return whole;
}

function beginning(): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(0x1a2b3c4d, 0);
  section.writeUInt16LE(1, 4);
  section.writeBigInt64LE(-1n, 8);
  const face = Buffer.alloc(8);
  face.writeUInt16LE(LINKTYPE_RAW, 0);
  // In µs, which is the default.
  return Buffer.concat([block(0x0a0d0d0a, section), block(1, face)]);
}

function sumOf(bytes: Buffer, start = 0): number {
  let sum = start;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  if (bytes.length % 2 === 1) sum += bytes[bytes.length - 1]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

interface End {
  readonly address: Buffer;
  readonly port: number;
  sequence: number;
}

function packet(from: End, to: End, flags: number, content: Buffer): Buffer {
  const tcp = Buffer.alloc(20 + content.length);
  tcp.writeUInt16BE(from.port, 0);
  tcp.writeUInt16BE(to.port, 2);
  tcp.writeUInt32BE(from.sequence >>> 0, 4);
  tcp.writeUInt32BE((flags & ACK) > 0 ? to.sequence >>> 0 : 0, 8);
  tcp[12] = 5 << 4;
  tcp[13] = flags;
  tcp.writeUInt16BE(65_535, 14);
  content.copy(tcp, 20);
  const pseudo = Buffer.alloc(12);
  from.address.copy(pseudo, 0);
  to.address.copy(pseudo, 4);
  pseudo[9] = 6;
  pseudo.writeUInt16BE(tcp.length, 10);
  tcp.writeUInt16BE(~sumOf(tcp, sumOf(pseudo)) & 0xffff, 16);
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(20 + tcp.length, 2);
  ip[8] = 64;
  ip[9] = 6;
  from.address.copy(ip, 12);
  to.address.copy(ip, 16);
  ip.writeUInt16BE(~sumOf(ip) & 0xffff, 10);
  from.sequence += content.length + ((flags & (SYN | FIN)) > 0 ? 1 : 0);
  return Buffer.concat([ip, tcp]);
}

/** An IPv4 address. Others, and unknown ones, become one of the network for documentation. */
function addressOf(text: string | undefined, last: number): Buffer {
  const plain = (text ?? '').replace(/^::ffff:/i, '');
  const parts = plain.split('.').map(Number);
  const isFour = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
  return isFour ? Buffer.from(parts) : Buffer.from([192, 0, 2, last]);
}

class Capture {
  private readonly begins: number;
  private readonly near: End;
  private readonly far: End;
  private hasFin = { near: false, far: false };
  private isReset = false;
  private notes: string[] = [];
  private blocks: Buffer[] = [];

  constructor(connection: RecordedConnection, index: number) {
    this.begins = connection.since.valueOf() * 1000;
    const { local, remote, role } = connection;
    const port = role === 'server' ? 80 : 49_152 + (index % 16_000);
    const other = role === 'server' ? 49_152 + (index % 16_000) : 80;
    this.near = { address: addressOf(local?.[0], 1), port: local?.[1] || port, sequence: 1000 };
    this.far = { address: addressOf(remote?.[0], 2), port: remote?.[1] || other, sequence: 2000 };
    const [caller, called] = role === 'server' ? [this.far, this.near] : [this.near, this.far];
    this.send(0, caller, called, SYN);
    this.send(0, called, caller, SYN | ACK);
    this.send(0, caller, called, ACK);
  }

  private send(at: number, from: End, to: End, flags: number, content: Buffer = Buffer.alloc(0), comment = ''): void {
    const bytes = packet(from, to, flags, content);
    const time = BigInt(Math.max(0, Math.round(this.begins + at)));
    const head = Buffer.alloc(20);
    head.writeUInt32LE(Number(time >> 32n), 4);
    head.writeUInt32LE(Number(time & 0xffffffffn), 8);
    head.writeUInt32LE(bytes.length, 12);
    head.writeUInt32LE(bytes.length, 16);
    const padding = Buffer.alloc((4 - (bytes.length % 4)) % 4);
    const options = comment === '' ? [] : [option(1, Buffer.from(comment.slice(0, LONGEST_COMMENT))), Buffer.alloc(4)];
    this.blocks.push(block(6, Buffer.concat([head, bytes, padding, ...options])));
  }

  add({ what, at, bytes, text }: Moment): void {
    const { near, far } = this;
    if (what === 'step' || what === 'program' || what === 'timeout' || what === 'end') {
      this.notes.push(text);
      return;
    }
    const comment = this.notes.join('\n');
    this.notes = [];
    if (this.isReset) return;
    if (what === 'in' || what === 'out') {
      const [from, to] = what === 'in' ? [far, near] : [near, far];
      if (what === 'in' ? this.hasFin.far : this.hasFin.near) return;
      for (let begin = 0; begin < (bytes as Buffer).length; begin += LONGEST) {
        this.send(
          at,
          from,
          to,
          PSH | ACK,
          (bytes as Buffer).subarray(begin, begin + LONGEST),
          begin === 0 ? comment : '',
        );
      }
    } else if (what === 'fin' && !this.hasFin.far) {
      this.hasFin.far = true;
      this.send(at, far, near, FIN | ACK, undefined, comment);
    } else if (what === 'sent fin' && !this.hasFin.near) {
      this.hasFin.near = true;
      this.send(at, near, far, FIN | ACK, undefined, comment);
    } else if (what === 'reset' || what === 'sent reset') {
      this.isReset = true;
      const [from, to] = what === 'reset' ? [far, near] : [near, far];
      this.send(at, from, to, RST | ACK, undefined, comment);
    }
  }

  /** The packets since the last call. */
  take(): Buffer {
    const bytes = Buffer.concat(this.blocks);
    this.blocks = [];
    return bytes;
  }

  /** What came after the last packet. */
  end(at: number): void {
    if (this.notes.length === 0 || this.isReset) return;
    this.send(at, this.near, this.far, ACK, undefined, this.notes.join('\n'));
  }
}

/**
 * Connections as the bytes of a pcapng file. Those that can't be replayed are left out.
 *
 * @param onLeftOut called with each of these, and why
 */
export async function* toPcapng(
  journal: ReadJournal,
  connections?: readonly RecordedConnection[],
  onLeftOut?: (connection: RecordedConnection, error: Error) => void,
): AsyncGenerator<Buffer> {
  const chosen = chosenOf(journal, connections);
  yield beginning();
  for (const [index, connection] of chosen.entries()) {
    try {
      const capture = new Capture(connection, index);
      let last = 0;
      for await (const moments of momentsOf(connection)) {
        for (const moment of moments) capture.add(moment);
        last = moments.at(-1)?.at ?? last;
        yield capture.take();
      }
      capture.end(last);
      yield capture.take();
    } catch (error) {
      onLeftOut?.(connection, error as Error);
    }
  }
}
