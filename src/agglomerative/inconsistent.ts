import { largestBelow } from './cut.ts';
import type { Merges } from './merges.ts';

/** merges x 4, row-major: mean and standard deviation of heights, their number, and the inconsistency. */
export interface MergeStatistics {
  readonly data: Float64Array;
  readonly rows: number;
  readonly cols: 4;
}

/** Moments of heights below each merge: count, mean and sum of squared distances from the mean of them. */
interface Moments {
  readonly count: Float64Array;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

/**
 * scipy's `inconsistent`: for each merge, the mean and the standard deviation (denominator count - 1) of the heights of the
 * merges below it, itself included, down to `depth` levels; their number; and how many deviations its own height lies above
 * the mean, 0 if they do not vary. O(rows x depth) time.
 */
export function inconsistent(merges: Merges, depth: number): MergeStatistics {
  let moments = leavesOnly(merges.rows);
  for (let level = 0; level < depth; level++) {
    const deeper = oneLevelDeeper(merges, moments);
    const same = deeper.count.every((count, merge) => count === moments.count[merge]);
    moments = deeper;
    if (same) break;
  }
  const { count, mean, squares } = moments;
  const data = new Float64Array(merges.rows * 4);
  for (let merge = 0; merge < merges.rows; merge++) {
    const deviation = count[merge] > 1 ? Math.sqrt(squares[merge] / (count[merge] - 1)) : 0;
    const above = merges.data[merge * 4 + 2] - mean[merge];
    data.set([mean[merge], deviation, count[merge], deviation > 0 ? above / deviation : 0], merge * 4);
  }
  return { data, rows: merges.rows, cols: 4 };
}

/** For each merge, the largest inconsistency in its subtree: scipy's `maxinconsts`. */
export function largestInconsistencies(merges: Merges, depth: number): Float64Array {
  const { data } = inconsistent(merges, depth);
  return largestBelow(merges, (merge) => data[merge * 4 + 3]);
}

function leavesOnly(merges: number): Moments {
  return {
    count: new Float64Array(merges),
    mean: new Float64Array(merges),
    squares: new Float64Array(merges),
  };
}

/** Moments of each merge's own height and of those of its parts, joined by the formula of Chan, Golub and LeVeque (1979). */
function oneLevelDeeper({ data, rows }: Merges, below: Moments): Moments {
  const all = leavesOnly(rows);
  for (let merge = 0; merge < rows; merge++) {
    all.count[merge] = 1;
    all.mean[merge] = data[merge * 4 + 2];
    for (const part of [data[merge * 4] - rows - 1, data[merge * 4 + 1] - rows - 1]) {
      if (part < 0 || below.count[part] === 0) continue;
      const count = all.count[merge] + below.count[part];
      const difference = below.mean[part] - all.mean[merge];
      const share = below.count[part] / count;
      all.squares[merge] += below.squares[part] + difference ** 2 * all.count[merge] * share;
      all.mean[merge] += difference * share;
      all.count[merge] = count;
    }
  }
  return all;
}
