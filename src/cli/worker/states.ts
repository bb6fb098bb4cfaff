import { binary, field, int32, int64, utf8 } from '@uwdata/flechette/src/data-types.js';
import { DataError, optionOf, RowsError } from '../../errors.ts';
import { messageOf } from '../../files/file-error.ts';
import type { ArrowStream } from '../../formats/arrow/stream-read.ts';
import {
  ArrowStreamWriter,
  bytesColumn,
  numberColumn,
  textColumn,
} from '../../formats/arrow/stream-write.ts';
import { WholeBatch } from '../../formats/arrow/whole-batch.ts';
import { native } from '../../native/loader.ts';
import { mergeInOrder, type Numbered } from '../../pca/merge-tree.ts';
import { PCA } from '../../pca/pca.ts';

/** The moments of a partition, with what merging needs to know of them. */
export interface PartState extends Numbered<Uint8Array> {
  readonly rows: number;
  readonly columns: number;
  /** The instruction sets of the kernels and of BLAS. */
  readonly simd: string;
  readonly blas: string;
}

type Part = Omit<PartState, 'rows' | 'columns'>;
type Sum = ReturnType<typeof PCA.accumulator>;

const FIELDS = [
  field('partition', int32(), false),
  field('rows', int64(), false),
  field('columns', int32(), false),
  field('state', binary(), false),
  field('simd', utf8(), false),
  field('blas', utf8(), false),
];

/** The state of a partition whose rows were added here. `sum` must have been folded. */
export function partState(partition: number, sum: Sum): PartState {
  const { rows, columns } = sum;
  const { simd, blas } = native();
  return { partition, rows, columns, state: sum.toBytes(), simd, blas };
}

/** Writes a stream of states. */
export function writeStates(write: (bytes: Uint8Array) => void, parts: readonly PartState[]): void {
  const writer = new ArrowStreamWriter({ fields: FIELDS, metadata: null }, write);
  for (const { partition, rows, columns, state, simd, blas } of parts)
    writer.batch([
      numberColumn(Int32Array.of(partition)),
      numberColumn(BigInt64Array.of(BigInt(rows))),
      numberColumn(Int32Array.of(columns)),
      bytesColumn([state]),
      textColumn([simd]),
      textColumn([blas]),
    ]);
  writer.end();
}

/** All states of a stream. @throws DataError for a column that is missing or of another type. */
export function readStates(stream: ArrowStream): Part[] {
  const names = stream.schema.fields.map(({ name }) => name);
  const [partition, state, simd, blas] = ['partition', 'state', 'simd', 'blas'].map((name) => {
    const index = names.indexOf(name);
    if (index === -1)
      throw new DataError(`there is no column \`${name}\`; the columns are ${names.join(', ') || 'none'}`);
    return index;
  });
  const parts: Part[] = [];
  for (let message = stream.next(); message !== undefined; message = stream.next()) {
    if ('dictionary' in message) continue;
    const batch = new WholeBatch(stream.schema, message);
    const numbers = batch.integers(partition);
    const [states, ...texts] = [state, simd, blas].map((index) => batch.binaries(index));
    const [simds, blases] = texts.map((column) => column.map((text) => Buffer.from(text).toString()));
    for (let row = 0; row < batch.rows; row++)
      parts.push({ partition: numbers[row], state: states[row], simd: simds[row], blas: blases[row] });
  }
  return parts;
}

/**
 * Joins states, which can come in any order, in that of their partitions; undefined if there are none.
 *
 * @throws DataError for a partition that comes twice, a damaged state and other numbers of columns.
 */
export async function mergeStates(
  states: readonly Part[],
  { threads, note }: { threads?: number | undefined; note(text: string): void },
): Promise<PartState | undefined> {
  const parts = states.toSorted((a, b) => a.partition - b.partition);
  const twice = parts.find(({ partition }, i) => i > 0 && partition === parts[i - 1].partition);
  if (twice !== undefined) throw new DataError(`partition ${twice.partition} comes twice`);
  if (parts.length === 0) return undefined;
  const simd = namesOf(parts.map((part) => part.simd));
  const blas = namesOf(parts.map((part) => part.blas));
  if (simd.includes('+') || blas.includes('+'))
    note(`the states come from different processors (${simd}; ${blas}), which round differently`);
  const { partition, state } = await mergeInOrder(parts, open, async (into, other) => {
    await into.sum.merge(other.sum, { ...(threads !== undefined && { threads }) }).catch((cause: unknown) => {
      throw aboutState(other.partition, cause);
    });
    return into;
  });
  const { rows, columns } = state.sum;
  return { partition, rows, columns, state: state.sum.toBytes(), simd, blas };
}

/** States stay bytes until they are merged: an accumulator is twice as large. */
function open({ partition, state }: Numbered<Uint8Array>): { partition: number; sum: Sum } {
  try {
    return { partition, sum: PCA.accumulatorFromBytes(state) };
  } catch (cause) {
    throw aboutState(partition, cause);
  }
}

function aboutState(partition: number, cause: unknown): unknown {
  const ofState = cause instanceof RowsError || ['bytes', 'other'].includes(optionOf(cause) ?? '');
  return ofState ? new DataError(`partition ${partition}: ${messageOf(cause)}`, {}, { cause }) : cause;
}

/** Different names, sorted, with plus signs between them; states that were merged before have several. */
function namesOf(names: readonly string[]): string {
  return [...new Set(names.flatMap((name) => name.split('+')))].sort().join('+');
}
