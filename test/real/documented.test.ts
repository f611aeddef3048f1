/** Every public symbol has a description, and what editors show is short. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Printed {
  readonly symbols: readonly { readonly name: string; readonly count: number; readonly lacking: readonly string[] }[];
  readonly hovers: readonly { readonly name: string; readonly shown: string; readonly description: string }[];
  /** What is shown of names in programs. */
  readonly types: readonly { readonly program: string; readonly shown: string }[];
}

const program = fileURLToPath(new URL('./documented.mjs', import.meta.url));
const { symbols, hovers, types } = JSON.parse(
  execFileSync(process.execPath, [program], { encoding: 'utf8' }),
) as Printed;

/** About as many as there are, so that symbols which aren't found are noticed. */
const LEAST: Readonly<Record<string, number>> = {
  index: 400,
  https: 140,
  testing: 70,
  register: 5,
  machines: 8,
  journal: 150,
};

describe('a description', () => {
  it.each(symbols)('has every public symbol of $name', ({ name, count, lacking }) => {
    expect(lacking).toEqual([]);
    expect(count).toBeGreaterThanOrEqual(LEAST[name]!);
  });
});

describe('what an editor shows', () => {
  it.each(hovers)('of $name is short, and says what it is', ({ name, shown, description }) => {
    expect(shown).not.toMatch(/Callable|Methods/);
    expect(description).toMatch(/\w+ .+\./);
    if (!name.endsWith('createServer')) return;
    expect(shown).toMatch(/\(options\?: .+, listener\?: .+\): \w*Server</);
  });

  it.each(types)('of a value has public names: $program $shown', ({ shown }) => {
    expect(shown).toMatch(
      /: (secure\.)?(Agent|ClientRequest|IncomingMessage|(OutgoingMessage|Server|ServerResponse)<.+>)/,
    );
    expect(shown).not.toMatch(/Callable|Methods|RequestToRespondTo/);
  });

  it('are ten symbols or more', () => {
    expect(hovers.length).toBeGreaterThanOrEqual(10);
  });
});
