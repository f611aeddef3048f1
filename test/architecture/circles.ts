/** Circles of imports. Types count as much as values: to read one file of a circle, one has to read all. */
import type { Source } from './source.js';

interface Visit {
  readonly path: string;
  readonly number: number;
  /** The earliest open visit that is reachable from here. */
  lowest: number;
}

/**
 * Tarjan's algorithm: a visit stays open until it is known whether an earlier one is reachable from it.
 * @returns the files of each circle, sorted
 */
export function circles(sources: readonly Source[]): string[][] {
  const targets = new Map(sources.map(({ path, imports }) => [path, imports.map(({ target }) => target)]));
  const visits = new Map<string, Visit>();
  const open: Visit[] = [];
  const found: string[][] = [];

  function enter(path: string): Visit {
    const visit: Visit = { path, number: visits.size, lowest: visits.size };
    visits.set(path, visit);
    open.push(visit);
    for (const target of targets.get(path) ?? []) {
      if (!targets.has(target)) continue;
      const known = visits.get(target);
      if (known === undefined) visit.lowest = Math.min(visit.lowest, enter(target).lowest);
      else if (open.includes(known)) visit.lowest = Math.min(visit.lowest, known.number);
    }
    if (visit.lowest === visit.number) close(visit);
    return visit;
  }

  function close(visit: Visit): void {
    const circle = open.splice(open.indexOf(visit)).map(({ path }) => path);
    if (circle.length > 1 || targets.get(visit.path)?.includes(visit.path)) found.push(circle.sort());
  }

  for (const path of targets.keys()) if (!visits.has(path)) enter(path);
  return found;
}
