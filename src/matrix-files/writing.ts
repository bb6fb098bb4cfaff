import { OptionReader } from '../options.ts';
import type { FormatName } from './format.ts';
import type { NamedMatrix, NumberType } from './matrix.ts';
import { type ReadMatrixOptions, readDelimiter } from './options.ts';

/** How rows are written. Options that the format does not have are refused. */
export interface WriteMatrixOptions
  extends Pick<
    ReadMatrixOptions,
    'name' | 'vectorKey' | 'idKey' | 'labelKey' | 'delimiter' | 'header' | 'metadata' | 'signal'
  > {
  /** The format. Default: found from the ending of the file's name. */
  format?: FormatName;
  /** The type of the numbers in the file. Default: that of the rows. With 'float32', doubles are rounded. */
  type?: NumberType;
}

/** How batches of rows are written. */
export interface WriteRowsOptions extends WriteMatrixOptions {
  /**
   * Rows that will be written. Needed for .npz archives, and where the header says their number and the file is compressed, so that
   * it cannot be changed at the end.
   */
  rows?: number;
}

/** Options that were read and checked. */
export interface Writing
  extends Pick<
    WriteMatrixOptions,
    'name' | 'vectorKey' | 'idKey' | 'labelKey' | 'delimiter' | 'header' | 'metadata'
  > {
  readonly format: FormatName | undefined;
  readonly type: NumberType | undefined;
  readonly rows: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws TypeError or RangeError. */
export function writingOf(options: WriteRowsOptions, formats: readonly FormatName[]): Writing {
  const read = new OptionReader(options, [
    ...['format', 'type', 'rows', 'signal'],
    ...['name', 'vectorKey', 'idKey', 'labelKey', 'delimiter', 'header', 'metadata'],
  ] as const);
  return {
    format: read.has('format') ? read.oneOf('format', formats[0], formats) : undefined,
    type: read.has('type') ? read.oneOf('type', 'float32', ['float32', 'float64']) : undefined,
    rows: read.has('rows') ? read.integer('rows', 0, { min: 0 }) : undefined,
    signal: read.signal(),
    name: read.text('name'),
    vectorKey: read.text('vectorKey'),
    idKey: read.text('idKey'),
    labelKey: read.text('labelKey'),
    delimiter: readDelimiter(read.text('delimiter')),
    metadata: read.text('metadata'),
    header: read.has('header') ? read.boolean('header', true) : undefined,
  };
}

/** Where the bytes of a file go. Arrays must keep their values until the call has ended. */
export interface Sink {
  append(bytes: Uint8Array): Promise<void>;
  /** Writes over bytes that were written before; undefined if the bytes are compressed. */
  readonly patch?: (bytes: Uint8Array, position: number) => Promise<void>;
  /** The second file of formats that have one. */
  readonly beside?: Sink;
}

/** Turns rows into the bytes of a format. */
export interface RowEncoder {
  /** `batch` has the type, the columns and the names of the shape. */
  add(batch: NamedMatrix): Promise<void>;
  /** @param rows that were added. */
  end(rows: number): Promise<void>;
}

/** A header that says how many rows follow, and encoded rows after it. */
export function countedEncoder(
  sink: Sink,
  known: number | undefined,
  header: (rows: number) => Uint8Array,
  encode: (batch: NamedMatrix) => Uint8Array,
): RowEncoder {
  if (known === undefined && sink.patch === undefined) {
    throw new TypeError(
      'Expected `rows`, because the header of a compressed file cannot be changed at the end',
    );
  }
  let begun = false;
  const begin = async () => {
    if (!begun) await sink.append(header(known ?? 0));
    begun = true;
  };
  return {
    add: async (batch) => {
      await begin();
      await sink.append(encode(batch));
    },
    end: async (rows) => {
      await begin();
      if (rows !== (known ?? 0)) await sink.patch?.(header(rows), 0);
    },
  };
}

/** The bytes of numbers as they lie in memory. */
export function bytesOf({ data }: NamedMatrix): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
