import { DataError } from '../../errors.ts';
import { type Floats, VectorColumn } from '../../formats/arrow/vectors.ts';
import { MOST_COLUMNS } from '../../pca/options.ts';
import { PCA } from '../../pca/pca.ts';
import { aboutRows } from './bad-rows.ts';
import type { WorkerJob } from './job.ts';
import { partState, writeStates } from './states.ts';

type Sum = ReturnType<typeof PCA.accumulator>;

/** Bytes that are added at once, about. Each addition allocates columns^2 doubles, so batches of an engine are too small. */
const PIECE_BYTES = 8 << 20;
/** Pieces hold whole blocks, so that no row waits for the next piece: see native/kernels/pca/moments.hpp. */
const BLOCK_ROWS = 2048;

/** The sum of the vectors of a stream, as one row; no row if there are no vectors. */
export async function moments(job: WorkerJob): Promise<void> {
  const stream = job.open();
  const { column = 'vector' } = job.flags;
  const vectors = new VectorColumn(stream.schema, String(column));
  let pieces: Pieces | undefined;
  for (let batch = stream.next(); batch !== undefined; batch = stream.next()) {
    if ('dictionary' in batch) continue;
    const { rows, fill } = vectors.next(batch, batch.body);
    if (rows === 0) continue;
    pieces ??= new Pieces(vectors, job.threads);
    await pieces.add(rows, fill);
  }
  const sum = await pieces?.finish();
  writeStates(job.write, sum === undefined ? [] : [partState(job.partition, sum)]);
}

/**
 * Reads vectors into pieces of one size, however long the batches are. One piece is added while the next is read, into the same
 * two arrays again and again: new ones would cost the system as much as the sum.
 */
class Pieces {
  readonly #sum: Sum;
  readonly #vectors: VectorColumn;
  readonly #threads: number;
  readonly #capacity: number;
  /** The piece that is read, and the one that is added. */
  #pieces: [Floats | undefined, Floats | undefined] = [undefined, undefined];
  #filled = 0;
  #added = 0;
  #adding: Promise<void> = Promise.resolve();

  constructor(vectors: VectorColumn, threads: number) {
    const cols = vectors.cols ?? 0;
    if (cols > MOST_COLUMNS)
      throw new DataError(`\`${vectors.name}\` has ${cols} numbers, expected ${MOST_COLUMNS} at most`);
    this.#sum = PCA.accumulator(cols);
    this.#vectors = vectors;
    this.#threads = threads;
    this.#capacity = BLOCK_ROWS * Math.max(1, Math.floor(PIECE_BYTES / (4 * cols * BLOCK_ROWS)));
  }

  async add(rows: number, fill: (numbers: Floats) => void): Promise<void> {
    const { columns } = this.#sum;
    for (let left = rows; left > 0; ) {
      const piece = this.#piece();
      const count = Math.min(left, this.#capacity - this.#filled);
      fill(piece.subarray(this.#filled * columns, (this.#filled + count) * columns));
      this.#filled += count;
      left -= count;
      if (this.#filled === this.#capacity) await this.#hand();
    }
  }

  /** The sum of all vectors, without rows that wait. */
  async finish(): Promise<Sum> {
    await this.#hand();
    await this.#adding;
    await this.#sum.fold({ threads: this.#threads });
    return this.#sum;
  }

  /** Starts to add the piece, once the one before is added. */
  async #hand(): Promise<void> {
    const rows = this.#filled;
    if (rows === 0) return;
    const first = this.#added;
    this.#filled = 0;
    this.#added += rows;
    await this.#adding;
    const cols = this.#sum.columns;
    const data = this.#piece().subarray(0, rows * cols);
    const added =
      data instanceof Float32Array
        ? this.#sum.addLent({ data, rows, cols }, { threads: this.#threads })
        : this.#sum.add({ data, rows, cols }, { threads: this.#threads });
    this.#adding = aboutRows(added, first, this.#vectors.name);
    this.#adding.catch(() => {}); // whoever waits for it gets the error
    this.#pieces.reverse();
  }

  #piece(): Floats {
    this.#pieces[0] ??= floats(this.#vectors.element, this.#capacity * this.#sum.columns);
    return this.#pieces[0];
  }
}

/** An array without zeros in it: all of it is written. */
function floats(element: 'float32' | 'float64', length: number): Floats {
  const FloatArray = element === 'float64' ? Float64Array : Float32Array;
  return new FloatArray(Buffer.allocUnsafeSlow(length * FloatArray.BYTES_PER_ELEMENT).buffer);
}
