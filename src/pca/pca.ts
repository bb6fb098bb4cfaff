import { fromOffset, withOffset } from '../column-offset.ts';
import { type Matrix, type MatrixLike, zeros } from '../matrix.ts';
import { Model } from '../models/model.ts';
import { checkState, type ModelState, offsetState, stateArray, stateOffset } from '../models/model-state.ts';
import { type RawJob, runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { checkInteger, OptionReader, ROWS_OPTIONS, type RowsOptions, readRows } from '../options.ts';
import type { OwnedMatrix } from '../owned-matrix.ts';
import { type OnProgress, phaseControl } from '../progress.ts';
import { PCAAccumulator } from './accumulator.ts';
import { type Moments, momentsFromBytes, noMoments } from './moments.ts';
import {
  checkComponents,
  type FitOptions,
  type Fitted,
  fitInput,
  keep,
  MOST_COLUMNS,
  type PCAFinishOptions,
  type PCAOptions,
  readFinish,
  readFit,
} from './options.ts';

const KIND = 'PCA';
const VERSION = 1;
/** Below this share of the first component's variance, whitening would only amplify rounding errors. */
const LEAST_VARIANCE = 1e-12;

/** What a fit yields. */
type FittedPCA = Pick<
  PCA,
  | 'mean'
  | 'components'
  | 'explainedVariance'
  | 'totalVariance'
  | 'noiseVariance'
  | 'rows'
  | 'whiten'
  | 'scale'
> & {
  /** What was subtracted from columns before they became float32. `mean` is in the original values. */
  readonly offset: Float64Array | undefined;
};

/**
 * Principal component analysis (Pearson 1901), by the eigenvectors of the covariance matrix or, for more columns than rows, of
 * the Gram matrix. Immutable: made by {@link PCA.fit}.
 *
 * @example
 * const X = matrix(new Float32Array([1, 2, 2, 4, 3, 6.1]), 3, 2);
 * const pca = await PCA.fit(X, { components: 1 });
 * const Z = await pca.transform(X); // 3 x 1
 */
export class PCA extends Model {
  /** Column means of the data, `cols` values. */
  readonly mean: Float64Array;
  /** components x cols; rows are orthonormal, and the entry of largest magnitude in each is positive. */
  readonly components: Matrix;
  /** Variance along each kept component, descending, with denominator rows - 1. */
  readonly explainedVariance: Float64Array;
  /** {@link explainedVariance} as shares of the total variance; zeros when the data is constant. */
  readonly explainedVarianceRatio: Float64Array;
  /** Total variance of the data, including the part that was not kept. */
  readonly totalVariance: number;
  /** Mean variance of the directions that were not kept: the noise of probabilistic PCA (Tipping and Bishop 1999). */
  readonly noiseVariance: number;
  /** Number of rows that were fitted. */
  readonly rows: number;
  readonly whiten: boolean;
  /** What columns were divided by: their standard deviations, 1 for a constant column; undefined without `scale: true`. */
  readonly scale: Float64Array | undefined;
  readonly #offset: Float64Array | undefined;

  private constructor(fitted: FittedPCA) {
    super();
    this.mean = fitted.mean;
    this.components = fitted.components;
    this.explainedVariance = fitted.explainedVariance;
    this.totalVariance = fitted.totalVariance;
    this.noiseVariance = fitted.noiseVariance;
    this.rows = fitted.rows;
    this.whiten = fitted.whiten;
    this.scale = fitted.scale;
    this.#offset = fitted.offset;
    this.explainedVarianceRatio = fitted.explainedVariance.map((variance) =>
      fitted.totalVariance > 0 ? variance / fitted.totalVariance : 0,
    );
  }

  /** Singular values of the centered data matrix that belong to the components. */
  get singularValues(): Float64Array {
    return this.explainedVariance.map((variance) => Math.sqrt(variance * Math.max(this.rows - 1, 1)));
  }

  /**
   * Fits the components of `X` (rows x cols, at least one of each). With at least as many rows as columns the products are
   * float32 in centered blocks, with an error of about 1e-7 of the largest variance; the first 2048 rows (1024 above 160
   * columns), data of up to 64 columns, and data with more columns than rows are computed in float64.
   *
   * @throws RangeError when `components` does not fit the shape, when a value is not finite, or two values are more than
   *   float32's range apart; TypeError for arguments of the wrong kind.
   */
  static async fit(X: MatrixLike, options: PCAOptions = {}): Promise<PCA> {
    const read = readFit(options);
    return PCA.#fit(fitInput(X, read.transfer), read);
  }

  /**
   * Fits `X` and projects it: {@link PCA.fit} and {@link PCA.transform} with a single copy of `X`, or none with `transfer`.
   *
   * @throws as {@link PCA.fit}.
   * @example
   * const { model, projections } = await PCA.fitTransform(X, { components: 2, transfer: true });
   */
  static async fitTransform(
    X: MatrixLike,
    options: PCAOptions = {},
  ): Promise<{ model: PCA; projections: Matrix }> {
    const read = readFit(options);
    const data = fitInput(X, read.transfer);
    const { onProgress } = read;
    const ofFit: OnProgress | undefined =
      onProgress && (({ phase, fraction }) => onProgress({ phase, fraction: 0.8 * fraction }));
    const model = await PCA.#fit(data, { ...read, onProgress: ofFit });
    const projections = await model.#project(data, read.threads, read.signal);
    onProgress?.({ phase: 'project', fraction: 1 });
    return { model, projections };
  }

  static async #fit(data: OwnedMatrix, read: FitOptions): Promise<PCA> {
    return PCA.#fitted(data, read, (fitted) =>
      native().pcaFit({ X: data }, { threads: read.threads }, fitted),
    );
  }

  /** Runs a native fit of rows x cols data, less their offset, and keeps of it what the options ask for. */
  static async #fitted(
    { rows, cols, offset }: Pick<OwnedMatrix, 'rows' | 'cols' | 'offset'>,
    { components, signal, whiten, scale, onProgress }: FitOptions,
    start: (fitted: Fitted) => RawJob,
  ): Promise<PCA> {
    const rank = Math.min(rows, cols);
    const wanted = checkComponents(components, rank);
    const most = wanted < 1 ? rank : wanted;
    const deviation = scale ? new Float64Array(cols) : undefined;
    const fitted = {
      mean: new Float64Array(cols),
      components: zeros(most, cols),
      explainedVariance: new Float64Array(rank),
      ...(deviation && { deviation }),
    };
    await runJob(() => start(fitted), phaseControl({ signal, onProgress }, 'fit'));
    const kept = keep(fitted, wanted);
    return new PCA({
      ...kept,
      mean: withOffset(kept.mean, offset),
      offset,
      rows,
      whiten,
      scale: deviation?.map((value) => value || 1),
    });
  }

  /**
   * An accumulator that takes rows of `columns` values in batches: for data larger than memory, or on many machines.
   *
   * @throws RangeError when `columns` is not an integer in [1, 16384] (its scatter takes columns^2 float64).
   */
  static accumulator(columns: number): PCAAccumulator<PCA, PCAFinishOptions> {
    return new PCAAccumulator(
      noMoments(checkInteger('columns', columns, { min: 1, max: MOST_COLUMNS })),
      PCA.#finish,
    );
  }

  /** The accumulator whose `toBytes` gave `bytes`. @throws TypeError when they are damaged or something else. */
  static accumulatorFromBytes(bytes: Uint8Array): PCAAccumulator<PCA, PCAFinishOptions> {
    return new PCAAccumulator(momentsFromBytes(bytes), PCA.#finish);
  }

  static #finish = async (moments: Moments, options: PCAFinishOptions): Promise<PCA> => {
    const read = readFinish(options);
    const { count, mean, scatter, pending, offset } = moments;
    const rows = count + pending.rows;
    if (rows === 0) throw new RangeError('Expected at least one row to be added before `finish`');
    return PCA.#fitted({ rows, cols: pending.cols, offset }, read, (fitted) =>
      native().pcaFinish({ mean, scatter, pending }, { threads: read.threads, count }, fitted),
    );
  };

  /**
   * Projects `X` (rows x cols of the fitted data) onto the components: a rows x components matrix.
   *
   * @throws RangeError when the number of columns differs from the fitted data's or a value is not finite.
   */
  async transform(X: MatrixLike, options: RowsOptions = {}): Promise<Matrix> {
    const { data, threads, signal } = readRows(
      'X',
      X,
      this.components.cols,
      new OptionReader(options, ROWS_OPTIONS),
      { offset: this.#offset },
    );
    return this.#project(data, threads, signal);
  }

  async #project(X: Matrix, threads: number, signal: AbortSignal | undefined): Promise<Matrix> {
    const Z = zeros(X.rows, this.components.rows);
    const rotation = this.#rotation(Number.POSITIVE_INFINITY, (loading, scale) => loading / scale);
    const mean = fromOffset(rotation.mean, this.#offset);
    await runJob(() => native().pcaTransform({ X, ...rotation, mean }, { threads }, { Z }), { signal });
    return Z;
  }

  /**
   * Maps projections `Z` (rows x components) back to the data's space: rows x cols.
   *
   * @throws RangeError when the number of columns differs from the number of components or a value is not finite.
   */
  async inverseTransform(Z: MatrixLike, options: RowsOptions = {}): Promise<Matrix> {
    const { data, threads, signal } = readRows(
      'Z',
      Z,
      this.components.rows,
      new OptionReader(options, ROWS_OPTIONS),
    );
    const out = zeros(data.rows, this.components.cols);
    const rotation = this.#rotation(0, (loading, scale) => loading * scale);
    await runJob(() => native().pcaInverseTransform({ Z: data, ...rotation }, { threads }, { X: out }), {
      signal,
    });
    return out;
  }

  /** The model as named arrays and plain values, for {@link PCA.fromState}. */
  state(): ModelState {
    const { rows, cols } = this.components;
    return {
      kind: KIND,
      version: VERSION,
      values: {
        rows: this.rows,
        whiten: this.whiten,
        totalVariance: this.totalVariance,
        noiseVariance: this.noiseVariance,
      },
      arrays: {
        mean: { data: this.mean, shape: [cols] },
        components: { data: this.components.data, shape: [rows, cols] },
        explainedVariance: { data: this.explainedVariance, shape: [rows] },
        ...(this.scale && { scale: { data: this.scale, shape: [cols] } }),
        ...offsetState(this.#offset),
      },
    };
  }

  /** @throws TypeError when `state` is not what {@link PCA.state} of this version gives. */
  static fromState(state: ModelState): PCA {
    checkState(state, KIND, VERSION);
    const components = stateArray(state, 'components', Float32Array, 2);
    const mean = stateArray(state, 'mean', Float64Array, 1).data;
    const explainedVariance = stateArray(state, 'explainedVariance', Float64Array, 1).data;
    const [rows, cols] = components.shape;
    if (mean.length !== cols || explainedVariance.length !== rows) {
      throw new TypeError(
        `Expected the state of a PCA to have ${cols} means and ${rows} variances but it has ${mean.length} and ${explainedVariance.length}`,
      );
    }
    const scale = Object.hasOwn(state.arrays, 'scale')
      ? stateArray(state, 'scale', Float64Array, 1).data
      : undefined;
    if (scale !== undefined && !(scale.length === cols && scale.every((value) => value > 0))) {
      throw new TypeError(`Expected the state of a PCA to have a scale above 0 for each of ${cols} columns`);
    }
    const { values } = state;
    return new PCA({
      mean,
      offset: stateOffset(state, cols),
      components: { data: components.data, rows, cols },
      explainedVariance,
      totalVariance: Number(values.totalVariance),
      noiseVariance: Number(values.noiseVariance),
      rows: checkInteger('rows', values.rows, { min: 1 }),
      whiten: values.whiten === true,
      scale,
    });
  }

  /**
   * The rotation as the kernels take it. `unscaled` stands in for the scale of components without variance; `fold` joins the
   * scale of a column and a loading on it.
   */
  #rotation(unscaled: number, fold: (loading: number, scale: number) => number) {
    const least = LEAST_VARIANCE * this.explainedVariance[0];
    const scale = this.explainedVariance.map((variance) =>
      !this.whiten ? 1 : variance > least ? Math.sqrt(variance) : unscaled,
    );
    // Copies, because the caller can transfer the model's arrays while the kernel reads.
    const data = this.components.data.slice();
    const columns = this.scale;
    if (columns !== undefined) {
      for (let at = 0; at < data.length; at++) data[at] = fold(data[at], columns[at % columns.length]);
    }
    return { mean: this.mean.slice(), components: { ...this.components, data }, scale };
  }
}
