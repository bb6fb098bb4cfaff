import { DataError } from '../errors.ts';
import { openPlain, readAt } from '../files/read.ts';
import { blockMemory, type RowUse } from './block-memory.ts';
import { numbersOf } from './npy-elements.ts';
import type { NpyType } from './npy-header.ts';
import { MAX_HEADER, parseSafetensorsHeader, type TensorEntry } from './safetensors.ts';

/** Rows of a matrix in a file. */
export interface TensorRows {
  readonly start: number;
  readonly rows: number;
  readonly cols: number;
  readonly total: number;
  /** rows x cols, row-major, exact: see `numbersOf`. */
  readonly data: Float32Array | Float64Array;
}

const BLOCK_BYTES = 4 << 20;

/**
 * Streams a matrix of a safetensors file in blocks of about 4 MB.
 *
 * @param name of the array; undefined for the only matrix in the file.
 * @throws DataError for a damaged file, an array that is not there or not a matrix, and an integer beyond 2^53.
 */
export async function* readTensorRows(
  file: string,
  name: string | undefined,
  { limit = Number.POSITIVE_INFINITY, whole }: RowUse = {},
): AsyncGenerator<TensorRows> {
  const handle = await openPlain(file);
  try {
    const { size } = await handle.stat();
    const start = await readAt(handle, 0, 8);
    if (start.length < 8)
      throw new DataError(`a file of ${size} bytes is too short for a safetensors header`, { file });
    const length = Number(start.readBigUInt64LE());
    if (length > MAX_HEADER || length > size - 8) {
      const problem = `the header should be ${length} bytes long but the file has ${size - 8} after it`;
      throw new DataError(problem, { file, offset: 0 });
    }
    const header = await readAt(handle, 8, length);
    const { entries } = parseSafetensorsHeader(header, size - 8 - length, file);
    const entry = chooseMatrix(entries, name, file);
    const dataOffset = 8 + length + entry.start;
    const [rows, cols] = entry.shape;
    const rowBytes = rows === 0 ? 0 : (entry.end - entry.start) / rows;
    const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, rowBytes)));
    const wanted = Math.min(rows, limit);
    const stays = whole && (entry.dtype === 'F32' || entry.dtype === 'F64');
    const memory = blockMemory(stays ? wanted * rowBytes : undefined);
    let done = 0;
    do {
      const count = Math.min(blockRows, wanted - done);
      const offset = dataOffset + done * rowBytes;
      const bytes = await readAt(handle, offset, count * rowBytes, memory(count * rowBytes));
      if (bytes.length < count * rowBytes) throw new DataError('became shorter while it was read', { file });
      yield {
        start: done,
        rows: count,
        cols,
        total: rows,
        data: elementsOf(bytes, entry.dtype, file, offset),
      };
      done += count;
    } while (done < wanted);
  } finally {
    await handle.close();
  }
}

function chooseMatrix(entries: readonly TensorEntry[], name: string | undefined, file: string): TensorEntry {
  const matrices = entries.filter(({ shape }) => shape.length === 2);
  const shown = entries
    .slice(0, 8)
    .map((entry) => `\`${entry.name.slice(0, 80)}\` [${entry.shape.join(', ')}]`);
  const found = entries.length > 0 ? `it holds ${shown.join(', ')}` : 'it is empty';
  const fail = (problem: string): never => {
    throw new DataError(`${problem}; ${found}`, { file }, { option: 'name' });
  };
  if (name === undefined && matrices.length !== 1)
    fail(`holds ${matrices.length} matrices, expected one, or its name by \`name\``);
  const chosen = name === undefined ? matrices[0] : entries.find((entry) => entry.name === name);
  if (chosen === undefined) return fail(`has no array \`${name}\``);
  if (chosen.shape.length !== 2)
    fail(`the array \`${name}\` has ${chosen.shape.length} dimensions, expected a matrix`);
  if (chosen.shape[1] === 0 && chosen.shape[0] > 0)
    fail(`the array \`${chosen.name}\` has rows without columns`);
  return chosen;
}

const KINDS: Record<string, NpyType['kind']> = { F: 'f', I: 'i', U: 'u' };

function elementsOf(
  bytes: Buffer,
  dtype: TensorEntry['dtype'],
  file: string,
  offset: number,
): Float32Array | Float64Array {
  if (dtype === 'BF16') return brainFloats(bytes);
  const type: NpyType =
    dtype === 'BOOL' ? { kind: 'b', width: 1 } : { kind: KINDS[dtype[0]], width: Number(dtype.slice(1)) / 8 };
  return numbersOf(bytes, { type, bigEndian: false }, file, offset);
}

/** The upper half of a float32. */
function brainFloats(bytes: Buffer): Float32Array {
  const bits = new Uint32Array(bytes.length / 2);
  for (let i = 0; i < bits.length; i++) bits[i] = bytes.readUInt16LE(2 * i) * 65_536;
  return new Float32Array(bits.buffer);
}
