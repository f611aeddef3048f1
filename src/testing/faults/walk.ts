/** The walk: the scout, all single faults, pairs of them, and what becomes of findings. */
import { hostNow } from '../../io/clock.js';
import type { Moment } from './caller.js';
import { chance, shuffle } from './chance.js';
import { clientFaults } from './clientFaults.js';
import { type FaultVerdict, hasSign, type Sign } from './judge.js';
import { pointsOf } from './points.js';
import { type Imports, printed, stepsOf } from './printed.js';
import { FaultReport, type Finding } from './report.js';
import { type Case, type Outcome, type Program, run } from './run.js';
import { scriptKey } from './script.js';
import { faultsAtPoints, serverFaults } from './serverFaults.js';
import { shrink } from './shrink.js';

/** How far the walk has come. */
export interface FaultProgress {
  /** The number of runs so far. */
  readonly runs: number;
  /** Of how many, at most. */
  readonly of: number;
  /** How many findings there are. */
  readonly findings: number;
  /** How much time has passed, in ms. */
  readonly ms: number;
  /** The fault of the next run, in words. */
  readonly fault: string;
  /** The steps of the next run. */
  readonly script: readonly string[];
  /** Those of the peers of a server's own connections. */
  readonly upstream: readonly string[] | undefined;
}

export interface Plan {
  readonly program: Program;
  readonly base: Case;
  readonly limit: { readonly runs: number; readonly seconds: number };
  readonly patience: number;
  readonly seed: number;
  readonly only: readonly FaultVerdict[];
  readonly imports: Imports;
  readonly onProgress: (progress: FaultProgress) => void;
}

/** A case, and the faults in it. */
interface Walked {
  readonly what: string;
  readonly case: Case;
  readonly isCut: boolean;
}

interface Found {
  readonly sign: Sign;
  readonly walked: Walked;
  times: number;
}

const NO_FAULT = 'no fault';

const caseKey = ({ script = [], upstream = [] }: Case): string => `${scriptKey(script)} | ${scriptKey(upstream)}`;

/** One of each in turn. */
const alternated = <T>(one: readonly T[], other: readonly T[]): T[] =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, at) => [
    ...one.slice(at, at + 1),
    ...other.slice(at, at + 1),
  ]).flat();

/** So many pairs are made at most; they are chosen by chance. */
const PAIRS = 20_000;

export class Walk {
  private readonly plan: Plan;
  private readonly begin = hostNow();
  private readonly found = new Map<string, Found>();
  private readonly refuted = new Set<string>();
  private readonly undecided = new Map<string, number>();
  private readonly notes: string[] = [];
  private runs = 0;
  private isClose = true;
  private isLong = false;
  private accepted: ReadonlySet<string> = new Set();
  private keeps: ReadonlySet<string> | undefined;
  /** After this fault the program doesn't work any more, even in a new run. */
  private broken: string | undefined;
  /** The fault of the present run. */
  private what = NO_FAULT;
  /** How many of these runs are left. */
  private left = 0;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  async walk(): Promise<FaultReport> {
    const { base, limit } = this.plan;
    // What is played as it is has no other run to compare it with: it shows what was decided before.
    if (limit.runs === 1) this.keeps = new Set();
    const scout = await this.run(base, true);
    this.keeps ??= new Set(scout.keeps);
    // A program that does nothing outside needs no close look at each run.
    this.isClose = scout.hasWorked;
    this.isLong = scout.isLong;
    this.accepted = new Set(scout.open);
    await this.take({ what: NO_FAULT, case: base, isCut: false }, scout);
    if (limit.runs > 1) this.notes.push(...scout.oddities.map((text) => `without a fault, ${text}`));
    if (limit.runs === 1) return await this.reportOf(scout, [0, 0], [0, 0]);
    const singles = this.singles(base, scout.moments, scout.upstreamMoments);
    const walkedSingles = await this.walkAll(singles);
    const pairs = this.isOver ? [] : this.pairs(singles);
    const walkedPairs = await this.walkAll(pairs);
    if (this.broken !== undefined)
      this.notes.push(
        `the program keeps state between runs, and doesn't recover from ${this.broken}: the walk has ended with that`,
      );
    else if (this.isOver && walkedSingles < singles.length)
      this.notes.push(`the limit (${limit.runs} runs, ${limit.seconds} s) has ended the walk before all single faults`);
    this.left = 0;
    if (this.broken === undefined) await this.compare(base, scout);
    return await this.reportOf(scout, [walkedSingles, walkedPairs], [singles.length, pairs.length]);
  }

  private async reportOf(
    scout: Outcome,
    [singles, pairs]: readonly [number, number],
    [allSingles, allPairs]: readonly [number, number],
  ): Promise<FaultReport> {
    const findings = await this.findings();
    return new FaultReport({
      seed: this.plan.seed,
      points: this.pointCount(scout),
      runs: this.runs,
      walked: { singles, pairs, of: { singles: allSingles, pairs: allPairs } },
      findings,
      undecided: [...this.undecided].map(([text, times]) => ({ text, times })),
      notes: this.notes,
    });
  }

  private get isOver(): boolean {
    const { runs, seconds } = this.plan.limit;
    return this.broken !== undefined || this.runs >= runs || hostNow() - this.begin >= seconds * 1000;
  }

  /** To shrink takes no longer than to walk. */
  private get isTooLate(): boolean {
    return hostNow() - this.begin >= this.plan.limit.seconds * 2000;
  }

  private pointCount({ moments, upstreamMoments }: Outcome): number {
    const { script, upstream } = this.plan.base;
    return (
      (script === undefined ? 0 : pointsOf(script, moments).length) +
      (upstream === undefined ? 0 : pointsOf(upstream, upstreamMoments).length)
    );
  }

  /** @param isSure whether to look closely */
  private async run(one: Case, isSure: boolean, what = this.what): Promise<Outcome> {
    const { program, patience, only } = this.plan;
    this.what = what;
    this.announce(one);
    this.runs++;
    const { accepted, keeps, isLong } = this;
    const isClose = this.isClose || isSure;
    const notes = this.runs === 1;
    const outcome = await run(program, one, { patience, isClose, isLong: isLong || isSure, notes, accepted, keeps });
    return { ...outcome, signs: outcome.signs.filter(({ verdict }) => only.includes(verdict)) };
  }

  /** With one fault, on either side in turn. */
  private singles(base: Case, moments: readonly Moment[], upstreamMoments: readonly Moment[]): Walked[] {
    const { script, upstream } = base;
    const near = script === undefined ? [] : serverFaults(script, moments);
    const far = upstream === undefined ? [] : clientFaults(upstream, upstreamMoments);
    const side = script === undefined ? '' : 'upstream: ';
    const walked = alternated<Walked>(
      near.map(({ what, script: faulty, isCut = false }) => ({ what, case: { ...base, script: faulty }, isCut })),
      far.map(({ what, script: faulty, isCut = false }) => ({
        ...{ what: side + what, case: { ...base, upstream: faulty } },
        isCut,
      })),
    );
    const known = new Set([caseKey(base)]);
    const all = walked.filter((each) => known.size < known.add(caseKey(each.case)).size);
    return [...all.filter(({ isCut }) => !isCut), ...all.filter(({ isCut }) => isCut)];
  }

  /** With another fault in what has one. */
  private pairs(singles: readonly Walked[]): Walked[] {
    const { seed } = this.plan;
    const random = chance(seed);
    const pairs: Walked[] = [];
    const firsts = shuffle([...singles], random).filter(({ isCut }) => !isCut || random() < 0.1);
    const known = new Set(singles.map((each) => caseKey(each.case)));
    for (const first of firsts) {
      if (pairs.length >= PAIRS) break;
      const { script, upstream } = first.case;
      const more: Walked[] = [];
      if (script !== undefined && script.length <= 30) {
        for (const { what, script: faulty } of faultsAtPoints(script, []))
          more.push({ what, case: { ...first.case, script: faulty }, isCut: false });
      }
      if (upstream !== undefined && upstream.length <= 30) {
        for (const { what, script: faulty, isCut = false } of clientFaults(upstream, []))
          if (!isCut) more.push({ what, case: { ...first.case, upstream: faulty }, isCut });
      }
      for (const { what, case: second } of more) {
        if (known.size < known.add(caseKey(second)).size)
          pairs.push({ what: `${first.what}; and ${what}`, case: second, isCut: false });
      }
    }
    return shuffle(pairs, random);
  }

  /** @returns how many were walked */
  private async walkAll(all: readonly Walked[]): Promise<number> {
    let count = 0;
    for (const one of all) {
      if (this.isOver) break;
      this.left = all.length - count;
      await this.take(one, await this.run(one.case, false, one.what));
      count++;
    }
    return count;
  }

  private announce(one: Case): void {
    const { limit, onProgress, program } = this.plan;
    const { runs, found, begin, what: fault, left } = this;
    const of = Math.max(runs, Math.min(limit.runs, runs + left));
    onProgress({
      ...{ runs, of, findings: found.size, ms: hostNow() - begin, fault },
      // Text of large bodies takes time, and nobody may want it.
      get script() {
        return stepsOf(program.kind, one).script;
      },
      get upstream() {
        return stepsOf(program.kind, one).upstream;
      },
    });
  }

  /** What is new is looked at closely, once more. */
  private async take(walked: Walked, { signs, undecided }: Outcome): Promise<void> {
    if (undecided !== undefined) this.undecided.set(undecided, (this.undecided.get(undecided) ?? 0) + 1);
    for (const key of new Set(signs.map((sign) => sign.key))) {
      const known = this.found.get(key);
      if (known !== undefined) known.times++;
    }
    const fresh = signs.filter(
      ({ key }) => !this.found.has(key) && !this.refuted.has(`${key} ${caseKey(walked.case)}`),
    );
    if (fresh.length === 0) return;
    const again = await this.run(walked.case, true);
    for (const sign of fresh) {
      const { key } = sign;
      if (hasSign(again.signs, sign)) {
        if (!this.found.has(key)) this.found.set(key, { sign, walked, times: 1 });
        if (walked.what !== NO_FAULT && hasSign((await this.run(this.plan.base, true)).signs, sign))
          this.broken ??= walked.what;
        continue;
      }
      this.refuted.add(`${key} ${caseKey(walked.case)}`);
      const reason = again.undecided ?? 'what was seen was not seen again in a second run';
      this.undecided.set(reason, (this.undecided.get(reason) ?? 0) + 1);
    }
  }

  /** A module keeps state between runs: then a run depends on those before. */
  private async compare(base: Case, scout: Outcome): Promise<void> {
    const { print } = await this.run(base, true, NO_FAULT);
    if (print !== scout.print)
      this.notes.push(
        'the first run, made again at the end, is another: the program keeps state between runs, or leaves something to chance',
      );
  }

  private async findings(): Promise<Finding[]> {
    const { program, imports } = this.plan;
    const findings: Finding[] = [];
    for (const { sign, walked, times } of this.found.values()) {
      const holds = async (smaller: Case): Promise<boolean> =>
        !this.isTooLate && hasSign((await this.run(smaller, false)).signs, sign);
      this.what = walked.what;
      const isSmall = this.plan.limit.runs === 1 || this.broken !== undefined;
      const smallest = isSmall ? walked.case : await shrink(walked.case, holds);
      const last = (await this.run(smallest, true)).signs.find(({ key }) => key === sign.key) ?? sign;
      findings.push({
        verdict: last.verdict,
        text: last.text,
        fault: walked.what,
        ...stepsOf(program.kind, smallest),
        times,
        test: printed(program, smallest, last, walked.what, imports),
      });
    }
    return findings;
  }
}
