import type { Batch, Column, Field, Schema, Table } from '@uwdata/flechette';
import { ARROW_MARK, END_OF_STREAM } from './marks.ts';

/** Some rows to write: a vector and texts, each with the name of its column. */
export interface ArrowBlock {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array | Float64Array;
  readonly vector: string;
  readonly texts: readonly { readonly name: string; readonly values: readonly string[] }[];
}

/** Where a record batch lies in the file. */
interface Block {
  readonly offset: number;
  readonly metadataLength: number;
  readonly bodyLength: number;
}

type Library = Awaited<ReturnType<typeof load>>;

async function load() {
  const [library, { writeFooter }, { Builder }, { MemorySink }] = await Promise.all([
    import('@uwdata/flechette'),
    import('@uwdata/flechette/src/encode/footer.js'),
    import('@uwdata/flechette/src/encode/builder.js'),
    import('@uwdata/flechette/src/encode/sink.js'),
  ]);
  return { ...library, writeFooter, Builder, MemorySink };
}

/** Writes Arrow's file format batch by batch: vectors as lists of fixed size, names as text, nothing null. */
export class ArrowWriter {
  readonly #append: (bytes: Uint8Array) => Promise<void>;
  readonly #library = load();
  readonly #blocks: Block[] = [];
  #schema: Schema | undefined;
  #offset = 0;

  constructor(append: (bytes: Uint8Array) => Promise<void>) {
    this.#append = append;
  }

  async add(block: ArrowBlock): Promise<void> {
    const library = await this.#library;
    const table = tableOf(block, library);
    const { schema, batch } = messagesIn(
      library.tableToIPC(table, { format: 'stream' }) ?? new Uint8Array(0),
    );
    if (this.#schema === undefined) {
      this.#schema = table.schema;
      await this.#write(ARROW_MARK);
      await this.#write(schema);
    }
    this.#blocks.push({
      offset: this.#offset,
      metadataLength: batch.headBytes,
      bodyLength: batch.bytes.length - batch.headBytes,
    });
    await this.#write(batch.bytes);
  }

  /** Writes the list of batches. At least one was added, which can be empty. */
  async finish(): Promise<void> {
    const { Builder, MemorySink, writeFooter } = await this.#library;
    await this.#write(END_OF_STREAM);
    const sink = new MemorySink();
    writeFooter(new Builder(sink), this.#schema, [], this.#blocks, null);
    await this.#write(sink.finish());
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#append(bytes);
    this.#offset += bytes.length;
  }
}

function tableOf({ rows, cols, data, vector, texts }: ArrowBlock, library: Library): Table {
  const { Table: TableClass, Column: ColumnClass, Type } = library;
  const fields: Field[] = [];
  const columns: Column<unknown>[] = [];
  for (const { name, values } of texts) {
    const column = library.columnFromArray([...values], library.utf8());
    fields.push(library.field(name, column.type, false));
    columns.push(column);
  }
  const number = data.BYTES_PER_ELEMENT === 4 ? library.float32() : library.float64();
  const list = library.fixedSizeList(library.field('item', number, false), cols);
  const none = { nullCount: 0, validity: new Uint8Array(0) };
  const numbers: Batch<unknown> = new (library.batchType(number))({
    ...none,
    length: rows * cols,
    type: number,
    values: data,
  });
  const batch: Batch<unknown> = new (library.batchType(list))({
    ...none,
    length: rows,
    type: list,
    children: [numbers],
  });
  fields.push(library.field(vector, list, false));
  columns.push(new ColumnClass([batch]));
  if (list.typeId !== Type.FixedSizeList) throw new Error('a list of another type than was asked for');
  return new TableClass({ fields, metadata: null }, columns);
}

/** The messages of a stream of one batch. */
function messagesIn(bytes: Uint8Array): {
  schema: Uint8Array;
  batch: { bytes: Uint8Array; headBytes: number };
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const schemaEnd = 8 + view.getInt32(4, true);
  const headBytes = 8 + view.getInt32(schemaEnd + 4, true);
  return {
    schema: bytes.subarray(0, schemaEnd),
    batch: { bytes: bytes.subarray(schemaEnd, bytes.length - END_OF_STREAM.length), headBytes },
  };
}
