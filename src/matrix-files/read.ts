import { basename } from 'node:path';
import { aboutOption, DataError, NoRowsError } from '../errors.ts';
import { breathe } from '../files/breathe.ts';
import { asDataError, isFileSystemError } from '../files/file-error.ts';
import { batchesOfSize, checkedBatches, joinedNames } from './batches.ts';
import { detectFormat, formatNamed } from './detect.ts';
import type { Format } from './format.ts';
import { FORMAT_NAMES } from './formats.ts';
import { type NamedMatrix, numbersOf, type RowBatch, typeOf } from './matrix.ts';
import {
  FORMAT_OPTIONS,
  type Reading,
  type ReadMatrixOptions,
  type ReadRowsOptions,
  readingOf,
} from './options.ts';
import { partsOf } from './parts.ts';

/**
 * The rows of a file in batches, in order, so that memory stays bounded whatever the file's size. There is at least one batch;
 * that of a file without rows is empty. A folder is read as its files one after another.
 *
 * @throws (while it is iterated) TypeError or RangeError for wrong options; DataError with file and line, row or offset for a
 *   missing or damaged file and for a value that is not finite; the reason of `signal` when it is aborted.
 * @example
 * import { readRows } from 'global-object-embedder/files';
 *
 * const sum = PCA.accumulator(128);
 * for await (const batch of readRows('vectors.npy')) await sum.add(batch);
 */
export function readRows(path: string, options: ReadRowsOptions = {}): AsyncGenerator<RowBatch> {
  return batchesIn(path, options, false);
}

async function* batchesIn(path: string, options: ReadRowsOptions, whole: boolean): AsyncGenerator<RowBatch> {
  const reading = { ...readingOf(options, FORMAT_NAMES), whole };
  const { batchRows, signal } = reading;
  const batches = ofPath(path, reading);
  try {
    for await (const batch of batchRows === undefined ? batches : batchesOfSize(batches, batchRows)) {
      await breathe(signal);
      yield batch;
    }
  } catch (error) {
    // A disk that fails: the file system's error does not always name the file.
    throw isFileSystemError(error) && error !== signal?.reason ? asDataError(error, path) : error;
  }
}

async function* ofPath(path: string, reading: Reading): AsyncGenerator<RowBatch> {
  const parts = await partsOf(path);
  yield* parts.length === 1 ? ofFile(parts[0], reading) : ofParts(parts, reading);
}

/** The rows of files one after another. Files without rows count for nothing. */
async function* ofParts(parts: readonly string[], reading: Reading): AsyncGenerator<RowBatch> {
  let first: { batch: RowBatch; file: string } | undefined;
  let start = 0;
  for (const file of parts) {
    for await (const batch of rowsIfAny(file, { ...reading, limit: reading.limit - start })) {
      if (batch.rows === 0) continue;
      first ??= { batch, file };
      checkAlike(batch, file, first);
      yield { ...batch, start, total: undefined };
      start += batch.rows;
    }
    if (start >= reading.limit) return;
  }
  if (first === undefined) yield* ofFile(parts[0], reading);
}

async function* rowsIfAny(file: string, reading: Reading): AsyncGenerator<RowBatch> {
  try {
    yield* ofFile(file, reading);
  } catch (error) {
    if (!(error instanceof NoRowsError)) throw error;
  }
}

function checkAlike(batch: RowBatch, file: string, first: { batch: RowBatch; file: string }): void {
  if (batch.cols !== first.batch.cols)
    throw new DataError(
      `has rows of ${batch.cols} numbers, where those of ${basename(first.file)} have ${first.batch.cols}`,
      { file },
    );
  const [type, before] = [typeOf(batch.data), typeOf(first.batch.data)];
  if (type !== before)
    throw new DataError(
      `has numbers of type ${type}, where those of ${basename(first.file)} have ${before}: choose one type`,
      { file },
      { option: 'type' },
    );
}

async function* ofFile(path: string, reading: Reading): AsyncGenerator<RowBatch> {
  const format = reading.format === undefined ? await detectFormat(path) : formatNamed(reading.format);
  checkOptions(reading, format);
  yield* checkedBatches(format.read(path, reading), path, reading.type, reading.limit);
}

/** @throws TypeError for an option that the format does not have. */
function checkOptions(reading: Reading, format: Format): void {
  for (const option of FORMAT_OPTIONS) {
    if (reading[option] !== undefined && !format.readOptions.includes(option))
      throw aboutOption(
        new TypeError(`Expected no option \`${option}\` for the format ${format.name}`),
        option,
      );
  }
}

/**
 * All rows of a file as one matrix, with ids and labels if the file has them.
 *
 * @throws what `readRows` throws.
 * @example
 * import { readMatrix } from 'global-object-embedder/files';
 *
 * const words = await readMatrix('words.vec', { limit: 10_000 });
 * const pca = await PCA.fit(words, { components: 2 });
 */
export async function readMatrix(path: string, options: ReadMatrixOptions = {}): Promise<NamedMatrix> {
  const rows = new Growing();
  for await (const batch of batchesIn(path, options, true)) rows.add(batch);
  return rows.finish();
}

/**
 * A matrix that grows. Batches that lie one after another in memory are not copied. Otherwise, if the number of rows is known, it
 * is allocated once.
 */
class Growing {
  #data: Float32Array | Float64Array = new Float32Array(0);
  readonly #names: RowBatch[] = [];
  #rows = 0;
  #cols = 0;

  add(batch: RowBatch): void {
    const { data, rows, cols, total } = batch;
    const used = this.#rows * cols;
    const needed = used + rows * cols;
    if (used === 0) this.#data = data;
    else if (follows(data, this.#data)) this.#data = together(this.#data, data);
    else if (needed > this.#data.length) {
      const grown = numbersOf(
        typeOf(data),
        Math.max(needed, total === undefined ? 2 * needed : total * cols),
      );
      grown.set(this.#data.subarray(0, used));
      grown.set(data, used);
      this.#data = grown;
    } else this.#data.set(data, used);
    this.#names.push({ ...batch, data: data.subarray(0, 0) });
    this.#rows += rows;
    this.#cols = cols;
  }

  finish(): NamedMatrix {
    const length = this.#rows * this.#cols;
    // Nothing else lies in the buffer of the result.
    const { buffer, BYTES_PER_ELEMENT } = this.#data;
    const data = buffer.byteLength === length * BYTES_PER_ELEMENT ? this.#data : this.#data.slice(0, length);
    return { data, rows: this.#rows, cols: this.#cols, ...joinedNames(this.#names) };
  }
}

type Numbers = Float32Array | Float64Array;

/** Whether numbers lie right after others in the same buffer. */
function follows(data: Numbers, before: Numbers): boolean {
  return data.buffer === before.buffer && data.byteOffset === before.byteOffset + before.byteLength;
}

function together(before: Numbers, data: Numbers): Numbers {
  const { buffer, byteOffset } = before;
  const length = before.length + data.length;
  return typeOf(data) === 'float32'
    ? new Float32Array(buffer, byteOffset, length)
    : new Float64Array(buffer, byteOffset, length);
}
