// npx tsx bench/spark.ts [--sizes ROWSxCOLUMNS,...] [--executors N,...] [--output FILE]
//
// Moments of rows on Spark (`god_spark.fit_pca`) beside Spark's own PCA (MLlib) on the same data in the same session, and beside
// one process after another that reads the same files. Every step runs twice in a session, and the second time counts: JVMs
// get faster. Needs Java 17 and Python with venv; installs Spark by pip.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pythonWith, sparkPackages } from '../test/gates/engines/python.ts';
import { writeParquet } from '../test/gates/engines/rows.ts';
import { correlatedRows } from './data/correlated.ts';
import { machine } from './harness/machine.ts';
import type { SparkCase, SparkResults, SparkStep } from './report/spark.ts';

const FILES = 8;
/** Of a batch that Spark hands to Python. */
const BATCH_BYTES = 8 << 20;
const STEPS = ['scan', 'moments', 'mllib'];

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000000x100,60000x1024' },
    executors: { type: 'string', default: '1,2' },
    output: { type: 'string', default: join(import.meta.dirname, 'results/spark.json') },
  },
});
const root = resolve(import.meta.dirname, '..');
const python = pythonWith('spark-4', sparkPackages('4.*'));
const spark: SparkCase[] = [];
for (const size of options.sizes.split(',')) {
  const [rows, columns] = size.split('x').map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'god-bench-spark-'));
  try {
    await writeParquet(join(folder, 'rows'), correlatedRows(rows, columns), FILES);
    for (const [i, executors] of options.executors.split(',').map(Number).entries())
      spark.push({ rows, columns, executors, steps: session(folder, columns, executors, i === 0) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const command = ['npx tsx bench/spark.ts', ...process.argv.slice(2)].join(' ');
const results: SparkResults = { command, machine: machine(), spark };
mkdirSync(join(options.output, '..'), { recursive: true });
writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);

/** Runs all steps twice in one session of Spark, the one without Spark once in all. */
function session(folder: string, columns: number, executors: number, withPlain: boolean): SparkStep[] {
  const job = join(import.meta.dirname, 'spark/job.py');
  const steps = [...STEPS, ...STEPS, ...(withPlain ? ['plain'] : [])];
  const batch = Math.round(BATCH_BYTES / (4 * columns));
  const god = [process.execPath, join(root, 'dist/cli/main.js')];
  const args = [job, String(executors), join(folder, 'rows'), String(batch), ...steps, '--', ...god];
  const env = { ...process.env, SPARK_LOCAL_IP: '127.0.0.1', PYSPARK_PYTHON: python, OMP_NUM_THREADS: '1' };
  const out = execFileSync(python, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = out.trim().split('\n');
  const told = lines
    .filter((line) => line.startsWith('{"step"'))
    .map((line) => JSON.parse(line) as SparkStep);
  for (const { step, seconds, cpu } of told)
    console.log(`${executors} x ${columns} ${step} ${seconds.toFixed(2)} s, ${cpu.toFixed(2)} s of CPU`);
  return told.slice(STEPS.length);
}
