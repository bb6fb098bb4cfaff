import type { Field } from '@uwdata/flechette';
import { DataError } from '../../errors.ts';
import type { ArrowStream } from '../../formats/arrow/stream-read.ts';
import {
  ArrowStreamWriter,
  type ColumnValues,
  columnOf,
  type WrittenColumn,
} from '../../formats/arrow/stream-write.ts';
import { VectorColumn } from '../../formats/arrow/vectors.ts';
import { WholeBatch } from '../../formats/arrow/whole-batch.ts';
import type { Matrix } from '../../matrix.ts';
import { aboutRows } from './bad-rows.ts';
import type { WorkerJob } from './job.ts';

/** Most bytes of a batch beside which the next one is read: memory stays bounded. */
const MOST_AHEAD = 16 << 20;

/** What a command makes of a batch: columns for the fields that it adds. */
export interface Change {
  /** Index of the column that the others replace. */
  readonly column: number;
  readonly fields: readonly Field[];
  columns(batch: WholeBatch): Promise<readonly WrittenColumn[]>;
}

/**
 * Writes the batches of a stream with one column replaced by others. All other columns stay as they are, whatever they hold.
 * While kernels work on a batch, the one before is written and, if it is not large, the next one is read.
 */
export async function through(job: WorkerJob, stream: ArrowStream, change: Change): Promise<void> {
  const { fields, metadata } = stream.schema;
  const kept = [...fields.keys()].filter((index) => index !== change.column);
  const names = new Set(change.fields.map(({ name }) => name));
  const taken = kept.find((index) => names.has(fields[index].name));
  if (taken !== undefined)
    throw new DataError(`there is a column \`${fields[taken].name}\` already: rename it or leave it out`);
  const writer = new ArrowStreamWriter(
    { fields: [...kept.map((index) => fields[index]), ...change.fields], metadata },
    job.write,
  );
  let working: Working | undefined;
  const write = async ({ batch, added }: Working) =>
    writer.batch([...kept.map((index) => batch.column(index)), ...(await added)]);
  const rooms = new Rooms();
  for (let message = stream.next(); message !== undefined; message = stream.next()) {
    if ('dictionary' in message) {
      if (working !== undefined) await write(working);
      working = undefined;
      writer.copy(message.dictionary);
      continue;
    }
    const batch = new WholeBatch(stream.schema, message, rooms.next);
    if (batch.rows === 0) continue;
    const before = working;
    await before?.added;
    const now = { batch, added: change.columns(batch) };
    now.added.catch(() => {}); // whoever waits for it gets the error
    if (before !== undefined) await write(before);
    working = batch.bytes.length > MOST_AHEAD ? undefined : now;
    if (working === undefined) await write(now);
    rooms.took(batch.bytes, working === undefined);
  }
  if (working !== undefined) await write(working);
  writer.end();
}

/** A batch that kernels work on. */
interface Working {
  readonly batch: WholeBatch;
  readonly added: Promise<readonly WrittenColumn[]>;
}

/** Room for the bytes of two batches, in turns: new arrays would cost the system more than the reading. */
class Rooms {
  readonly #rooms: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined];

  get next(): Uint8Array | undefined {
    return this.#rooms[0];
  }

  /** The bytes that were read, which can be in the room or in a new array. The next ones can take their place if they are `done`. */
  took({ buffer }: Uint8Array, done: boolean): void {
    this.#rooms[0] = new Uint8Array(buffer);
    if (!done) this.#rooms.reverse();
  }
}

/** Bytes of vectors that kernels get at once, about: beside the batch itself, memory stays bounded. */
const PIECE_BYTES = 2 << 20;

/** The same for a column of vectors, which have as many numbers as a model wants. */
export async function vectorsThrough(
  job: WorkerJob,
  cols: number,
  fields: readonly Field[],
  change: (rows: Matrix) => Promise<readonly ColumnValues[]>,
): Promise<void> {
  const stream = job.open();
  const vectors = new VectorColumn(stream.schema, String(job.flags.column ?? 'vector'), cols);
  const most = Math.max(1, Math.floor(PIECE_BYTES / (4 * cols)));
  await through(job, stream, {
    column: vectors.index,
    fields,
    columns: async (batch) => {
      const first = vectors.rows;
      const { rows: all, fill } = vectors.next(batch.head, batch.body());
      const made: (readonly ColumnValues[])[] = [];
      for (let begin = 0; begin < all; begin += most) {
        const rows = Math.min(most, all - begin);
        const data = new (vectors.element === 'float64' ? Float64Array : Float32Array)(rows * cols);
        fill(data);
        made.push(await aboutRows(change({ data, rows, cols } as Matrix), first + begin, vectors.name));
      }
      return fields.map((_, at) => columnOf(made.map((piece) => piece[at])));
    },
  });
}
