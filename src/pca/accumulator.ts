import { withOffset } from '../column-offset.ts';
import { aboutOption, describe } from '../errors.ts';
import type { Matrix, MatrixLike } from '../matrix.ts';
import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { type CallOptions, OptionReader } from '../options.ts';
import { type OwnedMatrix, ownedMatrix } from '../owned-matrix.ts';
import { type Moments, momentsToBytes, noMoments } from './moments.ts';

export type AccumulateOptions = CallOptions;

/** Options of an accumulator's `add`. */
export interface AddOptions extends CallOptions {
  /** Move the buffer of `batch` instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
}

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
  /** Arrays of moments before the last ones, for the next ones: allocating them each time takes time and memory. */
  #spare: Sums | undefined;
  /** Moments that another accumulator has too, or reads while it merges. */
  #lent: Moments | undefined;
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
  async add(batch: MatrixLike, options: AddOptions = {}): Promise<void> {
    const read = new OptionReader(options, ['threads', 'signal', 'transfer']);
    const threads = read.threads();
    const signal = read.signal();
    const transfer = read.boolean('transfer', false);
    const X = ownedMatrix('batch', batch, { transfer, offset: this.#offset });
    if (X.rows > 0 && X.cols !== this.columns) {
      throw new RangeError(`Expected \`batch\` to have ${this.columns} columns but received ${X.cols}`);
    }
    if (X.rows > 0) this.#offset = X.offset;
    return this.#addOwned(X, threads, signal);
  }

  /**
   * As `add` without a copy: the rows must stay as they are until the promise is settled, and can then be written over.
   *
   * @internal
   */
  async addLent(rows: Matrix, { threads = 0 }: Pick<AccumulateOptions, 'threads'> = {}): Promise<void> {
    if (typeof this.#offset === 'object') return this.add(rows, threads === 0 ? {} : { threads });
    this.#offset = undefined;
    return this.#addOwned({ ...rows, offset: undefined }, threads, undefined);
  }

  /** @param X rows that nobody changes meanwhile. */
  #addOwned(X: OwnedMatrix, threads: number, signal: AbortSignal | undefined): Promise<void> {
    return this.#inTurn(async () => {
      const first = X.rows > 0 && isEmpty(this.#moments);
      const moments = first ? { ...this.#moments, offset: X.offset } : this.#moments;
      const rows = { ...rowsSeenFrom(X, moments.offset), cols: this.columns };
      // Taken out: a kernel that was cancelled can still write into it.
      const into = this.#spare ?? newSums(moments);
      this.#spare = undefined;
      const before = this.#moments;
      this.#moments = await addRows(moments, rows, into, threads, signal);
      if (this.#moments.scatter !== into.scatter) this.#spare = into;
      else if (before !== this.#lent) this.#spare = before;
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
      throw aboutOption(
        new RangeError(`Expected \`other\` to have ${this.columns} columns but it has ${other.columns}`),
        'other',
      );
    }
    const read = new OptionReader(options, ['threads', 'signal']);
    const threads = read.threads();
    const signal = read.signal();
    const theirs = other.#inTurn(async () => {
      other.#lent = other.#moments;
      return other.#moments;
    });
    return this.#inTurn(async () => {
      const moments = await theirs;
      this.#moments = await mergeMoments(this.#moments, moments, threads, signal);
      if (this.#moments === moments) this.#lent = moments;
      if (this.rows > 0) this.#offset = this.#moments.offset;
    });
  }

  /**
   * Adds the rows of a block that is not full yet, so that `toBytes` gives 4 columns^2 bytes, without rows: for the last state of
   * a part, which is only merged. `merge` and `finish` give the same bits as without it. Rows that are added afterwards
   * begin a new block, so their bits differ from those of one pass.
   */
  async fold(options: AccumulateOptions = {}): Promise<void> {
    const read = new OptionReader(options, ['threads', 'signal']);
    const threads = read.threads();
    const signal = read.signal();
    return this.#inTurn(async () => {
      if (this.#moments.pending.rows > 0)
        this.#moments = await joined(this.#moments, noMoments(this.columns), threads, signal);
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

type Sums = Pick<Moments, 'mean' | 'scatter'>;

function newSums({ mean, scatter }: Sums): Sums {
  return { mean: new Float64Array(mean.length), scatter: new Float64Array(scatter.length) };
}

function isEmpty({ count, pending }: Moments): boolean {
  return count + pending.rows === 0;
}

/** @param sums arrays for the result. */
async function addRows(
  moments: Moments,
  X: Matrix,
  sums: Sums,
  threads: number,
  signal: AbortSignal | undefined,
): Promise<Moments> {
  const { count, mean, scatter, pending } = moments;
  const outcome = { mean: sums.mean, scatter: sums.scatter, added: new Float64Array(1) };
  await runJob(() => native().pcaAccumulate({ mean, scatter, pending, X }, { threads, count }, outcome), {
    signal,
  });
  const added = outcome.added[0];
  if (added === 0) return { ...moments, pending: stack(pending, X) };
  return {
    ...moments,
    mean: sums.mean,
    scatter: sums.scatter,
    count: count + added,
    pending: rowsFrom(X, added - pending.rows),
  };
}

async function mergeMoments(
  ours: Moments,
  theirs: Moments,
  threads: number,
  signal: AbortSignal | undefined,
): Promise<Moments> {
  if (isEmpty(theirs)) return ours;
  if (isEmpty(ours)) return theirs;
  return joined(ours, theirs, threads, signal);
}

/** The moments of the rows of both, none of which are pending. */
async function joined(
  ours: Moments,
  theirs: Moments,
  threads: number,
  signal: AbortSignal | undefined,
): Promise<Moments> {
  const { count, mean, scatter, pending, offset } = ours;
  const other = seenFrom(theirs, offset);
  const sums = newSums(ours);
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
