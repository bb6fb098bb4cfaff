import type { FileHandle } from 'node:fs/promises';
import { DataError } from '../../errors.ts';
import { messageOf } from '../../files/file-error.ts';
import { openPlain, readAt } from '../../files/read.ts';
import { type ChosenColumns, type Column, type ColumnOptions, chooseColumns } from '../columns.ts';
import { interleaved } from '../interleaved.ts';
import { NumberCursor, TextCursor } from './cursor.ts';
import { type ColumnMetaData, columnsOf, type FileMetaData, type Leaf, leavesOf } from './leaf.ts';

/** Rows of a file with named rows. */
export interface NamedRowBlock {
  readonly start: number;
  readonly rows: number;
  readonly cols: number;
  readonly total: number;
  readonly data: Float32Array | Float64Array;
  readonly ids?: readonly string[];
  readonly labels?: readonly string[];
}

const BLOCK_NUMBERS = 1 << 20;

/**
 * Streams the rows of a Parquet file, page by page: vectors from a column of lists, or from one column for each dimension.
 *
 * @throws DataError for a damaged file, a column that is not there or not of numbers, a null, and lists of different lengths.
 */
export async function* readParquetRows(file: string, options: ColumnOptions): AsyncGenerator<NamedRowBlock> {
  const handle = await openPlain(file);
  try {
    const { metadata, leaves } = await readMetadata(handle, file);
    const chosen = chooseColumns(columnsOf(leaves), options, file);
    const total = Number(metadata.num_rows);
    let start = 0;
    let cols: number | undefined;
    for (const group of metadata.row_groups) {
      const cursors = openCursors(
        handle,
        file,
        group.columns.map(({ meta_data }) => meta_data),
        chosen,
        cols,
      );
      const rows = Number(group.num_rows);
      cols = rows > 0 ? await widthOf(cursors) : cols;
      for (let done = 0; done < rows; ) {
        const most = Math.min(rows - done, Math.max(1, Math.floor(BLOCK_NUMBERS / (cols ?? 1))));
        const count = await blockRows(cursors, most);
        yield { start, rows: count, total, cols: cols ?? 0, ...(await takeBlock(cursors, count)) };
        start += count;
        done += count;
      }
    }
    if (start !== total) throw new DataError(`holds ${start} rows, where its footer says ${total}`, { file });
    if (total === 0) yield { start, rows: 0, cols: cols ?? 0, total, data: new Float32Array(0) };
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`damaged Parquet file (${messageOf(cause)})`, { file }, { cause });
  } finally {
    await handle.close();
  }
}

async function readMetadata(
  handle: FileHandle,
  file: string,
): Promise<{ metadata: FileMetaData; leaves: Leaf[] }> {
  const { parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  const { size } = await handle.stat();
  const slice = async (from: number, to = size) => {
    const bytes = await readAt(handle, from, to - from);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  };
  try {
    const metadata = await parquetMetadataAsync({ byteLength: size, slice }, { geoparquet: false });
    return { metadata, leaves: leavesOf(parquetSchema(metadata)) };
  } catch (cause) {
    throw new DataError(`damaged Parquet footer (${messageOf(cause)})`, { file }, { cause });
  }
}

interface Cursors {
  readonly vector: readonly NumberCursor[];
  readonly id: TextCursor | undefined;
  readonly label: TextCursor | undefined;
}

function openCursors(
  handle: FileHandle,
  file: string,
  chunks: readonly (ColumnMetaData | undefined)[],
  { vector, id, label }: ChosenColumns<Column & { readonly leaf: Leaf }>,
  cols: number | undefined,
): Cursors {
  const source = ({ leaf }: { leaf: Leaf }) => {
    const chunk = chunks[leaf.index];
    if (chunk?.codec === undefined)
      throw new DataError(`a row group lacks the column \`${leaf.name}\``, { file });
    return { handle, file, leaf, chunk };
  };
  return {
    vector: vector.map((column) => new NumberCursor(source(column), cols)),
    id: id && new TextCursor(source(id)),
    label: label && new TextCursor(source(label)),
  };
}

/** Rows of the next block, at most `most`: those of a page if there is one column. */
async function blockRows({ vector }: Cursors, most: number): Promise<number> {
  return vector.length === 1 ? Math.min(most, await vector[0].ready(most)) : most;
}

/** Numbers in each row: a list's, or the number of columns. */
async function widthOf({ vector }: Cursors): Promise<number> {
  return vector.length === 1 ? vector[0].width() : vector.length;
}

async function takeBlock({ vector, id, label }: Cursors, rows: number) {
  const ids = await id?.take(rows);
  const labels = await label?.take(rows);
  const named = { ...(ids && { ids }), ...(labels && { labels }) };
  if (vector.length === 1) {
    return { data: await vector[0].take(rows), ...named };
  }
  const columns: (Float32Array | Float64Array)[] = [];
  for (const cursor of vector) columns.push(await cursor.take(rows));
  return { data: interleaved(columns, rows), ...named };
}
