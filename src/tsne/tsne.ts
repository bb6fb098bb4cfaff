import { ownedDistances } from '../distances.ts';
import type { Matrix, MatrixLike } from '../matrix.ts';
import { Model } from '../models/model.ts';
import { checkState, type ModelState, offsetState, stateArray, stateOffset } from '../models/model-state.ts';
import { type JobControl, runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { type Neighbors, searchNeighbors } from '../neighbors/neighbors.ts';
import { type Metric, readMetric } from '../neighbors/options.ts';
import { checkInteger, checkNumber, OptionReader } from '../options.ts';
import { ownedMatrix } from '../owned-matrix.ts';
import { phaseControl } from '../progress.ts';
import {
  OPTIONS,
  readControl,
  readDistanceOptions,
  readFit,
  readNeighbors,
  readStart,
  type TSNEDistanceOptions,
  type TSNEOptions,
  type TSNETransformOptions,
} from './options.ts';

const KIND = 'TSNE';
const VERSION = 2;
/** With more rows the neighbors are searched approximately: the exact search takes O(rows^2) time. */
const MOST_EXACT_ROWS = 100_000;

/** Why a fit ended: all its iterations were done, or the divergence stopped falling. */
export type TSNEStop = 'iterations' | 'no progress';

/** What a fit yields. */
type FittedTSNE = Pick<
  TSNE,
  | 'embedding'
  | 'data'
  | 'klDivergence'
  | 'klExact'
  | 'iterations'
  | 'stopped'
  | 'history'
  | 'historyInterval'
  | 'perplexity'
  | 'metric'
> & {
  /** What was subtracted from columns of `data` before they became float32. */
  readonly offset: Float64Array | undefined;
};

/**
 * t-distributed stochastic neighbor embedding (van der Maaten and Hinton 2008; Barnes-Hut: van der Maaten 2014;
 * interpolation: Linderman et al. 2019): a map on which neighbors in the data are neighbors. Immutable: made by {@link TSNE.fit}.
 *
 * @example
 * const X = matrix(Float32Array.from({ length: 300 * 4 }, () => Math.random()), 300, 4);
 * const map = await TSNE.fit(X, { perplexity: 20, seed: 7 });
 * map.embedding; // 300 x 2
 */
export class TSNE extends Model {
  /** rows x dimensions, centered. */
  readonly embedding: Matrix;
  /** The data that was embedded. */
  readonly data: Matrix;
  /** Kullback-Leibler divergence of the embedding from the affinities of the data's neighbors, in nats. */
  readonly klDivergence: number;
  /**
   * Whether the normalizer in {@link klDivergence} is a sum over all pairs (with `exactKL` or `theta` 0). Otherwise it is
   * estimated from the quadtree, which changes the divergence by less than 0.01 at `theta` 0.5.
   */
  readonly klExact: boolean;
  /** Iterations done. */
  readonly iterations: number;
  /** Why it ended: all iterations were done, or `iterationsWithoutProgress` stopped it. */
  readonly stopped: TSNEStop;
  /** Estimated divergence after every {@link historyInterval} iterations, in nats. */
  readonly history: Float64Array;
  /** Iterations between two entries of {@link history}: the option `progressInterval`. */
  readonly historyInterval: number;
  readonly perplexity: number;
  readonly metric: Metric | 'precomputed';
  readonly #offset: Float64Array | undefined;

  private constructor(fitted: FittedTSNE) {
    super();
    this.embedding = fitted.embedding;
    this.data = fitted.data;
    this.#offset = fitted.offset;
    this.klDivergence = fitted.klDivergence;
    this.klExact = fitted.klExact;
    this.iterations = fitted.iterations;
    this.stopped = fitted.stopped;
    this.history = fitted.history;
    this.historyInterval = fitted.historyInterval;
    this.perplexity = fitted.perplexity;
    this.metric = fitted.metric;
  }

  /**
   * Embeds the rows of `X` (rows x cols, at least two rows). Neighbors are exact up to 100,000 rows. The same seed gives
   * the same bytes for any number of threads.
   *
   * @throws RangeError when an option lies outside its range (for a perplexity that is too large, the message names the
   *   largest) or a value is not finite; TypeError for arguments of the wrong kind.
   */
  static async fit(X: MatrixLike, options: TSNEOptions = {}): Promise<TSNE> {
    const read = new OptionReader(options, OPTIONS);
    const metric = readMetric(read);
    const { offset, ...data } = ownedMatrix('X', X, {
      transfer: read.boolean('transfer', false),
      offset: metric === 'euclidean' ? 'fit' : 'refuse',
    });
    if (data.rows < 2) {
      throw new RangeError(`Expected \`X\` to have at least two rows but received ${data.rows}`);
    }
    return TSNE.#fit({ data, offset, metric }, read, read.raw('init'), (k, threads, control) =>
      searchNeighbors({ data, k, metric, approximate: data.rows > MOST_EXACT_ROWS, threads }, control),
    );
  }

  /**
   * Embeds rows whose distances are known: a square matrix (symmetric, zeros on the diagonal), or condensed, the upper triangle
   * row by row as scipy's `pdist`. Only the nearest 3 x perplexity distances of each row count. Memory: 4 bytes x rows^2. The map
   * starts at random unless `init` gives coordinates, and such a model cannot `transform`: it has no rows.
   *
   * @throws RangeError when the shape does not fit, a distance is negative or not finite, a square matrix is not symmetric, or an
   *   option lies outside its range; TypeError for arguments of the wrong kind.
   * @example
   * const distances = [[0, 1, 9, 9], [1, 0, 9, 9], [9, 9, 0, 1], [9, 9, 1, 0]];
   * const map = await TSNE.fitDistances(distances, { perplexity: 1 });
   */
  static async fitDistances(
    distances: MatrixLike | Float32Array | Float64Array | readonly number[],
    options: TSNEDistanceOptions = {},
  ): Promise<TSNE> {
    const read = readDistanceOptions(options);
    const { data: given, rows, square } = ownedDistances(distances);
    if (rows < 2) {
      throw new RangeError(`Expected \`distances\` to be of at least two rows but received ${rows}`);
    }
    const data = { data: new Float32Array(0), rows, cols: 0 };
    const init = read.raw('init') ?? 'random';
    return TSNE.#fit(
      { data, offset: undefined, metric: 'precomputed' },
      read,
      init,
      async (k, threads, control) => {
        const found = { indices: new Uint32Array(rows * k), distances: new Float32Array(rows * k) };
        await runJob(
          () => native().distanceNeighbors({ distances: given }, { rows, square, k, threads }, found),
          control,
        );
        return { ...found, k };
      },
    );
  }

  static async #fit(
    { data, offset, metric }: Pick<FittedTSNE, 'data' | 'offset' | 'metric'>,
    read: OptionReader<TSNEOptions>,
    start: unknown,
    search: (k: number, threads: number, control: JobControl) => Promise<Neighbors>,
  ): Promise<TSNE> {
    const { kernel, dimensions, repulsion, perplexity } = readFit(read, data.rows);
    const control = readControl(read, kernel.iterations, kernel.exactKL);
    const { init, Y } = readStart(start, data.rows, dimensions);
    const neighbors =
      readNeighbors(read.raw('neighbors'), data.rows, perplexity) ??
      (await search(Math.max(1, Math.floor(3 * perplexity)), kernel.threads, control.search));
    const outcome = new Float64Array(2);
    const { history } = control;
    await runJob(
      () =>
        native().tsneFit(
          { X: data, indices: neighbors.indices, distances: neighbors.distances },
          { ...kernel, repulsion, k: neighbors.k, init, perplexity, reportEvery: control.reportEvery },
          { Y, history, outcome },
        ),
      control.fit,
    );
    control.finish();
    const [klDivergence, iterations] = outcome;
    return new TSNE({
      embedding: Y,
      data,
      offset,
      klDivergence,
      klExact: kernel.exactKL || kernel.theta === 0,
      iterations,
      stopped: iterations < kernel.iterations ? 'no progress' : 'iterations',
      history: history.slice(0, Math.floor(iterations / control.reportEvery)),
      historyInterval: control.reportEvery,
      perplexity,
      metric,
    });
  }

  /**
   * Places the rows of `X` (rows x cols of the fitted data) on the map, which does not change. Returns rows x dimensions. Each
   * row starts at the weighted median of its neighbors in the fitted data and descends its own divergence (Policar, Strazar and
   * Zupan 2023), so its place does not depend on the other rows that are placed. O(rows * fitted rows) time per iteration.
   *
   * @throws RangeError when the number of columns differs from the fitted data's, a value is not finite or an option lies
   *   outside its range.
   * @example
   * const map = await TSNE.fit([[0, 0], [0, 1], [9, 9], [9, 8], [9, 7]], { perplexity: 1 });
   * await map.transform([[0, 0.5]]); // 1 x 2
   */
  async transform(X: MatrixLike, options: TSNETransformOptions = {}): Promise<Matrix> {
    const read = new OptionReader(options, [
      'perplexity',
      'iterations',
      'transfer',
      'threads',
      'signal',
      'onProgress',
    ]);
    const { data: fitted, embedding, metric } = this;
    if (metric === 'precomputed') {
      throw new TypeError(
        'A map that was fitted to distances cannot place rows: it has no rows to compare them with',
      );
    }
    const largest = fitted.rows / 3;
    const perplexity = read.number('perplexity', Math.min(5, largest), {
      min: 0,
      exclusiveMin: true,
      max: largest,
      context: `for ${fitted.rows} fitted rows`,
    });
    const iterations = read.integer('iterations', 100, { min: 0, max: 1e6 });
    const threads = read.threads();
    const control = { signal: read.signal(), onProgress: read.callback('onProgress') };
    const query = ownedMatrix('X', X, {
      transfer: read.boolean('transfer', false),
      offset: this.#offset,
    });
    if (query.cols !== fitted.cols && query.rows > 0) {
      throw new RangeError(`Expected \`X\` to have ${fitted.cols} columns but received ${query.cols}`);
    }
    const Y = { data: new Float32Array(query.rows * embedding.cols), rows: query.rows, cols: embedding.cols };
    if (query.rows === 0) return Y;
    const k = Math.max(1, Math.floor(3 * perplexity));
    const { indices, distances } = await searchNeighbors(
      { data: fitted, query, k, metric, threads },
      phaseControl(control, 'neighbors', 0, 0.2),
    );
    await runJob(
      () =>
        native().tsneTransform(
          { map: embedding, indices, distances },
          { k, perplexity, iterations, threads },
          { Y },
        ),
      phaseControl(control, 'place', 0.2),
    );
    return Y;
  }

  /** The model as named arrays and plain values, for {@link TSNE.fromState}. */
  state(): ModelState {
    const { klDivergence, klExact, iterations, stopped, historyInterval, perplexity, metric } = this;
    return {
      kind: KIND,
      version: VERSION,
      values: { klDivergence, klExact, iterations, stopped, historyInterval, perplexity, metric },
      arrays: {
        history: { data: this.history, shape: [this.history.length] },
        embedding: stateOf(this.embedding),
        data: stateOf(this.data),
        ...offsetState(this.#offset),
      },
    };
  }

  /** @throws TypeError when `state` is not what {@link TSNE.state} of this version gives. */
  static fromState(state: ModelState): TSNE {
    checkState(state, KIND, VERSION);
    const { values } = state;
    const data = matrixOf(state, 'data');
    const embedding = matrixOf(state, 'embedding');
    if (embedding.rows !== data.rows) {
      throw new TypeError(
        `Expected the state of a TSNE to have a point for each of ${data.rows} rows but it has ${embedding.rows}`,
      );
    }
    return new TSNE({
      embedding,
      data,
      offset: stateOffset(state, data.cols),
      klDivergence: checkNumber('klDivergence', values.klDivergence),
      klExact: values.klExact === true,
      iterations: checkInteger('iterations', values.iterations, { min: 0 }),
      stopped: values.stopped === 'no progress' ? 'no progress' : 'iterations',
      history: stateArray(state, 'history', Float64Array, 1).data,
      historyInterval: checkInteger('historyInterval', values.historyInterval, { min: 1 }),
      perplexity: checkNumber('perplexity', values.perplexity, { min: 0, exclusiveMin: true }),
      metric: values.metric === 'cosine' || values.metric === 'precomputed' ? values.metric : 'euclidean',
    });
  }
}

function stateOf({ data, rows, cols }: Matrix) {
  return { data, shape: [rows, cols] };
}

function matrixOf(state: ModelState, name: string): Matrix {
  const { data, shape } = stateArray(state, name, Float32Array, 2);
  return { data, rows: shape[0], cols: shape[1] };
}
