import { crc32 } from 'node:zlib';
import type { ColumnChunk, FileMetaData, RowGroup, SchemaElement } from 'hyparquet/src/types.js';

/** The column of ids or labels, or that of vectors. */
export interface WrittenColumn {
  readonly name: string;
  readonly type: 'text' | 'float32' | 'float64';
}

const PAGE_BYTES = 1 << 20;

/** What of hyparquet-writer is used: it is loaded when the first file is written. */
export async function loadWriter() {
  const [{ ByteWriter }, { writePageHeader }, { writeMetadata }] = await Promise.all([
    import('hyparquet-writer'),
    import('hyparquet-writer/src/datapage.js'),
    import('hyparquet-writer/src/metadata.js'),
  ]);
  return { ByteWriter, writePageHeader, writeMetadata };
}

type Writer = Awaited<ReturnType<typeof loadWriter>>;

/** Text columns hold strings, the vector is a list of numbers; nothing is null. */
export function schemaOf(columns: readonly WrittenColumn[]): SchemaElement[] {
  const root: SchemaElement = { name: 'root', num_children: columns.length };
  return [root, ...columns.flatMap(elementsOf)];
}

function elementsOf({ name, type }: WrittenColumn): SchemaElement[] {
  if (type === 'text') {
    const text = { converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
    return [{ name, type: 'BYTE_ARRAY', repetition_type: 'REQUIRED', ...text }];
  }
  const list = { converted_type: 'LIST', logical_type: { type: 'LIST' } } as const;
  return [
    { name, repetition_type: 'REQUIRED', num_children: 1, ...list },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: physicalType(type), repetition_type: 'REQUIRED' },
  ];
}

function physicalType(type: WrittenColumn['type']): 'BYTE_ARRAY' | 'FLOAT' | 'DOUBLE' {
  return type === 'text' ? 'BYTE_ARRAY' : type === 'float32' ? 'FLOAT' : 'DOUBLE';
}

/** The pages of one column in one row group. */
export class ChunkWriter {
  readonly #column: WrittenColumn;
  readonly #writer: Writer;
  readonly #parts: Uint8Array[] = [];
  #values = 0;
  #bytes = 0;

  constructor(column: WrittenColumn, writer: Writer) {
    this.#column = column;
    this.#writer = writer;
  }

  get bytes(): number {
    return this.#bytes;
  }

  addTexts(texts: readonly string[]): void {
    let parts: Uint8Array[] = [];
    let [count, bytes] = [0, 0];
    for (const [i, text] of texts.entries()) {
      const encoded = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(encoded.length);
      parts.push(length, encoded);
      bytes += 4 + encoded.length;
      count++;
      if (bytes < PAGE_BYTES && i < texts.length - 1) continue;
      this.#addPage(parts, count);
      parts = [];
      [count, bytes] = [0, 0];
    }
  }

  addRows(data: Float32Array | Float64Array, rows: number, cols: number): void {
    const step = Math.max(1, Math.floor(PAGE_BYTES / (cols * data.BYTES_PER_ELEMENT)));
    for (let start = 0; start < rows; start += step) {
      const count = Math.min(step, rows - start);
      const numbers = data.slice(start * cols, (start + count) * cols);
      const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      this.#addPage([listLevels(count, cols), bytes], numbers.length);
    }
  }

  #addPage(parts: readonly Uint8Array[], count: number): void {
    const page = Buffer.concat(parts);
    const header = new this.#writer.ByteWriter();
    this.#writer.writePageHeader(header, {
      type: 'DATA_PAGE',
      uncompressed_page_size: page.length,
      compressed_page_size: page.length,
      // Thrift has signed integers.
      crc: crc32(page) | 0,
      data_page_header: {
        num_values: count,
        encoding: 'PLAIN',
        definition_level_encoding: 'RLE',
        repetition_level_encoding: 'RLE',
      },
    });
    const bytes = header.getBytes().slice();
    this.#parts.push(bytes, page);
    this.#values += count;
    this.#bytes += bytes.length + page.length;
  }

  /** What the footer says of a chunk that lies at `offset`, and its bytes. */
  finish(offset: number): { chunk: ColumnChunk; parts: readonly Uint8Array[] } {
    const { name, type } = this.#column;
    const size = BigInt(this.#bytes);
    return {
      chunk: {
        file_offset: BigInt(offset),
        meta_data: {
          type: physicalType(type),
          encodings: ['PLAIN', 'RLE'],
          path_in_schema: type === 'text' ? [name] : [name, 'list', 'element'],
          codec: 'UNCOMPRESSED',
          num_values: BigInt(this.#values),
          total_uncompressed_size: size,
          total_compressed_size: size,
          data_page_offset: BigInt(offset),
        },
      },
      parts: this.#parts,
    };
  }
}

/** The levels of lists of `cols` numbers, without nulls: a list begins at every multiple of `cols`. */
function listLevels(rows: number, cols: number): Uint8Array {
  const count = rows * cols;
  const packed = Buffer.alloc(Math.ceil(count / 8), 0xff);
  for (let at = 0; at < count; at += cols) packed[at >> 3] &= ~(1 << (at & 7));
  const repetition = Buffer.concat([varInt(2 * packed.length + 1), packed]);
  const definition = Buffer.concat([varInt(2 * count), Buffer.of(1)]);
  return Buffer.concat([lengthOf(repetition), repetition, lengthOf(definition), definition]);
}

function varInt(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.of(...bytes, rest);
}

function lengthOf({ length }: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(length);
  return bytes;
}

/** The end of a file: what it holds, the length of that, and the mark. */
export function footer(
  columns: readonly WrittenColumn[],
  groups: RowGroup[],
  rows: number,
  { ByteWriter, writeMetadata }: Writer,
): Uint8Array {
  const bytes = new ByteWriter();
  const metadata: FileMetaData = {
    version: 2,
    created_by: 'global-object-embedder',
    schema: schemaOf(columns),
    num_rows: BigInt(rows),
    row_groups: groups,
    metadata_length: 0,
  };
  writeMetadata(bytes, metadata, undefined);
  return Buffer.concat([bytes.getBytes(), PARQUET_MARK]);
}

/** At the beginning and at the end of a file. */
export const PARQUET_MARK = Buffer.from('PAR1');
