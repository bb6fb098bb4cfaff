import { ownedDistances } from '../distances.ts';
import type { MatrixLike } from '../matrix.ts';
import { Model } from '../models/model.ts';
import { checkState, type ModelState, stateArray } from '../models/model-state.ts';
import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { OptionReader } from '../options.ts';
import { ownedMatrix } from '../owned-matrix.ts';
import { phaseControl } from '../progress.ts';
import type { Cluster } from './cluster.ts';
import { fitConnectivity, fitDistanceConnectivity } from './connectivity.ts';
import { copheneticDistances } from './cophenetic.ts';
import { type Cut, cut, largestHeights, readCut, readDepth } from './cut.ts';
import { inconsistent, largestInconsistencies, type MergeStatistics } from './inconsistent.ts';
import { leafOrder } from './leaf-order.ts';
import { checkMerges, type Merges } from './merges.ts';
import { type OptimalOrderOptions, type OrderedBy, optimalLeafOrder } from './optimal-order.ts';
import {
  type AgglomerativeOptions,
  type DistanceLinkageOptions,
  LINKAGES,
  type Linkage,
  planDistances,
  planPoints,
} from './options.ts';
import { toCluster, toNewick } from './tree.ts';

export type { Cut } from './cut.ts';

const KIND = 'AgglomerativeClustering';
const VERSION = 1;

/**
 * Agglomerative hierarchical clustering. Every row starts as its own cluster, and the two nearest clusters are merged until one
 * is left. Of equally near pairs, the one with the lowest rows comes first. Immutable: made by
 * {@link AgglomerativeClustering.fit}.
 *
 * @example
 * const X = matrix(new Float32Array([0, 1, 10, 11, 50]), 5, 1);
 * const tree = await AgglomerativeClustering.fit(X, { linkage: 'ward' });
 * tree.labels({ clusters: 3 }); // Int32Array [0, 0, 1, 1, 2]
 */
export class AgglomerativeClustering extends Model {
  readonly linkage: Linkage;
  /** Number of rows that were clustered. */
  readonly rows: number;
  /**
   * The tree as scipy's linkage matrix, (rows - 1) x 4, sorted by height. Where heights can fall (centroid, median, and ward
   * with `connectivity`), merges stand in the order in which they were made.
   */
  readonly merges: Merges;

  private constructor(linkage: Linkage, merges: Merges) {
    super();
    this.linkage = linkage;
    this.merges = merges;
    this.rows = merges.rows + 1;
  }

  /** Heights of the merges, in the order of {@link merges}. */
  get heights(): Float64Array {
    const { data, rows } = this.merges;
    return Float64Array.from({ length: rows }, (_, i) => data[i * 4 + 2]);
  }

  /**
   * Clusters the rows of `X` (at least one). Ward and single linkage take O(rows x cols) memory, the others a rows x rows
   * matrix. Values are used as float32. The result is the same, bit for bit, for every number of threads. With `connectivity`,
   * only clusters that are linked to each other are merged.
   *
   * @throws RangeError when `X` has no rows, a value is not finite, the linkage does not allow the metric or the fit would take
   *   more than `maxMemory`; DisconnectedError when `connectivity` does not connect all rows; TypeError for arguments of the wrong
   *   kind.
   * @example
   * // A path that turns back: its ends are near each other but not linked.
   * const path = await AgglomerativeClustering.fit([[0, 0], [3, 0], [3, 1], [0, 1]], { connectivity: [[1], [2], [3], []] });
   * path.labels({ clusters: 3 }); // Int32Array [0, 1, 1, 2]
   */
  static async fit(X: MatrixLike, options: AgglomerativeOptions = {}): Promise<AgglomerativeClustering> {
    const plan = planPoints(options);
    const data = ownedMatrix('X', X, {
      transfer: plan.transfer,
      offset: plan.metric === 'cosine' ? 'refuse' : 'fit',
    });
    if (data.rows === 0) throw new RangeError('Expected `X` to have at least one row but received 0');
    const { linkage, metric, threads } = plan;
    const merges = emptyMerges(data.rows);
    if (plan.connectivity !== undefined) {
      await fitConnectivity(data, plan, merges.data);
      return new AgglomerativeClustering(linkage, merges);
    }
    plan.checkMemory(data.rows, data.cols);
    const kernel = { linkage, metric, threads, float64: plan.float64(data.rows) };
    await runJob(
      () => native().agglomerativeFit({ X: data }, kernel, { merges: merges.data }),
      phaseControl(plan.control, 'merge'),
    );
    return new AgglomerativeClustering(linkage, merges);
  }

  /**
   * Clusters by distances, given as a square matrix (symmetric, zeros on the diagonal) or condensed: the upper triangle row by
   * row, like scipy's `pdist`. For ward, centroid and median the distances should be Euclidean. This is not checked. With
   * `connectivity`, only clusters that are linked to each other are merged.
   *
   * @throws RangeError when the shape does not fit, a distance is negative or not finite, a square matrix is not symmetric, the
   *   linkage does not allow `connectivity` or the fit would take more than `maxMemory`; DisconnectedError when `connectivity` does
   *   not connect all rows; TypeError for arguments of the wrong kind.
   * @example
   * const tree = await AgglomerativeClustering.fitDistances([1, 5, 4], { linkage: 'average' });
   * tree.heights; // Float64Array [1, 4.5]
   */
  static async fitDistances(
    distances: MatrixLike | Float32Array | Float64Array | readonly number[],
    options: DistanceLinkageOptions = {},
  ): Promise<AgglomerativeClustering> {
    const plan = planDistances(options);
    const owned = ownedDistances(distances);
    const { data, rows, square } = owned;
    if (rows === 0) throw new RangeError('Expected `distances` to be of at least one row but received 0');
    const { linkage, threads } = plan;
    const merges = emptyMerges(rows);
    if (plan.connectivity !== undefined) {
      await fitDistanceConnectivity(owned, plan, merges.data);
      return new AgglomerativeClustering(linkage, merges);
    }
    plan.checkMemory(rows, 0);
    const kernel = { linkage, threads, rows, square, unsquared: false, float64: plan.float64(rows) };
    await runJob(
      () => native().agglomerativeFitDistances({ distances: data }, kernel, { merges: merges.data }),
      phaseControl(plan.control, 'merge'),
    );
    return new AgglomerativeClustering(linkage, merges);
  }

  /**
   * The cluster of each row after cutting the tree: an Int32Array of `rows` labels. Clusters are numbered from 0 in the order
   * of their first rows: row 0 is in cluster 0, the first row outside it is in cluster 1, and so on.
   *
   * `{ clusters }` leaves out the last merges, so that exactly this many clusters are left, even if merges have equal heights.
   * `{ distance }` makes the merges whose own height, and every height below them in the tree, is at most `distance`.
   * `{ inconsistency, depth }` makes the merges whose {@link inconsistent} coefficient, and every one below them, is at most
   * `inconsistency`, like scipy's `fcluster` with the criterion 'inconsistent'.
   *
   * @throws RangeError when the number of clusters is not in [1, rows] or another number is out of range; TypeError unless
   *   exactly one of the three is given.
   */
  labels(at: Cut): Int32Array {
    const { by, most, depth } = readCut(at, this.rows);
    if (by === 'clusters') return cut(this.merges, (merge) => merge < this.rows - most);
    const largest =
      by === 'distance' ? largestHeights(this.merges) : largestInconsistencies(this.merges, depth);
    return cut(this.merges, (merge) => largest[merge] <= most);
  }

  /**
   * For each merge, how its height compares with those below it, down to `depth` levels (itself is the first): a (rows - 1) x 4
   * matrix like scipy's `inconsistent`. The columns are the mean and standard deviation of these heights, their number, and how
   * many deviations the merge lies above the mean: 0 if they are equal. Large numbers are merges of clusters that are far apart
   * compared with their parts (Jain and Dubes 1988).
   *
   * @throws RangeError when `depth` is not an integer in [1, 1e6].
   * @example
   * const tree = await AgglomerativeClustering.fit([[0], [1], [10], [12]], { linkage: 'single' });
   * tree.inconsistent().data.subarray(8, 12); // 4, 4.36, 3, 1.15: the last merge, 9, among heights 1, 2 and 9
   */
  inconsistent(options: { depth?: number } = {}): MergeStatistics {
    return inconsistent(this.merges, readDepth(new OptionReader(options, ['depth'])));
  }

  /** The rows in the order in which a dendrogram without crossings shows them, like scipy's `leaves_list`. */
  leafOrder(): Int32Array {
    return leafOrder(this.merges);
  }

  /**
   * The best of all orders that a dendrogram without crossings allows: the sum of the distances between neighbors is least
   * (Bar-Joseph, Gifford and Jaakkola 2001). The points or distances can be others than those of the fit. Takes O(rows^3) time
   * at most and O(rows^2) memory, up to `maxMemory`. The result does not depend on `threads`.
   *
   * @throws RangeError when the number of points is not the number of rows, a value is not finite, a distance is negative or it
   *   would take more than `maxMemory`; TypeError for arguments of the wrong kind, or unless exactly one of points and
   *   distances is given.
   * @example
   * const X = [[0], [3], [1], [9]];
   * const tree = await AgglomerativeClustering.fit(X, { linkage: 'average' });
   * await tree.optimalLeafOrder({ points: X }); // Int32Array [0, 2, 1, 3]
   */
  async optimalLeafOrder(by: OrderedBy, options: OptimalOrderOptions = {}): Promise<Int32Array> {
    return optimalLeafOrder(this.merges, by, options);
  }

  /**
   * For every pair of rows, the height of the merge that first joins them: rows (rows - 1) / 2 values (Sokal and Rohlf 1962),
   * in the condensed form that {@link fitDistances} takes.
   *
   * @throws RangeError when no array can be that long.
   */
  copheneticDistances(): Float64Array {
    return copheneticDistances(this.merges);
  }

  /** The tree as nodes with the methods `cut`, `group`, `traverse` and `indices`, like those of ml-hclust. */
  toCluster(): Cluster {
    return toCluster(this.merges);
  }

  /**
   * The tree in Newick format. The length of a branch is the height of its upper end less that of its lower end; leaves have
   * height 0. `names` are the names of the leaves; by default these are row numbers.
   *
   * @throws RangeError when the number of names is not the number of rows.
   */
  toNewick(names?: readonly string[]): string {
    if (names !== undefined && names.length !== this.rows) {
      throw new RangeError(`Expected \`names\` to hold ${this.rows} names but received ${names.length}`);
    }
    return toNewick(this.merges, (row) => names?.[row] ?? String(row));
  }

  /** The model as named arrays and plain values, for {@link AgglomerativeClustering.fromState}. */
  state(): ModelState {
    return {
      kind: KIND,
      version: VERSION,
      values: { linkage: this.linkage },
      arrays: { merges: { data: this.merges.data, shape: [this.merges.rows, 4] } },
    };
  }

  /** @throws TypeError or RangeError when `state` is not what {@link AgglomerativeClustering.state} of this version gives. */
  static fromState(state: ModelState): AgglomerativeClustering {
    checkState(state, KIND, VERSION);
    const { data, shape } = stateArray(state, 'merges', Float64Array, 2);
    const linkage = LINKAGES.find((known) => known === state.values.linkage);
    if (linkage === undefined || shape[1] !== 4) throw new TypeError(`Expected the state of a ${KIND}`);
    const merges: Merges = { data, rows: shape[0], cols: 4 };
    checkMerges(merges);
    return new AgglomerativeClustering(linkage, merges);
  }
}

function emptyMerges(rows: number): Merges {
  return { data: new Float64Array((rows - 1) * 4), rows: rows - 1, cols: 4 };
}
