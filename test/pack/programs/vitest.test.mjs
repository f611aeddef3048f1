import { expect, it } from 'vitest';
import { facts } from './facts.mjs';
import required from './required.cjs';

it('works', async () => expect(await facts(required)).toBe('served /page'));
