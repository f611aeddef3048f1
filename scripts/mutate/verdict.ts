/** The result of a mutant. */
import type { AnyStateMachine } from 'xstate';
import type { EventLike } from '../../src/engine/actor.js';
import { machines } from '../../src/machines/index.js';
import { alphabets } from '../../test/machines/alphabet.js';
import { alone, Course } from '../../test/machines/kit/course.js';
import { anything, firstDifference, QUERIED, type Surroundings } from './difference.js';
import type { Mutant } from './mutants.js';
import { Proofs, scenesOf } from './proofs.js';

export type Verdict =
  /** It breaks `by`: a law, a pledge or an order. */
  | { readonly kind: 'caught'; readonly by: string }
  /** It breaks none, but its world can distinguish it from the machine, by the events of `way` at the earliest. */
  | { readonly kind: 'survived'; readonly way: readonly EventLike[] }
  /** Its world can't distinguish it, but `way` can, a sequence of events that its world never sends. */
  | { readonly kind: 'unreached'; readonly way: readonly EventLike[] }
  /** No sequence of events can distinguish it: it is the same machine in other words. */
  | { readonly kind: 'equivalent' };

export class Judge {
  private readonly name: string;
  private readonly proofs: Proofs;
  private readonly original: Course;

  /** @param name the machine whose mutants are judged */
  constructor(name: string) {
    this.name = name;
    this.proofs = new Proofs(name);
    this.original = new Course(alone(machines[name]!));
  }

  judge({ make }: Mutant): Verdict {
    const machine = make();
    const by = this.proofs.brokenBy(machine);
    return by === undefined ? this.compare(machine) : { kind: 'caught', by };
  }

  private compare(machine: AnyStateMachine): Verdict {
    const courses = [this.original, new Course(alone(machine))] as const;
    const differenceIn = (surroundings: Surroundings<unknown>) =>
      firstDifference(courses, surroundings, QUERIED[this.name]!);
    for (const scene of scenesOf(this.name)) {
      const way = differenceIn(scene);
      if (way !== undefined) return { kind: 'survived', way };
    }
    const way = differenceIn({ events: alphabets[this.name]!.events, world: anything });
    return way === undefined ? { kind: 'equivalent' } : { kind: 'unreached', way };
  }
}
