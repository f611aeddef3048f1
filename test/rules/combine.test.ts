import { once } from 'node:events';
import { createServer, IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { combine, distinct } from '../../src/rules/combine.js';

type Lines = [name: string, value: string][];

const singletons =
  'age authorization content-length content-type etag expires from host if-modified-since if-unmodified-since ' +
  'last-modified location max-forwards proxy-authorization referer retry-after server user-agent';
const special = [...singletons.split(' '), 'set-cookie', 'cookie'];
const plain = 'accept connection content-length x-a traceparent vary __proto__ constructor tostring valueof _'.split(
  ' ',
);

const trainCased = (names: string[]) =>
  fc.constantFrom(...names).map((name) => name.replace(/\b[a-z]/g, (char) => char.toUpperCase()));
const nameFrom = (names: string[]) =>
  fc.oneof(fc.constantFrom(...names), trainCased(names), fc.mixedCase(fc.constantFrom(...names)));
const value = fc.constantFrom('', 'a', 'b', 'c, d', 'é');
const linesFrom = (names: string[]): fc.Arbitrary<Lines> =>
  fc.array(fc.tuple(nameFrom(names), value), { maxLength: 12 });

/** An object with what `toEqual` does not compare: the order of its names, and its prototype. */
function whole(headers: object) {
  return { entries: Object.entries(headers), prototype: Object.getPrototypeOf(headers) };
}

function whatWeSay(rawHeaders: string[], joinDuplicates: boolean) {
  return { headers: whole(combine(rawHeaders, joinDuplicates)), distinct: whole(distinct(rawHeaders)) };
}

describe('on a message created by the program', () => {
  type HandMade = IncomingMessage & {
    joinDuplicateHeaders: boolean;
    _addHeaderLines(rawHeaders: string[], length: number): void;
  };

  function headersOfNode(rawHeaders: string[], joinDuplicateHeaders: boolean) {
    const message = new IncomingMessage(new Socket()) as HandMade;
    message.joinDuplicateHeaders = joinDuplicateHeaders;
    message._addHeaderLines(rawHeaders, rawHeaders.length);
    return { headers: whole(message.headers), distinct: whole(message.headersDistinct) };
  }

  it.each(special)('treats %s like node:http', (name) => {
    for (const join of [false, true]) {
      for (const spelling of [name, name.toUpperCase()]) {
        const rawHeaders = [name, '1', spelling, '', name, '3'];
        expect(whatWeSay(rawHeaders, join)).toEqual(headersOfNode(rawHeaders, join));
      }
    }
  });

  it('has the result of node:http', () => {
    const property = fc.property(linesFrom([...special, ...plain]), fc.boolean(), (lines, join) => {
      expect(whatWeSay(lines.flat(), join)).toEqual(headersOfNode(lines.flat(), join));
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('adds to a given object', () => {
    expect(combine(['B', '2', 'a', '3'], false, { a: '1' })).toEqual({ a: '1, 3', b: '2' });
    expect(distinct(['B', '2', 'a', '3'], { a: ['1'] })).toEqual({ a: ['1', '3'], b: ['2'] });
  });
});

describe.each([false, true])('on the wire with joinDuplicateHeaders %s', (joinDuplicateHeaders) => {
  const framing = ['content-length', 'transfer-encoding', 'host'];
  const names = [...special, ...plain].filter((name) => !framing.includes(name));
  let server: Server;
  let peer: Socket;

  beforeEach(async () => {
    server = createServer({ joinDuplicateHeaders }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    peer = connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
  });

  afterEach(() => {
    peer.destroy();
    server.close();
  });

  const written = (lines: Lines) => lines.map(([name, text]) => `${name}: ${text}\r\n`).join('');

  async function exchange(head: Lines, tail: Lines): Promise<IncomingMessage> {
    const start = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n';
    peer.write(`${start}${written(head)}\r\n0\r\n${written(tail)}\r\n`, 'latin1');
    const [request, response] = await once(server, 'request');
    await once(request.resume(), 'end');
    response.end();
    return request;
  }

  it('has the result of node:http', async () => {
    const property = fc.asyncProperty(linesFrom(names), linesFrom(names), async (head, tail) => {
      const request = await exchange(head, tail);
      expect(whatWeSay(request.rawHeaders, joinDuplicateHeaders)).toEqual({
        headers: whole(request.headers),
        distinct: whole(request.headersDistinct),
      });
      expect(whatWeSay(request.rawTrailers, joinDuplicateHeaders)).toEqual({
        headers: whole(request.trailers),
        distinct: whole(request.trailersDistinct),
      });
    });
    await fc.assert(property, { numRuns: 300 });
  });
});
