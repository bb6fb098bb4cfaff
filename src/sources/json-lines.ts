import { basename } from 'node:path';
import { OptionReader } from '../options.ts';
import { fileIdentity, fingerprintOf } from './fingerprint.ts';
import { LABEL_OPTIONS, type LabelOptions, withNames } from './names.ts';
import type { Source } from './source.ts';
import { gatherRows } from './vector-rows.ts';

export interface JsonLinesOptions extends LabelOptions {
  /** The modality of the rows, e.g. 'image'. Default 'object'. */
  modality?: string;
}

/**
 * Vectors as JSON Lines, plain, gzip or bzip2: `{"id": "a", "label": "b", "vector": [1, 2]}` on each line. Rows without an id
 * are called `row 0`, `row 1`, ...
 *
 * @throws TypeError for wrong options. `gather` throws DataError with the line of a damaged file.
 * @example
 * const smells = await jsonLines('smells.jsonl', { modality: 'smell' }).gather({ limit: 25_000, seed: 0 });
 */
export function jsonLines(path: string, options: JsonLinesOptions = {}): Source {
  const reader = new OptionReader(options, ['modality', ...LABEL_OPTIONS]);
  const modality = reader.text('modality') ?? 'object';
  const source: Source = {
    modality,
    description: `vectors from ${basename(path)}`,
    synthetic: false,
    fingerprint: async () => fingerprintOf(['json lines 3', modality, await fileIdentity(path)]),
    gather: (gatherOptions) => gatherRows(path, modality, { format: 'jsonl' }, gatherOptions),
  };
  const names = { labels: reader.text('labels'), labelColumn: reader.text('labelColumn') };
  return withNames(source, names, { byRow: true, byId: true });
}
