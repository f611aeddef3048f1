/** nock 13. */
import nock from 'nock13';
import { run } from './nock.mjs';

await run(nock);
