import { DataError } from '../errors.ts';
import type { VectorRow } from '../formats/vector-row.ts';
import { firstNotFinite } from './finite.ts';
import { type NumberType, numbersOf, type RowBatch, typeOf } from './matrix.ts';

/** Bytes of the numbers of a batch. */
export const BATCH_BYTES = 4 << 20;

/** Rows of a batch of about 4 MB. */
export function batchRowsOf(cols: number, type: NumberType): number {
  return Math.max(1, Math.floor(BATCH_BYTES / (Math.max(1, cols) * (type === 'float32' ? 4 : 8))));
}

/** Decodes the rows of a text file into batches. Ids and labels are there if any row of the batch has them. */
export async function* batchesOf(
  rows: AsyncIterable<VectorRow>,
  type: NumberType,
  limit: number,
): AsyncGenerator<RowBatch> {
  let batch: Filling | undefined;
  let start = 0;
  for await (const row of rows) {
    batch ??= new Filling(start, row.cols, type, batchRowsOf(row.cols, type));
    batch.add(row);
    if (start + batch.rows < limit && batch.rows < batch.capacity) continue;
    yield batch.finish();
    start += batch.rows;
    batch = undefined;
    if (start >= limit) return;
  }
  if (batch !== undefined) yield batch.finish();
}

class Filling {
  rows = 0;
  readonly capacity: number;
  readonly #start: number;
  readonly #cols: number;
  readonly #data: Float32Array | Float64Array;
  readonly #names = new Names();

  constructor(start: number, cols: number, type: NumberType, capacity: number) {
    this.#start = start;
    this.#cols = cols;
    this.capacity = capacity;
    this.#data = numbersOf(type, capacity * cols);
  }

  add(row: VectorRow): void {
    row.read(this.#data, this.rows * this.#cols);
    this.#names.add(row.id, row.label);
    this.rows++;
  }

  finish(): RowBatch {
    const data = this.rows < this.capacity ? this.#data.slice(0, this.rows * this.#cols) : this.#data;
    return { start: this.#start, data, rows: this.rows, cols: this.#cols, ...this.#names.finish() };
  }
}

/** Ids and labels row by row. */
class Names {
  readonly #ids: string[] = [];
  readonly #labels: string[] = [];
  #hasIds = false;
  #hasLabels = false;

  add(id: string, label: string): void {
    this.#ids.push(id);
    this.#labels.push(label);
    this.#hasIds ||= id !== '';
    this.#hasLabels ||= label !== '';
  }

  finish(): { ids?: readonly string[]; labels?: readonly string[] } {
    return { ...(this.#hasIds && { ids: this.#ids }), ...(this.#hasLabels && { labels: this.#labels }) };
  }
}

/**
 * The batches in the type that was asked for, at most `limit` rows, and every value checked.
 *
 * @throws DataError for a value that is not finite in this type, with its row and column from 0.
 */
export async function* checkedBatches(
  batches: AsyncIterable<RowBatch>,
  file: string,
  type: NumberType | undefined,
  limit: number,
): AsyncGenerator<RowBatch> {
  for await (const batch of batches) {
    const cut = batch.start + batch.rows > limit ? rowsOf(batch, 0, limit - batch.start) : batch;
    const data = type === undefined || typeOf(cut.data) === type ? cut.data : converted(cut.data, type);
    checkFinite(cut, data, file);
    const total = batch.total === undefined ? undefined : Math.min(batch.total, limit);
    yield { ...cut, data, total };
    if (cut.start + cut.rows >= limit) return;
  }
}

function converted(data: Float32Array | Float64Array, type: NumberType): Float32Array | Float64Array {
  return type === 'float32' ? new Float32Array(data) : new Float64Array(data);
}

/** @throws DataError for a value that float32 cannot hold, with its row and column from 0. */
export function checkFloat32(batch: RowBatch, file: string): void {
  const at = batch.data.findIndex((value) => !Number.isFinite(Math.fround(value)));
  if (at !== -1) throw notFinite(batch, at, file);
}

function checkFinite(batch: RowBatch, data: Float32Array | Float64Array, file: string): void {
  const at = firstNotFinite(data);
  if (at !== -1) throw notFinite(batch, at, file);
}

function notFinite({ start, cols, data }: RowBatch, at: number, file: string): DataError {
  const value = Number.isFinite(data[at])
    ? `${data[at]}, which is beyond float32`
    : `${data[at]}, expected a finite number`;
  return new DataError(`row ${start + Math.floor(at / cols)}, column ${at % cols} is ${value}`, { file });
}

/** `count` rows of a batch from its row `from` on. */
export function rowsOf(batch: RowBatch, from: number, count: number): RowBatch {
  const { start, cols, data, ids, labels } = batch;
  return {
    ...batch,
    start: start + from,
    rows: count,
    data: data.subarray(from * cols, (from + count) * cols),
    ...(ids && { ids: ids.slice(from, from + count) }),
    ...(labels && { labels: labels.slice(from, from + count) }),
  };
}

/** The same rows in batches of `size`, the last one smaller. */
export async function* batchesOfSize(
  batches: AsyncIterable<RowBatch>,
  size: number,
): AsyncGenerator<RowBatch> {
  let waiting: RowBatch[] = [];
  let rows = 0;
  for await (const batch of batches) {
    let from = 0;
    while (rows + batch.rows - from >= size) {
      const count = size - rows;
      yield joined([...waiting, rowsOf(batch, from, count)]);
      from += count;
      waiting = [];
      rows = 0;
    }
    if (from < batch.rows || batch.rows === 0) {
      waiting.push(rowsOf(batch, from, batch.rows - from));
      rows += batch.rows - from;
    }
  }
  if (waiting.length > 0) yield joined(waiting);
}

/** Batches that follow each other as one. */
export function joined(batches: readonly RowBatch[]): RowBatch {
  if (batches.length === 1) return batches[0];
  const [{ start, cols, total, data: first }] = batches;
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const data = numbersOf(typeOf(first), rows * cols);
  for (const batch of batches) data.set(batch.data, (batch.start - start) * cols);
  return { start, rows, cols, data, total, ...joinedNames(batches) };
}

/** Rows without a name get ''. */
export function joinedNames(batches: readonly RowBatch[]): Pick<RowBatch, 'ids' | 'labels'> {
  const all = (names: (batch: RowBatch) => readonly string[] | undefined) =>
    batches.flatMap((batch) => names(batch) ?? new Array<string>(batch.rows).fill(''));
  const has = (names: (batch: RowBatch) => readonly string[] | undefined) => batches.some(names);
  return {
    ...(has(({ ids }) => ids) && { ids: all(({ ids }) => ids) }),
    ...(has(({ labels }) => labels) && { labels: all(({ labels }) => labels) }),
  };
}
