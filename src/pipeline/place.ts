import { describe, RowsError } from '../errors.ts';
import type { Matrix, MatrixLike } from '../matrix.ts';
import { nearestNeighbors } from '../neighbors/neighbors.ts';
import { type CallOptions, type CommonOptions, OptionReader } from '../options.ts';
import type { FittedGOD } from './fitted.ts';
import { executionOptions } from './options.ts';
import { scaled } from './stages/reduce.ts';
import { type Surroundings, type SurroundingsFinder, WITNESSES } from './surroundings.ts';

/**
 * Where an object stands in the New Reality. A row of the New Reality with the same latent code is the object itself: its
 * point, cluster and sign are the object's. Any other object has the cluster and sign of its nearest row, in the space in
 * which the clusters were cut. So `cluster`, `sign` and `nearest` always agree; if the clusters are those of the map, they also
 * agree with the point.
 */
export interface Place extends Surroundings {
  /** Its posterior mean in the latent space. */
  readonly latent: Float32Array;
  /** Its point on the map: that of its own row, or one from {@link TSNE.transform}. */
  readonly map: readonly [x: number, y: number];
  /** Its cluster, in [0, clusters). */
  readonly cluster: number;
  /** That cluster's sign; '' if it has none. */
  readonly sign: string;
  /** Its own row of the New Reality, or the nearest: on the map or, with `clusterSpace: 'latent'`, in the latent space. */
  readonly nearest: number;
}

/**
 * Places of many objects as columns: what a {@link Place} says of each but the near objects of each modality, which take most of
 * the time.
 */
export interface PlaceColumns {
  /** n x latent: posterior means. */
  readonly latent: Matrix;
  /** n x 2: points on the map. */
  readonly map: Matrix;
  readonly clusters: Int32Array;
  /** Rows of the New Reality: `god.signs` and `god.objects` have the sign and the object of each. */
  readonly nearest: Int32Array;
  readonly spread: Float32Array;
  readonly outside: Float32Array;
}

/** What placing needs of a fitted GOD. */
type Placing = Pick<FittedGOD, 'settings' | 'modalities' | 'vae' | 'newReality' | 'tsne'> & {
  readonly clusters: Int32Array;
  readonly signs: readonly string[];
  readonly surroundings: SurroundingsFinder;
};

/** Options of {@link GOD.place}. */
export interface PlaceOptions extends Pick<CommonOptions, 'threads' | 'signal'> {
  /** Number of near objects of each modality in a place, 0 to 1000. Default 3. */
  neighbors?: number;
}

/** Embeds new objects of a fitted modality and finds their places in the New Reality. */
export async function placeObjects(
  god: Placing,
  modality: string,
  vectors: MatrixLike,
  options: PlaceOptions,
): Promise<Place[]> {
  const read = new OptionReader(options, ['threads', 'signal', 'neighbors']);
  const k = read.integer('neighbors', 3, { min: 0, max: 1000 });
  const execution = executionOptions({ threads: read.threads(), signal: read.signal() });
  const latents = await latentsOf(god, modality, vectors, execution);
  return placeLatents(god, { modality, latents }, k, execution);
}

/** The same as columns. */
export async function placeAsColumns(
  god: Placing,
  modality: string,
  vectors: MatrixLike,
  options: CallOptions,
): Promise<PlaceColumns> {
  const read = new OptionReader(options, ['threads', 'signal']);
  const execution = executionOptions({ threads: read.threads(), signal: read.signal() });
  const latent = await latentsOf(god, modality, vectors, execution);
  const { points, nearest, ...found } = await locate(god, { latents: latent }, execution);
  const certain = await god.surroundings.certainties({ latents: latent, points, ...found }, execution);
  return {
    latent,
    map: points,
    clusters: nearest.map((row) => god.clusters[row]),
    nearest,
    spread: Float32Array.from(certain, ({ spread }) => spread),
    outside: Float32Array.from(certain, ({ outside }) => outside),
  };
}

/** The posterior means of new objects. */
async function latentsOf(
  god: Placing,
  modality: string,
  vectors: MatrixLike,
  execution: ReturnType<typeof executionOptions>,
): Promise<Matrix> {
  const fitted = god.modalities.find(({ name }) => name === modality);
  if (fitted === undefined) {
    const known = god.modalities.map(({ name }) => name).join(', ');
    throw new RangeError(`Expected \`modality\` to be one of ${known} but received ${describe(modality)}`);
  }
  const components = await fitted.pca.transform(vectors, execution).catch(aboutVectors);
  return (await god.vae.encode(scaled(components, fitted.scale), execution)).mean;
}

/** PCA calls its rows `X`; whoever places objects gave `vectors`. */
function aboutVectors(error: unknown): never {
  if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  const message = error.message.replace(/`X(\.\w+)?`/g, '`vectors$1`');
  if (error instanceof RowsError) throw new RowsError(message, error, { cause: error });
  throw error instanceof RangeError
    ? new RangeError(message, { cause: error })
    : new TypeError(message, { cause: error });
}

/** Codes of the latent space that are to be placed. */
interface Codes {
  readonly modality: string;
  /** n x latent. */
  readonly latents: Matrix;
  /** For each code its own row of the New Reality, or -1. Default: the nearest row if it is equal. */
  readonly own?: Int32Array;
}

/** Finds the places of codes in the latent space. */
export async function placeLatents(
  god: Placing,
  { modality, ...codes }: Codes,
  k: number,
  execution: ReturnType<typeof executionOptions>,
): Promise<Place[]> {
  const { latents } = codes;
  const { own, near, points, nearest } = await locate(god, codes, execution);
  const around = await god.surroundings.of({ latents, points, modality, own, near }, k, execution);
  const { clusters, signs } = god;
  return Array.from(nearest, (row, i) => {
    const [x, y] = rowOf(points, i);
    return {
      latent: rowOf(latents, i).slice(),
      map: [x, y],
      cluster: clusters[row],
      sign: signs[row],
      nearest: row,
      ...around[i],
    };
  });
}

/** The points of codes on the map, and the rows of the New Reality that decide their clusters. */
async function locate(
  god: Placing,
  { latents, own: known }: Omit<Codes, 'modality'>,
  execution: ReturnType<typeof executionOptions>,
) {
  const witnesses = Math.min(WITNESSES + 1, god.newReality.rows);
  const near = await nearestNeighbors(god.newReality, { query: latents, k: witnesses, ...execution });
  const inLatent = Int32Array.from({ length: latents.rows }, (_, i) => near.indices[i * near.k]);
  const own =
    known ?? inLatent.map((row, i) => (equal(rowOf(god.newReality, row), rowOf(latents, i)) ? row : -1));
  const points = await god.tsne.transform(latents, execution);
  own.forEach((row, i) => {
    if (row >= 0) points.data.set(rowOf(god.tsne.embedding, row), i * points.cols);
  });
  const deciding =
    god.settings.clusterSpace === 'latent'
      ? inLatent
      : (await nearestNeighbors(god.tsne.embedding, { query: points, k: 1, ...execution })).indices;
  return { own, near, points, nearest: own.map((row, i) => (row >= 0 ? row : deciding[i])) };
}

function rowOf({ data, cols }: Matrix, row: number): Float32Array {
  return data.subarray(row * cols, (row + 1) * cols);
}

function equal(a: Float32Array, b: Float32Array): boolean {
  return a.every((value, i) => value === b[i]);
}
