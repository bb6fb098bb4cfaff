import type { TextEncoding } from '../files/text.ts';
import { OptionReader } from '../options.ts';
import type { FormatName } from './format.ts';
import type { NumberType } from './matrix.ts';

/** How a file of rows is read. Options that its format does not have are refused. */
export interface ReadMatrixOptions {
  /** The format of the file. Default: found from its content, then from the ending of its name. */
  format?: FormatName;
  /** The type of the numbers. Default: float64 if float32 would round the numbers that the file can hold. */
  type?: NumberType;
  /** Rows to read, at least 1. Default: all. */
  limit?: number;
  /** .npz, safetensors: the array. Default: the only matrix. */
  name?: string;
  /**
   * JSON Lines, Parquet, Arrow: the member or column that holds the vector. Default: `vector`, or `embedding`; in a table else the only
   * column of lists, else all columns of numbers.
   */
  vectorKey?: string;
  /** CSV, TSV, JSON Lines, Parquet, Arrow, Projector: the column or member that holds the ids. Default `id`. */
  idKey?: string;
  /** CSV, TSV, JSON Lines, Parquet, Arrow, Projector: the column or member that holds the labels. Default `label`. */
  labelKey?: string;
  /** CSV: the character between fields. Default: a TAB, a semicolon or a comma, whichever the first line has. */
  delimiter?: string;
  /** CSV, TSV: whether the first line names the columns. Default: it does if a column of numbers begins with text. */
  header?: boolean;
  /**
   * word2vec text: whether each line begins with a name. Default: yes, but a file without header in which all names are numbers is
   * refused.
   */
  names?: boolean;
  /** word2vec, text and binary: encoding of the words. Default 'utf8'. */
  encoding?: TextEncoding;
  /** Projector: the file of names. Default: `metadata.tsv` beside the vectors, if there is one. */
  metadata?: string;
  /** Stops the reading; the promise then rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/** How the batches of a file are read. */
export interface ReadRowsOptions extends ReadMatrixOptions {
  /** Rows of each batch, the last one excepted, at least 1. Default: about 4 MB of numbers, not always the same. */
  batchRows?: number;
}

/** The options that only some formats have. */
export const FORMAT_OPTIONS = [
  'name',
  'vectorKey',
  'idKey',
  'labelKey',
  'delimiter',
  'header',
  'names',
  'encoding',
  'metadata',
] as const satisfies readonly (keyof ReadMatrixOptions)[];

/** Options that were read and checked. */
export interface Reading extends Pick<ReadMatrixOptions, (typeof FORMAT_OPTIONS)[number]> {
  readonly format: FormatName | undefined;
  readonly type: NumberType | undefined;
  readonly limit: number;
  readonly batchRows: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Whether all rows will stay in memory. */
  readonly whole?: boolean;
}

/** @throws TypeError or RangeError. */
export function readingOf(options: ReadRowsOptions, formats: readonly FormatName[]): Reading {
  const read = new OptionReader(options, [
    'format',
    'type',
    'limit',
    'batchRows',
    'signal',
    ...FORMAT_OPTIONS,
  ]);
  return {
    format: read.has('format') ? read.oneOf('format', formats[0], formats) : undefined,
    type: read.has('type') ? read.oneOf('type', 'float32', ['float32', 'float64']) : undefined,
    limit: read.has('limit') ? read.integer('limit', 1, { min: 1 }) : Number.POSITIVE_INFINITY,
    batchRows: read.has('batchRows') ? read.integer('batchRows', 1, { min: 1 }) : undefined,
    signal: read.signal(),
    name: read.text('name'),
    vectorKey: read.text('vectorKey'),
    idKey: read.text('idKey'),
    labelKey: read.text('labelKey'),
    delimiter: readDelimiter(read.text('delimiter')),
    header: read.has('header') ? read.boolean('header', true) : undefined,
    names: read.has('names') ? read.boolean('names', true) : undefined,
    metadata: read.text('metadata'),
    encoding: read.has('encoding') ? read.oneOf('encoding', 'utf8', ['utf8', 'latin1']) : undefined,
  };
}

export function readDelimiter(delimiter: string | undefined): string | undefined {
  if (delimiter === undefined || /^[^"\r\n\w.+-]$/.test(delimiter)) return delimiter;
  throw new RangeError(
    `Expected \`delimiter\` to be one character that is not part of numbers or quotes but received ${JSON.stringify(delimiter)}`,
  );
}
