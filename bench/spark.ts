// npx tsx bench/spark.ts [--sizes ROWSxCOLUMNS,...] [--executors N,...] [--steps STEP,...] [--output FILE]
//
// PCA of rows on Spark (`god_spark.fit_pca`) beside Spark's own (MLlib) on the same data in the same session, and beside one
// process after another that reads the same files (`plain-` steps); rows through models in the same way. Every step runs twice in a
// session, and the second time counts: JVMs get faster. Needs Java 17 and Python with venv; installs Spark by pip.
//
// Steps: scan (Spark reads the vectors), pass (it also hands them to Python), moments, binary (moments of vectors that are binary),
// mllib, transform, mllib-transform, encode, place, and plain-moments, plain-transform, plain-encode, plain-place.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { featureMatrix, GOD, type Matrix, matrix, PCA, saveModel, VAE } from '../src/index.ts';
import { pythonWith, sparkPackages } from '../test/gates/engines/python.ts';
import { errorOf, writeParquet } from '../test/gates/engines/rows.ts';
import { correlatedRows } from './data/correlated.ts';
import { machine } from './harness/machine.ts';
import type { SparkCase, SparkResults, SparkStep } from './report/spark.ts';

const FILES = 8;
/** Of a batch that Spark hands to Python. */
const BATCH_BYTES = 8 << 20;
/** Rows to which models are fitted. */
const SAMPLE = 20_000;
const COMPONENTS = 20;

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000000x100,60000x1024' },
    executors: { type: 'string', default: '1,2' },
    steps: { type: 'string', default: 'scan,pass,moments,binary,mllib,plain-moments' },
    output: { type: 'string', default: join(import.meta.dirname, 'results/spark.json') },
  },
});
const steps = options.steps.split(',');
const root = resolve(import.meta.dirname, '..');
const python = pythonWith('spark-4', sparkPackages('4.*'));
const spark: SparkCase[] = [];
for (const size of options.sizes.split(',')) {
  const [rows, columns] = size.split('x').map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'god-bench-spark-'));
  try {
    const X = correlatedRows(rows, columns);
    await writeParquet(join(folder, 'rows'), X, FILES);
    await writeModels(folder, X);
    for (const [i, executors] of options.executors.split(',').map(Number).entries()) {
      const measured = session(folder, columns, executors, i === 0);
      const error = steps.includes('moments') ? await errorOfMoments(folder, X) : undefined;
      spark.push({ rows, columns, executors, steps: measured, ...(error !== undefined && { error }) });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const command = ['npx tsx bench/spark.ts', ...process.argv.slice(2)].join(' ');
const results: SparkResults = { command, machine: machine(), onSpark: spark };
mkdirSync(join(options.output, '..'), { recursive: true });
writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);

/** Writes the models that the steps need, fitted to the first rows. */
async function writeModels(folder: string, X: Matrix): Promise<void> {
  const rows = Math.min(SAMPLE, X.rows);
  const sample = matrix(X.data.slice(0, rows * X.cols), rows, X.cols);
  if (steps.some((step) => step.endsWith('transform')))
    await saveModel(await PCA.fit(sample, { components: COMPONENTS }), join(folder, 'pca.safetensors'));
  if (steps.some((step) => step.endsWith('encode')))
    await saveModel(await VAE.fit(sample, { epochs: 2, seed: 1 }), join(folder, 'vae.safetensors'));
  if (!steps.some((step) => step.endsWith('place'))) return;
  const source = featureMatrix(join(folder, 'rows/part-000.parquet'), { modality: 'rows' });
  const god = await GOD.fit([source], { epochs: 3, seed: 1 });
  await god.save(join(folder, 'paradise'));
}

/** How far the components and variances of the last sum are from those of PCA.fit to all rows. */
async function errorOfMoments(folder: string, X: Matrix): Promise<number> {
  const reference = await PCA.fit(X, { components: COMPONENTS });
  return errorOf(readFileSync(join(folder, 'moments.state')), reference);
}

/** Runs all steps twice in one session of Spark, those without Spark once in all. */
function session(folder: string, columns: number, executors: number, withPlain: boolean): SparkStep[] {
  const job = join(import.meta.dirname, 'spark/job.py');
  const inSpark = steps.filter((step) => !step.startsWith('plain-'));
  const plain = steps.filter((step) => withPlain && step.startsWith('plain-'));
  const batch = Math.round(BATCH_BYTES / (4 * columns));
  const god = [process.execPath, join(root, 'dist/cli/main.js')];
  const args = [job, String(executors), folder, String(batch), ...inSpark, ...inSpark, ...plain];
  const env = { ...process.env, SPARK_LOCAL_IP: '127.0.0.1', PYSPARK_PYTHON: python, OMP_NUM_THREADS: '1' };
  const out = execFileSync(python, [...args, '--', ...god], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = out.trim().split('\n');
  const told = lines
    .filter((line) => line.startsWith('{"step"'))
    .map((line) => JSON.parse(line) as SparkStep);
  for (const { step, seconds, cpu } of told)
    console.log(`${executors} x ${columns} ${step} ${seconds.toFixed(2)} s, ${cpu.toFixed(2)} s of CPU`);
  return told.slice(inSpark.length);
}
