import { join } from 'node:path';
import { DataError } from '../errors.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { orAborted } from '../files/breathe.ts';
import { type FileTree, openTree } from '../files/file-tree.ts';
import { partOf } from '../files/part-names.ts';
import { PartRows } from '../files/part-rows.ts';
import { statPath } from '../files/read.ts';
import { csvLine } from '../formats/csv.ts';
import { type ImageFile, listImages, picturesNotRead } from '../formats/image-folder.ts';
import { type FormatName, type WrittenFile, writeRows } from '../matrix-files/index.ts';
import { type CallOptions, OptionReader } from '../options.ts';
import type { Progress } from '../progress.ts';
import { formatOfVectors, namesFile } from './embedded-file.ts';
import { findNetwork } from './find-network.ts';
import { fileIdentity, filesIdentity, fingerprintOf } from './fingerprint.ts';
import { type ImageNetwork, loadNetworkPackages, openImageNetwork } from './image-network.ts';
import { closeNetwork, vectorsOf } from './image-vectors.ts';
import { PREPROCESSINGS, type PreprocessingName } from './preprocessing.ts';
import type { NetworkRecord } from './source.ts';

export interface EmbedImagesOptions extends CallOptions {
  /** ONNX file of the network. Default: resnet18.onnx or resnet18-v1-7.onnx beside the images or in the working directory. */
  model?: string;
  /** Weights that are not in the network's own file: a file, or the folder of several. Default: beside the network. */
  externalData?: string;
  /** Layer that gives the vectors, any tensor of the network. Default: the input of the last fully connected layer. */
  output?: string;
  /**
   * How pictures are prepared. 'torchvision' is what ResNet-18 and most networks for ImageNet were trained with; 'cover' is what
   * {@link tinyImageNet} does. Default 'torchvision'.
   */
  preprocessing?: PreprocessingName;
  /** Which images of a data set in Tiny ImageNet's layout. Default 'train'. */
  split?: 'train' | 'val';
  /** Leave out images that cannot be read or decoded, instead of failing at the first. Default false. */
  skipBad?: boolean;
  /** Format of the file of vectors. Default: found from the ending of its name. */
  format?: FormatName;
  /** Called after images, at most every 50 ms, and once at the end. */
  onProgress?: (progress: EmbedImagesProgress) => void;
  /** Called with one line for people when the call continues an earlier one, or cannot, and when there are pictures of kinds that
   * are not read. */
  onNote?: (note: string) => void;
}

/** The progress of {@link embedImages}; the phase is 'embed-images'. */
export interface EmbedImagesProgress extends Progress {
  /** Images done, with those of earlier calls. */
  readonly done: number;
  readonly total: number;
  /** Images that earlier calls had done. */
  readonly kept: number;
}

/** What {@link embedImages} wrote. */
export interface EmbeddedImages extends Omit<WrittenFile, 'leftOut'> {
  /** The file with ids and labels, if the format of the vectors cannot hold them. */
  readonly names: string | undefined;
  /** Images that were left out, in the order of their ids. */
  readonly bad: readonly BadImage[];
  /** Images that earlier calls had done. */
  readonly kept: number;
  readonly network: NetworkRecord;
}

export interface BadImage {
  /** Its path, or that of the archive and its name in it. */
  readonly file: string;
  readonly problem: string;
}

const NAMES = [
  ...['model', 'externalData', 'output', 'preprocessing', 'split', 'skipBad', 'format'],
  ...['threads', 'signal', 'onProgress', 'onNote'],
] as const;
const PROGRESS_MILLISECONDS = 50;
const UNDECODABLE = 'is not a picture that can be decoded';

/**
 * Puts images through a network and writes their vectors to a file, in the order of their ids. Ids are paths from the folder that holds the
 * classes; labels are the classes. They are columns of the file, or for .npy and safetensors a table beside it: `features.names.csv`
 * beside `features.npy`. Vectors are kept in `out.part` until all are there: a call that was aborted, failed or was killed is continued
 * by the same call, and the file has the same bytes as without the interruption. Memory does not grow with the number of images, except
 * by their names.
 *
 * @param path a folder, a tar archive (also .gz, .bz2) or a .zip, in Tiny ImageNet's layout or with one folder for each class.
 * @param out .npy, .npz, .parquet, .arrow, .csv, .tsv, .jsonl or .safetensors.
 * @throws TypeError or RangeError for wrong options; MissingDependencyError without onnxruntime-node or sharp; DataError when there is no
 *   network or no image, for a damaged archive, and for the first bad image unless `skipBad` (its `option` is then 'skipBad'); the reason
 *   of `signal`; the error of the file system.
 * @example
 * import { embedImages } from 'global-object-embedder';
 *
 * const { rows, cols, bad } = await embedImages('photos', 'features.parquet', { model: 'resnet18.onnx', skipBad: true });
 */
export async function embedImages(
  path: string,
  out: string,
  options: EmbedImagesOptions = {},
): Promise<EmbeddedImages> {
  const settings = { ...settingsOf(options), format: formatOfVectors(out, options.format) };
  const { signal } = settings;
  signal?.throwIfAborted();
  await loadNetworkPackages();
  const isFolder = (await statPath(path)).isDirectory();
  const tree = await openTree(path, signal);
  const images = await listImages(tree, path, settings.split);
  const { endings, count } = picturesNotRead(tree.names);
  if (count > 0)
    settings.onNote?.(`pictures not read: ${count} (${endings.join(', ')}); convert them to .png or .jpg`);
  const placeOf = ({ name }: ImageFile) => (isFolder ? join(path, name) : `${path}: ${name}`);
  const network = await opened(await findNetwork(path, settings.model), settings);
  let part: PartRows | undefined;
  try {
    part = await openPart(out, { path, isFolder, images, network, settings });
    const kept = part.done;
    const problems = await fill(part, { tree, images, network, placeOf, settings });
    const written = await write(part, { images, out, path, settings });
    await part.remove();
    part = undefined;
    const bad = problems.map(([row, problem]) => ({ file: placeOf(images[row]), problem }));
    const { path: _, ...record } = network.record;
    return { ...written, bad, kept, network: record };
  } finally {
    await part?.close();
    await closeNetwork(network, signal);
  }
}

type Settings = ReturnType<typeof settingsOf> & { readonly format: FormatName };

function settingsOf(options: EmbedImagesOptions) {
  const read = new OptionReader<EmbedImagesOptions>(options, NAMES);
  return {
    model: read.text('model'),
    externalData: read.text('externalData'),
    output: read.text('output'),
    preprocessing: read.oneOf('preprocessing', 'torchvision', PREPROCESSINGS),
    split: read.oneOf('split', 'train', ['train', 'val']),
    skipBad: read.boolean('skipBad', false),
    threads: read.threads() || undefined,
    signal: read.signal(),
    onProgress: read.callback('onProgress'),
    onNote: read.callback('onNote'),
  };
}

/** The network, unless the call is aborted before it is loaded. */
async function opened(file: string, settings: Settings): Promise<ImageNetwork> {
  const opening = openImageNetwork(file, settings);
  try {
    return await orAborted(opening, settings.signal);
  } catch (error) {
    opening.then(
      (network) => network.close(),
      () => {},
    );
    throw error;
  }
}

interface Opening {
  readonly path: string;
  readonly isFolder: boolean;
  readonly images: readonly ImageFile[];
  readonly network: ImageNetwork;
  readonly settings: Settings;
}

/** The vectors that earlier calls left, if they are those of these images by this network. */
async function openPart(
  out: string,
  { path, isFolder, images, network, settings }: Opening,
): Promise<PartRows> {
  const { signal, onNote } = settings;
  const { sha256, output, preprocessing } = network.record;
  const names = images.map(({ name }) => name);
  const files = isFolder ? await filesIdentity(path, names, signal) : await fileIdentity(path);
  const identity = fingerprintOf(['vectors of images 1', sha256, output, preprocessing, files, names]);
  const cols = await orAborted(network.columns(), signal);
  const part = await PartRows.open(out, { identity, rows: images.length, cols });
  const { done, replaced } = part;
  if (done > 0) onNote?.(`continues: ${done} of ${images.length} images are in ${partOf(out)}`);
  if (replaced) onNote?.(`${partOf(out)} is of other images or another network: begun anew`);
  return part;
}

interface Filling {
  readonly tree: FileTree;
  readonly images: readonly ImageFile[];
  readonly network: ImageNetwork;
  /** Where an image is, for people. */
  readonly placeOf: (image: ImageFile) => string;
  readonly settings: Settings;
}

/** Computes the rows that are missing. Returns the rows of bad images, in order, and what is wrong with each. */
async function fill(
  part: PartRows,
  { tree, images, network, placeOf, settings }: Filling,
): Promise<[row: number, problem: string][]> {
  const { skipBad, signal } = settings;
  const refuse = (row: number, problem: string, cause?: unknown) => {
    if (skipBad) return;
    const place = { file: placeOf(images[row]) };
    throw new DataError(problem, place, { option: 'skipBad', ...(cause !== undefined && { cause }) });
  };
  const bad = new Map<number, string>();
  const missing = new Map<string, number>();
  for (const [row, { name }] of images.entries()) {
    if (part.states[row] === 0) missing.set(name, row);
    else if (part.states[row] === 2) {
      refuse(row, UNDECODABLE);
      bad.set(row, UNDECODABLE);
    }
  }
  const report = reporter(images.length, settings);
  let done = images.length - missing.size;
  const kept = done;
  const names = new Set(missing.keys());
  for await (const { name, vector, error } of vectorsOf(tree, names, network, signal)) {
    const row = missing.get(name) as number;
    if (vector === undefined) {
      const problem = error?.problem ?? UNDECODABLE;
      refuse(row, problem, error);
      bad.set(row, problem);
    } else checkFinite(vector, placeOf(images[row]));
    await part.put(row, vector);
    report(++done, kept);
  }
  if (done === kept) report(done, kept);
  return [...bad].sort(([a], [b]) => a - b);
}

/** Passes the number of images that are done on, but not too often. */
function reporter(total: number, { onProgress }: Settings): (done: number, kept: number) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (done, kept) => {
    const now = performance.now();
    if (now - last < PROGRESS_MILLISECONDS && done < total) return;
    last = now;
    onProgress?.({ phase: 'embed-images', fraction: done / total, done, total, kept });
  };
}

function checkFinite(vector: Float32Array, file: string): void {
  if (!vector.every(Number.isFinite))
    throw new DataError('the network gives values that are not finite for this image', { file });
}

interface Writing {
  readonly images: readonly ImageFile[];
  readonly out: string;
  readonly path: string;
  readonly settings: Settings;
}

/** Writes the rows and their names; the file of vectors, which the names belong to, comes last. */
async function write(part: PartRows, { images, out, path, settings: { format, signal } }: Writing) {
  const rows = part.states.reduce((count, state) => count + (state === 1 ? 1 : 0), 0);
  if (rows === 0) throw new DataError('none of the images can be decoded', { file: path });
  const labeled = images.some(({ label }) => label !== '');
  const writer = await writeRows(out, { format, rows, ...(signal && { signal }) });
  try {
    for await (const batch of part.batches()) {
      const of = batch.rows.map((row) => images[row]);
      await writer.write({
        data: batch.values,
        rows: of.length,
        cols: part.cols,
        ids: of.map(({ id }) => id),
        ...(labeled && { labels: of.map(({ label }) => label) }),
      });
    }
    const names = namesFile(out, format);
    if (names !== undefined) {
      const kept = images.filter((_, row) => part.states[row] === 1);
      const lines = kept.map(({ id, label }) => csvLine([id, label]));
      await writeFileAtomically(names, [csvLine(['id', 'label']), ...lines].join(''));
    }
    const { leftOut: _, ...written } = await writer.close();
    return { ...written, names };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
