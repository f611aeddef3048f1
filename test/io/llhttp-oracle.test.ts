import { describe, expect, it } from 'vitest';
import { latin1, observe, requestOptions, responseOptions } from './llhttp-observe.js';
import { nodeReadsRequest, nodeReadsResponse } from './llhttp-oracle.js';
import { requests, responses } from './llhttp-table.js';

for (const lenient of [false, true]) {
  describe(`requests, ${lenient ? 'lenient' : 'strict'}, as the host's server reads them`, () => {
    for (const [name, raw] of Object.entries(requests)) {
      it(name, async () => {
        const bytes = latin1(raw);
        expect(observe({ ...requestOptions, lenient }, [bytes])).toEqual(
          await nodeReadsRequest(bytes, { insecureHTTPParser: lenient }),
        );
      });
    }
  });

  describe(`responses, ${lenient ? 'lenient' : 'strict'}, as the host's client reads them`, () => {
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
