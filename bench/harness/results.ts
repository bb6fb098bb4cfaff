// What bench/run.ts writes and bench/report.ts and bench/compare.ts read.
import type { Origin } from './case.ts';
import type { Machine } from './machine.ts';

/** Numbers of a contender's runs: seconds, or seconds divided by those of the reference work. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly runs: number;
}

/** One contender's figures. */
export interface ContenderResult {
  readonly name: string;
  readonly from?: Origin;
  readonly seconds?: Spread;
  /** Each run's time divided by that of the reference work done in the same round: bench/reference-work.ts. */
  readonly relative?: Spread;
  readonly quality?: Readonly<Record<string, number>>;
  /** Median of this contender divided by ours. */
  readonly timesOurs?: number;
  /** What its time divided by that of `by`, a contender of ours whose result is as good, must reach, and what it was. */
  readonly bar?: BarResult;
  readonly peakBytes?: number;
  /** What ours must stay within, and whether it did. */
  readonly limits?: readonly LimitResult[];
  /** Why it did not run. */
  readonly absent?: string;
}

export interface BarResult {
  readonly atLeast: number;
  readonly met: boolean;
  /** Absent when no contender of ours was as good. */
  readonly by?: string;
  readonly times?: number;
}

export interface LimitResult {
  readonly of: 'seconds' | 'bytes';
  readonly most: number;
  readonly met: boolean;
}

export interface CaseResult {
  readonly kernel: string;
  readonly title: string;
  readonly headline?: boolean;
  /** Where it differs from that of the whole run. */
  readonly threads?: number;
  readonly contenders: readonly ContenderResult[];
}

export interface Results {
  /** The command that made them. */
  readonly command: string;
  readonly machine: Machine;
  readonly threads: number;
  readonly cases: readonly CaseResult[];
}

export function spread(values: readonly number[]): Spread {
  return { median: middle(values), min: Math.min(...values), runs: values.length };
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}
