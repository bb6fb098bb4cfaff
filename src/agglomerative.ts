import { cut, largestHeights } from './agglomerative/cut.ts';
import { leafOrder } from './agglomerative/leaf-order.ts';
import { checkMerges, type Merges } from './agglomerative/merges.ts';
import { type MatrixLike, ownedMatrix } from './matrix.ts';
import { checkState, type ModelState, stateArray } from './model-state.ts';
import { runJob } from './native/job.ts';
import { native } from './native/loader.ts';
import { type CommonOptions, OptionReader } from './options.ts';

const LINKAGES = ['ward'] as const;

/** How the distance of clusters follows from their rows. */
export type Linkage = (typeof LINKAGES)[number];

/** Options of {@link AgglomerativeClustering.fit}. */
export interface AgglomerativeOptions extends Omit<CommonOptions, 'seed'> {
  /**
   * `ward` (default): the pair is merged that adds least to the sum of squared distances of rows to the mean of their
   * cluster (Ward 1963); heights are Euclidean, as scipy's `ward`.
   */
  linkage?: Linkage;
  /** Move the buffer of `X` instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
  /** Called with the share of the merges that are done, in [0, 1]. */
  onProgress?: (fraction: number) => void;
}

/** Where {@link AgglomerativeClustering.labels} cuts the tree: exactly one of both. */
export type Cut =
  | { /** Number of clusters, in [1, rows]. */ clusters: number; distance?: undefined }
  | { /** Merges up to this height, inclusive, are made. */ distance: number; clusters?: undefined };

const KIND = 'AgglomerativeClustering';
const VERSION = 1;

/**
 * Agglomerative hierarchical clustering: beginning with every row on its own, the two nearest clusters are merged until one is
 * left. Of equally near pairs, that with the lowest rows comes first. Immutable: made by {@link AgglomerativeClustering.fit}.
 *
 * @example
 * const X = matrix(new Float32Array([0, 1, 10, 11, 50]), 5, 1);
 * const tree = await AgglomerativeClustering.fit(X, { linkage: 'ward' });
 * tree.labels({ clusters: 3 }); // Int32Array [0, 0, 1, 1, 2]
 */
export class AgglomerativeClustering {
  readonly linkage: Linkage;
  /** Number of rows that were clustered. */
  readonly rows: number;
  /** The tree as scipy's linkage matrix, (rows - 1) x 4, sorted by height. */
  readonly merges: Merges;

  private constructor(linkage: Linkage, merges: Merges) {
    this.linkage = linkage;
    this.merges = merges;
    this.rows = merges.rows + 1;
  }

  /** Heights of the merges, ascending. */
  get heights(): Float64Array {
    const { data, rows } = this.merges;
    return Float64Array.from({ length: rows }, (_, i) => data[i * 4 + 2]);
  }

  /**
   * Clusters the rows of `X` (at least one). Ward needs O(rows x cols) memory and gives the same bits for every number of
   * threads. Values count as float32; heights are computed in float64.
   *
   * @throws RangeError when `X` has no rows or a value is not finite; TypeError for arguments of the wrong kind.
   */
  static async fit(X: MatrixLike, options: AgglomerativeOptions = {}): Promise<AgglomerativeClustering> {
    const read = new OptionReader(options, ['linkage', 'transfer', 'threads', 'signal', 'onProgress']);
    const linkage = read.oneOf('linkage', 'ward', LINKAGES);
    const control = {
      signal: read.signal(),
      onProgress: read.callback<(fraction: number) => void>('onProgress'),
    };
    const threads = read.threads();
    const data = ownedMatrix('X', X, { transfer: read.boolean('transfer', false) });
    if (data.rows === 0) throw new RangeError('Expected `X` to have at least one row but received 0');
    const merges = { data: new Float64Array((data.rows - 1) * 4), rows: data.rows - 1, cols: 4 } as const;
    await runJob(
      () => native().agglomerativeFit({ X: data }, { linkage, threads }, { merges: merges.data }),
      control,
    );
    return new AgglomerativeClustering(linkage, merges);
  }

  /**
   * The cluster of each row after cutting the tree: an Int32Array of `rows` labels. Clusters are numbered from 0 by their lowest
   * rows: row 0 is in cluster 0, the first row that is not in cluster 1, and so on.
   *
   * `{ clusters }` makes all but the last merges so that exactly so many clusters are left, also where merges have equal
   * heights. `{ distance }` makes the merges whose height, and every height below them in the tree, is at most `distance`.
   *
   * @throws RangeError when the number of clusters is not in [1, rows] or the distance is negative; TypeError when not exactly
   *   one of both is given.
   */
  labels(at: Cut): Int32Array {
    const read = new OptionReader(at, ['clusters', 'distance']);
    if (read.has('clusters') === read.has('distance')) {
      throw new TypeError('Expected one of `clusters` and `distance`');
    }
    if (read.has('clusters')) {
      const context = `for ${this.rows} rows`;
      const clusters = read.integer('clusters', 1, { min: 1, max: this.rows, context });
      return cut(this.merges, (merge) => merge < this.rows - clusters);
    }
    const distance = read.number('distance', 0, { min: 0 });
    const largest = largestHeights(this.merges);
    return cut(this.merges, (merge) => largest[merge] <= distance);
  }

  /** The rows in the order in which a dendrogram without crossings shows them, as scipy's `leaves_list`. */
  leafOrder(): Int32Array {
    return leafOrder(this.merges);
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
