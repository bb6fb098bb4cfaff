// Files of numpy, pyarrow and gensim are read, and they read ours. Theirs are kept in python/files, made by python/make.py; where a Python
// has the three packages, they are made anew.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readMatrix, writeMatrix } from '../../src/matrix-files/index.ts';
import { testWithPython } from '../support/python.ts';
import { tempFolder } from '../support/temp.ts';

const scripts = join(import.meta.dirname, 'python');
const folder = tempFolder();
const [ROWS, COLS] = [7, 4];
const ids = Array.from({ length: ROWS }, (_, i) => `word${i}`);
const labels = ids.map((_, i) => ['a', 'b', ''][i % 3]);
const whole = Array.from({ length: ROWS * COLS }, (_, at) => at - 13);

/** What the files contain, except those of half floats. */
const KINDS: Readonly<Record<string, { whole?: true; ids?: true; labels?: true; double?: true }>> = {
  'double.npy': { double: true },
  'big-double.npy': { double: true },
  'fortran.npy': { double: true },
  'whole-i1.npy': { whole: true },
  'whole-little-i2.npy': { whole: true },
  'whole-big-i2.npy': { whole: true },
  'whole-little-i4.npy': { whole: true, double: true },
  'whole-little-i8.npy': { whole: true, double: true },
  'whole-big-i8.npy': { whole: true, double: true },
  'plain.npz': { ids: true },
  'compressed.npz': { ids: true, double: true },
  'savetxt.csv': { double: true },
  'savetxt.tsv.gz': { double: true },
  'fixed.parquet': { ids: true, labels: true },
  'brotli.parquet': { double: true },
  'whole.parquet': { whole: true, double: true },
  'lz4.parquet': { ids: true, labels: true },
  'zstd.parquet': { ids: true, labels: true },
  'wide.parquet': { ids: true, double: true },
  'lz4.feather': { ids: true, labels: true },
  'file.arrow': { ids: true, labels: true },
  'stream.arrows': { double: true },
  'gensim.bin': { ids: true },
  'gensim.txt': { ids: true },
};

/** Options of the files that need some. */
const OPTIONS: Readonly<Record<string, { name: string }>> = { 'plain.npz': { name: 'weight' } };

/** Numbers of make.py that are far from each other, 300 x 4. */
const far = Float64Array.from(
  { length: 300 * COLS },
  (_, at) => ((at * at * 2_654_435_761) % 2 ** 40) - 2 ** 39,
);

/** Files with other rows. */
const OTHERS: Readonly<Record<string, object>> = {
  'deltas.parquet': {
    data: far,
    rows: 300,
    cols: COLS,
    ids: Array.from(far.subarray(0, 300), (_, i) => `word${i}`),
    labels: Array.from(far.subarray(0, 300), (_, i) => `${i % 7}`.repeat(i % 5)),
  },
  'small-deltas.parquet': {
    data: far.map((value) => (((value % 2 ** 32) + 2 ** 32) % 2 ** 32) - 2 ** 31),
    rows: 300,
    cols: COLS,
  },
  'truth.parquet': {
    data: Float32Array.from(whole, (value) => Number(value % 3 === 0)),
    rows: ROWS,
    cols: COLS,
  },
};

/** Whether this Node reads zstd. */
const hasZstd = 'zstdDecompressSync' in zlib;

async function expectRows(path: string, name: string): Promise<void> {
  if (name.startsWith('zstd') && !hasZstd) {
    await expect(readMatrix(join(path, name))).rejects.toThrow(/Node 22\.15 and later can/);
    return;
  }
  if (name in OTHERS) {
    expect(await readMatrix(join(path, name))).toEqual(OTHERS[name]);
    return;
  }
  const kind = KINDS[name] ?? {};
  const values = kind.whole ? whole : whole.map((value) => value / 2);
  expect(await readMatrix(join(path, name), OPTIONS[name])).toEqual({
    data: kind.double ? Float64Array.from(values) : Float32Array.from(values),
    rows: ROWS,
    cols: COLS,
    ...(kind.ids && { ids }),
    ...(kind.labels && { labels }),
  });
}

const kept = join(scripts, 'files');

describe('files that Python wrote', () => {
  const names = readdirSync(kept);

  test('are all listed', () => {
    expect(names.length).toBeGreaterThan(25);
    expect(Object.keys(KINDS).filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(names)('%s is read exactly', async (name) => {
    await expectRows(kept, name);
  });
});

const live = testWithPython(['numpy', 'pyarrow', 'gensim']);

function run(python: string, script: string, path: string): string {
  const { status, stdout, stderr } = spawnSync(python, [join(scripts, script), path], { encoding: 'utf8' });
  expect(stderr.split('\n').filter((line) => /Error/.test(line))).toEqual([]);
  expect(status).toBe(0);
  return stdout.trim();
}

live('what Python writes now is read exactly', async (python) => {
  const path = join(folder.path, 'theirs');
  mkdirSync(path);
  run(python, 'make.py', path);
  const names = readdirSync(path);
  expect(names.sort()).toEqual(readdirSync(kept).sort());
  for (const name of names) await expectRows(path, name);
});

live('Python reads what is written', async (python) => {
  const path = join(folder.path, 'ours');
  mkdirSync(path);
  const [rows, cols] = [3000, 20];
  const data = Float32Array.from({ length: rows * cols }, (_, at) => Math.sin(at));
  const names = Array.from({ length: rows }, (_, i) => `word${i}é`);
  const kinds = names.map((_, i) => ['a', 'bb', 'ü'][i % 3]);
  const X = { data, rows, cols, ids: names, labels: kinds };
  const table = Array.from({ length: rows }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)]);
  folder.write('ours/ours.json', JSON.stringify({ rows: table, ids: names, labels: kinds }));
  const endings = ['npy', 'npz', 'parquet', 'arrow', 'feather', 'bin', 'vec', 'fvecs'];
  for (const ending of endings) await writeMatrix(join(path, `ours.${ending}`), X);
  await writeMatrix(join(path, 'vectors.tsv'), X, { format: 'projector' });
  expect(run(python, 'check.py', path)).toBe([...endings, 'projector'].join(' '));
});
