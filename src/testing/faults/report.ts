/** What everyFault has found. */
import type { FaultVerdict } from './judge.js';

/** One defect, with the smallest script that shows it. */
export interface Finding {
  /** What kind of defect it is. */
  readonly verdict: FaultVerdict;
  /** What is wrong, in words. Of a hang, the line of `explain()`. */
  readonly text: string;
  /** The fault with which it was found first, in words; of a defect without a fault: 'no fault'. */
  readonly fault: string;
  /** The steps of the smallest script: of a client's peers, or of a server's peer. */
  readonly script: readonly string[];
  /** Those of the peers of a server's own connections. */
  readonly upstream: readonly string[] | undefined;
  /** In how many runs it was seen. */
  readonly times: number;
  /** A test of node:test that shows it. */
  readonly test: string;
}

/** Runs of which nothing can be said. */
export interface UndecidedRuns {
  /** Why. */
  readonly text: string;
  /** How many there were. */
  readonly times: number;
}

/** The members of a report, without its methods. */
export interface FaultReportMembers {
  /** What order of runs was chosen by. */
  readonly seed: number;
  /** How many points the scripts have, at which faults were put. */
  readonly points: number;
  /** How many runs there were, those for shrinking included. */
  readonly runs: number;
  /** Of the single faults and of the pairs, how many were walked, and how many there are. */
  readonly walked: {
    readonly singles: number;
    readonly pairs: number;
    readonly of: { singles: number; pairs: number };
  };
  /** The defects. */
  readonly findings: readonly Finding[];
  /** Runs of which nothing can be said, by reason. */
  readonly undecided: readonly UndecidedRuns[];
  /** What a reader of the report should know: a program that keeps state between runs, or a limit that was reached. */
  readonly notes: readonly string[];
}

const counted = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;

/** What {@link everyFault} has found. `String(report)` is for people, `JSON.stringify(report)` for programs. */
export class FaultReport implements FaultReportMembers {
  readonly seed: number;
  readonly points: number;
  readonly runs: number;
  readonly walked: FaultReportMembers['walked'];
  readonly findings: readonly Finding[];
  readonly undecided: readonly UndecidedRuns[];
  readonly notes: readonly string[];

  /** @internal */
  constructor(members: FaultReportMembers) {
    const { seed, points, runs, walked, findings, undecided, notes } = members;
    this.seed = seed;
    this.points = points;
    this.runs = runs;
    this.walked = walked;
    this.findings = findings;
    this.undecided = undecided;
    this.notes = notes;
  }

  /** A paragraph for each finding, with its test, and a sum. */
  toString(): string {
    const { findings, undecided, notes, points, runs, walked, seed } = this;
    const { singles, pairs, of } = walked;
    const sum =
      `${counted(findings.length, 'finding')} in ${counted(runs, 'run')} at ${counted(points, 'point')}: ` +
      `${singles} of ${counted(of.singles, 'single fault')}, ${pairs} of ${counted(of.pairs, 'pair')} (seed ${seed})`;
    return [
      ...findings.map(findingText),
      ...undecided.map(({ text, times }) => `undecided, ${counted(times, 'run')}: ${text}`),
      ...notes.map((note) => `note: ${note}`),
      sum,
    ].join('\n\n');
  }

  /** All members, as a plain object. */
  toJSON(): FaultReportMembers {
    const { seed, points, runs, walked, findings, undecided, notes } = this;
    return { seed, points, runs, walked, findings, undecided, notes };
  }
}

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');

function findingText({ verdict, text, fault, times, test }: Finding): string {
  return `${verdict.toUpperCase()}  ${text}\n  found with: ${fault} (in ${counted(times, 'run')})\n\n${indented(test.trimEnd())}`;
}
