// Every call of the file system fails once: a file that was there stays as it was, nothing is left beside it, and readers say which file.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { readMatrix, writeMatrix, writeRows } from '../../src/matrix-files/index.ts';
import { failAt } from '../support/failpoints.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const [rows, cols] = [40, 3];
const X = {
  data: Float32Array.from({ length: rows * cols }, (_, i) => i % 100),
  rows,
  cols,
  ids: Array.from({ length: rows }, (_, i) => `row${i}`),
};
const NAMES = [
  ...[
    'x.npy',
    'x.npy.gz',
    'x.npz',
    'x.parquet',
    'x.arrow',
    'x.csv',
    'x.csv.gz',
    'x.tsv',
    'x.jsonl',
    'x.safetensors',
  ],
  ...['x.vec', 'x.bin', 'x.fvecs', 'x.bvecs', 'vectors.tsv'],
];
const format = (name: string) => (name === 'vectors.tsv' ? ({ format: 'projector' } as const) : {});

/** The calls that `work` makes. */
async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
  const { calls, restore } = failAt(-1, 'EIO');
  await work().finally(restore);
  return calls.map((call) => call.split(' ')[0]);
}

async function failing(at: number, code: 'EIO' | 'ENOSPC', work: () => Promise<unknown>): Promise<unknown> {
  const { restore } = failAt(at, code);
  return work()
    .then(
      () => undefined,
      (error: unknown) => error,
    )
    .finally(restore);
}

describe.each(NAMES)('%s', (name) => {
  const path = join(folder.path, name.replaceAll('.', '-'));
  mkdirSync(path);
  const file = join(path, name);
  const contents = () => readdirSync(path).map((entry) => readFileSync(join(path, entry), 'latin1'));
  const write = async () => {
    const writer = await writeRows(file, { ...format(name), rows: 2 * rows });
    try {
      await writer.write(X);
      await writer.write(X);
      return await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  };

  test('is written in full or not at all', async () => {
    await writeMatrix(file, X, format(name));
    const before = contents();
    const calls = await callsOf(write);
    const after = contents();
    expect(calls).toContain('sync');
    for (const [at, call] of calls.entries()) {
      await writeMatrix(file, X, format(name));
      const error = await failing(at, 'ENOSPC', write);
      const done = calls.slice(0, at).filter((one) => one === 'rename').length;
      const all = calls.filter((one) => one === 'rename').length;
      // Not every system can open a folder to make renames in it durable.
      if (done === all && call === 'open') expect(error).toBeUndefined();
      else expect(error, `${at}: ${call}`).toMatchObject({ code: 'ENOSPC' });
      // Of two files, the second is renamed after the first.
      if (done === 0) expect(contents(), `${at}: ${call}`).toEqual(before);
      if (done === all) expect(contents(), `${at}: ${call}`).toEqual(after);
      expect(readdirSync(path)).toHaveLength(before.length);
    }
  });

  test('is read in full, or the error names it', async () => {
    await writeMatrix(file, X, format(name));
    const expected = await readMatrix(file, name === 'x.npy.gz' ? {} : format(name));
    const calls = await callsOf(() => readMatrix(file, format(name)));
    for (const [at, call] of calls.entries()) {
      const error = await failing(at, 'EIO', () => readMatrix(file, format(name)));
      if (call === 'close' && error === undefined) continue;
      expect(error, `${at}: ${call}`).toBeInstanceOf(DataError);
      expect(String(error)).toContain(path);
    }
    expect(await readMatrix(file, format(name))).toEqual(expected);
  });
});
