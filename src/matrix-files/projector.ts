import { basename, dirname, join } from 'node:path';
import { DataError } from '../errors.ts';
import { isFile } from '../files/read.ts';
import type { CsvRecord } from '../formats/csv.ts';
import { readTsv } from '../formats/tsv.ts';
import { readVectorTsv } from '../formats/vector-table.ts';
import { batchesOf } from './batches.ts';
import type { WrittenShape } from './format.ts';
import type { RowBatch } from './matrix.ts';
import type { Reading } from './options.ts';
import { checkName, lineEncoder } from './text.ts';
import type { RowEncoder, Sink, Writing } from './writing.ts';

/** The Embedding Projector's file of names for a file of vectors. */
export function metadataFile(path: string, given: string | undefined): string {
  return given ?? join(dirname(path), 'metadata.tsv');
}

/** Whether a file has the name that the Projector gives to vectors, and names lie beside it. */
export function isProjectorPair(path: string): Promise<boolean> {
  if (!/^(vectors|tensors?)\.tsv(\.gz)?$/i.test(basename(path))) return Promise.resolve(false);
  return isFile(metadataFile(path, undefined));
}

/**
 * Vectors without names and their names from a second file: a single column of ids without heading, or several columns with a
 * heading, of which `idKey` (default `id`, else the first) and `labelKey` (default `label`) are read.
 *
 * @throws DataError when the files do not have as many rows as each other.
 */
export async function* readProjector(path: string, reading: Reading): AsyncGenerator<RowBatch> {
  const names = metadataFile(path, reading.metadata);
  const found = reading.metadata !== undefined || (await isFile(names));
  const rows = readVectorTsv(path, { header: false });
  const batches = batchesOf(rows, reading.type ?? 'float64', reading.limit);
  yield* found ? named(batches, names, reading) : batches;
}

async function* named(
  batches: AsyncIterable<RowBatch>,
  file: string,
  reading: Reading,
): AsyncGenerator<RowBatch> {
  const records = readTsv(file);
  try {
    let next = await records.next();
    if (next.done) throw new DataError('holds no names', { file });
    const columns = findColumns(next.value, file, reading);
    if (columns.heading) next = await records.next();
    let done = 0;
    for await (const batch of batches) {
      const ids: string[] = [];
      const labels: string[] = [];
      for (let i = 0; i < batch.rows; i++, done++) {
        if (next.done) throw new DataError(`holds ${done} names, fewer than there are vectors`, { file });
        const { fields, line } = next.value;
        if (fields.length !== columns.width)
          throw new DataError(`has ${fields.length} columns, where the first line has ${columns.width}`, {
            file,
            line,
          });
        ids.push(fields[columns.id]);
        if (columns.label !== -1) labels.push(fields[columns.label]);
        next = await records.next();
      }
      yield { ...batch, ids, ...(columns.label !== -1 && { labels }) };
    }
    if (!next.done && done < reading.limit)
      throw new DataError(`holds more names than the ${done} vectors`, { file, line: next.value.line });
  } finally {
    await records.return(undefined);
  }
}

function findColumns({ fields, line }: CsvRecord, file: string, { idKey, labelKey }: Reading) {
  const width = fields.length;
  if (width === 1) return { width, id: 0, label: -1, heading: false };
  const find = (key: string | undefined, usual: string, option: string) => {
    const at = fields.indexOf(key ?? usual);
    if (at === -1 && key !== undefined)
      throw new DataError(`has no column \`${key}\``, { file, line }, { option });
    return at;
  };
  return {
    width,
    id: Math.max(0, find(idKey, 'id', 'idKey')),
    label: find(labelKey, 'label', 'labelKey'),
    heading: true,
  };
}

/** @throws TypeError when there are no names. */
export function projectorEncoder(sink: Sink, shape: WrittenShape, writing: Writing): RowEncoder {
  const { beside } = sink;
  const { idKey = 'id', labelKey = 'label' } = writing;
  const columns = [...(shape.ids ? [idKey] : []), ...(shape.labels ? [labelKey] : [])];
  if (beside === undefined || columns.length === 0)
    throw new TypeError('Expected `ids` or `labels`, which the Projector reads from a second file');
  const line = (fields: readonly string[]) => `${fields.join('\t')}\n`;
  const vectors = lineEncoder(sink, '', (numbers) => line(numbers));
  // The Projector takes the only column for names without heading.
  const names = lineEncoder(beside, columns.length > 1 ? line(columns) : '', (_, id, label) => {
    for (const name of [id, label]) checkName(name, /[\t\r\n]/, 'TABs and line ends, which TSV cannot hold');
    return line([...(shape.ids ? [id] : []), ...(shape.labels ? [label] : [])]);
  });
  return {
    add: async (batch) => {
      await names.add({ ...batch, cols: 0, data: batch.data.subarray(0, 0) });
      await vectors.add(batch);
    },
    end: async (rows) => {
      await names.end(rows);
      await vectors.end(rows);
    },
  };
}
