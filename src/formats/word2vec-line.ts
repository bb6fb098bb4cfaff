import { DataError } from '../errors.ts';
import { parseDecimal } from './decimal.ts';
import type { ParsedLines } from './vector-lines.ts';
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

const space = 0x20;
const tabulator = 0x09;
export const maxCols = 65_536;

/** A plain row, whose numbers have been read. */
export class PlainRow implements WordVector {
  readonly line: number;
  readonly layout: Word2vecLayout;
  readonly #lines: ParsedLines;
  readonly #index: number;

  constructor(lines: ParsedLines, index: number, layout: Word2vecLayout, line: number) {
    this.line = line;
    this.layout = layout;
    this.#lines = lines;
    this.#index = index;
  }

  name(): string {
    return this.#lines.name(this.#index);
  }

  read(out: Float32Array | Float64Array, at: number): void {
    this.#lines.read(this.#index, out, at);
  }
}

/** Any row. Its numbers are read on request. */
export class Line implements WordVector {
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

export function readHeader(text: string, file: string): { rows: number; cols: number } | undefined {
  const match = /^(\d{1,15})[ \t]+(\d{1,15})$/.exec(text);
  if (match === null) return undefined;
  const [rows, cols] = [Number(match[1]), Number(match[2])];
  if (cols < 1 || cols > maxCols) {
    throw new DataError(`the header says ${cols} columns, expected 1 to ${maxCols}`, { file, line: 1 });
  }
  return { rows, cols };
}

export function findLayout(
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

export function countTokens(raw: Buffer, start: number, end: number): number {
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

export function trimmedEnd(raw: Buffer): number {
  let end = raw.length;
  while (end > 0 && isBlank(raw[end - 1])) end--;
  return end;
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tabulator;
}
