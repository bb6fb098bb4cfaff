import type { Matrix } from '../matrix.ts';
import { type MutualNeighbors, MutualProximity } from '../neighbors/mutual-proximity.ts';
import { type Neighbors, nearestNeighbors } from '../neighbors/neighbors.ts';
import { once } from '../once.ts';
import type { FittedGOD } from './fitted.ts';
import type { executionOptions } from './options.ts';

/** An object of the New Reality near another one. */
export interface NearObject {
  /** Its row of the New Reality. */
  readonly row: number;
  /** Mutual proximity in [0, 1]: see {@link MutualProximity}. */
  readonly proximity: number;
  /** Euclidean, in the latent space. */
  readonly distance: number;
}

/** The objects of one modality that are nearest to an object as seen from both ends, best first. */
export interface NearOfModality {
  readonly modality: string;
  readonly objects: readonly NearObject[];
}

/** How certain the place of a point of the latent space is. */
export interface Certainty {
  /** Rows of the 15 objects that are nearest in the latent space, of whatever modality, nearest first; fewer if there are fewer. */
  readonly witnesses: Uint32Array;
  /**
   * How certain a place on the map is: root mean square distance, on the map and in its units, from the point to its
   * `witnesses`. Small if they lie together.
   */
  readonly spread: number;
  /**
   * How far the point lies outside the known objects: the share of the objects of the New Reality, in [0, 1], whose nearest
   * other object in the latent space is nearer than the point's nearest one.
   */
  readonly outside: number;
}

/** The surroundings of a point of the latent space. */
export interface Surroundings extends Certainty {
  /** One entry for each modality of the New Reality. */
  readonly neighbors: readonly NearOfModality[];
}

/** Points for which to find the surroundings. */
export interface Surrounded {
  /** n x latent. */
  readonly latents: Matrix;
  /** n x 2, on the map. */
  readonly points: Matrix;
  /** Their modality. */
  readonly modality: string;
  /** For each point, its own row of the New Reality, or -1. */
  readonly own: ArrayLike<number>;
  /** The {@link WITNESSES} + 1 rows of the New Reality that are nearest in the latent space, or all if there are fewer. */
  readonly near: Neighbors;
}

type Execution = ReturnType<typeof executionOptions>;
/** What the objects are measured with: all calls wait for it, so the signal of one must not stop it. */
type Threads = Omit<Execution, 'signal'>;

/** Number of objects that decide how certain a place is. */
export const WITNESSES = 15;

/**
 * Answers for the surroundings of points among the objects of one New Reality. The objects are measured once, at the first
 * call.
 */
export class SurroundingsFinder {
  readonly #god: Pick<FittedGOD, 'newReality' | 'objects' | 'tsne'>;
  readonly #fitted = once(async (threads: Threads) => {
    const { newReality, objects } = this.#god;
    return MutualProximity.fit(newReality, {
      groups: objects.map(({ modality }) => modality),
      ...threads,
    });
  });
  /** Distance of each object to its nearest other one. */
  readonly #distances = once(
    async (threads: Threads) =>
      (await nearestNeighbors(this.#god.newReality, { k: 1, ...threads })).distances,
  );
  /** The same, ascending. */
  readonly #known = once(async (threads: Threads) => (await this.#distances(threads)).toSorted());

  constructor(god: Pick<FittedGOD, 'newReality' | 'objects' | 'tsne'>) {
    this.#god = god;
  }

  /** The surroundings of each point: `k` objects of each modality. An object is not near itself. */
  async of(around: Surrounded, k: number, execution: Execution): Promise<Surroundings[]> {
    const neighbors = await this.neighbors(around, k, execution);
    const certain = await this.certainties(around, execution);
    return neighbors.map((near, i) => ({ neighbors: near, ...certain[i] }));
  }

  /** How certain the place of each point is. */
  async certainties(around: Omit<Surrounded, 'modality'>, execution: Execution): Promise<Certainty[]> {
    const known = await this.#known(threadsOf(execution));
    return Array.from({ length: around.points.rows }, (_, i) => {
      const { rows, spread, nearest } = this.#witnesses(around, i);
      return { witnesses: rows, spread, outside: shareBelow(known, nearest) };
    });
  }

  /** The objects that are near each object of the New Reality. */
  async ofAll(k: number, execution: Execution): Promise<MutualNeighbors> {
    return (await this.#fitted(threadsOf(execution))).neighbors({ k, ...execution });
  }

  /** For each object the share of objects whose nearest other one is nearer than its own. */
  async outlyingness(): Promise<Float32Array> {
    const known = await this.#known({});
    return (await this.#distances({})).map((distance) => shareBelow(known, distance));
  }

  /** Only the objects that are near each point, by modality. */
  async neighbors(
    { latents, modality, own }: Omit<Surrounded, 'points' | 'near'>,
    k: number,
    execution: Execution,
  ): Promise<NearOfModality[][]> {
    const fitted = await this.#fitted(threadsOf(execution));
    // Draws from the prior are one group, of no modality that a new object could have.
    const groups = fitted.groups.includes(modality)
      ? { groups: new Array<string>(latents.rows).fill(modality) }
      : {};
    const wanted = Math.min(k + 1, this.#god.newReality.rows);
    const found = await fitted.query(latents, { ...groups, ...execution, k: wanted });
    return Array.from({ length: latents.rows }, (_, i) =>
      fitted.groups.map((group, g) => {
        const objects: NearObject[] = [];
        const begin = (i * fitted.groups.length + g) * wanted;
        for (let at = begin; at < begin + wanted && objects.length < k; at++) {
          const row = found.indices[at];
          if (row < 0 || row === own[i]) continue;
          objects.push({ row, proximity: found.proximities[at], distance: found.distances[at] });
        }
        return { modality: String(group), objects };
      }),
    );
  }

  /** The nearest objects of point `i` in the latent space, how far they are spread on the map, and how far the nearest one is. */
  #witnesses({ points, own, near: { indices, distances, k } }: Omit<Surrounded, 'modality'>, i: number) {
    const { data } = this.#god.tsne.embedding;
    const { cols } = points;
    const ranks = Array.from({ length: k }, (_, rank) => i * k + rank)
      .filter((at) => indices[at] !== own[i])
      .slice(0, WITNESSES);
    const rows = Uint32Array.from(ranks, (at) => indices[at]);
    let sum = 0;
    for (const row of rows) {
      for (let c = 0; c < cols; c++) sum += (data[row * cols + c] - points.data[i * cols + c]) ** 2;
    }
    const spread = Math.sqrt(sum / Math.max(1, rows.length));
    return { rows, spread, nearest: ranks.length > 0 ? distances[ranks[0]] : 0 };
  }
}

function threadsOf({ threads }: Execution): Threads {
  return threads === undefined ? {} : { threads };
}

/** Share of ascending values that lie below a given one. */
function shareBelow(ascending: Float32Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low / ascending.length;
}
