import { DataError } from '../errors.ts';
import { readLines } from '../files/lines.ts';
import type { TextEncoding } from '../files/text.ts';
import { DECIMAL, parseDecimal } from './decimal.ts';
import { numberExpected } from './vector-row.ts';

/** The layout of a word vector file, found from its first lines. */
export interface Word2vecLayout {
  readonly cols: number;
  /** Rows according to the header; undefined without a header. */
  readonly rows: number | undefined;
  /** Whether a TAB follows each name, so that names can hold blanks. */
  readonly tab: boolean;
}

/** One line of a word vector file. Name and numbers are decoded on request, because sampling skips most rows. */
export interface WordVector {
  /** Line number, from 1. */
  readonly line: number;
  readonly layout: Word2vecLayout;
  name(): string;
  /** Writes the `layout.cols` numbers to `out` from index `at`. @throws DataError for a value that is not finite there. */
  read(out: Float32Array | Float64Array, at: number): void;
}

export interface Word2vecOptions {
  /**
   * Whether each line begins with a name. Default: yes, but a file without header in which all names are numbers is refused.
   */
  names?: boolean | undefined;
  /** Encoding of a file without a byte order mark. Default 'utf8'. */
  encoding?: TextEncoding | undefined;
}

const space = 0x20;
const tabulator = 0x09;
const maxCols = 65_536;

/**
 * Reads word vectors as text, plain, gzip or bzip2, in the variants that word2vec, fastText, GloVe and wikipedia2vec
 * write: with or without a first line `rows cols`, with a blank or a TAB after the name.
 *
 * Lines are split from the end, at ASCII blanks and TABs only: names can contain, or be, any other white space.
 *
 * @throws DataError with the line for a wrong number of values, an unreadable number, an empty line, or fewer or more
 * rows than the header says.
 * @example
 * for await (const word of readWord2vec('vectors.txt.gz')) word.read(row, 0);
 */
export async function* readWord2vec(file: string, options: Word2vecOptions = {}): AsyncGenerator<WordVector> {
  const words = options.names === false ? readNameless(file, options) : readNamed(file, options);
  if (options.names !== undefined) {
    yield* words;
    return;
  }
  const first: WordVector[] = [];
  for await (const word of words) {
    if (first.length === NAMES_JUDGED) yield word;
    else if (first.push(word) === NAMES_JUDGED) yield* checkNames(first, file);
  }
  if (first.length < NAMES_JUDGED) yield* checkNames(first, file);
}

/** Rows whose names are checked. */
const NAMES_JUDGED = 100;

/** @throws DataError when all names are numbers in a file without header: they could be the first column of the vectors. */
function checkNames(words: readonly WordVector[], file: string): readonly WordVector[] {
  if (words.length === 0 || words[0].layout.rows !== undefined) return words;
  if (!words.every((word) => DECIMAL.test(word.name()))) return words;
  const all = words.length < NAMES_JUDGED ? 'every row' : `each of the first ${NAMES_JUDGED} rows`;
  throw new DataError(
    `${all} begins with a number, e.g. ${words[0].name()}: say whether these are names (\`names: true\`) or the first column of ` +
      'vectors without names (`names: false`)',
    { file, line: words[0].line },
    { option: 'names' },
  );
}

/** Vectors without names, as numpy.savetxt and the Embedding Projector write them. */
async function* readNameless(file: string, { encoding }: Word2vecOptions): AsyncGenerator<WordVector> {
  let header: { raw: Buffer; rows: number; cols: number } | undefined;
  let layout: Word2vecLayout | undefined;
  let line = 0;
  let rows = 0;
  for await (const raw of readLines(file, { encoding })) {
    line++;
    const end = trimmedEnd(raw);
    if (end === 0) continue;
    const count = countTokens(raw, 0, end);
    if (line === 1) {
      const found = readHeader(raw.toString('latin1', 0, end), file);
      if (found !== undefined) {
        header = { raw, ...found };
        continue;
      }
    }
    if (header !== undefined && layout === undefined && count === 2) {
      // If the first line is two integers and the rows have two values, it is a row like the others.
      layout = { cols: 2, rows: undefined, tab: false };
      rows++;
      yield new Line(header.raw, trimmedEnd(header.raw), layout, file, 1, false);
    }
    layout ??= { cols: header?.cols ?? count, rows: header?.rows, tab: false };
    if (count !== layout.cols || count > maxCols)
      throw new DataError(`expected ${Math.min(layout.cols, maxCols)} values but found ${count}`, {
        file,
        line,
      });
    rows++;
    yield new Line(raw, end, layout, file, line, false);
  }
  if (layout === undefined) throw new DataError('holds no vectors', { file });
  if (layout.rows !== undefined && layout.rows !== rows)
    throw new DataError(`holds ${rows} rows, where the header says ${layout.rows}`, { file });
}

async function* readNamed(file: string, { encoding }: Word2vecOptions): AsyncGenerator<WordVector> {
  let layout: Word2vecLayout | undefined;
  let header: { rows: number; cols: number } | undefined;
  let line = 0;
  let rows = 0;
  let emptyLine = 0;
  for await (const raw of readLines(file, { encoding })) {
    line++;
    const end = trimmedEnd(raw);
    if (end === 0) {
      emptyLine ||= line;
      continue;
    }
    if (emptyLine > 0) throw new DataError('the line is empty', { file, line: emptyLine });
    if (line === 1 && /^\s*(\{\s*"|\[\s*[[{])/.test(raw.toString('latin1', 0, 64)))
      throw new DataError('is JSON, expected word vectors; the names of JSON Lines files end with .jsonl', {
        file,
        line,
      });
    if (line === 1) header = readHeader(raw.toString('latin1', 0, end), file);
    if (line === 1 && header !== undefined) continue;
    layout ??= findLayout(raw, end, header, { file, line });
    rows++;
    if (layout.rows !== undefined && rows > layout.rows) {
      throw new DataError(`there are more rows than the ${layout.rows} that the header says`, { file, line });
    }
    yield new Line(raw, end, layout, file, line, true);
  }
  if (layout === undefined && header?.rows !== 0) throw new DataError('holds no word vectors', { file });
  if (header !== undefined && rows < header.rows) {
    throw new DataError(`the file ends after ${rows} of ${header.rows} rows`, { file, line });
  }
}

class Line implements WordVector {
  readonly line: number;
  readonly layout: Word2vecLayout;
  readonly #raw: Buffer;
  readonly #file: string;
  readonly #end: number;
  readonly #nameEnd: number;

  constructor(raw: Buffer, end: number, layout: Word2vecLayout, file: string, line: number, named: boolean) {
    this.line = line;
    this.layout = layout;
    this.#raw = raw;
    this.#file = file;
    this.#end = end;
    this.#nameEnd = named ? nameEnd(raw, end, layout, { file, line }) : -1;
  }

  name(): string {
    return this.#raw.toString('utf8', 0, Math.max(0, this.#nameEnd));
  }

  read(out: Float32Array | Float64Array, at: number): void {
    let position = this.#nameEnd + 1;
    for (let i = 0; i < this.layout.cols; i++) {
      while (isBlank(this.#raw[position])) position++;
      let end = position;
      while (end < this.#end && !isBlank(this.#raw[end])) end++;
      out[at + i] = parseDecimal(this.#raw, position, end);
      if (!Number.isFinite(out[at + i])) this.#refuse(i, position, end, numberExpected(out));
      position = end;
    }
  }

  #refuse(index: number, start: number, end: number, expected: string): never {
    const text = JSON.stringify(this.#raw.toString('utf8', start, Math.min(end, start + 40)));
    const place = { file: this.#file, line: this.line };
    throw new DataError(`value ${index + 1} is ${text}, ${expected}`, place);
  }
}

function readHeader(text: string, file: string): { rows: number; cols: number } | undefined {
  const match = /^(\d{1,15})[ \t]+(\d{1,15})$/.exec(text);
  if (match === null) return undefined;
  const [rows, cols] = [Number(match[1]), Number(match[2])];
  if (cols < 1 || cols > maxCols) {
    throw new DataError(`the header says ${cols} columns, expected 1 to ${maxCols}`, { file, line: 1 });
  }
  return { rows, cols };
}

function findLayout(
  raw: Buffer,
  end: number,
  header: { rows: number; cols: number } | undefined,
  place: { file: string; line: number },
): Word2vecLayout {
  const firstTab = raw.subarray(0, end).indexOf(tabulator);
  if (header !== undefined) return { ...header, tab: firstTab !== -1 };
  const cols = countTokens(raw, firstTab === -1 ? 0 : firstTab + 1, end) - (firstTab === -1 ? 1 : 0);
  if (cols < 1 && raw.subarray(0, end).includes(','))
    throw new DataError('values are separated by commas, expected blanks or TABs', place);
  if (cols < 1 || cols > maxCols) {
    throw new DataError(`expected a name and 1 to ${maxCols} numbers but found ${cols} numbers`, place);
  }
  return { cols, rows: undefined, tab: firstTab !== -1 };
}

function countTokens(raw: Buffer, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) {
    if (!isBlank(raw[i]) && (i + 1 === end || isBlank(raw[i + 1]))) count++;
  }
  return count;
}

/** Position where the name ends: one separator before the last `cols` values. */
function nameEnd(
  raw: Buffer,
  end: number,
  layout: Word2vecLayout,
  place: { file: string; line: number },
): number {
  let position = end;
  for (let found = 0; found < layout.cols; found++) {
    while (position > 0 && isBlank(raw[position - 1])) position--;
    const valueEnd = position;
    while (position > 0 && !isBlank(raw[position - 1])) position--;
    // The name has at least its separator, so a value cannot start the line.
    if (position === 0 || valueEnd === position) {
      throw new DataError(`expected a name and ${layout.cols} values but found ${found} values`, place);
    }
  }
  const split = position - 1;
  const extra = layout.tab ? raw[split] !== tabulator : endsWithNumber(raw, split);
  if (extra) throw new DataError(`expected a name and ${layout.cols} values but found more`, place);
  return split;
}

/** Whether `raw[0, end)` is a name, a blank and a number. If so, the line has too many values and not a name with blanks. */
function endsWithNumber(raw: Buffer, end: number): boolean {
  let start = end;
  while (start > 0 && !isBlank(raw[start - 1])) start--;
  return start > 0 && start < end && Number.isFinite(parseDecimal(raw, start, end));
}

function trimmedEnd(raw: Buffer): number {
  let end = raw.length;
  while (end > 0 && isBlank(raw[end - 1])) end--;
  return end;
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tabulator;
}
