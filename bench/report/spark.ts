import type { Machine } from '../harness/machine.ts';
import { markdownTable, provenance } from './markdown.ts';

/** A step of a session of Spark. */
export interface SparkStep {
  readonly step: string;
  readonly seconds: number;
  /** CPU seconds of driver and executors, with their Python and Node. */
  readonly cpu: number;
  readonly version: string;
}

export interface SparkCase {
  readonly rows: number;
  readonly columns: number;
  readonly executors: number;
  readonly steps: readonly SparkStep[];
}

/** What bench/spark.ts writes. */
export interface SparkResults {
  readonly command: string;
  readonly machine: Machine;
  readonly spark: readonly SparkCase[];
}

const NAMES: Readonly<Record<string, string>> = {
  scan: 'Spark reads the vectors',
  moments: '`god_spark.fit_pca`',
  mllib: "Spark's MLlib, PCA",
  plain: '`god worker` without Spark, one process',
};

/** Sums of rows on Spark, of any number of runs. */
export function sparkSection(runs: readonly SparkResults[]): string {
  const spark = runs.flatMap((run) => run.spark);
  const rows = spark.flatMap(({ rows, columns, executors, steps }) => {
    const mllib = steps.find(({ step }) => step === 'mllib');
    return steps.map(({ step, seconds, cpu }) => [
      `${rows} x ${columns}`,
      step === 'plain' ? '' : String(executors),
      NAMES[step] ?? step,
      `${seconds.toFixed(1)} s`,
      `${cpu.toFixed(1)} s`,
      String(Math.round(rows / seconds)),
      step === 'mllib' || mllib === undefined ? '' : (seconds / mllib.seconds).toFixed(2),
    ]);
  });
  return [
    `Moments of all rows of Parquet files, as a PCA needs them, by Spark ${spark[0]?.steps[0]?.version} with executors of one core.`,
    markdownTable(
      ['rows', 'executors', 'what', 'time', 'CPU', 'rows a second', 'share of the time of MLlib'],
      rows,
      'rrlrrrr',
    ),
    'MLlib also finds the components, in little time. CPU is that of driver and executors, with their Python and Node.',
    ...runs.map(({ machine, command }) => provenance(machine, command)),
  ].join('\n\n');
}
