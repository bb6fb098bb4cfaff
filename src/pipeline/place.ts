import { describe } from '../errors.ts';
import type { MatrixLike } from '../matrix.ts';
import { nearestNeighbors } from '../neighbors/neighbors.ts';
import { type CommonOptions, OptionReader } from '../options.ts';
import type { FittedGOD } from './fitted.ts';
import { executionOptions } from './options.ts';
import { scaled } from './stages/reduce.ts';

/** Where an object stands that was not fitted. */
export interface Place {
  /** Its posterior mean in the latent space. */
  readonly latent: Float32Array;
  /** Its point on the map, by {@link TSNE.transform}. */
  readonly map: readonly [x: number, y: number];
  /** The cluster of most of its 15 nearest neighbours in the New Reality. */
  readonly cluster: number;
  /** That cluster's sign; '' where it has none. */
  readonly sign: string;
  /** The row of the New Reality that is nearest. */
  readonly nearest: number;
}

/** What placing takes of a fitted GOD. */
type Placing = Pick<FittedGOD, 'modalities' | 'vae' | 'newReality' | 'tsne'> & {
  readonly clusters: Int32Array;
  readonly signs: readonly string[];
};

const NEIGHBORS = 15;

/** Embeds new objects of a fitted modality and finds their neighbours in the New Reality. */
export async function placeObjects(
  god: Placing,
  modality: string,
  vectors: MatrixLike,
  options: Pick<CommonOptions, 'threads' | 'signal'>,
): Promise<Place[]> {
  const fitted = god.modalities.find(({ name }) => name === modality);
  if (fitted === undefined) {
    const known = god.modalities.map(({ name }) => name).join(', ');
    throw new RangeError(`Expected \`modality\` to be one of ${known} but received ${describe(modality)}`);
  }
  const read = new OptionReader(options, ['threads', 'signal']);
  const execution = executionOptions({ threads: read.threads(), signal: read.signal() });
  const reduced = scaled(await fitted.pca.transform(vectors, execution), fitted.scale);
  const { mean } = await god.vae.encode(reduced, execution);
  const k = Math.min(NEIGHBORS, god.newReality.rows);
  const { indices } = await nearestNeighbors(god.newReality, { query: mean, k, ...execution });
  const map = await god.tsne.transform(mean, execution);
  const signs = god.signs;
  return Array.from({ length: mean.rows }, (_, i) => {
    const near = Array.from(indices.subarray(i * k, (i + 1) * k));
    const cluster = mostFrequent(near.map((row) => god.clusters[row]));
    return {
      latent: mean.data.slice(i * mean.cols, (i + 1) * mean.cols),
      map: [map.data[2 * i], map.data[2 * i + 1]],
      cluster,
      sign: signs[near.find((row) => god.clusters[row] === cluster) ?? near[0]],
      nearest: near[0],
    };
  });
}

/** Of equally frequent values the one that comes first. */
function mostFrequent(values: readonly number[]): number {
  const count = (value: number) => values.filter((other) => other === value).length;
  return values.reduce((best, value) => (count(value) > count(best) ? value : best), values[0]);
}
