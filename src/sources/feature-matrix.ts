import { basename } from 'node:path';
import { formatByName } from '../matrix-files/detect.ts';
import { FORMAT_NAMES } from '../matrix-files/formats.ts';
import { type ReadMatrixOptions, readingOf } from '../matrix-files/options.ts';
import { partsOf } from '../matrix-files/parts.ts';
import { OptionReader } from '../options.ts';
import { fileIdentity, fingerprintOf } from './fingerprint.ts';
import { NAME_OPTIONS, type NameOptions, withNames } from './names.ts';
import type { Source } from './source.ts';
import { gatherRows, sizeOfRows } from './vector-rows.ts';

/** How rows are found in the file: see `readMatrix` of `global-object-embedder/files`. */
type Keys = Pick<ReadMatrixOptions, 'name' | 'vectorKey' | 'idKey' | 'labelKey' | 'delimiter' | 'header'>;

export interface FeatureMatrixOptions extends NameOptions, Keys {
  /** The modality of the rows, e.g. 'image'. */
  modality: string;
}

const KEYS = ['name', 'vectorKey', 'idKey', 'labelKey', 'delimiter', 'header'] as const;

/**
 * Vectors that were computed elsewhere: a file of any format that `readMatrix` of `global-object-embedder/files` reads, such as an .npy
 * matrix or a Parquet table, with its ids and labels if it has them; or a folder of such files, whose rows follow one another.
 *
 * @throws TypeError for wrong options. `gather` throws DataError for a damaged file, values that are not finite in float32, or
 *   lists whose length differs from the matrix's.
 * @example
 * const source = featureMatrix('features.npy', { modality: 'image', labels: 'labels.npy', ids: 'files.txt' });
 */
export function featureMatrix(path: string, options: FeatureMatrixOptions): Source {
  const reader = new OptionReader(options, ['modality', ...NAME_OPTIONS, ...KEYS]);
  const modality = reader.text('modality') ?? 'object';
  const keys: Keys = Object.fromEntries(
    KEYS.filter((key) => reader.has(key)).map((key) => [key, reader.raw(key)]),
  );
  readingOf(keys, FORMAT_NAMES);
  const source: Source = {
    modality,
    description: `feature matrix from ${basename(path)}`,
    synthetic: false,
    fingerprint: async () =>
      fingerprintOf(['feature matrix 4', modality, await rowsIdentity(path), ...Object.entries(keys)]),
    gather: (gatherOptions) => gatherRows(path, modality, keys, gatherOptions),
    size: () => sizeOfRows(path, keys),
  };
  const names = {
    labels: reader.text('labels'),
    labelColumn: reader.text('labelColumn'),
    ids: reader.text('ids'),
    idColumn: reader.text('idColumn'),
  };
  return withNames(source, names, { byRow: true, byId: names.ids === undefined && hasIds(path) });
}

/** What distinguishes two states of a file or of the parts in a folder. */
async function rowsIdentity(path: string): Promise<readonly unknown[]> {
  const parts = await partsOf(path);
  const identities = await Promise.all(parts.map(fileIdentity));
  return parts[0] === path ? identities[0] : [basename(path), ...identities];
}

/** Whether files with this ending have ids. */
function hasIds(path: string): boolean {
  return formatByName(path)?.names.includes('ids') ?? false;
}
