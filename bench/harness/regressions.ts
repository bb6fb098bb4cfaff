import { ours } from './case.ts';
import type { CaseResult, ContenderResult, Results } from './results.ts';

/** How one case of ours changed between two runs of the benchmarks. */
export interface Change {
  readonly name: string;
  /** New time divided by old, each relative to the reference work of its own run; undefined when one is missing. */
  readonly factor?: number;
  readonly verdict: 'slower' | 'faster' | 'same' | 'not comparable';
  readonly reason?: string;
}

/**
 * Compares this package's times in two results. A case is slower when both the median and the least of its times relative to
 * the reference work have grown by more than `tolerance`: noise moves one of them easily, both rarely. What both runs have in
 * common is judged; a case that only one has is named and not judged.
 */
export function compareResults(before: Results, after: Results, tolerance: number): Change[] {
  const old = new Map(before.cases.map((entry) => [nameOf(entry), entry]));
  const now = new Map(after.cases.map((entry) => [nameOf(entry), entry]));
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.map((name) => compareCase(name, own(old.get(name)), own(now.get(name)), tolerance));
}

/** Why the two runs are hard to compare; usually empty. */
export function differences(before: Results, after: Results): string[] {
  const facts = ({ machine, threads }: Results) =>
    ({ cpu: machine.cpu, simd: machine.simd, processors: machine.processors, threads }) as const;
  const [old, now] = [facts(before), facts(after)];
  return (Object.keys(old) as (keyof typeof old)[])
    .filter((key) => old[key] !== now[key])
    .map((key) => `${key}: ${old[key]} before, ${now[key]} now`);
}

function compareCase(
  name: string,
  old: ContenderResult | undefined,
  now: ContenderResult | undefined,
  tolerance: number,
): Change {
  if (old?.relative === undefined || now?.relative === undefined) {
    const reason = old?.relative === undefined ? 'not in the old results' : 'not in the new results';
    return { name, verdict: 'not comparable', reason };
  }
  const median = now.relative.median / old.relative.median;
  const least = now.relative.min / old.relative.min;
  const [smaller, larger] = [Math.min(median, least), Math.max(median, least)];
  if (smaller > 1 + tolerance) return { name, factor: median, verdict: 'slower' };
  if (larger < 1 / (1 + tolerance)) return { name, factor: median, verdict: 'faster' };
  return { name, factor: median, verdict: 'same' };
}

function nameOf({ kernel, title }: CaseResult): string {
  return `${kernel}: ${title}`;
}

function own(entry: CaseResult | undefined): ContenderResult | undefined {
  return entry?.contenders.find(({ name }) => name === ours);
}
