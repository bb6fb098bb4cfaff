import { types } from 'node:util';
import { crc32 } from 'node:zlib';
import { aboutOption, describe } from '../errors.ts';
import type { Matrix } from '../matrix.ts';

/** Count, mean and scatter of rows, as in native/kernels/pca/moments.hpp, and the rows of a block that is not full yet. */
export interface Moments {
  /** Rows behind mean and scatter. */
  readonly count: number;
  readonly mean: Float64Array;
  /** columns x columns; the upper triangle counts. */
  readonly scatter: Float64Array;
  /** Rows of the block that is not full yet. */
  readonly pending: Matrix;
  /** What was subtracted from the columns of all rows, so that float32 holds their differences; undefined if nothing was. */
  readonly offset: Float64Array | undefined;
}

export function noMoments(columns: number): Moments {
  return {
    count: 0,
    mean: new Float64Array(columns),
    scatter: new Float64Array(columns * columns),
    pending: { data: new Float32Array(0), rows: 0, cols: columns },
    offset: undefined,
  };
}

// Little-endian: magic, then u32 version, columns, pending rows, CRC-32 of all that follows; f64 count, mean, offset
// (zeros: none), upper triangle of the scatter row by row; f32 pending rows.
const MAGIC = 'GODPCA';
const VERSION = 2;
const HEADER_BYTES = 24;

export function momentsToBytes({ count, mean, scatter, pending, offset }: Moments): Uint8Array {
  const columns = mean.length;
  const bytes = new Uint8Array(totalBytes(columns, pending.rows));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC.charCodeAt(i);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, columns, true);
  view.setUint32(16, pending.rows, true);
  let at = HEADER_BYTES;
  const writeDouble = (value: number) => {
    view.setFloat64(at, value, true);
    at += 8;
  };
  writeDouble(count);
  mean.forEach(writeDouble);
  (offset ?? new Float64Array(columns)).forEach(writeDouble);
  for (let i = 0; i < columns; i++) {
    for (let j = i; j < columns; j++) writeDouble(scatter[i * columns + j]);
  }
  for (const value of pending.data) {
    view.setFloat32(at, value, true);
    at += 4;
  }
  view.setUint32(20, crc32(bytes.subarray(HEADER_BYTES)), true);
  return bytes;
}

/** @throws TypeError when `bytes` do not come from momentsToBytes, are cut short or damaged. */
export function momentsFromBytes(bytes: Uint8Array): Moments {
  if (!types.isUint8Array(bytes)) {
    throw wrong(`Expected \`bytes\` to be a Uint8Array but received ${describe(bytes)}`);
  }
  const own = new Uint8Array(bytes); // aligned, and the caller cannot change it; neither is true of slice() of a Buffer
  const view = new DataView(own.buffer);
  if (own.length < HEADER_BYTES || String.fromCharCode(...own.subarray(0, MAGIC.length)) !== MAGIC) {
    throw wrong('Expected `bytes` to be those of a PCA accumulator but they do not begin like them');
  }
  const version = view.getUint32(8, true);
  if (version !== VERSION) {
    throw wrong(`Expected the bytes of a PCA accumulator, version ${VERSION}, not ${version}`);
  }
  const columns = view.getUint32(12, true);
  const rows = view.getUint32(16, true);
  if (own.length !== totalBytes(columns, rows)) {
    throw wrong(
      `Expected ${totalBytes(columns, rows)} bytes of a PCA accumulator but received ${own.length}: they are cut short or damaged`,
    );
  }
  if (crc32(own.subarray(HEADER_BYTES)) !== view.getUint32(20, true)) {
    throw wrong('The bytes of the PCA accumulator are damaged: their checksum does not fit');
  }
  return read(view, columns, rows);
}

function wrong(message: string): TypeError {
  return aboutOption(new TypeError(message), 'bytes');
}

function read(view: DataView, columns: number, rows: number): Moments {
  let at = HEADER_BYTES;
  const readDouble = () => {
    at += 8;
    return view.getFloat64(at - 8, true);
  };
  const count = readDouble();
  const mean = Float64Array.from({ length: columns }, readDouble);
  const offset = Float64Array.from({ length: columns }, readDouble);
  const scatter = new Float64Array(columns * columns);
  for (let i = 0; i < columns; i++) {
    for (let j = i; j < columns; j++) scatter[i * columns + j] = readDouble();
  }
  const data = Float32Array.from({ length: rows * columns }, () => {
    at += 4;
    return view.getFloat32(at - 4, true);
  });
  const shifted = offset.some((value) => value !== 0);
  return {
    count,
    mean,
    scatter,
    pending: { data, rows, cols: columns },
    offset: shifted ? offset : undefined,
  };
}

function totalBytes(columns: number, pendingRows: number): number {
  const doubles = 1 + 2 * columns + (columns * (columns + 1)) / 2;
  return HEADER_BYTES + 8 * doubles + 4 * pendingRows * columns;
}
