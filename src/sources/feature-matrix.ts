import { basename } from 'node:path';
import { OptionReader } from '../options.ts';
import { fileIdentity, fingerprintOf } from './fingerprint.ts';
import { NAME_OPTIONS, type NameOptions, withNames } from './names.ts';
import type { Source } from './source.ts';
import { gatherRows } from './vector-rows.ts';

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
    gather: (gatherOptions) => gatherRows(path, modality, { format: 'npy' }, gatherOptions),
  };
  const names = {
    labels: reader.text('labels'),
    labelColumn: reader.text('labelColumn'),
    ids: reader.text('ids'),
    idColumn: reader.text('idColumn'),
  };
  return withNames(source, names, { byRow: true, byId: false });
}
