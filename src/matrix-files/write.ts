import { extname } from 'node:path';
import { moveSealed, Replacement } from '../files/atomic-file.ts';
import { type CompressedSink, compressedSink } from '../files/compress.ts';
import { batchRowsOf } from './batches.ts';
import { checkedRows, type NamedRows } from './checked-rows.ts';
import { formatByName, formatNamed } from './detect.ts';
import type { Format, FormatName, WrittenShape } from './format.ts';
import { FORMAT_NAMES, FORMATS } from './formats.ts';
import { type NamedMatrix, typeOf } from './matrix.ts';
import { FORMAT_OPTIONS } from './options.ts';
import {
  type RowEncoder,
  type Sink,
  type WriteMatrixOptions,
  type WriteRowsOptions,
  type Writing,
  writingOf,
} from './writing.ts';

/** What was written. */
export interface WrittenFile {
  readonly file: string;
  readonly format: FormatName;
  readonly rows: number;
  readonly cols: number;
  /** What the format cannot hold of what was given. */
  readonly leftOut: readonly ('ids' | 'labels')[];
}

/**
 * Writes a matrix as a file. The file appears, or is replaced, when everything has been written. A name that ends with .gz is
 * compressed.
 *
 * @param X its values must stay as they are until the promise is settled; they must be finite.
 * @throws TypeError or RangeError for wrong options, a value that is not finite and names that the format cannot hold; the error
 *   of the file system; the reason of `signal` when it is aborted.
 * @example
 * import { writeMatrix } from 'global-object-embedder/files';
 *
 * await writeMatrix('map.csv', { ...X, ids: Array.from({ length: X.rows }, (_, i) => `object ${i}`) });
 */
export async function writeMatrix(
  path: string,
  X: NamedRows,
  options: WriteMatrixOptions = {},
): Promise<WrittenFile> {
  const rows = Array.isArray(X) ? X.length : (X as { rows?: unknown })?.rows;
  const writer = await writeRows(path, { ...options, ...(typeof rows === 'number' && { rows }) });
  try {
    await writer.write(X);
    return await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/**
 * Opens a file to be written batch by batch. The file appears, or is replaced, when the writer is closed.
 *
 * @throws TypeError or RangeError for wrong options; the error of the file system.
 * @example
 * import { readRows, writeRows } from 'global-object-embedder/files';
 *
 * const writer = await writeRows('projected.npy');
 * for await (const batch of readRows('vectors.npy')) await writer.write(await pca.transform(batch));
 * await writer.close();
 */
export async function writeRows(path: string, options: WriteRowsOptions = {}): Promise<RowWriter> {
  const writing = writingOf(options, FORMAT_NAMES);
  const format = writing.format === undefined ? formatByName(path) : formatNamed(writing.format);
  if (format === undefined) {
    const endings = FORMATS.flatMap((known) => known.endings.map((ending) => `.${ending}`));
    throw new RangeError(
      `Expected \`path\` to end with ${endings.join(', ')}, or \`format\`, but received ${JSON.stringify(extname(path))}`,
    );
  }
  for (const option of FORMAT_OPTIONS) {
    if (
      option in writing &&
      writing[option as keyof Writing] !== undefined &&
      !format.writeOptions.includes(option)
    )
      throw new TypeError(`Expected no option \`${option}\` for the format ${format.name}`);
  }
  if (format.numbers !== undefined && writing.type !== undefined && writing.type !== format.numbers)
    throw new RangeError(
      `Expected \`type\` to be '${format.numbers}', the type of ${format.name}, but received '${writing.type}'`,
    );
  writing.signal?.throwIfAborted();
  return new RowWriter(await openFiles(path, format, writing), format, writing);
}

/** The files that a writer writes. */
interface OpenFiles {
  readonly file: Replacement;
  readonly beside: Replacement | undefined;
  readonly compressed: CompressedSink | undefined;
}

async function openFiles(path: string, format: Format, writing: Writing): Promise<OpenFiles> {
  const file = new Replacement(path);
  const second = format.beside?.(path, writing);
  if (second === path)
    throw new RangeError(`Expected \`metadata\` to be another file than ${JSON.stringify(path)}`);
  const beside = second === undefined ? undefined : new Replacement(second);
  const compressed = compressedSink(path, file);
  if (format.random && compressed !== undefined)
    throw new RangeError(
      `Expected a name without ${extname(path)}, because ${format.name} files are read at random places`,
    );
  try {
    await file.open();
    await beside?.open();
  } catch (error) {
    await file.discard();
    await compressed?.end().catch(() => {});
    throw error;
  }
  return { file, beside, compressed };
}

/** Writes rows into a file. Made by `writeRows`; `close` or `abort` must end it. Calls run in the order in which they were made. */
export class RowWriter {
  /** Rows written so far. */
  rows = 0;
  readonly #file: Replacement;
  readonly #beside: Replacement | undefined;
  readonly #compressed: CompressedSink | undefined;
  readonly #format: Format;
  readonly #writing: Writing;
  #shape: WrittenShape | undefined;
  #encoder: RowEncoder | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;

  /** Not for callers: use `writeRows`. */
  constructor({ file, beside, compressed }: OpenFiles, format: Format, writing: Writing) {
    this.#file = file;
    this.#beside = beside;
    this.#compressed = compressed;
    this.#format = format;
    this.#writing = writing;
  }

  /**
   * Adds the rows of a batch: any matrix, with ids and labels if the first batch had them. Its values must stay as they are
   * until the promise is settled. If the call rejects with a TypeError or RangeError about the batch, nothing of it was added.
   */
  write(batch: NamedRows): Promise<void> {
    return this.#inTurn(async () => {
      const rows = checkedRows(
        batch,
        this.#writing.type,
        this.#format.numbers ?? this.#shape?.type,
        this.#shape,
      );
      this.#encoder ??= this.#begin(rows);
      const encoder = this.#encoder;
      const step = batchRowsOf(rows.cols, typeOf(rows.data));
      for (let start = 0; start < rows.rows; start += step) {
        this.#writing.signal?.throwIfAborted();
        await encoder.add(piece(rows, start, Math.min(step, rows.rows - start)));
      }
      this.rows += rows.rows;
    });
  }

  /** Ends the file and puts it into its place. @throws RangeError when nothing was written. */
  close(): Promise<WrittenFile> {
    return this.#inTurn(async () => {
      const shape = this.#shape;
      if (shape === undefined || this.#encoder === undefined)
        throw new RangeError('Expected a batch before `close`');
      const { rows } = this.#writing;
      if (rows !== undefined && rows !== this.rows)
        throw new RangeError(`Expected ${rows} rows, as \`rows\` says, but received ${this.rows}`);
      this.#writing.signal?.throwIfAborted();
      await this.#encoder.end(this.rows);
      await this.#compressed?.end();
      // The file that names belong to comes last.
      const files = this.#beside === undefined ? [this.#file] : [this.#beside, this.#file];
      for (const file of files) await file.seal();
      await moveSealed(files);
      this.#ended = true;
      const leftOut = (['ids', 'labels'] as const).filter(
        (name) => shape[name] && !this.#format.names.includes(name),
      );
      return { file: this.#file.file, format: this.#format.name, rows: this.rows, cols: shape.cols, leftOut };
    });
  }

  /** Gives up: an old file stays as it is. Does nothing after `close`. */
  async abort(): Promise<void> {
    await this.#last;
    if (this.#ended) return;
    this.#ended = true;
    await this.#compressed?.end().catch(() => {});
    await this.#beside?.discard();
    await this.#file.discard();
  }

  #begin(rows: NamedMatrix): RowEncoder {
    const sink: Sink = this.#compressed ?? {
      append: (bytes) => this.#file.append(bytes),
      patch: (bytes, position) => this.#file.patch(bytes, position),
    };
    const beside = this.#beside;
    const second = beside && { append: (bytes: Uint8Array) => beside.append(bytes) };
    const { cols, data, ids, labels } = rows;
    const shape = {
      cols,
      type: typeOf(data),
      ids: ids !== undefined,
      labels: labels !== undefined,
      rows: this.#writing.rows,
    };
    const encoder = this.#format.encoder(
      { ...sink, ...(second && { beside: second }) },
      shape,
      this.#writing,
    );
    this.#shape = shape;
    return encoder;
  }

  /** Runs calls one after another, even after one that failed. */
  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#ended) throw new Error(`${this.#file.file}: the writer has ended`);
      return call();
    });
    this.#last = result.catch(() => {});
    return result;
  }
}

function piece({ data, cols, ids, labels }: NamedMatrix, start: number, rows: number): NamedMatrix {
  return {
    data: data.subarray(start * cols, (start + rows) * cols),
    rows,
    cols,
    ids: ids?.slice(start, start + rows),
    labels: labels?.slice(start, start + rows),
  };
}
