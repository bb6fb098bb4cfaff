import { describe } from './errors.ts';
import { type Matrix, type MatrixLike, ownedMatrix } from './matrix.ts';
import { checkState, type ModelState, stateArray } from './model-state.ts';
import { runJob } from './native/job.ts';
import { native } from './native/loader.ts';
import { type CommonOptions, checkInteger, OptionReader } from './options.ts';

/** Options of {@link PCA.fit}. */
export interface PCAOptions extends Omit<CommonOptions, 'seed'> {
  /**
   * How many components to keep: an integer in [1, min(rows, cols)], or a share of the variance in (0, 1), for which the
   * fewest components that explain at least that share are kept. Default: min(rows, cols).
   */
  components?: number;
  /** Scale the projections to unit variance. Components without variance are then left at 0. Default false. */
  whiten?: boolean;
  /** Move the buffer of `X` instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
  /** Called with the share of the work done, in [0, 1]. */
  onProgress?: (fraction: number) => void;
}

type CallOptions = Pick<PCAOptions, 'threads' | 'signal' | 'transfer'>;

const KIND = 'PCA';
const VERSION = 1;

/**
 * Principal component analysis (Pearson 1901), by the eigenvectors of the covariance matrix; for more columns than rows by
 * those of the Gram matrix. Immutable: made by {@link PCA.fit}.
 *
 * @example
 * const X = matrix(new Float32Array([1, 2, 2, 4, 3, 6.1]), 3, 2);
 * const pca = await PCA.fit(X, { components: 1 });
 * const Z = await pca.transform(X); // 3 x 1
 */
export class PCA {
  /** Column means of the data, `cols` values. */
  readonly mean: Float64Array;
  /** components x cols; orthonormal rows, the entry of largest magnitude of each is positive. */
  readonly components: Matrix;
  /** Variance along each kept component, descending, with denominator rows - 1. */
  readonly explainedVariance: Float64Array;
  /** {@link explainedVariance} as shares of the total variance; zeros when the data is constant. */
  readonly explainedVarianceRatio: Float64Array;
  /** Total variance of the data, kept and not kept. */
  readonly totalVariance: number;
  /** Mean variance of the directions that were not kept: the noise of probabilistic PCA (Tipping and Bishop 1999). */
  readonly noiseVariance: number;
  /** Number of rows that were fitted. */
  readonly rows: number;
  readonly whiten: boolean;

  private constructor(
    parts: Omit<
      PCA,
      'transform' | 'inverseTransform' | 'state' | 'explainedVarianceRatio' | 'singularValues'
    >,
  ) {
    this.mean = parts.mean;
    this.components = parts.components;
    this.explainedVariance = parts.explainedVariance;
    this.totalVariance = parts.totalVariance;
    this.noiseVariance = parts.noiseVariance;
    this.rows = parts.rows;
    this.whiten = parts.whiten;
    this.explainedVarianceRatio = parts.explainedVariance.map((variance) =>
      parts.totalVariance > 0 ? variance / parts.totalVariance : 0,
    );
  }

  /** Singular values of the centred data matrix that belong to the components. */
  get singularValues(): Float64Array {
    return this.explainedVariance.map((variance) => Math.sqrt(variance * Math.max(this.rows - 1, 1)));
  }

  /**
   * Fits the components of `X` (rows x cols, at least one of each).
   *
   * @throws RangeError when `components` does not fit the shape, when a value is not finite, or too large to be squared in
   *   float32 (about 1e18); TypeError for arguments of the wrong kind.
   */
  static async fit(X: MatrixLike, options: PCAOptions = {}): Promise<PCA> {
    const read = new OptionReader(options, [
      'components',
      'whiten',
      'transfer',
      'threads',
      'signal',
      'onProgress',
    ]);
    const whiten = read.boolean('whiten', false);
    const control = {
      signal: read.signal(),
      onProgress: read.callback<(fraction: number) => void>('onProgress'),
    };
    const threads = read.threads();
    const data = ownedMatrix('X', X, { transfer: read.boolean('transfer', false) });
    const { rows, cols } = data;
    if (rows === 0 || cols === 0) {
      throw new RangeError(
        `Expected \`X\` to have at least one row and one column but received ${rows} x ${cols}`,
      );
    }
    const rank = Math.min(rows, cols);
    const wanted = checkComponents(read.raw('components'), rank);
    const most = wanted < 1 ? rank : wanted;

    const mean = new Float64Array(cols);
    const components = { data: new Float32Array(most * cols), rows: most, cols };
    const spectrum = new Float64Array(rank);
    await runJob(
      () => native().pcaFit({ X: data }, { threads }, { mean, components, explainedVariance: spectrum }),
      control,
    );
    const totalVariance = spectrum.reduce((sum, variance) => sum + variance, 0);
    const kept = wanted < 1 ? componentsForShare(spectrum, wanted * totalVariance) : wanted;
    const leftOut = spectrum.subarray(kept).reduce((sum, variance) => sum + variance, 0);
    return new PCA({
      mean,
      components: { data: components.data.slice(0, kept * cols), rows: kept, cols },
      explainedVariance: spectrum.slice(0, kept),
      totalVariance,
      noiseVariance: rank > kept ? leftOut / (rank - kept) : 0,
      rows,
      whiten,
    });
  }

  /**
   * Projects `X` (rows x cols of the fitted data) onto the components: a rows x components matrix.
   *
   * @throws RangeError when the number of columns differs from the fitted data's or a value is not finite.
   */
  async transform(X: MatrixLike, options: CallOptions = {}): Promise<Matrix> {
    const { data, threads, signal } = this.#input('X', X, this.components.cols, options);
    const out = zeros(data.rows, this.components.rows);
    await runJob(
      () =>
        native().pcaTransform(
          { X: data, ...this.#rotation(Number.POSITIVE_INFINITY) },
          { threads },
          { Z: out },
        ),
      { signal },
    );
    return out;
  }

  /**
   * Maps projections `Z` (rows x components) back to the data's space: rows x cols.
   *
   * @throws RangeError when the number of columns differs from the number of components or a value is not finite.
   */
  async inverseTransform(Z: MatrixLike, options: CallOptions = {}): Promise<Matrix> {
    const { data, threads, signal } = this.#input('Z', Z, this.components.rows, options);
    const out = zeros(data.rows, this.components.cols);
    await runJob(
      () => native().pcaInverseTransform({ Z: data, ...this.#rotation(0) }, { threads }, { X: out }),
      { signal },
    );
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
      },
    };
  }

  /** @throws TypeError when `state` is not what {@link PCA.state} of this version gives. */
  static fromState(state: ModelState): PCA {
    checkState(state, KIND, VERSION);
    const components = stateArray(state, 'components', Float32Array, 2);
    const [rows, cols] = components.shape;
    const { values } = state;
    return new PCA({
      mean: stateArray(state, 'mean', Float64Array, 1).data,
      components: { data: components.data, rows, cols },
      explainedVariance: stateArray(state, 'explainedVariance', Float64Array, 1).data,
      totalVariance: Number(values.totalVariance),
      noiseVariance: Number(values.noiseVariance),
      rows: checkInteger('rows', values.rows, { min: 1 }),
      whiten: values.whiten === true,
    });
  }

  /** The rotation as the kernels take it. `unscaled` stands in for the scale of components without variance. */
  #rotation(unscaled: number) {
    const scale = this.explainedVariance.map((variance) =>
      !this.whiten ? 1 : variance > 0 ? Math.sqrt(variance) : unscaled,
    );
    return { mean: this.mean, components: this.components, scale };
  }

  #input(name: string, input: MatrixLike, cols: number, options: CallOptions) {
    const read = new OptionReader(options, ['threads', 'signal', 'transfer']);
    const data = ownedMatrix(name, input, { transfer: read.boolean('transfer', false) });
    if (data.cols !== cols && data.rows > 0) {
      throw new RangeError(`Expected \`${name}\` to have ${cols} columns but received ${data.cols}`);
    }
    return { data: { ...data, cols }, threads: read.threads(), signal: read.signal() };
  }
}

function zeros(rows: number, cols: number): Matrix {
  return { data: new Float32Array(rows * cols), rows, cols };
}

function checkComponents(value: unknown, rank: number): number {
  if (value === undefined) return rank;
  if (typeof value !== 'number') {
    throw new TypeError(`Expected \`components\` to be a number but received ${describe(value)}`);
  }
  if ((value > 0 && value < 1) || (Number.isInteger(value) && value >= 1 && value <= rank)) return value;
  throw new RangeError(
    `Expected \`components\` to be an integer in [1, ${rank}] or a share of variance in (0, 1) but received ${value}`,
  );
}

/** The fewest leading entries of `spectrum` that sum to at least `variance`; at least one. */
function componentsForShare(spectrum: Float64Array, variance: number): number {
  let sum = 0;
  for (let k = 0; k < spectrum.length; k++) {
    sum += spectrum[k];
    if (sum >= variance) return k + 1;
  }
  return spectrum.length;
}
