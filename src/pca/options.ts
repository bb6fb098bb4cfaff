import { aboutOption, describe } from '../errors.ts';
import type { Matrix, MatrixLike } from '../matrix.ts';
import { type CallOptions, OptionReader } from '../options.ts';
import { type OwnedMatrix, ownedMatrix } from '../owned-matrix.ts';
import type { OnProgress } from '../progress.ts';

/** Most columns of an accumulator, whose memory grows with their square. */
export const MOST_COLUMNS = 16_384;

/** Options of `PCA.fit`. */
export interface PCAOptions extends CallOptions {
  /**
   * How many components to keep: an integer in [1, min(rows, cols)], or a share of the variance in (0, 1), which keeps the
   * fewest components that explain at least that share. Default: min(rows, cols). A small number is faster.
   */
  components?: number;
  /**
   * Scale the projections to unit variance. Components with less than 1e-12 of the first one's variance are rounding errors and
   * stay at 0. Default false.
   */
  whiten?: boolean;
  /**
   * Divide every column by its standard deviation (denominator rows - 1), so that columns of different units count alike: the
   * components are those of the correlation matrix. A constant column stays 0. Default false.
   */
  scale?: boolean;
  /** Move the buffer of `X` instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
  /** Called with the share of the work done, in [0, 1]. */
  onProgress?: OnProgress;
}

/** Options of an accumulator's `finish`: see {@link PCAOptions}. */
export type PCAFinishOptions = Omit<PCAOptions, 'transfer'>;

const FINISH_OPTIONS = ['components', 'whiten', 'scale', 'threads', 'signal', 'onProgress'] as const;

/** The arrays that a native fit fills: all components that could be needed, and all variances. */
export interface Fitted {
  mean: Float64Array;
  components: Matrix;
  explainedVariance: Float64Array;
  /** Standard deviation of each column, if columns are scaled. */
  deviation?: Float64Array;
}

/** The options of one call, read. */
export interface FitOptions {
  readonly components: unknown;
  readonly whiten: boolean;
  readonly scale: boolean;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress | undefined;
}

export function readFit(options: PCAOptions): FitOptions & { readonly transfer: boolean } {
  const read = new OptionReader(options, [...FINISH_OPTIONS, 'transfer']);
  return { ...fitOptions(read), transfer: read.boolean('transfer', false) };
}

export function readFinish(options: PCAFinishOptions): FitOptions {
  return fitOptions(new OptionReader(options, FINISH_OPTIONS));
}

/** Checks options before there are rows. @throws what {@link PCA.fit} throws for options that are wrong for any rows. */
export function checkOptions(options: PCAOptions): void {
  checkComponents(readFit(options).components, Number.POSITIVE_INFINITY);
}

function fitOptions(read: OptionReader<PCAFinishOptions>): FitOptions {
  return {
    components: read.raw('components'),
    whiten: read.boolean('whiten', false),
    scale: read.boolean('scale', false),
    threads: read.threads(),
    signal: read.signal(),
    onProgress: read.callback('onProgress'),
  };
}

export function fitInput(X: MatrixLike, transfer: boolean): OwnedMatrix {
  const data = ownedMatrix('X', X, { transfer, offset: 'fit' });
  if (data.rows === 0 || data.cols === 0) {
    throw new RangeError(
      `Expected \`X\` to have at least one row and one column but received ${data.rows} x ${data.cols}`,
    );
  }
  return data;
}

/** The wanted components (a number or a share of variance), and the variance of the others. */
export function keep({ mean, components, explainedVariance: spectrum }: Fitted, wanted: number) {
  const { cols } = components;
  const totalVariance = spectrum.reduce((sum, variance) => sum + variance, 0);
  const kept = wanted < 1 ? componentsForShare(spectrum, wanted * totalVariance) : wanted;
  const leftOut = spectrum.subarray(kept).reduce((sum, variance) => sum + variance, 0);
  return {
    mean,
    components:
      kept === components.rows
        ? components
        : { data: components.data.slice(0, kept * cols), rows: kept, cols },
    explainedVariance: spectrum.slice(0, kept),
    totalVariance,
    noiseVariance: spectrum.length > kept ? leftOut / (spectrum.length - kept) : 0,
  };
}

/** @throws TypeError or RangeError when `value` is neither a number of components nor a share. */
export function checkComponents(value: unknown, rank: number): number {
  if (value === undefined) return rank;
  if (typeof value !== 'number') {
    throw aboutOption(
      new TypeError(`Expected \`components\` to be a number but received ${describe(value)}`),
      'components',
    );
  }
  if ((value > 0 && value < 1) || (Number.isInteger(value) && value >= 1 && value <= rank)) return value;
  const allowed = `an integer ${Number.isFinite(rank) ? `in [1, ${rank}]` : 'of at least 1'} or a share of variance in (0, 1)`;
  throw aboutOption(
    new RangeError(`Expected \`components\` to be ${allowed} but received ${value}`),
    'components',
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
