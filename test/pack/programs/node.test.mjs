import assert from 'node:assert';
import { it } from 'node:test';
import { facts } from './facts.mjs';
import required from './required.cjs';

it('works', async () => assert.equal(await facts(required), 'served /page'));
