import { types } from 'node:util';
import type { Schema } from '@uwdata/flechette';
import type { RecordBatch } from '@uwdata/flechette/src/decode/record-batch.js';
import { Builder } from '@uwdata/flechette/src/encode/builder.js';
import { writeMessage } from '@uwdata/flechette/src/encode/message.js';
import { encodeRecordBatch } from '@uwdata/flechette/src/encode/record-batch.js';
import { encodeSchema } from '@uwdata/flechette/src/encode/schema.js';
import type { Matrix } from '../../matrix.ts';
import { END_OF_STREAM } from './marks.ts';
import { BATCH, SCHEMA } from './verify.ts';

/** A column of a batch: its arrays, and their buffers. */
export interface WrittenColumn {
  readonly nodes: RecordBatch['nodes'];
  readonly buffers: readonly Uint8Array[];
  /** For columns of views: how many buffers each has. */
  readonly variadic?: readonly number[];
}

/** Writes Arrow's stream format, a message at a time. */
export class ArrowStreamWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #builder: Builder;

  constructor(schema: Pick<Schema, 'fields' | 'metadata'>, write: (bytes: Uint8Array) => void) {
    this.#write = write;
    this.#builder = new Builder({ write });
    writeMessage(this.#builder, SCHEMA, encodeSchema(this.#builder, schema), 0);
  }

  batch(columns: readonly WrittenColumn[]): void {
    const buffers = columns.flatMap((column) => column.buffers);
    const regions: { offset: number; length: number }[] = [];
    let offset = 0;
    for (const { length } of buffers) {
      regions.push({ offset, length });
      offset += 8 * Math.ceil(length / 8);
    }
    const head = {
      nodes: columns.flatMap((column) => column.nodes),
      regions,
      variadic: columns.flatMap((column) => column.variadic ?? []),
    };
    writeMessage(this.#builder, BATCH, encodeRecordBatch(this.#builder, head), offset);
    for (const buffer of buffers) this.#builder.addBuffer(buffer);
  }

  /** Writes a message as it came. */
  copy(message: Uint8Array): void {
    this.#write(message);
  }

  /** Writes the mark without which readers that take care refuse the stream. */
  end(): void {
    this.#write(END_OF_STREAM);
  }
}

const NONE = new Uint8Array(0);

/** Values of some rows: numbers, texts, or a list of numbers for each row. */
export type ColumnValues = Float32Array | Int32Array | readonly string[] | Matrix;

/** A column without nulls, of values that follow each other. All are of one kind. */
export function columnOf(parts: readonly ColumnValues[]): WrittenColumn {
  const [first] = parts;
  if (types.isFloat32Array(first)) return numberColumn(joined(parts as Float32Array[]));
  if (types.isInt32Array(first)) return numberColumn(joined(parts as Int32Array[]));
  if ('rows' in first) {
    const lists = parts as Matrix[];
    const rows = lists.reduce((sum, list) => sum + list.rows, 0);
    return listColumn(joined(lists.map(({ data }) => data)), rows, first.cols);
  }
  return textColumn((parts as string[][]).flat());
}

function joined<T extends Float32Array | Int32Array>(parts: readonly T[]): T {
  const [first] = parts;
  if (parts.length === 1) return first;
  const all = new (first.constructor as new (length: number) => T)(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A column of numbers without nulls. */
export function numberColumn(values: Int32Array | Float32Array | BigInt64Array): WrittenColumn {
  return { nodes: [{ length: values.length, nullCount: 0 }], buffers: [NONE, bytesOf(values)] };
}

/** A column of lists of `cols` float32 numbers. */
export function listColumn(values: Float32Array, rows: number, cols: number): WrittenColumn {
  const offsets = Int32Array.from({ length: rows + 1 }, (_, row) => row * cols);
  return {
    nodes: [
      { length: rows, nullCount: 0 },
      { length: rows * cols, nullCount: 0 },
    ],
    buffers: [NONE, bytesOf(offsets), NONE, bytesOf(values)],
  };
}

/** A column of bytes or of UTF-8 text. */
export function bytesColumn(values: readonly Uint8Array[]): WrittenColumn {
  const offsets = new Int32Array(values.length + 1);
  values.forEach(({ length }, i) => {
    offsets[i + 1] = offsets[i] + length;
  });
  return {
    nodes: [{ length: values.length, nullCount: 0 }],
    buffers: [NONE, bytesOf(offsets), Buffer.concat(values)],
  };
}

export function textColumn(values: readonly string[]): WrittenColumn {
  return bytesColumn(values.map((value) => Buffer.from(value)));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
