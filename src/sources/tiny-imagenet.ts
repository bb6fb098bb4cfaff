import { basename } from 'node:path';
import { DataError } from '../errors.ts';
import { type FileTree, openTree } from '../files/file-tree.ts';
import { sha256 } from '../files/hash.ts';
import { statPath } from '../files/read.ts';
import { type ImageFile, listImages } from '../formats/image-folder.ts';
import { readOnnxNetwork } from '../formats/onnx.ts';
import { matrix } from '../matrix.ts';
import { OptionReader } from '../options.ts';
import { DEFAULT_NETWORK, findNetwork } from './find-network.ts';
import { fileIdentity, filesIdentity, fingerprintOf } from './fingerprint.ts';
import { type ImageNetwork, loadNetworkPackages, openImageNetwork } from './image-network.ts';
import { closeNetwork, vectorsOf } from './image-vectors.ts';
import { LABEL_OPTIONS, type LabelOptions, withNames } from './names.ts';
import { PREPROCESSINGS, type PreprocessingName, preprocessingIn } from './preprocessing.ts';
import { chooseRows } from './sampling.ts';
import type { Gathered, GatherOptions, Source } from './source.ts';
import { thumbnailsOf } from './thumbnails.ts';

export interface TinyImageNetOptions extends LabelOptions {
  /** ONNX file of the network. Default: resnet18.onnx or resnet18-v1-7.onnx beside the images or in the working directory. */
  model?: string;
  /**
   * Weights that are not in the network's own file: a file, or the folder of several. Default: beside the network.
   */
  externalData?: string;
  /** Layer that gives the vectors. Default: the input of the network's last fully connected layer. */
  output?: string;
  /**
   * How pictures are prepared: 'cover' scales the shorter side to the network's size and keeps most of the picture; 'torchvision' is
   * what ResNet-18 and most networks for ImageNet were trained with, and keeps its middle. Default 'cover'.
   */
  preprocessing?: PreprocessingName;
  /** Which images of a data set in Tiny ImageNet's layout. Default 'train'. */
  split?: 'train' | 'val';
}

/**
 * Images as vectors of a network's last hidden layer: ResNet-18 by default, or any ONNX image network. The path is a
 * folder, a tar archive or a .zip, in Tiny ImageNet's layout or with one folder for each class. The sample is chosen
 * before the network runs. Needs the optional packages onnxruntime-node and sharp.
 *
 * @throws TypeError or RangeError for wrong options. `gather` throws MissingDependencyError when a package is missing
 * and DataError when there is no network, no image, or a damaged archive.
 * @example
 * const images = tinyImageNet('tiny-imagenet-200.zip', { model: 'resnet18.onnx' });
 */
export function tinyImageNet(path: string, options: TinyImageNetOptions = {}): Source {
  const reader = new OptionReader(options, [
    ...['model', 'externalData', 'output', 'preprocessing', 'split'],
    ...LABEL_OPTIONS,
  ] as const);
  const preprocessing = reader.oneOf('preprocessing', 'cover', PREPROCESSINGS);
  const split = reader.oneOf('split', 'train', ['train', 'val']);
  const [model, output, externalData] = [
    reader.text('model'),
    reader.text('output'),
    reader.text('externalData'),
  ];
  const source: Source = {
    modality: 'image',
    description: `images through the network ${basename(model ?? DEFAULT_NETWORK)}, from ${basename(path)}`,
    synthetic: false,
    fingerprint: async () => {
      const network = await readOnnxNetwork(await findNetwork(path, model), externalData);
      const files = (await statPath(path)).isDirectory()
        ? await filesIdentity(path, (await openTree(path)).names)
        : await fileIdentity(path);
      const hash = await sha256(network.model, ...network.externalData.map(({ data }) => data));
      return fingerprintOf(['images 3', split, output ?? null, preprocessing, hash, files]);
    },
    gather: async (gatherOptions) => {
      const tree = await openTree(path);
      const images = await listImages(tree, path, split);
      const network = await openImageNetwork(await findNetwork(path, model), {
        output,
        externalData,
        preprocessing,
        threads: gatherOptions.threads,
      });
      try {
        return await embed(tree, images, network, path, gatherOptions);
      } finally {
        await closeNetwork(network, gatherOptions.signal);
      }
    },
    check: async () => {
      await loadNetworkPackages();
    },
    thumbnails: async (ids, thumbnailOptions) => {
      const tree = await openTree(path);
      const wanted = new Set(ids);
      const images = (await listImages(tree, path, split)).filter(({ id }) => wanted.has(id));
      return thumbnailsOf(tree, images, thumbnailOptions);
    },
    through: (network) => {
      const named = {
        model: model ?? network.model,
        output: output ?? network.output,
        preprocessing: options.preprocessing ?? preprocessingIn(network.preprocessing),
      };
      const given = Object.entries(named).filter(([, value]) => value !== undefined);
      return tinyImageNet(path, { ...options, ...Object.fromEntries(given) });
    },
  };
  const names = { labels: reader.text('labels'), labelColumn: reader.text('labelColumn') };
  return withNames(source, names, { byRow: false, byId: true });
}

async function embed(
  tree: FileTree,
  images: readonly ImageFile[],
  network: ImageNetwork,
  path: string,
  options: GatherOptions,
): Promise<Gathered> {
  const chosen = chooseRows(images.length, options).map((row) => images[row]);
  const vectors = new Map<string, Float32Array>();
  const broken: string[] = [];
  let done = 0;
  const names = new Set(chosen.map(({ name }) => name));
  for await (const { name, vector, error } of vectorsOf(tree, names, network, options.signal)) {
    if (error !== undefined) throw error;
    if (vector === undefined) broken.push(name);
    else vectors.set(name, vector);
    options.onProgress?.(++done, chosen.length);
  }
  return { ...assemble(chosen, vectors, broken, images.length, path), network: network.record };
}

function assemble(
  chosen: readonly ImageFile[],
  vectors: ReadonlyMap<string, Float32Array>,
  broken: readonly string[],
  listed: number,
  path: string,
): Gathered {
  const kept = chosen.filter(({ name }) => vectors.has(name));
  if (kept.length === 0) throw new DataError('none of the images can be decoded', { file: path });
  const cols = vectors.get(kept[0].name)?.length ?? 0;
  const values = new Float32Array(kept.length * cols);
  kept.forEach(({ name }, i) => {
    values.set(vectors.get(name) as Float32Array, i * cols);
  });
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1) {
    throw new DataError(
      `the network gives values that are not finite for ${kept[Math.floor(bad / cols)].id}`,
      { file: path },
    );
  }
  return {
    modality: 'image',
    ids: kept.map(({ id }) => id),
    labels: kept.map(({ label }) => label),
    vectors: matrix(values, kept.length, cols),
    total: listed - broken.length,
    notes: broken.length === 0 ? [] : [brokenNote(broken)],
  };
}

function brokenNote(names: readonly string[]): string {
  const shown = [...names].sort().slice(0, 3).join(', ');
  return `${names.length} images cannot be decoded and were skipped: ${shown}${names.length > 3 ? ', ...' : ''}`;
}
