import { join, resolve } from 'node:path';
import { AgglomerativeClustering } from '../agglomerative/agglomerative.ts';
import { DataError } from '../errors.ts';
import { type Contents, makeFolder, replaceFiles } from '../files/atomic-file.ts';
import { sha256 } from '../files/hash.ts';
import { isFile, readWhole } from '../files/read.ts';
import { stateFromBytes, stateToChunks } from '../models/model-file.ts';
import { type ModelState, stateArray } from '../models/model-state.ts';
import { PCA } from '../pca/pca.ts';
import type { NetworkRecord } from '../sources/source.ts';
import { TSNE } from '../tsne/tsne.ts';
import { VAE } from '../vae/vae.ts';
import type { FittedGOD, FittedModality, RealObject } from './fitted.ts';
import type { Settings } from './options.ts';
import type { Quality } from './stages/measure.ts';
import { thumbnailsFromState, thumbnailsState } from './stages/thumbnails.ts';

const INDEX = 'god.json';
const VERSION = 2;
const THUMBNAILS = 'thumbnails.safetensors';

/** Everything of a model except arrays, and the hash of every other file. */
interface ModelIndex {
  readonly version: number;
  readonly settings: Settings;
  readonly modalities: readonly Omit<FittedModality, 'pca'>[];
  readonly objects: readonly RealObject[];
  readonly quality: Quality;
  readonly files: { readonly [name: string]: string };
}

/**
 * Writes a model into a directory, which is made if needed. An older model there stays whole until the new one replaces it.
 */
export async function saveGod(god: FittedGOD, directory: string): Promise<void> {
  await makeFolder(resolve(directory));
  await replaceFiles(async (put) => {
    for await (const [name, contents] of modelFiles(god)) await put(join(directory, name), contents);
  });
}

/**
 * The files of a model: one safetensors file for each estimator, and last an index with all hashes, including its own. These
 * show whether a model was written completely. The same model gives the same bytes.
 */
export async function* modelFiles(god: FittedGOD): AsyncGenerator<[name: string, contents: Contents]> {
  const files: Record<string, string> = {};
  for (const [name, estimator] of estimatorsOf(god)) {
    const contents = stateToChunks(estimator.state());
    files[name] = await sha256(...contents);
    yield [name, contents];
  }
  const { settings, objects, quality } = god;
  const modalities = god.modalities.map(({ pca: _, network, ...rest }) => ({
    ...rest,
    ...(network && { network: withoutPath(network) }),
  }));
  const index: ModelIndex = { version: VERSION, settings, modalities, objects, quality, files };
  const sealed = { sha256: await sha256(JSON.stringify(index)), ...index };
  yield [INDEX, `${JSON.stringify(sealed, null, 1)}\n`];
}

/** A model contains nothing about the machine that made it. */
function withoutPath({ file, sha256, output, preprocessing }: NetworkRecord): NetworkRecord {
  return { file, sha256, output, preprocessing };
}

/**
 * Reads a model from its directory, or from that of the run that made it.
 *
 * @throws DataError when a file is missing, damaged, or from another model.
 */
export async function loadGod(directory: string): Promise<FittedGOD> {
  const folder = join(directory, 'model');
  if (!(await isFile(join(directory, INDEX))) && (await isFile(join(folder, INDEX)))) directory = folder;
  const index = await readIndex(join(directory, INDEX));
  try {
    return await readEstimators(directory, index);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError('holds no model that this version can read', { file: directory }, { cause: error });
  }
}

async function readEstimators(directory: string, index: ModelIndex): Promise<FittedGOD> {
  const read = async (name: string) => readEstimator(directory, name, index.files[name]);
  const modalities = [];
  for (const [m, rest] of index.modalities.entries()) {
    modalities.push({ ...rest, pca: PCA.fromState(await read(pcaFile(m))) });
  }
  const state = await read('new-reality.safetensors');
  const reality = stateArray(state, 'points', Float32Array, 2);
  return {
    settings: index.settings,
    modalities,
    vae: VAE.fromState(await read('vae.safetensors')),
    newReality: { data: reality.data, rows: reality.shape[0], cols: reality.shape[1] },
    errors: stateArray(state, 'errors', Float32Array, 1).data,
    objects: index.objects,
    tsne: TSNE.fromState(await read('map.safetensors')),
    trees: {
      map: AgglomerativeClustering.fromState(await read('tree-map.safetensors')),
      latent: AgglomerativeClustering.fromState(await read('tree-latent.safetensors')),
    },
    quality: index.quality,
    thumbnails: index.settings.thumbnails ? thumbnailsFromState(await read(THUMBNAILS)) : new Map(),
  };
}

/** Names of modalities come from the user and never become file names. */
function pcaFile(modality: number): string {
  return `pca-${modality}.safetensors`;
}

function estimatorsOf(god: FittedGOD): [string, { state(): ModelState }][] {
  const { newReality, errors } = god;
  const reality: ModelState = {
    kind: 'new-reality',
    version: VERSION,
    values: {},
    arrays: {
      points: { data: newReality.data, shape: [newReality.rows, newReality.cols] },
      errors: { data: errors, shape: [errors.length] },
    },
  };
  const thumbnails: [string, { state(): ModelState }] = [
    THUMBNAILS,
    { state: () => thumbnailsState(god.thumbnails) },
  ];
  return [
    ...god.modalities.map(({ pca }, m): [string, PCA] => [pcaFile(m), pca]),
    ['vae.safetensors', god.vae],
    ['new-reality.safetensors', { state: () => reality }],
    ['map.safetensors', god.tsne],
    ['tree-map.safetensors', god.trees.map],
    ['tree-latent.safetensors', god.trees.latent],
    ...(god.settings.thumbnails ? [thumbnails] : []),
  ];
}

async function readIndex(file: string): Promise<ModelIndex> {
  const { sha256: hash, ...index } = parseIndex((await readWhole(file)).toString(), file) ?? {};
  if (index.version !== VERSION)
    throw new DataError(`is not an index of a model of version ${VERSION}`, { file });
  if ((await sha256(JSON.stringify(index))) !== hash)
    throw new DataError('is damaged (its hash differs)', { file });
  return index as ModelIndex;
}

function parseIndex(text: string, file: string): (Partial<ModelIndex> & { sha256?: string }) | null {
  try {
    return JSON.parse(text) as ReturnType<typeof parseIndex>;
  } catch (cause) {
    throw new DataError('is not JSON', { file }, { cause });
  }
}

async function readEstimator(directory: string, name: string, hash: string | undefined): Promise<ModelState> {
  const file = join(directory, name);
  const bytes = await readWhole(file);
  if ((await sha256(bytes)) !== hash)
    throw new DataError('is damaged or belongs to another model (its hash differs)', { file });
  return stateFromBytes(bytes, file);
}
