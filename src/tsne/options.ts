import { types } from 'node:util';
import { aboutOption, describe } from '../errors.ts';
import type { Matrix, MatrixLike } from '../matrix.ts';
import type { JobControl } from '../native/job.ts';
import type { Neighbors } from '../neighbors/neighbors.ts';
import { type Metric, readMetric } from '../neighbors/options.ts';
import { type CallOptions, type CommonOptions, checkInteger, forRows, OptionReader } from '../options.ts';
import { ownedMatrix } from '../owned-matrix.ts';
import { type OnProgress, type Progress, phaseControl } from '../progress.ts';

/**
 * What {@link TSNEOptions.onProgress} receives: the phases are 'neighbors', 'affinities', 'descent' and, with `exactKL`,
 * 'divergence'.
 */
export interface TSNEProgress extends Progress {
  /** Iterations done at the last report: a multiple of `progressInterval`, 0 before the first one. */
  readonly iteration: number;
  /** The divergence just before the last of them, estimated as {@link TSNE.klDivergence} is; NaN before the first report. */
  readonly klDivergence: number;
}

/** Options of {@link TSNE.fit}. */
export interface TSNEOptions extends CommonOptions {
  /**
   * Effective number of neighbors of each point, in (0, (rows - 1) / 3]; 5 to 50 is usual. Larger values show more of the
   * large-scale structure and take more time. Default: 30, or the largest allowed when that is less.
   */
  perplexity?: number;
  /**
   * Accuracy of the repulsive forces, in [0, 1]: cells of the quadtree act as one point when their width is below `theta`
   * times their distance. 0 computes all pairs, in O(rows^2) per iteration. Other implementations take half the width: their
   * 0.5 is 1 here. Default 0.5.
   */
  theta?: number;
  /**
   * How the repulsive forces are computed: 'barnes-hut', by a tree; 'fft', by interpolation on a grid (Linderman et al.
   * 2019), in two dimensions and with `theta` above 0, which bounds the grid's spacing: 0.8 `theta`, at most 0.4; or 'auto',
   * which takes the faster one in every iteration in which the grid is as accurate. The grid's time grows with the area of the
   * map, and it is accurate on dense maps, which have many points. Maps that need more than 4096 nodes a side (1600 units)
   * always use Barnes-Hut. Default 'auto'.
   */
  repulsion?: 'auto' | 'barnes-hut' | 'fft';
  /** Iterations of gradient descent, in [0, 1e6]. Default 750. */
  iterations?: number;
  /**
   * Stop when the divergence has not fallen by more than {@link minProgress} in this many iterations, in [1, 1e6]. It is checked
   * every 25 iterations after the exaggeration has ended. Default: run all `iterations`.
   */
  iterationsWithoutProgress?: number;
  /** What counts as progress there, in nats, in [0, 1e6]. Default 0.01. */
  minProgress?: number;
  /** Factor on the attractive forces at the start, at least 1; it falls geometrically to `lateExaggeration`. Default 12. */
  earlyExaggeration?: number;
  /**
   * Iterations in which that factor falls. Other implementations keep it for 250 iterations and then drop it; falling steadily
   * leads to better maps in half the iterations. Default 150.
   */
  exaggerationIterations?: number;
  /**
   * Factor on the attractive forces from then to the end, at least 1 (openTSNE's `exaggeration`). With 2 to 4, groups become denser
   * and stand apart, which helps to read maps of very many rows (Linderman et al. 2019); the divergence is then not the least.
   * Default 1.
   */
  lateExaggeration?: number;
  /**
   * Step size, in (0, 1e30], as in openTSNE and FIt-SNE (scikit-learn's is a quarter of it), or 'auto': rows divided by the
   * exaggeration (Belkina et al. 2019). Single steps are cut at 5. Default 'auto'.
   */
  learningRate?: number | 'auto';
  /** Share of the previous step that is kept, in [0, 0.999]. Default 0.9. */
  momentum?: number;
  /**
   * Where to start: 'pca', the leading principal components scaled to standard deviation 1e-4; 'random', normal with that
   * deviation; or rows x dimensions coordinates of your own, within +-1e6, used as they are (a small spread works best).
   * Default 'pca'.
   */
  init?: 'pca' | 'random' | MatrixLike;
  /** Columns of the embedding: 1, 2 or 3. Default 2. */
  dimensions?: number;
  /** Distance between rows. Default 'euclidean'. */
  metric?: Metric;
  /**
   * Neighbors that were found before, as {@link nearestNeighbors} returns them, each row without itself. Give at least
   * `perplexity` for each row; three times as many give the same result as without this option.
   */
  neighbors?: Neighbors;
  /** Compute the final divergence exactly, in O(rows^2) time and once. Default false. */
  exactKL?: boolean;
  /** Iterations between two reports of the divergence to `onProgress`. Default 50. */
  progressInterval?: number;
  /** Called with progress and with every report of the divergence. An error that it throws rejects the call. */
  onProgress?: (progress: TSNEProgress) => void;
  /** Move the buffer of `X` instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
}

/** The names of the options of TSNE.fit. */
export const OPTIONS = [
  'perplexity',
  'theta',
  'repulsion',
  'iterations',
  'iterationsWithoutProgress',
  'minProgress',
  'earlyExaggeration',
  'exaggerationIterations',
  'lateExaggeration',
  'learningRate',
  'momentum',
  'init',
  'dimensions',
  'metric',
  'neighbors',
  'exactKL',
  'progressInterval',
  'onProgress',
  'transfer',
  'seed',
  'threads',
  'signal',
] as const;

/** Options of {@link TSNE.fitDistances}: those of {@link TSNE.fit} that do not ask for rows. */
export interface TSNEDistanceOptions extends Omit<TSNEOptions, 'metric' | 'neighbors' | 'transfer' | 'init'> {
  /** Where to start: 'random' (default), normal with standard deviation 1e-4, or coordinates: rows x dimensions. */
  init?: 'random' | MatrixLike;
}

/** Options of {@link TSNE.transform}. */
export interface TSNETransformOptions extends CallOptions {
  /**
   * Effective number of neighbors that decide where a row is placed, in (0, rows of the fitted data / 3]. Default: 5, or the
   * largest allowed when that is less.
   */
  perplexity?: number;
  /** Iterations of gradient descent, in [0, 1e6]. Default 100. With 0, rows stay at the median of their neighbors. */
  iterations?: number;
  /** Move the buffer of `X` instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
  /** Called with progress, in the phases 'neighbors' and 'place'. */
  onProgress?: OnProgress;
}

const LARGEST_START = 1e6;

function readKernelOptions(read: OptionReader<TSNEOptions>) {
  return {
    theta: read.number('theta', 0.5, { min: 0, max: 1 }),
    iterations: read.integer('iterations', 750, { min: 0, max: 1e6 }),
    iterationsWithoutProgress: read.has('iterationsWithoutProgress')
      ? read.integer('iterationsWithoutProgress', 0, { min: 1, max: 1e6 })
      : 0,
    minProgress: read.number('minProgress', 0.01, { min: 0, max: 1e6 }),
    earlyExaggeration: read.number('earlyExaggeration', 12, { min: 1, max: 1e6 }),
    exaggerationIterations: read.integer('exaggerationIterations', 150, { min: 0, max: 1e6 }),
    lateExaggeration: read.number('lateExaggeration', 1, { min: 1, max: 1e6 }),
    learningRate:
      read.raw('learningRate') === 'auto'
        ? 0
        : read.number('learningRate', 0, { min: 0, exclusiveMin: read.has('learningRate'), max: 1e30 }),
    momentum: read.number('momentum', 0.9, { min: 0, max: 0.999 }),
    exactKL: read.boolean('exactKL', false),
    seed: read.seed(),
    threads: read.threads(),
  };
}

const REPULSIONS = ['auto', 'barnes-hut', 'fft'] as const;

function readRepulsion(read: OptionReader<TSNEOptions>, theta: number, dimensions: number) {
  const repulsion = read.oneOf('repulsion', 'auto', REPULSIONS);
  if (repulsion === 'fft' && dimensions !== 2) {
    throw new RangeError(`Expected \`dimensions\` to be 2 for repulsion 'fft' but received ${dimensions}`);
  }
  if (repulsion === 'fft' && theta === 0) {
    throw new RangeError("Expected `theta` to be above 0 for repulsion 'fft' but received 0");
  }
  return repulsion;
}

function readPerplexity(read: OptionReader<TSNEOptions>, rows: number): number {
  const largest = (rows - 1) / 3;
  return read.number('perplexity', Math.min(30, largest), {
    min: 0,
    exclusiveMin: true,
    max: largest,
    ...forRows(rows),
  });
}

/** What a fit reads before it looks at values. `rows` is Infinity if the rows are not known yet. */
export function readFit(read: OptionReader<TSNEOptions>, rows: number) {
  const kernel = readKernelOptions(read);
  const dimensions = read.integer('dimensions', 2, { min: 1, max: 3 });
  const repulsion = readRepulsion(read, kernel.theta, dimensions);
  return { kernel, dimensions, repulsion, perplexity: readPerplexity(read, rows) };
}

/** Checks options before there are rows. @throws what {@link TSNE.fit} throws for options that are wrong for any rows. */
export function checkOptions(options: TSNEOptions): void {
  const read = new OptionReader(options, OPTIONS);
  readMetric(read);
  readFit(read, Number.POSITIVE_INFINITY);
}

/** The same for {@link TSNE.fitDistances}. */
export function checkDistanceOptions(options: TSNEDistanceOptions): void {
  readFit(readDistanceOptions(options), Number.POSITIVE_INFINITY);
}

/** @throws TypeError or RangeError for an option that asks for rows. */
export function readDistanceOptions(options: TSNEDistanceOptions): OptionReader<TSNEOptions> {
  const read = new OptionReader<TSNEOptions, typeof OPTIONS>(options, OPTIONS);
  for (const name of ['metric', 'neighbors', 'transfer'] as const) {
    if (read.has(name)) throw aboutOption(new TypeError(`Expected no \`${name}\` for given distances`), name);
  }
  if (read.raw('init') === 'pca') {
    throw aboutOption(
      new RangeError("Expected `init` to be 'random' or a matrix for given distances but received 'pca'"),
      'init',
    );
  }
  return read;
}

/** The start for the kernel: the buffer of the embedding, already filled if coordinates are given. */
export function readStart(
  init: unknown,
  rows: number,
  dimensions: number,
): { init: 'pca' | 'random' | 'given'; Y: Matrix } {
  if (init === undefined || init === 'pca' || init === 'random') {
    return {
      init: init ?? 'pca',
      Y: { data: new Float32Array(rows * dimensions), rows, cols: dimensions },
    };
  }
  if (typeof init !== 'object') {
    throw new TypeError(`Expected \`init\` to be 'pca', 'random' or a matrix but received ${describe(init)}`);
  }
  const Y = ownedMatrix('init', init as MatrixLike);
  if (Y.rows !== rows || Y.cols !== dimensions) {
    throw new RangeError(
      `Expected \`init\` to be ${rows} x ${dimensions} but received ${Y.rows} x ${Y.cols}`,
    );
  }
  const wrong = Y.data.findIndex((value) => !(Math.abs(value) <= LARGEST_START));
  if (wrong >= 0) {
    throw new RangeError(
      `Expected \`init\` to hold numbers in [-1e6, 1e6] but row ${Math.floor(wrong / dimensions)} has ${Y.data[wrong]}`,
    );
  }
  return { init: 'given', Y };
}

export function readNeighbors(value: unknown, rows: number, perplexity: number): Neighbors | undefined {
  if (value === undefined) return undefined;
  const { indices, distances, k } = (value ?? {}) as Partial<Neighbors>;
  if (!types.isUint32Array(indices) || !types.isFloat32Array(distances)) {
    throw new TypeError(
      'Expected `neighbors` to have `indices`, a Uint32Array, and `distances`, a Float32Array',
    );
  }
  const each = checkInteger('neighbors.k', k, {
    min: Math.ceil(perplexity),
    max: rows - 1,
    context: `for ${rows} rows and perplexity ${perplexity}`,
  });
  if (indices.length !== rows * each || distances.length !== rows * each) {
    throw new RangeError(
      `Expected \`neighbors\` to hold ${rows} x ${each} values but received ${indices.length} and ${distances.length}`,
    );
  }
  return { indices: indices.slice(), distances: distances.slice(), k: each };
}

/** Shares of a fit at which its phases end. */
const SEARCHED = 0.15;
const PREPARED = 0.2;
const DESCENDED = 0.95;

interface Control {
  /** Iterations between two entries of the history. */
  readonly reportEvery: number;
  /** Divergences that the kernel writes, one for each report. */
  readonly history: Float64Array;
  /** Progress of the search for neighbors, and of the fit that follows. */
  readonly search: JobControl;
  readonly fit: JobControl;
  /** Called at the end, which can come before all iterations are done. */
  finish(): void;
}

export function readControl(read: OptionReader<TSNEOptions>, iterations: number, exactKL: boolean): Control {
  const tell = read.callback('onProgress');
  const interval = read.integer('progressInterval', 50, { min: 1, max: 1e6 });
  const signal = read.signal();
  const history = new Float64Array(Math.floor(iterations / interval));
  if (tell === undefined) {
    return { reportEvery: interval, history, search: { signal }, fit: { signal }, finish() {} };
  }
  const descended = exactKL ? DESCENDED : 1;
  let last = { iteration: 0, klDivergence: Number.NaN };
  const descent = (done: number) => {
    const share = iterations > 0 ? done / iterations : 1;
    const phase = share === 1 && exactKL ? 'divergence' : 'descent';
    tell({ phase, fraction: PREPARED + (descended - PREPARED) * share, ...last });
  };
  // The kernel's number is at most 1 while it prepares, then 1 + iterations done.
  const ofFit = (progress: number) => {
    const done = progress - 1;
    if (done <= 0) {
      return tell({ phase: 'affinities', fraction: SEARCHED + (PREPARED - SEARCHED) * progress, ...last });
    }
    const reports = Math.floor(done / interval);
    if (reports * interval === last.iteration) return descent(done);
    while (last.iteration < reports * interval) {
      const iteration = last.iteration + interval;
      last = { iteration, klDivergence: history[iteration / interval - 1] };
      descent(iteration);
    }
  };
  const ofSearch = ({ phase, fraction }: Progress) => tell({ phase, fraction, ...last });
  return {
    reportEvery: interval,
    history,
    search: phaseControl({ signal, onProgress: ofSearch }, 'neighbors', 0, SEARCHED),
    fit: { signal, onProgress: ofFit },
    finish: () => tell({ phase: exactKL ? 'divergence' : 'descent', fraction: 1, ...last }),
  };
}
