import type { Matrix } from '../matrix.ts';
import { MutualProximity } from '../neighbors/mutual-proximity.ts';
import type { CommonOptions } from '../options.ts';
import { KIN, packFarness, TWINS } from './format.ts';

/** Some ranks of neighbors for each object: rows, -1 for none, and how near they are as the page packs it. */
export interface Ranked {
  readonly rows: Int32Array;
  readonly farness: Uint8Array;
}

/** The nearest objects of each object by mutual proximity. */
export interface PageTwins {
  /** n x {@link KIN}: of its own modality. */
  readonly kin: Ranked;
  /** n x (modalities - 1) x {@link TWINS}: of every other modality, in their order. */
  readonly others: Ranked;
}

/** With more objects the page has no twins: they would take more room than all the rest. */
const MOST_OBJECTS = 20_000;

/**
 * The celestial twins of every object, and its nearest kin: by mutual proximity, so that no object is everybody's twin.
 * Undefined for more than 20,000 objects or fewer than two.
 *
 * @param vectors - n x latent.
 * @param modality - n indices in [0, modalities).
 * @throws the reason of `signal`.
 */
export async function findTwins(
  vectors: Matrix,
  modality: ArrayLike<number>,
  modalities: number,
  options: Pick<CommonOptions, 'threads' | 'signal'> = {},
): Promise<PageTwins | undefined> {
  const n = vectors.rows;
  if (n < 2 || n > MOST_OBJECTS) return undefined;
  const proximity = await MutualProximity.fit(vectors, { ...options, groups: modality });
  const found = await proximity.neighbors({ ...options, k: Math.min(KIN, n) });
  const groupOf = Array.from({ length: modalities }, (_, m) => found.groups.indexOf(m));
  const take = (ranks: number, which: (own: number) => number[]): Ranked => {
    const width = ranks * which(0).length;
    const rows = new Int32Array(n * width).fill(-1);
    const farness = new Uint8Array(n * width);
    for (let row = 0; row < n; row++) {
      which(modality[row]).forEach((other, block) => {
        for (let rank = 0; rank < Math.min(ranks, found.k) && groupOf[other] >= 0; rank++) {
          const from = (row * found.groups.length + groupOf[other]) * found.k + rank;
          rows[row * width + block * ranks + rank] = found.indices[from];
          farness[row * width + block * ranks + rank] = packFarness(found.proximities[from]);
        }
      });
    }
    return { rows, farness };
  };
  const all = Array.from({ length: modalities }, (_, m) => m);
  return { kin: take(KIN, (own) => [own]), others: take(TWINS, (own) => all.filter((m) => m !== own)) };
}
