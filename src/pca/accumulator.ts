import { withOffset } from '../column-offset.ts';
import { describe } from '../errors.ts';
import { type Matrix, type MatrixLike, type OwnedMatrix, ownedMatrix } from '../matrix.ts';
import { copyLarge } from '../native/copy.ts';
import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { type CallOptions, OptionReader } from '../options.ts';
import { type Moments, momentsToBytes } from './moments.ts';

export type AccumulateOptions = CallOptions;

/**
 * Takes rows in batches, for data that does not fit into memory or is spread over many machines. Gives the same model as a fit
 * of all rows at once. Made by `PCA.accumulator`. Memory: columns^2 float64 and at most 2048 rows.
 *
 * The same rows in the same order give the same bits, however they are cut into batches. With at least as many rows as columns,
 * these are also the bits of a fit of all rows at once. Calls run in the order in which they were made; await each one to keep
 * only one batch in memory.
 *
 * @example
 * const sum = PCA.accumulator(128);
 * for await (const batch of batches) await sum.add(batch);
 * const pca = await sum.finish({ components: 10 });
 */
export class PCAAccumulator<Model, FinishOptions> {
  /** Columns that every batch must have. */
  readonly columns: number;
  #moments: Moments;
  /** The offset of the first batch, set as soon as the batch arrives, because calls wait for their turn. */
  #offset: Float64Array | 'fit' | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #finish: (moments: Moments, options: FinishOptions) => Promise<Model>;

  /** Not for callers: use `PCA.accumulator` or `PCA.accumulatorFromBytes`. */
  constructor(moments: Moments, finish: (moments: Moments, options: FinishOptions) => Promise<Model>) {
    this.columns = moments.mean.length;
    this.#moments = moments;
    this.#offset = this.rows === 0 ? 'fit' : moments.offset;
    this.#finish = finish;
  }

  /** Rows added so far, by calls that have ended. */
  get rows(): number {
    return this.#moments.count + this.#moments.pending.rows;
  }

  /**
   * Adds the rows of a batch (any number x columns). A call that rejects adds nothing. If columns of the first batch vary
   * little around large values, like time stamps, all batches are shifted by its offset.
   *
   * @throws RangeError for another number of columns or a value that is not finite.
   */
  async add(batch: MatrixLike, options: AccumulateOptions = {}): Promise<void> {
    const read = new OptionReader(options, ['threads', 'signal']);
    const threads = read.threads();
    const signal = read.signal();
    const X = ownedMatrix('batch', batch, { copy: copyLarge, offset: this.#offset });
    if (X.rows > 0 && X.cols !== this.columns) {
      throw new RangeError(`Expected \`batch\` to have ${this.columns} columns but received ${X.cols}`);
    }
    if (X.rows > 0) this.#offset = X.offset;
    return this.#inTurn(async () => {
      const first = X.rows > 0 && isEmpty(this.#moments);
      const moments = first ? { ...this.#moments, offset: X.offset } : this.#moments;
      const rows = { ...rowsSeenFrom(X, moments.offset), cols: this.columns };
      this.#moments = await addRows(moments, rows, threads, signal);
    });
  }

  /**
   * Adds all rows of another accumulator, which stays as it is. Their moments are joined by the updating formula of Chan,
   * Golub and LeVeque (1979): the result agrees with that of one accumulator to about 1e-7, not to the bit.
   *
   * @throws TypeError when `other` is not an accumulator; RangeError for another number of columns.
   */
  async merge(other: PCAAccumulator<Model, FinishOptions>, options: AccumulateOptions = {}): Promise<void> {
    if (!(other instanceof PCAAccumulator)) {
      throw new TypeError(`Expected \`other\` to be an accumulator but received ${describe(other)}`);
    }
    if (other.columns !== this.columns) {
      throw new RangeError(`Expected \`other\` to have ${this.columns} columns but it has ${other.columns}`);
    }
    const read = new OptionReader(options, ['threads', 'signal']);
    const threads = read.threads();
    const signal = read.signal();
    const theirs = other.#inTurn(async () => other.#moments);
    return this.#inTurn(async () => {
      this.#moments = await mergeMoments(this.#moments, await theirs, threads, signal);
      if (this.rows > 0) this.#offset = this.#moments.offset;
    });
  }

  /** The state as bytes, the same on every machine, for `PCA.accumulatorFromBytes`. Contains the calls that have ended. */
  toBytes(): Uint8Array {
    return momentsToBytes(this.#moments);
  }

  /**
   * The model of all rows added so far; more can be added afterwards. Takes the options of `PCA.fit`; `components` is at most
   * the number of rows and of columns.
   *
   * @throws RangeError when no row was added.
   */
  async finish(options = {} as FinishOptions): Promise<Model> {
    return this.#inTurn(async () => this.#finish(this.#moments, options));
  }

  /** Runs calls one after another, even after one that failed. */
  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#last.then(call);
    this.#last = result.catch(() => {});
    return result;
  }
}

function isEmpty({ count, pending }: Moments): boolean {
  return count + pending.rows === 0;
}

async function addRows(
  moments: Moments,
  X: Matrix,
  threads: number,
  signal: AbortSignal | undefined,
): Promise<Moments> {
  const { count, mean, scatter, pending } = moments;
  const sums = { mean: new Float64Array(mean.length), scatter: new Float64Array(scatter.length) };
  const outcome = { ...sums, added: new Float64Array(1) };
  await runJob(() => native().pcaAccumulate({ mean, scatter, pending, X }, { threads, count }, outcome), {
    signal,
  });
  const added = outcome.added[0];
  if (added === 0) return { ...moments, pending: stack(pending, X) };
  return { ...moments, ...sums, count: count + added, pending: rowsFrom(X, added - pending.rows) };
}

async function mergeMoments(
  ours: Moments,
  theirs: Moments,
  threads: number,
  signal: AbortSignal | undefined,
): Promise<Moments> {
  if (isEmpty(theirs)) return ours;
  if (isEmpty(ours)) return theirs;
  const { count, mean, scatter, pending, offset } = ours;
  const other = seenFrom(theirs, offset);
  const sums = { mean: new Float64Array(mean.length), scatter: new Float64Array(scatter.length) };
  const inputs = {
    ...{ mean, scatter, pending },
    ...{ otherMean: other.mean, otherScatter: other.scatter, otherPending: other.pending },
  };
  await runJob(() => native().pcaMerge(inputs, { threads, count, otherCount: theirs.count }, sums), {
    signal,
  });
  const rows = count + pending.rows + theirs.count + theirs.pending.rows;
  return { ...sums, count: rows, pending: rowsFrom(pending, pending.rows), offset };
}

/** The same moments for rows shifted by another offset. */
function seenFrom(moments: Moments, offset: Float64Array | undefined): Moments {
  const step = stepBetween(moments.offset, offset, moments.mean.length);
  const pending = rowsSeenFrom({ ...moments.pending, offset: moments.offset }, offset);
  return { ...moments, mean: withOffset(moments.mean, step), pending, offset };
}

/** The same rows less another offset. */
function rowsSeenFrom({ offset: own, ...X }: OwnedMatrix, offset: Float64Array | undefined): Matrix {
  const step = stepBetween(own, offset, X.cols);
  return step === undefined ? X : { ...X, data: X.data.map((value, at) => value + step[at % X.cols]) };
}

/** What to add to columns that are less `from` so that they are less `to`; undefined where that is nothing. */
function stepBetween(
  from: Float64Array | undefined,
  to: Float64Array | undefined,
  cols: number,
): Float64Array | undefined {
  const step = Float64Array.from({ length: cols }, (_, col) => (from?.[col] ?? 0) - (to?.[col] ?? 0));
  return step.some((value) => value !== 0) ? step : undefined;
}

function stack(above: Matrix, below: Matrix): Matrix {
  const data = new Float32Array(above.data.length + below.data.length);
  data.set(above.data);
  data.set(below.data, above.data.length);
  return { data, rows: above.rows + below.rows, cols: below.cols };
}

/** A copy, so that a few rows do not keep a whole batch in memory. */
function rowsFrom(X: Matrix, row: number): Matrix {
  return { data: X.data.slice(row * X.cols), rows: X.rows - row, cols: X.cols };
}
