/** Applies what test/machines proves of a machine to another machine in its place. */
import type { AnyStateMachine } from 'xstate';
import { alone, type Begin } from '../../test/machines/kit/course.js';
import { type Pair, pair } from '../../test/machines/kit/exchange.js';
import { exploreAll } from '../../test/machines/kit/explore.js';
import { documented, emittedOf, further, inHostOrder } from '../../test/machines/orders.js';
import { exchangeOf, exchangeScene } from '../../test/machines/scenes/exchange.js';
import { type AnyScene, scenes } from '../../test/machines/scenes/index.js';

/** Returns the first law, pledge or order that the machine breaks; undefined if it breaks none. */
type Proof = (machine: AnyStateMachine) => string | undefined;

/** The scenes with only the machine of this name. */
export function scenesOf(name: string): readonly AnyScene[] {
  return scenes.filter(({ machine }) => machine === name).map(({ scene }) => scene);
}

/** All proofs of the machine of this name. The one that failed last is tried first: it is likely to fail again. */
export class Proofs {
  private proofs: readonly Proof[];

  constructor(name: string) {
    this.proofs = proofsOf(name);
  }

  brokenBy(machine: AnyStateMachine): string | undefined {
    for (const proof of this.proofs) {
      const broken = attempt(proof, machine);
      if (broken === undefined) continue;
      this.proofs = [proof, ...this.proofs.filter((each) => each !== proof)];
      return broken;
    }
    return undefined;
  }
}

/** The machines of an exchange, by their names. */
const roles: ReadonlyMap<string, keyof Pair> = new Map([
  ['request', 'request'],
  ['incomingResponse', 'response'],
]);

function proofsOf(name: string): readonly Proof[] {
  const laws = scenesOf(name).map(
    (scene): Proof =>
      (machine) =>
        brokenIn(scene, alone(machine)),
  );
  const role = roles.get(name);
  if (role === undefined) return laws;
  return [
    (machine) => misorderedBy({ ...pair, [role]: machine }),
    ...laws,
    ...[false, true].map(
      (hostOrder): Proof =>
        (machine) =>
          brokenIn(exchangeScene(hostOrder), exchangeOf({ ...pair, [role]: machine })),
    ),
  ];
}

function brokenIn(scene: AnyScene, subject: Begin): string | undefined {
  return Object.keys(exploreAll({ ...scene, subject }, 1).broken)[0];
}

function misorderedBy(machines: typeof pair): string | undefined {
  const broken = [...documented, ...further, ...inHostOrder].find(
    ({ events, emitted }) => emittedOf(events, machines).join() !== emitted.join(),
  );
  return broken && `order ${broken.name}`;
}

/** A chart that doesn't come to rest throws. */
function attempt(proof: Proof, machine: AnyStateMachine): string | undefined {
  try {
    return proof(machine);
  } catch (error) {
    return (error as Error).message;
  }
}
