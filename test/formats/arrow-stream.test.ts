import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Column, columnFromArray, utf8 } from '@uwdata/flechette';
import { describe, expect, test } from 'vitest';
import { readStates, writeStates } from '../../src/cli/worker/states.ts';
import { DataError } from '../../src/errors.ts';
import { ArrowStream, type ByteInput, StreamCutError } from '../../src/formats/arrow/stream-read.ts';
import { VectorColumn } from '../../src/formats/arrow/vectors.ts';
import { WholeBatch } from '../../src/formats/arrow/whole-batch.ts';
import { arrowStream, STORAGES, vectorColumn } from '../support/arrow-stream.ts';
import { fuzzParser } from '../support/fuzz.ts';

/** Bytes as they come from a pipe. */
function pipeOf(all: Uint8Array): ByteInput {
  let at = 0;
  const next = (count: number): Uint8Array => {
    const bytes = all.subarray(at, at + count);
    at += bytes.length;
    return bytes;
  };
  return {
    fill: (bytes) => {
      const found = next(bytes.length);
      bytes.set(found);
      return found.length;
    },
    skip: (count) => next(count).length,
  };
}

/** As `god worker moments` reads it: numbers from the pipe, in pieces. */
function numbersIn(bytes: Uint8Array): number {
  const stream = new ArrowStream(pipeOf(bytes));
  const vectors = new VectorColumn(stream.schema, 'vector');
  let sum = 0;
  for (let batch = stream.next(); batch !== undefined; batch = stream.next()) {
    if ('dictionary' in batch) continue;
    const { rows, fill } = vectors.next(batch, batch.body);
    const piece = new (vectors.element === 'float64' ? Float64Array : Float32Array)(64);
    for (let left = rows * (vectors.cols ?? 0); left > 0; left -= piece.length) {
      const numbers = piece.subarray(0, Math.min(left, piece.length));
      fill(numbers);
      sum += numbers[0];
    }
  }
  return sum;
}

/** As `god worker transform` reads it: whole batches, whose other columns are written again. */
function batchesIn(bytes: Uint8Array): number {
  const stream = new ArrowStream(pipeOf(bytes));
  const vectors = new VectorColumn(stream.schema, 'vector', COLS);
  let written = 0;
  for (let message = stream.next(); message !== undefined; message = stream.next()) {
    if ('dictionary' in message) continue;
    const batch = new WholeBatch(stream.schema, message);
    const { rows, fill } = vectors.next(batch.head, batch.body());
    fill(new (vectors.element === 'float64' ? Float64Array : Float32Array)(rows * COLS));
    for (const index of stream.schema.fields.keys())
      for (const { length } of batch.column(index).buffers) written += length;
  }
  return written;
}

const COLS = 6;
const rows = Array.from({ length: 5 }, (_, i) => [i, i / 3, -i, 4, 5, 6]);
const ids = columnFromArray(
  rows.map((_, i) => `row ${i}`),
  utf8(),
) as Column<unknown>;
const streams = Object.values(STORAGES).map((type) => {
  const part = { id: ids, vector: vectorColumn(rows, type(COLS)) };
  return arrowStream(part, part);
});
const kinds = readFileSync(join(import.meta.dirname, '../cli/worker/kinds.arrows'));

/** Two states as `god worker moments` writes them. */
function stateStream(): Uint8Array {
  const pieces: Uint8Array[] = [];
  const part = { rows: 2, columns: 3, state: new Uint8Array(40), simd: 'avx2', blas: 'Haswell' };
  writeStates(
    (bytes) => pieces.push(bytes.slice()),
    [
      { ...part, partition: 0 },
      { ...part, partition: 7 },
    ],
  );
  return Buffer.concat(pieces);
}

/** A stream that was cut is an error of its own: another attempt can help. */
async function orDataError(read: () => unknown): Promise<void> {
  try {
    read();
  } catch (error) {
    throw error instanceof StreamCutError ? new DataError(error.message) : error;
  }
}

describe('damaged streams end in DataError or StreamCutError', () => {
  test.each([
    ['vectors from the pipe', numbersIn, streams],
    ['whole batches', batchesIn, streams],
    ['columns of kinds that other programs write', batchesIn, [kinds]],
    ['states', (bytes: Uint8Array) => readStates(new ArrowStream(pipeOf(bytes))), [stateStream()]],
  ])('%s', async (_, read, inputs) => {
    for (const input of inputs) expect(() => read(input)).not.toThrow();
    const { refused } = await fuzzParser(inputs, (bytes) => orDataError(() => read(bytes)));
    expect(refused).toBeGreaterThan(100);
  });
});
