import type { RowGroup } from 'hyparquet/src/types.js';
import {
  ChunkWriter,
  footer,
  loadWriter,
  PARQUET_MARK,
  type WrittenColumn,
} from '../formats/parquet/write.ts';
import type { WrittenShape } from './format.ts';
import type { NamedMatrix } from './matrix.ts';
import type { RowEncoder, Sink, Writing } from './writing.ts';

/** Bytes of a row group, which waits in memory until it is full. */
const GROUP_BYTES = 16 << 20;

/** A column of lists of numbers and, if there are names, columns of text. */
export function parquetEncoder(sink: Sink, shape: WrittenShape, writing: Writing): RowEncoder {
  return new ParquetEncoder(sink, shape, writing);
}

/** The names of the columns. @throws RangeError when two of them are the same. */
export function nameColumns(
  { ids, labels }: WrittenShape,
  { vectorKey = 'vector', idKey = 'id', labelKey = 'label' }: Writing,
): { vector: string; id: string | undefined; label: string | undefined } {
  const columns = { vector: vectorKey, id: ids ? idKey : undefined, label: labels ? labelKey : undefined };
  const names = Object.values(columns).filter((name) => name !== undefined);
  if (new Set(names).size === names.length) return columns;
  throw new RangeError(`Expected columns of different names but received ${names.join(', ')}`);
}

class ParquetEncoder implements RowEncoder {
  readonly #sink: Sink;
  readonly #columns: readonly WrittenColumn[];
  readonly #writer = loadWriter();
  #chunks: ChunkWriter[] = [];
  #groupRows = 0;
  readonly #groups: RowGroup[] = [];
  #offset = 0;

  constructor(sink: Sink, shape: WrittenShape, writing: Writing) {
    const { vector, id, label } = nameColumns(shape, writing);
    this.#sink = sink;
    this.#columns = [
      ...[id, label].filter((name) => name !== undefined).map((name) => ({ name, type: 'text' }) as const),
      { name: vector, type: shape.type },
    ];
  }

  async add({ data, rows, cols, ids, labels }: NamedMatrix): Promise<void> {
    const writer = await this.#writer;
    if (this.#chunks.length === 0)
      this.#chunks = this.#columns.map((column) => new ChunkWriter(column, writer));
    const texts = [ids, labels].filter((names) => names !== undefined);
    texts.forEach((names, i) => {
      this.#chunks[i].addTexts(names);
    });
    this.#chunks[texts.length].addRows(data, rows, cols);
    this.#groupRows += rows;
    const bytes = this.#chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    if (bytes >= GROUP_BYTES) await this.#endGroup();
  }

  async #endGroup(): Promise<void> {
    if (this.#offset === 0) await this.#append(PARQUET_MARK);
    if (this.#groupRows === 0) return;
    const start = this.#offset;
    const columns = [];
    for (const writer of this.#chunks) {
      const { chunk, parts } = writer.finish(this.#offset);
      columns.push(chunk);
      for (const part of parts) await this.#append(part);
    }
    this.#groups.push({
      columns,
      total_byte_size: BigInt(this.#offset - start),
      num_rows: BigInt(this.#groupRows),
    });
    this.#chunks = [];
    this.#groupRows = 0;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await this.#sink.append(bytes);
    this.#offset += bytes.length;
  }

  async end(rows: number): Promise<void> {
    await this.#endGroup();
    await this.#append(footer(this.#columns, this.#groups, rows, await this.#writer));
  }
}
