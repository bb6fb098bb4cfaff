import { basename, dirname, join } from 'node:path';
import { readLines } from '../files/lines.ts';
import { isFile } from '../files/read.ts';
import type { TextEncoding } from '../files/text.ts';
import { readWord2vec, type Word2vecOptions } from '../formats/word2vec.ts';
import { OptionReader } from '../options.ts';
import { fileIdentity, fingerprintOf } from './fingerprint.ts';
import { NAME_OPTIONS, type NameOptions, withNames } from './names.ts';
import { RowSample } from './sampling.ts';
import type { Gathered, GatherOptions, Source, SourceSize } from './source.ts';

export interface Wikipedia2vecOptions extends NameOptions {
  /** The modality of the rows. Default 'text'. */
  modality?: string;
  /**
   * Whether each line begins with a name. Default: yes, but a file without header in which every name is a number is refused:
   * it could hold vectors without names. With false, the ids come from `ids`, from the `metadata.tsv` that lies beside a
   * `vectors.tsv`, or are `row 0`, `row 1`, ...
   */
  names?: boolean;
  /** Encoding of a file without a byte order mark. Default 'utf8'. */
  encoding?: TextEncoding;
}

/**
 * Word and entity vectors as text: wikipedia2vec's three variants, word2vec's, fastText's and GloVe's, and vectors without
 * names as numpy.savetxt and the Embedding Projector write them. Plain, gzip or bzip2. Ids are the names in the file; the label
 * is `entity` for names that start with `ENTITY/`, else `word`.
 *
 * @throws TypeError or RangeError for wrong options. `gather` throws DataError with the line of a damaged file.
 * @example
 * const words = await wikipedia2vec('enwiki_20180420_100d.txt.bz2').gather({ limit: 25_000, seed: 0 });
 */
export function wikipedia2vec(path: string, options: Wikipedia2vecOptions = {}): Source {
  const reader = new OptionReader(options, ['modality', 'names', 'encoding', ...NAME_OPTIONS]);
  const modality = reader.text('modality') ?? 'text';
  const reading: Word2vecOptions = {
    names: reader.has('names') ? reader.boolean('names', true) : undefined,
    encoding: reader.oneOf('encoding', 'utf8', ['utf8', 'latin1']),
  };
  const names: NameOptions = {
    labels: reader.text('labels'),
    labelColumn: reader.text('labelColumn'),
    ids: reader.text('ids'),
    idColumn: reader.text('idColumn'),
  };
  const source: Source = {
    modality,
    description: `word and entity vectors from ${basename(path)}`,
    synthetic: false,
    fingerprint: async () =>
      fingerprintOf([
        'wikipedia2vec 2',
        modality,
        reading.names ?? null,
        reading.encoding,
        await fileIdentity(path),
      ]),
    gather: (gatherOptions) => gather(path, modality, reading, gatherOptions),
    size: () => sizeOf(path, reading),
  };
  const rules = { byRow: true, byId: names.ids === undefined && reading.names !== false };
  const beside = join(dirname(path), 'metadata.tsv');
  if (
    reading.names !== false ||
    names.ids !== undefined ||
    !/^vectors\.tsv(\.gz|\.bz2)?$/i.test(basename(path))
  )
    return withNames(source, names, rules);
  const complete = async () =>
    withNames(source, (await isFile(beside)) ? await metadataNames(names, beside) : names, rules);
  return {
    ...source,
    fingerprint: async () => (await complete()).fingerprint(),
    gather: async (gatherOptions) => (await complete()).gather(gatherOptions),
  };
}

/** Without a column `id`, the first column is used, as in the Projector. */
async function metadataNames(names: NameOptions, file: string): Promise<NameOptions> {
  for await (const line of readLines(file)) {
    const heading = line.toString().split('\t');
    const first = heading.length > 1 && !heading.includes('id') ? { idColumn: heading[0] } : {};
    return { ...first, ...given(names), ids: file };
  }
  return { ...names, ids: file };
}

/** Leaves out undefined members, which would replace others. */
function given(names: NameOptions): NameOptions {
  return Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined));
}

/** The header says it, if there is one. */
async function sizeOf(path: string, reading: Word2vecOptions): Promise<SourceSize | undefined> {
  for await (const { layout } of readWord2vec(path, reading))
    return layout.rows === undefined ? undefined : { rows: layout.rows, cols: layout.cols, exact: true };
  return undefined;
}

async function gather(
  path: string,
  modality: string,
  reading: Word2vecOptions,
  options: GatherOptions,
): Promise<Gathered> {
  const sample = new RowSample(options);
  const named = reading.names !== false;
  let row: Float32Array | undefined;
  for await (const word of readWord2vec(path, { ...reading, signal: options.signal })) {
    if (sample.total % 1000 === 0) {
      options.signal?.throwIfAborted();
      options.onProgress?.(sample.total, word.layout.rows);
    }
    const number = sample.total;
    const slot = sample.offer();
    if (slot === -1) continue;
    row ??= new Float32Array(word.layout.cols);
    word.read(row, 0);
    const name = named ? word.name() || '(empty)' : `row ${number}`;
    sample.put(slot, name, named ? labelOf(name) : '', row);
  }
  return sample.finish(modality, path, []);
}

function labelOf(name: string): string {
  return name.startsWith('ENTITY/') ? 'entity' : 'word';
}
