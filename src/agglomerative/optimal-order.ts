import { type OwnedDistances, ownedDistances } from '../distances.ts';
import type { MatrixLike } from '../matrix.ts';
import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { type CallOptions, OptionReader } from '../options.ts';
import { ownedMatrix } from '../owned-matrix.ts';
import { type OnProgress, phaseControl } from '../progress.ts';
import type { Merges } from './merges.ts';
import { checkMemory, defaultMemory, type LinkageMetric, METRICS } from './options.ts';

/** How near the rows of a tree are: the points, or their distances (square or condensed). Give exactly one of the two. */
export type OrderedBy =
  | { points: MatrixLike; distances?: undefined }
  | { distances: MatrixLike | Float32Array | Float64Array | readonly number[]; points?: undefined };

/** Options of {@link AgglomerativeClustering.optimalLeafOrder}. */
export interface OptimalOrderOptions extends CallOptions {
  /** Distance of points, `euclidean` by default. */
  metric?: LinkageMetric;
  /** Most bytes to take beside input and result; it takes little more than 12 rows^2. Default: three quarters of the memory. */
  maxMemory?: number;
  /** Called with progress, in the phase 'order'. */
  onProgress?: OnProgress;
}

/** See {@link AgglomerativeClustering.optimalLeafOrder}. */
export async function optimalLeafOrder(
  merges: Merges,
  by: OrderedBy,
  options: OptimalOrderOptions,
): Promise<Int32Array> {
  const read = new OptionReader(options, ['metric', 'maxMemory', 'threads', 'signal', 'onProgress']);
  const metric = read.oneOf('metric', 'euclidean', METRICS);
  const limit = read.number('maxMemory', defaultMemory(), { min: 0 });
  const control = phaseControl({ signal: read.signal(), onProgress: read.callback('onProgress') }, 'order');
  const threads = read.threads();
  const { X, distances } = readOrderedBy(by, metric);
  const rows = merges.rows + 1;
  const given = X ?? distances;
  if (given.rows !== rows) {
    throw new RangeError(
      `Expected \`${X ? 'points' : 'distances'}\` to have the ${rows} rows of the tree but received ${given.rows}`,
    );
  }
  const what = `The optimal leaf order of ${rows} rows`;
  checkMemory(what, native().optimalLeafOrderMemory(rows, X?.cols ?? 0), limit);
  const order = new Uint32Array(rows);
  const tree = { merges: merges.data.slice() };
  await runJob(
    () =>
      X
        ? native().optimalLeafOrder({ ...tree, X }, { rows, metric, threads }, { order })
        : native().optimalLeafOrder(
            { ...tree, distances: distances.data },
            { rows, square: distances.square, threads },
            { order },
          ),
    control,
  );
  // The reverse order is equally short, so the end with the lower row comes first.
  if (order[0] > order[rows - 1]) order.reverse();
  return new Int32Array(order.buffer);
}

function readOrderedBy(by: OrderedBy, metric: LinkageMetric) {
  const read = new OptionReader(by, ['points', 'distances']);
  if (read.has('points') === read.has('distances')) {
    throw new TypeError('Expected one of `points` and `distances`');
  }
  if (read.has('points')) {
    return {
      X: ownedMatrix('points', read.raw('points') as MatrixLike, {
        offset: metric === 'cosine' ? 'refuse' : 'fit',
      }),
      distances: undefined,
    };
  }
  const distances: OwnedDistances = ownedDistances(read.raw('distances') as MatrixLike);
  return { X: undefined, distances };
}
