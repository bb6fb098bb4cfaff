import { basename } from 'node:path';
import { readWord2vec } from '../formats/word2vec.ts';
import { OptionReader } from '../options.ts';
import { fileIdentity, fingerprintOf } from './fingerprint.ts';
import { RowSample } from './sampling.ts';
import type { Gathered, GatherOptions, Source } from './source.ts';

export interface Wikipedia2vecOptions {
  /** What the rows are called. Default 'text'. */
  modality?: string;
}

/**
 * Word and entity vectors as text: wikipedia2vec's three variants, word2vec's, fastText's and GloVe's; plain, gzip or
 * bzip2. Ids are the names in the file; the label is `entity` for names that start with `ENTITY/`, else `word`.
 *
 * @throws TypeError for wrong options. `gather` throws DataError with the line of a damaged file.
 * @example
 * const words = await wikipedia2vec('enwiki_20180420_100d.txt.bz2').gather({ limit: 25_000, seed: 0 });
 */
export function wikipedia2vec(path: string, options: Wikipedia2vecOptions = {}): Source {
  const reader = new OptionReader(options, ['modality']);
  const modality = reader.text('modality') ?? 'text';
  return {
    modality,
    description: `word and entity vectors from ${basename(path)}`,
    synthetic: false,
    fingerprint: async () => fingerprintOf(['wikipedia2vec 1', modality, await fileIdentity(path)]),
    gather: (gatherOptions) => gather(path, modality, gatherOptions),
  };
}

async function gather(path: string, modality: string, options: GatherOptions): Promise<Gathered> {
  const sample = new RowSample(options);
  let row: Float32Array | undefined;
  for await (const word of readWord2vec(path)) {
    if (sample.total % 1000 === 0) {
      options.signal?.throwIfAborted();
      options.onProgress?.(sample.total, word.layout.rows);
    }
    const slot = sample.offer();
    if (slot === -1) continue;
    row ??= new Float32Array(word.layout.cols);
    word.read(row, 0);
    const name = word.name();
    sample.put(slot, name === '' ? '(empty)' : name, name.startsWith('ENTITY/') ? 'entity' : 'word', row);
  }
  return sample.finish(modality, path, []);
}
