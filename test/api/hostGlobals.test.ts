/** A stand-in behaves as the global in whose place it is exported, and doesn't touch it before. */
import { afterEach, expect, it } from 'vitest';
import { standIn } from '../../src/api/process/hostGlobals.js';

const NAME = 'MadeAtFirstAccess';

class Real {
  static readonly OPEN = 1;
  readonly url: string;
  readonly target: unknown;
  constructor(url: string) {
    this.url = url;
    this.target = new.target;
  }
  get path(): string {
    return `${this.url}/`;
  }
}

let accesses = 0;
function declare(): typeof Real {
  accesses = 0;
  const get = () => {
    accesses++;
    return Real;
  };
  Object.defineProperty(globalThis, NAME, { get, configurable: true });
  return standIn<string>(NAME) as unknown as typeof Real;
}

afterEach(() => void Reflect.deleteProperty(globalThis, NAME));

it('is undefined without the global', () => {
  expect(standIn<string>(NAME)).toBeUndefined();
});

it('accesses the global when it is used', () => {
  const Made = declare();
  expect(accesses).toBe(0);
  expect(Made.OPEN).toBe(1);
  expect(accesses).toBe(1);
});

it('makes instances of the global', () => {
  const Made = declare();
  const made = new Made('ws://a');
  expect([made.path, made.target, made.constructor]).toEqual(['ws://a/', Real, Real]);
  expect([made instanceof Real, made instanceof Made, new Real('a') instanceof Made]).toEqual([true, true, true]);
  expect(Made.prototype).toBe(Real.prototype);
  expect('OPEN' in Made).toBe(true);
});

it('can be extended', () => {
  const Made = declare();
  class Mine extends Made {
    readonly mine = true;
  }
  const made = new Mine('ws://b');
  expect([made.path, made.mine, made.target]).toEqual(['ws://b/', true, Mine]);
  expect(made).toBeInstanceOf(Real);
});

it('is not called without new, like the global', () => {
  const Made = declare() as unknown as () => void;
  expect(() => Made()).toThrow(TypeError);
});
