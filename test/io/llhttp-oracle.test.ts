import { describe, expect, it } from 'vitest';
import { HOST } from '../conversations/kit/host.js';
import { latin1, observe, requestOptions, responseOptions } from './llhttp-observe.js';
import { nodeReadsChunks, nodeReadsRequest, nodeReadsResponse } from './llhttp-oracle.js';
import { requests as all, responses } from './llhttp-table.js';

/** Since 26, Node reads the body of an upgrade: see `upgrade-body` in docs/differences-from-node.md. */
const isAlike = (name: string): boolean => HOST < 26 || !/^an upgrade (with a body|in chunks)$/.test(name);

const requests = Object.fromEntries(Object.entries(all).filter(([name]) => isAlike(name)));

for (const lenient of [false, true]) {
  describe(`requests, ${lenient ? 'lenient' : 'strict'}, are read like in the host's server`, () => {
    for (const [name, raw] of Object.entries(requests)) {
      it(name, async () => {
        const bytes = latin1(raw);
        expect(observe({ ...requestOptions, lenient }, [bytes])).toEqual(
          await nodeReadsRequest(bytes, { insecureHTTPParser: lenient }),
        );
      });
    }
  });

  describe(`responses, ${lenient ? 'lenient' : 'strict'}, are read like in the host's client`, () => {
    for (const [name, raw] of Object.entries(responses)) {
      it(name, async () => {
        const bytes = latin1(raw);
        expect(observe({ ...responseOptions, lenient }, [bytes])).toEqual(
          await nodeReadsResponse(bytes, { insecureHTTPParser: lenient }),
        );
      });
    }
  });
}

describe('requests in two chunks are read like in the host, including the position of an error', () => {
  for (const [name, raw] of Object.entries(requests)) {
    it(name, async () => {
      const bytes = latin1(raw);
      const step = Math.max(1, bytes.length >> 3);
      for (let at = 1; at < bytes.length; at += step) {
        const halves = [bytes.subarray(0, at), bytes.subarray(at)];
        expect(observe(requestOptions, halves), `cut at ${at}`).toEqual(await nodeReadsChunks(halves));
      }
    });
  }
});
