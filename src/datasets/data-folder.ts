import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../errors.ts';
import { partOf } from '../files/part-names.ts';
import { statPath } from '../files/read.ts';
import type { DatasetName } from './catalogue.ts';

/** What a run reads of a folder of corpora. */
export type DataPart = 'audio' | 'text' | 'image' | 'model';

/** The names of each part as fetched, and as people unpack or export it; the first one that is there is taken. */
const PARTS: Readonly<Record<DataPart, { dataset: DatasetName; names: readonly string[] }>> = {
  audio: { dataset: 'audioset', names: ['features.tar.gz', 'audioset_v1_embeddings'] },
  text: {
    dataset: 'wikipedia2vec',
    names: ['enwiki_20180420_100d.txt.bz2', 'enwiki_20180420_100d.txt'],
  },
  image: { dataset: 'tiny-imagenet', names: ['tiny-imagenet-200.zip', 'tiny-imagenet-200'] },
  model: { dataset: 'resnet18', names: ['resnet18-v1-7.onnx', 'resnet18.onnx'] },
};

/** What is in a folder of corpora. */
export interface DataFolder {
  /** The path of each part that can be used. */
  readonly paths: Readonly<Partial<Record<DataPart, string>>>;
  /** What is not used, and why: one line for people each. */
  readonly notes: readonly string[];
}

/**
 * Finds what `fetchDataset` put into a folder. Images and their network need each other. `given` are parts that come from elsewhere, and are
 * not looked for.
 *
 * @throws DataError when the folder does not exist or has no corpus.
 */
export async function findData(folder: string, given: ReadonlySet<DataPart>): Promise<DataFolder> {
  if (!(await statPath(folder)).isDirectory()) throw new DataError('is not a folder', { file: folder });
  const paths: Partial<Record<DataPart, string>> = {};
  const notes: string[] = [];
  for (const part of Object.keys(PARTS) as DataPart[]) {
    const found = PARTS[part].names.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (given.has(part)) continue;
    if (found === undefined) notes.push(missing(part, folder));
    else paths[part] = found;
  }
  const has = (part: DataPart) => given.has(part) || paths[part] !== undefined;
  if (has('model') && !has('image')) delete paths.model;
  if (has('image') && !has('model')) delete paths.image;
  if (paths.audio === undefined && paths.text === undefined && paths.image === undefined)
    throw new DataError(`has no corpus that can be used (${notes.join('; ')})`, { file: folder });
  return { paths, notes };
}

function missing(part: DataPart, folder: string): string {
  const { dataset, names } = PARTS[part];
  const what = part === 'model' ? 'no network, so no images' : `no ${part}`;
  const begun = existsSync(partOf(join(folder, names[0])));
  return `${what}: ${names[0]} is not ${begun ? 'complete' : 'there'}; god fetch ${dataset} --to ${folder}`;
}
