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
  /** How far the sum's components and variances are from those of PCA.fit; the variances as shares of the greatest. */
  readonly error?: number;
}

/** What bench/spark.ts writes. */
export interface SparkResults {
  readonly command: string;
  readonly machine: Machine;
  readonly onSpark: readonly SparkCase[];
}

const NAMES: Readonly<Record<string, string>> = {
  scan: 'Spark reads the vectors',
  pass: 'Spark hands the vectors to Python',
  moments: 'PCA by `god_spark.fit_pca`',
  binary: 'the same, vectors as binary',
  mllib: 'PCA by MLlib',
  transform: '`god_spark.transform`',
  'mllib-transform': 'transform by MLlib',
  encode: '`god_spark.encode`',
  place: '`god_spark.place`',
  'plain-moments': 'PCA by `god worker` without Spark, one process',
  'plain-transform': '`god worker transform` without Spark, one process',
  'plain-encode': '`god worker encode` without Spark, one process',
  'plain-place': '`god worker place` without Spark, one process',
};

/** The step of MLlib that does the same. */
const PEERS: Readonly<Record<string, string>> = {
  moments: 'mllib',
  binary: 'mllib',
  transform: 'mllib-transform',
};

/** What Spark does with rows beside MLlib, of any number of runs. */
export function sparkSection(runs: readonly SparkResults[]): string {
  const spark = runs.flatMap((run) => run.onSpark);
  const rows = spark.flatMap(({ rows, columns, executors, steps }) =>
    steps.map(({ step, seconds, cpu }) => {
      const peer = steps.find((other) => other.step === PEERS[step]);
      return [
        `${rows} x ${columns}`,
        step.startsWith('plain-') ? '' : String(executors),
        NAMES[step] ?? step,
        `${seconds.toFixed(1)} s`,
        `${cpu.toFixed(1)} s`,
        String(Math.round(rows / seconds)),
        peer === undefined ? '' : (seconds / peer.seconds).toFixed(2),
        peer === undefined ? '' : (cpu / peer.cpu).toFixed(2),
      ];
    }),
  );
  const errors = spark.flatMap(({ rows, columns, executors, error }) =>
    error === undefined
      ? []
      : [
          `${error.toExponential(0)} for ${rows} x ${columns} with ${executors} executor${executors === 1 ? '' : 's'}`,
        ],
  );
  return [
    `Rows of Parquet files, by Spark ${spark[0]?.steps[0]?.version} with executors of one core.`,
    markdownTable(
      [
        'rows',
        'executors',
        'what',
        'time',
        'CPU',
        'rows a second',
        "share of MLlib's time",
        "share of MLlib's CPU",
      ],
      rows,
      'rrlrrrrr',
    ),
    'A PCA has 20 components, which `god moments merge` makes of the sums. CPU is that of driver and executors, with their Python and Node. What it costs Spark to hand the vectors to Python is the least that a PCA outside the JVM can take.',
    ...(errors.length === 0
      ? []
      : [
          `Variances, as shares of the greatest, and components differ from those of \`PCA.fit\` to all rows by at most ${errors.join(', ')}.`,
        ]),
    ...runs.map(({ machine, command }) => provenance(machine, command)),
  ].join('\n\n');
}
