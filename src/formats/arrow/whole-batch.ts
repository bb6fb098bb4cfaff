import type { Schema } from '@uwdata/flechette';
import type { RecordBatch } from '@uwdata/flechette/src/decode/record-batch.js';
import { DataError } from '../../errors.ts';
import { type ColumnLayout, columnLayouts } from './layout.ts';
import type { StreamBatch } from './stream-read.ts';
import type { WrittenColumn } from './stream-write.ts';
import { nameOf, TYPE } from './types.ts';
import type { Body } from './vectors.ts';

/** A batch whose bytes were read, so that its columns can be read in any order, and written as they are. */
export class WholeBatch {
  readonly rows: number;
  readonly head: RecordBatch;
  readonly #layouts: readonly ColumnLayout[];
  /** The bytes of all columns. */
  readonly bytes: Uint8Array;

  /** @param room for its bytes: they must stay as they are while the batch is used. */
  constructor(schema: Schema, batch: StreamBatch, room?: Uint8Array) {
    this.rows = batch.length;
    this.head = batch;
    this.#layouts = columnLayouts(schema.fields, batch.variadic);
    this.bytes = batch.body.takeAll(room);
    const last = this.#layouts.at(-1);
    if (
      last !== undefined &&
      (batch.nodes.length < last.nodes.end || batch.regions.length < last.regions.end)
    )
      throw new DataError('the Arrow stream is damaged: a batch with fewer columns than its schema');
  }

  /** The bytes, for reading them from the first to the last. */
  body(): Body {
    let at = 0;
    const next = (length: number): Uint8Array => {
      at += length;
      return this.bytes.subarray(at - length, at);
    };
    const seek = (offset: number, length: number): void => {
      this.#bytesOf({ offset, length });
      at = offset;
    };
    return {
      take: (offset, length) => {
        seek(offset, length);
        return next(length);
      },
      seek,
      fill: (bytes) => bytes.set(next(bytes.length)),
    };
  }

  /** A column as it came, to be written again. */
  column(index: number): WrittenColumn {
    const { nodes, regions, variadic } = this.#layouts[index];
    return {
      nodes: this.head.nodes.slice(nodes.begin, nodes.end),
      buffers: this.head.regions.slice(regions.begin, regions.end).map((region) => this.#bytesOf(region)),
      variadic: this.head.variadic.slice(variadic.begin, variadic.end),
    };
  }

  /** Integers of a column. @throws DataError for another type, or a null. */
  integers(index: number): number[] {
    const { type } = this.#layouts[index].field;
    const bits = type.typeId === TYPE.int && 'bitWidth' in type ? type.bitWidth : 0;
    if (bits !== 32 && bits !== 64) throw this.#unexpected(index, 'integers of 32 or 64 bits');
    const [values] = this.#plain(index);
    const all = bits === 32 ? arrayOf(Int32Array, values) : arrayOf(BigInt64Array, values);
    return this.#long(Array.from(all.subarray(0, this.rows), Number), index);
  }

  /** The bytes of each value of a column of binary values or of text. @throws DataError for another type, or a null. */
  binaries(index: number): Uint8Array[] {
    const { typeId } = this.#layouts[index].field.type;
    const large = typeId === TYPE.largeBinary || typeId === TYPE.largeUtf8;
    if (!large && typeId !== TYPE.binary && typeId !== TYPE.utf8)
      throw this.#unexpected(index, 'binary values or text');
    const [offsets, values] = this.#plain(index);
    if (this.rows === 0) return [];
    const ends = Array.from(large ? arrayOf(BigInt64Array, offsets) : arrayOf(Int32Array, offsets), Number);
    this.#long(ends.slice(1), index);
    return Array.from({ length: this.rows }, (_, row) => {
      const [begin, end] = [ends[row], ends[row + 1]];
      if (!(begin >= 0 && begin <= end && end <= values.length))
        throw new DataError('the Arrow stream is damaged: a value lies outside its column');
      return values.subarray(begin, end);
    });
  }

  /** The buffers of a column below its validity. */
  #plain(index: number): Uint8Array[] {
    const { nodes, buffers } = this.column(index);
    if (nodes[0].nullCount > 0) throw this.#unexpected(index, 'values without nulls');
    if (nodes[0].length !== this.rows)
      throw new DataError('the Arrow stream is damaged: columns of different lengths');
    return buffers.slice(1);
  }

  #long<T>(values: T[], index: number): T[] {
    if (values.length < this.rows)
      throw new DataError(
        `the Arrow stream is damaged: \`${this.#layouts[index].field.name}\` is shorter than its batch`,
      );
    return values;
  }

  #unexpected(index: number, expected: string): DataError {
    const { name, type } = this.#layouts[index].field;
    return new DataError(`expected \`${name}\` to hold ${expected}; it holds ${nameOf(type)}`);
  }

  #bytesOf({ offset, length }: { offset: number; length: number }): Uint8Array {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.bytes.length))
      throw new DataError('the Arrow stream is damaged: a column lies outside its batch');
    return this.bytes.subarray(offset, offset + length);
  }
}

/** A copy of bytes, which can begin anywhere, as integers. */
function arrayOf<T>(
  IntegerArray: { new (buffer: ArrayBuffer): T; readonly BYTES_PER_ELEMENT: number },
  bytes: Uint8Array,
): T {
  const whole = bytes.length - (bytes.length % IntegerArray.BYTES_PER_ELEMENT);
  return new IntegerArray(new Uint8Array(bytes.subarray(0, whole)).buffer);
}
