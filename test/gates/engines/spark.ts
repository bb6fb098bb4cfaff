// npx tsx test/gates/engines/spark.ts [--standalone | --connect] [VERSION...]
//
// Runs job.py on Spark: `fit_pca` over Parquet files, plainly and with an executor killed in the middle, and `transform`, `encode` and
// `place`; all with bad rows and with none. Compares the sum with PCA.fit of all rows, and the rows with what they are without Spark.
// Spark has two executors, of `local-cluster` or, with --standalone, of a master and two workers; with --connect the job is a client of
// Spark Connect, which cannot kill an executor. VERSION is what pip takes for pyspark, by default 4.*. Needs Java 17 and Python
// with venv.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { GOD, type Matrix, matrix, PCA, saveModel, synthetic, VAE } from '../../../src/index.ts';
import { readRows } from '../../../src/matrix-files/index.ts';
import { measured } from '../../support/gate.ts';
import { startCluster } from './cluster.ts';
import { pythonWith, sparkPackages } from './python.ts';
import { errorOf, FILES, ROWS, writeParquet, writeRowsTo } from './rows.ts';

const root = resolve(import.meta.dirname, '../../..');
const god = [process.execPath, join(root, 'dist/cli/main.js')];
const { values: options, positionals } = parseArgs({
  options: {
    standalone: { type: 'boolean', default: false },
    connect: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

/** The error for each kind of rows that cannot be used, and how many rows came from none and from three in five partitions. */
interface ToldOfModel {
  readonly bad: Readonly<Record<string, string>>;
  readonly empty: number;
  readonly emptyPartitions: number;
}

interface Told {
  readonly version: string;
  readonly start: number;
  readonly seconds: number;
  readonly rows: number;
  readonly sameWithoutSpark: boolean;
  /** Absent with Connect. */
  readonly sameWithKilledExecutor?: boolean;
  /** For each kind of bad row, what the DataError says. */
  readonly bad: Readonly<Record<string, string>>;
  /** Tasks that failed on bad rows; absent with Connect. */
  readonly repeated?: number;
  readonly empty: unknown;
  readonly emptyPartitions: number;
  readonly manyPartitions: number;
  readonly models: Readonly<Record<Model, ToldOfModel>> & { readonly wrongModel: string };
}

const MODELS = ['transform', 'encode', 'place'] as const;
type Model = (typeof MODELS)[number];

/** What the rows become without Spark; of places, the latent codes. */
type Expected = Readonly<Record<Model, Matrix>>;

const folder = mkdtempSync(join(tmpdir(), 'god-spark-'));
try {
  const X = await writeRowsTo(folder);
  const reference = await PCA.fit(X, { components: 10 });
  const expected = await writeModels(X, reference);
  for (const version of positionals.length > 0 ? positionals : ['4.*'])
    await check(version, reference, expected);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function check(version: string, reference: PCA, expected: Expected): Promise<void> {
  const python = pythonWith(`spark-${Number.parseFloat(version)}`, sparkPackages(version));
  const cluster = options.standalone ? await startCluster(python, folder) : undefined;
  try {
    const told = runJob(
      python,
      options.connect ? 'connect:local[2]' : (cluster?.url ?? 'local-cluster[2,1,1024]'),
    );
    const failures = Object.entries({
      rows: told.rows === FILES * ROWS,
      'the sum without Spark': told.sameWithoutSpark,
      'the sum with an executor killed': told.sameWithKilledExecutor ?? options.connect,
      'the error for bad rows': saysRow('moments', told.bad),
      'no task repeated for bad rows': (told.repeated ?? 0) === 0,
      'no rows': told.empty === null && told.emptyPartitions === 3,
      'more partitions than a task merges': told.manyPartitions === 700,
      'the error for the wrong model': /^god worker transform: .*39.*40/.test(told.models.wrongModel),
      ...Object.fromEntries(await Promise.all(MODELS.map((model) => checkModel(model, told, expected)))),
    }).filter(([, holds]) => !holds);
    if (failures.length > 0)
      throw new Error(`Spark ${told.version}: wrong: ${failures.map(([name]) => name).join(', ')}`);
    const error = await errorOf(readFileSync(join(folder, 'spark.state')), reference);
    if (!(error < 1e-6)) throw new Error(`Spark ${told.version}: differs from PCA.fit by ${error}`);
    const where = options.connect
      ? 'Connect'
      : options.standalone
        ? 'a master and two workers'
        : 'local-cluster';
    const killed = told.sameWithKilledExecutor ? ' and with an executor killed' : '';
    const figure = `Spark ${told.version}, ${where}: same bytes without Spark${killed}, ${error.toExponential(0)} from PCA.fit, ${told.seconds.toFixed(0)} s for ${told.rows} rows`;
    measured(options.standalone ? 'spark cluster' : 'spark', figure);
    console.log(figure);
  } finally {
    await cluster?.stop();
  }
}

/** Whether every message names the row, in one line. */
function saysRow(command: string, bad: Readonly<Record<string, string>>): boolean {
  const line = new RegExp(`^god worker ${command}: partition \\d+: row 17: .+$`);
  const texts = Object.values(bad);
  return texts.length === 3 && texts.every((text) => line.test(text));
}

async function checkModel(model: Model, told: Told, expected: Expected): Promise<[string, boolean]> {
  const { bad, empty, emptyPartitions } = told.models[model];
  const column = { transform: 'projection', encode: 'code', place: 'latent' }[model];
  const rows = same(await resultOf(model, column), expected[model]);
  const holds = rows && saysRow(model, bad) && empty === 0 && emptyPartitions === 3;
  return [`${model} (rows ${rows ? 'same' : 'other'}, ${JSON.stringify(told.models[model])})`, holds];
}

/** Writes a PCA and a VAE of the rows, a New Reality and rows of its text. */
async function writeModels(X: Matrix, pca: PCA): Promise<Expected> {
  await saveModel(pca, join(folder, 'pca.safetensors'));
  const vae = await VAE.fit(matrix(X.data.slice(0, 2000 * X.cols), 2000, X.cols), { epochs: 2, seed: 1 });
  await saveModel(vae, join(folder, 'vae.safetensors'));
  const few = { samples: 240, epochs: 3, iterations: 250, seed: 1 };
  const god = await GOD.fit(synthetic({ rows: 300 }), few);
  await god.save(join(folder, 'paradise'));
  execFileSync('tar', ['-czf', join(folder, 'paradise.tgz'), '-C', join(folder, 'paradise'), '.']);
  const text = synthetic({ rows: 600, seed: 2 }).find(({ modality }) => modality === 'text');
  if (text === undefined) throw new Error('there is no text');
  const { vectors } = await text.gather({ limit: 600, seed: 0 });
  await writeParquet(join(folder, 'text'), vectors, 3);
  const places = await god.placeColumns('text', vectors);
  return {
    transform: await pca.transform(X),
    encode: (await vae.encode(X)).mean,
    place: places.latent,
  };
}

/** Vectors that Spark wrote, by their ids. */
async function resultOf(name: string, vectorKey: string): Promise<Map<string, Float32Array>> {
  const rows = new Map<string, Float32Array>();
  for (const file of readdirSync(join(folder, name)).filter((file) => file.endsWith('.parquet')))
    for await (const { ids = [], data, cols } of readRows(join(folder, name, file), { vectorKey }))
      ids.forEach((id, i) => {
        rows.set(id, Float32Array.from(data.subarray(i * cols, (i + 1) * cols)));
      });
  return rows;
}

function same(rows: Map<string, Float32Array>, { data, cols, rows: count }: Matrix): boolean {
  return (
    rows.size === count &&
    [...rows].every(([id, row]) => {
      const at = Number(id) * cols;
      return Buffer.from(row.buffer).equals(Buffer.from(data.slice(at, at + cols).buffer));
    })
  );
}

function runJob(python: string, master: string): Told {
  const job = join(import.meta.dirname, 'job.py');
  const { status, stdout, stderr } = spawnSync(python, [job, master, folder, ...god], {
    encoding: 'utf8',
    env: { ...process.env, SPARK_LOCAL_IP: '127.0.0.1', PYSPARK_PYTHON: python, OMP_NUM_THREADS: '1' },
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`job.py ended with ${status}: ${stderr.slice(-4000)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Told;
}
