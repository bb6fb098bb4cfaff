import { basename } from 'node:path';
import { DataError } from '../errors.ts';
import { readLines } from '../files/lines.ts';
import { readText } from '../files/text.ts';
import { readCsv } from '../formats/csv.ts';
import { matrixShape, readNpyHeader, readNpyRows, readNpyStrings } from '../formats/npy.ts';
import { matrix } from '../matrix.ts';
import { OptionReader } from '../options.ts';
import { fileIdentity, fingerprintOf } from './fingerprint.ts';
import { chooseRows, renamedNote, uniqueIds } from './sampling.ts';
import type { Gathered, GatherOptions, Source } from './source.ts';

export interface FeatureMatrixOptions {
  /** What the rows are, e.g. 'image'. */
  modality: string;
  /** One label per row: an .npy vector, a .csv with a column `label` (or a single column), or a text file of lines. */
  labels?: string;
  /** One id per row, in the same formats (column `id`). Default: `row 0`, `row 1`, ... */
  ids?: string;
}

/**
 * Vectors that were computed elsewhere: an .npy matrix (rows x dimensions) of real numbers.
 *
 * @throws TypeError for wrong options. `gather` throws DataError for a damaged file, values that are not finite, or
 * lists of another length than the matrix.
 * @example
 * const source = featureMatrix('features.npy', { modality: 'image', labels: 'labels.npy', ids: 'files.txt' });
 */
export function featureMatrix(path: string, options: FeatureMatrixOptions): Source {
  const reader = new OptionReader(options, ['modality', 'labels', 'ids']);
  const modality = reader.text('modality') ?? 'object';
  const [labels, ids] = [reader.text('labels'), reader.text('ids')];
  return {
    modality,
    description: `feature matrix from ${basename(path)}`,
    synthetic: false,
    fingerprint: async () => {
      return {
        vectors: fingerprintOf(['feature matrix 2', modality, await fileIdentity(path)]),
        names: fingerprintOf([
          'feature matrix names 1',
          modality,
          await Promise.all([labels, ids].map((file) => (file === undefined ? null : fileIdentity(file)))),
        ]),
      };
    },
    gather: (gatherOptions) => gather(path, modality, labels, ids, gatherOptions),
  };
}

async function gather(
  path: string,
  modality: string,
  labelsFile: string | undefined,
  idsFile: string | undefined,
  options: GatherOptions,
): Promise<Gathered> {
  const [total, cols] = matrixShape(await readNpyHeader(path), path);
  if (total === 0) throw new DataError('holds no rows', { file: path });
  const labels = labelsFile === undefined ? undefined : await readList(labelsFile, 'label', total);
  const names = idsFile === undefined ? undefined : await readList(idsFile, 'id', total);
  const chosen = chooseRows(total, options.limit, options.seed);
  const values = new Float32Array(chosen.length * cols);
  let next = 0;
  for await (const block of readNpyRows(path)) {
    options.signal?.throwIfAborted();
    options.onProgress?.(block.start, total);
    for (; next < chosen.length && chosen[next] < block.start + block.rows; next++) {
      const from = (chosen[next] - block.start) * cols;
      const row = values.subarray(next * cols, (next + 1) * cols);
      row.set(block.values.subarray(from, from + cols));
      if (!row.every(Number.isFinite))
        throw new DataError(`row ${chosen[next]} is not finite`, { file: path });
    }
  }
  const { ids, renamed } = uniqueIds(chosen.map((row) => names?.[row] ?? `row ${row}`));
  return {
    modality,
    ids,
    labels: chosen.map((row) => labels?.[row] ?? ''),
    vectors: matrix(values, chosen.length, cols),
    total,
    notes: renamed > 0 ? [renamedNote(renamed)] : [],
  };
}

/** One string per row from a vector, a column or lines. @throws DataError unless there are exactly `rows`. */
async function readList(file: string, column: string, rows: number): Promise<string[]> {
  const list = await readStrings(file, column);
  if (list.length === rows) return list;
  throw new DataError(`holds ${list.length} ${column}s but the matrix has ${rows} rows`, { file });
}

async function readStrings(file: string, column: string): Promise<string[]> {
  if (/\.npy$/i.test(file)) return readNpyStrings(file);
  if (/\.csv$/i.test(file)) return readColumn(file, column);
  const lines: string[] = [];
  for await (const line of readLines(file)) lines.push(line.toString());
  return lines;
}

async function readColumn(file: string, column: string): Promise<string[]> {
  const values: string[] = [];
  let index: number | undefined;
  for await (const { line, fields } of readCsv(readText(file), file)) {
    if (index === undefined) {
      index = fields.length === 1 ? 0 : fields.indexOf(column);
      if (index === -1) throw new DataError(`has no column \`${column}\``, { file, line });
      // A single column needs no heading.
      if (fields[index] === column) continue;
    }
    if (fields[index] === undefined)
      throw new DataError(`has no value in the column \`${column}\``, { file, line });
    values.push(fields[index]);
  }
  return values;
}
