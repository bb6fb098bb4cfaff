import { DataError } from '../../errors.ts';
import { messageOf } from '../../files/file-error.ts';
import type { ArrowStream } from '../../formats/arrow/stream-read.ts';
import { WholeBatch } from '../../formats/arrow/whole-batch.ts';
import { mergeInOrder, type Numbered } from '../../pca/merge-tree.ts';
import { PCA } from '../../pca/pca.ts';
import type { WorkerJob } from './job.ts';
import { type PartState, writeState } from './state.ts';

type Part = Numbered<Uint8Array> & Pick<PartState, 'simd' | 'blas'>;

/** Joins states, which can come in any order, in that of their partitions. No row if there are none. */
export async function merge(job: WorkerJob): Promise<void> {
  const parts = readParts(job.open()).sort((a, b) => a.partition - b.partition);
  const twice = parts.find(({ partition }, i) => i > 0 && partition === parts[i - 1].partition);
  if (twice !== undefined) throw new DataError(`partition ${twice.partition} comes twice`);
  if (parts.length === 0) return writeState(job, undefined);
  const simd = namesOf(parts.map((part) => part.simd));
  const blas = namesOf(parts.map((part) => part.blas));
  if (simd.includes('+') || blas.includes('+'))
    job.note(`the states come from different processors (${simd}; ${blas}), which round differently`);
  const { threads } = job;
  const { partition, state } = await mergeInOrder(parts, open, async (into, other) => {
    await checked(other.partition, () => into.sum.merge(other.sum, { threads }));
    return into;
  });
  const { rows, columns } = state.sum;
  writeState(job, { partition, rows, columns, state: state.sum.toBytes(), simd, blas });
}

/** States stay bytes until they are merged: an accumulator is twice as large. */
function open({ partition, state }: Numbered<Uint8Array>) {
  try {
    return { partition, sum: PCA.accumulatorFromBytes(state) };
  } catch (cause) {
    throw aboutState(partition, cause);
  }
}

async function checked(partition: number, call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (cause) {
    throw aboutState(partition, cause);
  }
}

function aboutState(partition: number, cause: unknown): unknown {
  const problem = messageOf(cause);
  if (!/^(Expected|The bytes)/.test(problem)) return cause;
  return new DataError(`partition ${partition}: ${problem}`, {}, { cause });
}

function readParts(stream: ArrowStream): Part[] {
  const names = stream.schema.fields.map(({ name }) => name);
  const [partition, state, simd, blas] = ['partition', 'state', 'simd', 'blas'].map((name) => {
    const index = names.indexOf(name);
    if (index === -1)
      throw new DataError(`there is no column \`${name}\`; the columns are ${names.join(', ')}`);
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

/** Different names, sorted, with plus signs between them; states that were merged before have several. */
function namesOf(names: readonly string[]): string {
  return [...new Set(names.flatMap((name) => name.split('+')))].sort().join('+');
}
