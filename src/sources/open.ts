import { extname } from 'node:path';
import { DataError } from '../errors.ts';
import { fileKind, HEAD_BYTES } from '../files/kind.ts';
import { firstBytes, statPath } from '../files/read.ts';
import { knownFormat } from '../matrix-files/detect.ts';
import type { FormatName } from '../matrix-files/format.ts';
import { type AudioSetOptions, audioset } from './audioset.ts';
import { type FeatureMatrixOptions, featureMatrix } from './feature-matrix.ts';
import { jsonLines } from './json-lines.ts';
import type { Source } from './source.ts';
import { type TinyImageNetOptions, tinyImageNet } from './tiny-imagenet.ts';
import { type Wikipedia2vecOptions, wikipedia2vec } from './wikipedia2vec.ts';

/** Options of all sources; each source takes its own and refuses the others. */
export type OpenOptions = AudioSetOptions &
  TinyImageNetOptions &
  Omit<FeatureMatrixOptions, 'modality'> &
  Omit<Wikipedia2vecOptions, 'modality'>;

/**
 * Makes the source that fits a path. A file of rows (.npy, .npz, Parquet, Arrow, CSV, safetensors, binary word2vec, ...) is a feature matrix
 * of any modality; a .jsonl or .ndjson file (also .gz or .bz2) is JSON Lines of any modality. Otherwise, audio is AudioSet (folder, .tfrecord or tar archive), image is a folder or
 * archive of images that go through a network, and text or any other modality is a file of word vectors.
 *
 * @throws DataError when the path does not exist or does not fit the modality; TypeError for an option that this kind of source
 *   does not have.
 * @example
 * const source = await openSource('image', 'features.npy', { labels: 'labels.npy' });
 */
export async function openSource(modality: string, path: string, options: OpenOptions = {}): Promise<Source> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const isFolder = (await statPath(path)).isDirectory();
  const format = isFolder ? undefined : (await knownFormat(path))?.name;
  if (format === 'jsonl') return jsonLines(path, { ...given, modality });
  if (format !== undefined && !TEXTS.includes(format)) return featureMatrix(path, { ...given, modality });
  if (modality === 'audio') return audioset(path, given);
  if (modality === 'image') {
    if (!isFolder && !/\.(zip|tar|tgz|tbz2?|tar\.gz|tar\.bz2)$/i.test(path)) {
      const kind =
        fileKind(await firstBytes(path, HEAD_BYTES)) ?? `a file ${extname(path) || 'without extension'}`;
      throw new DataError(
        `expected a folder, a tar or zip archive of images, an .npy matrix or JSON Lines, but found ${kind}`,
        { file: path },
      );
    }
    return tinyImageNet(path, given);
  }
  if (isFolder)
    throw new DataError('is a folder, expected a file of word vectors or an .npy matrix', { file: path });
  return wikipedia2vec(path, { ...given, modality });
}

/** Formats that the source of word vectors reads, whose rules for names are its own. */
const TEXTS: readonly FormatName[] = ['word2vec', 'tsv', 'projector'];
