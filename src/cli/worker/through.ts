import type { Field } from '@uwdata/flechette';
import { DataError } from '../../errors.ts';
import type { ArrowStream } from '../../formats/arrow/stream-read.ts';
import { ArrowStreamWriter, type WrittenColumn } from '../../formats/arrow/stream-write.ts';
import { VectorColumn } from '../../formats/arrow/vectors.ts';
import { WholeBatch } from '../../formats/arrow/whole-batch.ts';
import type { Matrix } from '../../matrix.ts';
import { aboutRows } from './bad-rows.ts';
import type { WorkerJob } from './job.ts';

/** What a command makes of a batch: columns for the fields that it adds. */
export interface Change {
  /** Index of the column that the others replace. */
  readonly column: number;
  readonly fields: readonly Field[];
  columns(batch: WholeBatch): Promise<readonly WrittenColumn[]>;
}

/** Writes the batches of a stream with one column replaced by others. All other columns stay as they are, whatever they hold. */
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
  for (let message = stream.next(); message !== undefined; message = stream.next()) {
    if ('dictionary' in message) {
      writer.copy(message.dictionary);
      continue;
    }
    const batch = new WholeBatch(stream.schema, message);
    if (batch.rows === 0) continue;
    const added = await change.columns(batch);
    writer.batch([...kept.map((index) => batch.column(index)), ...added]);
  }
  writer.end();
}

/** The same for a column of vectors, which have as many numbers as a model wants. */
export async function vectorsThrough(
  job: WorkerJob,
  cols: number,
  fields: readonly Field[],
  change: (rows: Matrix) => Promise<readonly WrittenColumn[]>,
): Promise<void> {
  const stream = job.open();
  const vectors = new VectorColumn(stream.schema, String(job.flags.column ?? 'vector'), cols);
  await through(job, stream, {
    column: vectors.index,
    fields,
    columns: (batch) => {
      const first = vectors.rows;
      const { rows, fill } = vectors.next(batch.head, batch.body());
      const data = new (vectors.element === 'float64' ? Float64Array : Float32Array)(rows * cols);
      fill(data);
      return aboutRows(change({ data, rows, cols } as Matrix), first, vectors.name);
    },
  });
}
