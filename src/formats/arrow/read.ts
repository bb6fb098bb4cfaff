import type { Table } from '@uwdata/flechette';
import { DataError } from '../../errors.ts';
import { messageOf } from '../../files/file-error.ts';
import { unzstd } from '../../files/zstd.ts';
import { type ChosenColumns, type ColumnOptions, chooseColumns } from '../columns.ts';
import { interleaved } from '../interleaved.ts';
import { unlz4 } from '../lz4.ts';
import { type ArrowMessage, readMessages } from './messages.ts';
import { type ArrowColumn, arrowColumns, numbersIn, textsIn } from './values.ts';

/** Rows of a batch. */
export interface ArrowRows {
  readonly start: number;
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array | Float64Array;
  readonly ids?: readonly string[];
  readonly labels?: readonly string[];
}

/**
 * Streams the record batches of an Arrow file, in the file format (also Feather 2) or the stream format.
 *
 * @throws DataError for a damaged file, a column that is not there or not of numbers, a null, and lists of different lengths.
 */
export async function* readArrowRows(file: string, options: ColumnOptions): AsyncGenerator<ArrowRows> {
  const tableOf = await loadDecoder();
  const before: Buffer[] = [];
  let chosen: ChosenColumns<ArrowColumn> | undefined;
  let start = 0;
  let cols: number | undefined;
  for await (const message of readMessages(file)) {
    try {
      if (message.kind !== 'batch') {
        if (message.kind === 'other') continue;
        before.push(message.bytes);
        if (message.kind === 'schema')
          chosen = chooseColumns(arrowColumns(tableOf(before).schema.fields), options, file);
        continue;
      }
      if (chosen === undefined) throw new Error('no schema before the first batch');
      const block = rowsOf(tableOf([...before, message.bytes]), chosen, message, file);
      if (block.rows === 0) continue;
      cols ??= block.cols;
      if (block.cols !== cols)
        throw new DataError(`has vectors of ${block.cols} numbers, where those before have ${cols}`, {
          file,
          offset: message.offset,
        });
      yield { start, ...block };
      start += block.rows;
    } catch (error) {
      if (error instanceof DataError) throw error;
      const problem = `an Arrow message is damaged (${messageOf(error)})`;
      throw new DataError(problem, { file, offset: message.offset }, { cause: error });
    }
  }
  if (chosen === undefined) throw new DataError('is an Arrow file without a schema', { file });
  if (start === 0) yield { start, rows: 0, cols: 0, data: new Float32Array(0) };
}

async function loadDecoder(): Promise<(messages: readonly Uint8Array[]) => Table> {
  const { tableFromIPC, setCompressionCodec, CompressionType } = await import('@uwdata/flechette');
  const encode = (): never => {
    throw new Error('is only read');
  };
  setCompressionCodec(CompressionType.ZSTD, { decode: (bytes, size) => unzstd(bytes, size), encode });
  setCompressionCodec(CompressionType.LZ4_FRAME, { decode: (bytes, size) => unlz4(bytes, size), encode });
  return (messages) => tableFromIPC([...messages], { useBigInt: true });
}

function rowsOf(
  table: Table,
  { vector, id, label }: ChosenColumns<ArrowColumn>,
  { offset }: ArrowMessage,
  file: string,
): Omit<ArrowRows, 'start'> {
  const batchOf = ({ index }: ArrowColumn) => table.children[index].data[0];
  const rows = batchOf(vector[0]).length;
  // Before anything is done for each row: a damaged length could be any.
  for (const column of [...vector, id, label])
    if (column !== undefined && batchOf(column).length !== rows)
      throw new Error('columns of different lengths');
  const parts = vector.map((column) => numbersIn(batchOf(column), { file, offset, column: column.name }));
  const named = {
    ...(id && { ids: textsIn(batchOf(id)) }),
    ...(label && { labels: textsIn(batchOf(label)) }),
  };
  if (parts.length === 1) return { rows, cols: parts[0].cols, data: parts[0].data, ...named };
  const columns = parts.map(({ data }) => data);
  return { rows, cols: columns.length, data: interleaved(columns, rows), ...named };
}
