import { basename } from 'node:path';
import { DataError } from '../errors.ts';
import { matrixShape, readNpyHeader, readNpyRows } from '../formats/npy.ts';
import { matrix } from '../matrix.ts';
import { OptionReader } from '../options.ts';
import { fileIdentity, fingerprintOf } from './fingerprint.ts';
import { NAME_OPTIONS, type NameOptions, withNames } from './names.ts';
import { chooseRows } from './sampling.ts';
import type { Gathered, GatherOptions, Source } from './source.ts';

export interface FeatureMatrixOptions extends NameOptions {
  /** The modality of the rows, e.g. 'image'. */
  modality: string;
}

/**
 * Vectors that were computed elsewhere: an .npy matrix (rows x dimensions) of real numbers, plain, gzip or bzip2.
 *
 * @throws TypeError for wrong options. `gather` throws DataError for a damaged file, values that are not finite in float32, or
 *   lists whose length differs from the matrix's.
 * @example
 * const source = featureMatrix('features.npy', { modality: 'image', labels: 'labels.npy', ids: 'files.txt' });
 */
export function featureMatrix(path: string, options: FeatureMatrixOptions): Source {
  const reader = new OptionReader(options, ['modality', ...NAME_OPTIONS]);
  const modality = reader.text('modality') ?? 'object';
  const source: Source = {
    modality,
    description: `feature matrix from ${basename(path)}`,
    synthetic: false,
    fingerprint: async () => fingerprintOf(['feature matrix 3', modality, await fileIdentity(path)]),
    gather: (gatherOptions) => gather(path, modality, gatherOptions),
  };
  const names = {
    labels: reader.text('labels'),
    labelColumn: reader.text('labelColumn'),
    ids: reader.text('ids'),
    idColumn: reader.text('idColumn'),
  };
  return withNames(source, names, { byRow: true, byId: false });
}

async function gather(path: string, modality: string, options: GatherOptions): Promise<Gathered> {
  const [total, cols] = matrixShape(await readNpyHeader(path), path);
  if (total === 0) throw new DataError('holds no rows', { file: path });
  const chosen = chooseRows(total, options);
  const values = new Float32Array(chosen.length * cols);
  let next = 0;
  for await (const block of readNpyRows(path)) {
    options.signal?.throwIfAborted();
    options.onProgress?.(block.start, total);
    for (; next < chosen.length && chosen[next] < block.start + block.rows; next++) {
      const from = (chosen[next] - block.start) * cols;
      const given = block.values.subarray(from, from + cols);
      const row = values.subarray(next * cols, (next + 1) * cols);
      row.set(given);
      const bad = row.findIndex((value) => !Number.isFinite(value));
      if (bad !== -1) refuse(given[bad], chosen[next], bad, path);
    }
  }
  return {
    modality,
    ids: chosen.map((row) => `row ${row}`),
    labels: chosen.map(() => ''),
    vectors: matrix(values, chosen.length, cols),
    total,
    notes: [],
  };
}

function refuse(value: number, row: number, col: number, file: string): never {
  const problem = Number.isFinite(value)
    ? `${value}, which is beyond float32`
    : `${value}, expected a finite number`;
  throw new DataError(`row ${row}, column ${col} is ${problem}`, { file });
}
