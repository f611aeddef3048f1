/** nock 14. */
import nock from 'nock14';
import { run } from './nock.mjs';

await run(nock);
