import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Matrix, matrix, PCA } from '../../../src/index.ts';
import { type NamedMatrix, readRows, writeMatrix } from '../../../src/matrix-files/index.ts';
import { mergeInOrder } from '../../../src/pca/merge-tree.ts';
import { seededRandom } from '../../support/bytes.ts';

export const [FILES, ROWS, COLUMNS] = [12, 10_000, 40];

/** Writes Parquet files of rows that vary more in later columns to the folder `rows` of `folder`. Returns all rows. */
export async function writeRowsTo(folder: string): Promise<Matrix> {
  const random = seededRandom(5);
  const value = (_: unknown, at: number) => random() * (1 + (at % COLUMNS)) + 3;
  const all = Float32Array.from({ length: FILES * ROWS * COLUMNS }, value);
  const X = matrix(all, FILES * ROWS, COLUMNS);
  await writeParquet(join(folder, 'rows'), X, FILES);
  return X;
}

/** Writes rows to files in a folder, with their numbers as ids. */
export async function writeParquet(
  folder: string,
  { data, rows, cols }: Pick<NamedMatrix, 'data' | 'rows' | 'cols'>,
  files: number,
): Promise<void> {
  mkdirSync(folder);
  const count = Math.ceil(rows / files);
  for (let first = 0; first < rows; first += count) {
    const ids = Array.from({ length: Math.min(count, rows - first) }, (_, i) => String(first + i));
    const part = data.slice(first * cols, (first + ids.length) * cols);
    const name = `part-${String(first / count).padStart(3, '0')}.parquet`;
    await writeMatrix(join(folder, name), { ids, data: part, rows: ids.length, cols });
  }
}

/** How far the PCA of these moments is from another: the variances as shares of the greatest, and the components. */
export async function errorOf(state: Uint8Array, reference: PCA): Promise<number> {
  const pca = await PCA.accumulatorFromBytes(state).finish({ components: reference.components.rows });
  const most = (a: ArrayLike<number>, b: ArrayLike<number>, scale: number) =>
    Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]) / scale), 0);
  return Math.max(
    most(pca.explainedVariance, reference.explainedVariance, reference.explainedVariance[0]),
    most(pca.components.data, reference.components.data, 1),
  );
}

/** The moments of the files, each a partition, without an engine. */
export async function momentsOfFiles(files: readonly string[]): Promise<Uint8Array> {
  const parts = [];
  for (const [partition, file] of files.entries()) {
    const sum = PCA.accumulator(COLUMNS);
    for await (const batch of readRows(file)) await sum.add(batch);
    await sum.fold();
    parts.push({ partition, state: sum });
  }
  const { state } = await mergeInOrder(
    parts,
    ({ state }) => state,
    async (into, other) => {
      await into.merge(other);
      return into;
    },
  );
  return state.toBytes();
}
