import type { NumberType, RowBatch } from './matrix.ts';
import type { FORMAT_OPTIONS, Reading } from './options.ts';
import type { RowEncoder, Sink, Writing } from './writing.ts';

/** The formats of files of rows; docs/files.md has a table. */
export type FormatName =
  | 'npy'
  | 'npz'
  | 'parquet'
  | 'arrow'
  | 'csv'
  | 'tsv'
  | 'jsonl'
  | 'safetensors'
  | 'word2vec'
  | 'word2vec-binary'
  | 'fvecs'
  | 'bvecs'
  | 'projector';

/** What is known of the rows before the first is written. */
export interface WrittenShape {
  readonly cols: number;
  readonly type: NumberType;
  readonly ids: boolean;
  readonly labels: boolean;
  /** Undefined if only the end shows how many rows there are. */
  readonly rows: number | undefined;
}

type FormatOption = (typeof FORMAT_OPTIONS)[number];

/** One format. */
export interface Format {
  readonly name: FormatName;
  /** What names of files end with, without the point and without the ending of a compression. */
  readonly endings: readonly string[];
  /** Whether a file with these first bytes, decompressed, is of this format. Undefined if text does not show it. */
  readonly recognizes?: (head: Buffer) => boolean;
  /** The options that it reads, and those that it writes. */
  readonly readOptions: readonly FormatOption[];
  readonly writeOptions: readonly FormatOption[];
  /** Whether files are read at random places, so that they are neither compressed as a whole nor read so. */
  readonly random?: true;
  /** The type that its numbers always have; undefined if it can hold both. */
  readonly numbers?: NumberType;
  /** A second file that belongs to one at `path`, for names. */
  readonly beside?: (path: string, writing: Writing) => string;
  /** The names that it keeps. */
  readonly names: readonly ('ids' | 'labels')[];
  /** Batches of about 4 MB, at least one, of values that need not be finite; later rows than `limit` may be left out. */
  read(file: string, reading: Reading): AsyncIterable<RowBatch>;
  /** @throws RangeError or TypeError for a shape or names that the format cannot hold. */
  encoder(sink: Sink, shape: WrittenShape, writing: Writing): RowEncoder;
}
