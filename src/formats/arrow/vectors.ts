import type { Schema } from '@uwdata/flechette';
import type { RecordBatch } from '@uwdata/flechette/src/decode/record-batch.js';
import { DataError } from '../../errors.ts';
import { columnLayouts } from './layout.ts';
import type { StreamBody } from './stream-read.ts';
import { columnIndex, describeColumns, TYPE } from './types.ts';

export type Floats = Float32Array | Float64Array;

/** Bytes of a batch, from the first to the last. */
export type Body = Pick<StreamBody, 'take' | 'seek' | 'fill'>;

/** The vectors of a batch: all are there and equally long. Their numbers come next from its body, row by row. */
export interface VectorBlock {
  readonly rows: number;
  /** Fills an array with the next numbers. */
  fill(numbers: Floats): void;
}

/** How the vectors of a column are stored. */
interface Storage {
  /** Bytes of an offset; 0 for lists of fixed size. */
  readonly offset: 0 | 4 | 8;
  /** Of lists of fixed size. */
  readonly cols: number | undefined;
  /** Lists have an array of numbers below them, binary values do not. */
  readonly list: boolean;
  readonly element: 'float32' | 'float64';
}

/**
 * The column of vectors in a stream: lists of float or double, of any or of a fixed size, or binary values that hold float32.
 * Rows are counted from 0 over all batches.
 */
export class VectorColumn {
  readonly name: string;
  readonly element: Storage['element'];
  readonly #schema: Schema;
  readonly #index: number;
  readonly #storage: Storage;
  readonly #model: boolean;
  #rows = 0;
  #cols: number | undefined;

  /**
   * @param cols how many numbers a vector has, if a model says it.
   * @throws DataError for a column that is not there or not of vectors.
   */
  constructor(schema: Schema, name: string, cols?: number) {
    this.name = name;
    this.#schema = schema;
    this.#index = columnIndex(schema, name);
    const storage = storageOf(schema.fields[this.#index].type);
    if (storage === undefined)
      throw new DataError(
        `expected \`${name}\` to hold lists of float or double, or binary values of float32; the columns are ${describeColumns(schema)}`,
      );
    this.#storage = storage;
    this.element = storage.element;
    this.#model = cols !== undefined;
    this.#cols = cols;
    if (storage.cols !== undefined) this.#expect(storage.cols, 0);
  }

  /** Index of the column. */
  get index(): number {
    return this.#index;
  }

  /** Rows of all batches before the next one. */
  get rows(): number {
    return this.#rows;
  }

  /** Numbers of a vector; undefined before the first row. */
  get cols(): number | undefined {
    return this.#cols;
  }

  /** @throws DataError with the row for a null, or a vector of another length than the first or the model's. */
  next(batch: RecordBatch, body: Body): VectorBlock {
    const layout = columnLayouts(this.#schema.fields, batch.variadic)[this.#index];
    const [node, child] = batch.nodes.slice(layout.nodes.begin, layout.nodes.end);
    const regions = batch.regions.slice(layout.regions.begin, layout.regions.end);
    const { offset, list, element } = this.#storage;
    if (
      node === undefined ||
      (list && child === undefined) ||
      regions.length < layout.regions.end - layout.regions.begin
    )
      throw new DataError('the Arrow stream is damaged: a batch with fewer columns than its schema');
    const rows = node.length;
    if (rows !== batch.length)
      throw new DataError('the Arrow stream is damaged: columns of different lengths');
    if (rows === 0) return { rows, fill: () => {} };
    const [validity, ...rest] = regions;
    if (node.nullCount > 0)
      this.#refuse(firstNull(body.take(validity.offset, validity.length), 0, rows), 'is null');
    const start = offset === 0 ? 0 : this.#checkOffsets(body, rest.shift(), rows, offset);
    const cols = this.#cols ?? 0;
    const width = element === 'float64' ? 8 : 4;
    const from = list ? start : start / 4;
    if (list) {
      const inner = rest.shift();
      if (child.nullCount > 0 && inner !== undefined) {
        const at = firstNull(body.take(inner.offset, inner.length), from, rows * cols);
        if (at !== undefined) this.#refuse(Math.floor(at / cols), `has a null at ${at % cols}`);
      }
    }
    const [values] = rest;
    const bytes = rows * cols * width;
    if (values === undefined || values.length < from * width + bytes)
      throw new DataError('the Arrow stream is damaged: a column is shorter than its batch');
    body.seek(values.offset + (list ? from * width : start), bytes);
    this.#rows += rows;
    return {
      rows,
      fill: (numbers) => body.fill(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)),
    };
  }

  /** The error about a row of the batch that comes next. */
  #refuse(row: number | undefined, problem: string): void {
    if (row !== undefined) throw new DataError(`row ${this.#rows + row}: \`${this.name}\` ${problem}`);
  }

  #expect(cols: number, row: number): void {
    const unit = this.#storage.list || this.#storage.offset === 0 ? `${cols} numbers` : `${4 * cols} bytes`;
    if (!Number.isInteger(cols)) this.#refuse(row, `has ${unit}, which are not whole float32 numbers`);
    if (cols === 0) this.#refuse(row, 'is empty');
    if (this.#cols !== undefined && cols !== this.#cols) {
      const expected = this.#model ? `the model has ${this.#cols}` : `those before have ${this.#cols}`;
      this.#refuse(row, `has ${cols} numbers, where ${expected}`);
    }
    this.#cols = cols;
  }

  /** Checks that all vectors are equally long. Returns where the first begins. */
  #checkOffsets(
    body: Body,
    region: RecordBatch['regions'][number] | undefined,
    rows: number,
    size: 4 | 8,
  ): number {
    if (region === undefined || region.length < (rows + 1) * size)
      throw new DataError('the Arrow stream is damaged: a column has too few offsets');
    const taken = body.take(region.offset, (rows + 1) * size);
    // A column can begin anywhere in a batch.
    const bytes = taken.byteOffset % size === 0 ? taken : new Uint8Array(taken);
    const offsets =
      size === 4
        ? new Int32Array(bytes.buffer, bytes.byteOffset, rows + 1)
        : Float64Array.from(new BigInt64Array(bytes.buffer, bytes.byteOffset, rows + 1), Number);
    const unit = this.#storage.list ? 1 : 4;
    const [start] = offsets;
    this.#expect((offsets[1] - start) / unit, 0);
    const length = (this.#cols ?? 0) * unit;
    for (let row = 1; row < rows; row++)
      if (offsets[row + 1] - offsets[row] !== length)
        this.#expect((offsets[row + 1] - offsets[row]) / unit, row);
    if (start < 0) throw new DataError('the Arrow stream is damaged: an offset below 0');
    return start;
  }
}

function storageOf(type: Schema['fields'][number]['type']): Storage | undefined {
  const { typeId } = type;
  if (typeId === TYPE.binary || typeId === TYPE.largeBinary)
    return { offset: typeId === TYPE.binary ? 4 : 8, cols: undefined, list: false, element: 'float32' };
  if (typeId !== TYPE.list && typeId !== TYPE.largeList && typeId !== TYPE.fixedList) return undefined;
  const element = elementOf('children' in type ? type.children[0].type : undefined);
  if (element === undefined) return undefined;
  if (typeId === TYPE.fixedList)
    return { offset: 0, cols: 'stride' in type ? type.stride : 0, list: true, element };
  return { offset: typeId === TYPE.list ? 4 : 8, cols: undefined, list: true, element };
}

function elementOf(type: Schema['fields'][number]['type'] | undefined): Storage['element'] | undefined {
  if (type?.typeId !== TYPE.float || !('precision' in type)) return undefined;
  return type.precision === 1 ? 'float32' : type.precision === 2 ? 'float64' : undefined;
}

/** The first of `count` values, from bit `from` on, that is null. */
function firstNull(validity: Uint8Array, from: number, count: number): number | undefined {
  for (let i = 0; i < count; i++) {
    const bit = from + i;
    if ((validity[bit >> 3] & (1 << (bit & 7))) === 0) return i;
  }
  return undefined;
}
