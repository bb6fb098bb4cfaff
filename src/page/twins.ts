import type { MutualNeighbors } from '../neighbors/mutual-proximity.ts';
import { KIN, packFarness, TWINS } from './format.ts';

/** Some ranks of neighbors for each object: rows, -1 for none, and how near they are, packed for the page. */
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

/** With more objects the page has no twins: they would take more room than everything else. */
export const MOST_TWINNED = 20_000;

/**
 * The celestial twins of every object, and its nearest kin, out of its neighbors in every modality.
 *
 * @param neighbors - by mutual proximity, with `k` of {@link KIN} where there are as many; groups are modalities.
 * @param modality - for each object the index of its modality in `modalities`.
 */
export function pageTwins(
  neighbors: MutualNeighbors,
  modality: ArrayLike<number>,
  modalities: readonly string[],
): PageTwins {
  const { groups, k, indices, proximities } = neighbors;
  const n = modality.length;
  const groupOf = modalities.map((name) => groups.indexOf(name));
  const take = (ranks: number, which: (own: number) => number[]): Ranked => {
    const width = ranks * which(0).length;
    const rows = new Int32Array(n * width).fill(-1);
    const farness = new Uint8Array(n * width);
    for (let row = 0; row < n; row++) {
      which(modality[row]).forEach((other, block) => {
        for (let rank = 0; rank < Math.min(ranks, k) && groupOf[other] >= 0; rank++) {
          const from = (row * groups.length + groupOf[other]) * k + rank;
          rows[row * width + block * ranks + rank] = indices[from];
          farness[row * width + block * ranks + rank] = packFarness(proximities[from]);
        }
      });
    }
    return { rows, farness };
  };
  const all = modalities.map((_, m) => m);
  return { kin: take(KIN, (own) => [own]), others: take(TWINS, (own) => all.filter((m) => m !== own)) };
}
