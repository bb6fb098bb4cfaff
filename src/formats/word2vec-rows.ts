import { DataError, NoRowsError } from '../errors.ts';
import {
  countTokens,
  findLayout,
  Line,
  maxCols,
  readHeader,
  trimmedEnd,
  type Word2vecLayout,
  type WordVector,
} from './word2vec-line.ts';

/** Finds out, line by line, what a file of word vectors holds. */
export interface LineReader {
  /** Undefined before the first row. */
  readonly layout: Word2vecLayout | undefined;
  readonly named: boolean;
  /** The rows in the next line: one, none, or the header and a row. */
  accept(raw: Buffer, line: number): readonly WordVector[];
  /** In place of `accept` for a line that is a row with `layout`. */
  count(line: number): void;
  /** After the last line. */
  end(line: number): void;
}

/** A name comes first on each line. */
export class NamedLines implements LineReader {
  layout: Word2vecLayout | undefined;
  readonly named = true;
  readonly #file: string;
  #header: { rows: number; cols: number } | undefined;
  #rows = 0;
  #emptyLine = 0;

  constructor(file: string) {
    this.#file = file;
  }

  accept(raw: Buffer, line: number): readonly WordVector[] {
    const file = this.#file;
    const end = trimmedEnd(raw);
    if (end === 0) {
      this.#emptyLine ||= line;
      return [];
    }
    this.#checkEmpty();
    if (line === 1 && /^\s*(\{\s*"|\[\s*[[{])/.test(raw.toString('latin1', 0, 64)))
      throw new DataError('is JSON, expected word vectors; the names of JSON Lines files end with .jsonl', {
        file,
        line,
      });
    if (line === 1) this.#header = readHeader(raw.toString('latin1', 0, end), file);
    if (line === 1 && this.#header !== undefined) return [];
    this.layout ??= findLayout(raw, end, this.#header, { file, line });
    this.count(line);
    return [new Line(raw, end, this.layout, file, line, true)];
  }

  count(line: number): void {
    this.#checkEmpty();
    this.#rows++;
    const rows = this.layout?.rows;
    if (rows !== undefined && this.#rows > rows)
      throw new DataError(`there are more rows than the ${rows} that the header says`, {
        file: this.#file,
        line,
      });
  }

  end(line: number): void {
    const file = this.#file;
    if (this.layout === undefined && this.#header?.rows !== 0) throw new NoRowsError(file, 'word vectors');
    if (this.#header !== undefined && this.#rows < this.#header.rows)
      throw new DataError(`the file ends after ${this.#rows} of ${this.#header.rows} rows`, { file, line });
  }

  #checkEmpty(): void {
    if (this.#emptyLine > 0)
      throw new DataError('the line is empty', { file: this.#file, line: this.#emptyLine });
  }
}

/** Vectors without names, as numpy.savetxt and the Embedding Projector write them. */
export class NamelessLines implements LineReader {
  layout: Word2vecLayout | undefined;
  readonly named = false;
  readonly #file: string;
  #header: { raw: Buffer; rows: number; cols: number } | undefined;
  #rows = 0;

  constructor(file: string) {
    this.#file = file;
  }

  accept(raw: Buffer, line: number): readonly WordVector[] {
    const file = this.#file;
    const end = trimmedEnd(raw);
    if (end === 0) return [];
    const count = countTokens(raw, 0, end);
    if (line === 1) {
      const found = readHeader(raw.toString('latin1', 0, end), file);
      if (found !== undefined) {
        this.#header = { raw, ...found };
        return [];
      }
    }
    const first = this.#firstLine(count);
    this.layout ??= { cols: this.#header?.cols ?? count, rows: this.#header?.rows, tab: false };
    const { cols } = this.layout;
    if (count !== cols || count > maxCols)
      throw new DataError(`expected ${Math.min(cols, maxCols)} values but found ${count}`, { file, line });
    this.count();
    return [...first, new Line(raw, end, this.layout, file, line, false)];
  }

  count(): void {
    this.#rows++;
  }

  end(): void {
    const file = this.#file;
    if (this.layout === undefined) throw new NoRowsError(file, 'vectors');
    if (this.layout.rows !== undefined && this.layout.rows !== this.#rows)
      throw new DataError(`holds ${this.#rows} rows, where the header says ${this.layout.rows}`, { file });
  }

  /** If the first line is two integers and the rows have two values, it is a row like the others. */
  #firstLine(count: number): readonly WordVector[] {
    if (this.#header === undefined || this.layout !== undefined || count !== 2) return [];
    const { raw } = this.#header;
    this.layout = { cols: 2, rows: undefined, tab: false };
    this.count();
    return [new Line(raw, trimmedEnd(raw), this.layout, this.#file, 1, false)];
  }
}
