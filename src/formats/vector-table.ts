import { DataError, describe, NoRowsError } from '../errors.ts';
import { peek } from '../files/read.ts';
import { readText } from '../files/text.ts';
import { type CsvRecord, readCsv } from './csv.ts';
import { DECIMAL } from './decimal.ts';
import { PlainRecord } from './plain-record.ts';
import { readTsv } from './tsv.ts';
import { numberExpected, type VectorRow } from './vector-row.ts';

/** How the columns of a table are found. */
export interface TableOptions {
  /** Between fields. Default: a TAB, a semicolon or a comma, whichever the first line has. */
  readonly delimiter?: string | undefined;
  /** Whether the first line names the columns. Default: it does if a column of numbers begins with something else. */
  readonly header?: boolean | undefined;
  /** Heading of the column with the ids. Default: `id`, if there is one. */
  readonly idKey?: string | undefined;
  /** Heading of the column with the labels. Default: `label`, if there is one. */
  readonly labelKey?: string | undefined;
}

/**
 * The rows of a CSV file. All columns of numbers but those of ids and labels make the vector. Without a first line of names, the
 * first column of text is the id and the second the label.
 *
 * @throws DataError with the line for a record of another length, a field that is not a finite number, a column that is not
 *   there, and whatever `readCsv` refuses.
 */
export async function* readVectorCsv(file: string, options: TableOptions = {}): AsyncGenerator<VectorRow> {
  const { head, chunks } = await peek(readText(file), 65_536);
  const { delimiter = delimiterOf(head.toString('latin1')) } = options;
  yield* vectorRows(readCsv(chunks, file, { delimiter }), file, options);
}

/** The rows of a TSV file, whose fields have no quotes: as `readVectorCsv`. */
export function readVectorTsv(file: string, options: TableOptions = {}): AsyncGenerator<VectorRow> {
  return vectorRows(readTsv(file), file, options);
}

function delimiterOf(text: string): string {
  const [line] = text.replaceAll(/"[^"]*"/g, '').split(/[\r\n]/, 1);
  return ['\t', ';'].find((delimiter) => line.includes(delimiter)) ?? ',';
}

/** Which column is what. */
interface Columns {
  readonly width: number;
  readonly id: number;
  readonly label: number;
  /** Those of the vector. */
  readonly numbers: readonly number[];
  /** The names of columns, for messages. */
  readonly names: readonly string[] | undefined;
}

async function* vectorRows(
  records: AsyncIterable<CsvRecord>,
  file: string,
  options: TableOptions,
): AsyncGenerator<VectorRow> {
  let first: CsvRecord | undefined;
  let columns: Columns | undefined;
  for await (const record of records) {
    if (first === undefined) first = record;
    else {
      if (columns === undefined) {
        columns = findColumns(first, record, file, options);
        if (columns.names === undefined) yield rowOf(first, columns, file);
      }
      yield rowOf(record, columns, file);
    }
  }
  if (columns !== undefined) return;
  const only =
    first !== undefined && options.header !== true && first.fields.some(isNumber) ? first : undefined;
  if (only === undefined) throw new NoRowsError(file);
  yield rowOf(only, findColumns(only, only, file, options), file);
}

function rowOf(record: CsvRecord, columns: Columns, file: string): VectorRow {
  const { line } = record;
  const { width, id, label, numbers, names } = columns;
  const { count, text, number } = fieldsOf(record, width);
  if (count !== width)
    throw new DataError(`has ${record.fields.length} columns, where the first line has ${width}`, {
      file,
      line,
    });
  return {
    line,
    id: id === -1 ? '' : text(id),
    label: label === -1 ? '' : text(label),
    cols: numbers.length,
    read: (out, at) => {
      for (let i = 0; i < numbers.length; i++) {
        out[at + i] = number(numbers[i]);
        if (Number.isFinite(out[at + i])) continue;
        const column = names === undefined ? numbers[i] + 1 : describe(names[numbers[i]]);
        const problem = `column ${column} is ${describe(text(numbers[i]))}, ${numberExpected(out)}`;
        throw new DataError(problem, { file, line });
      }
    },
  };
}

/** How the fields of a record are read. */
interface Fields {
  /** How many there are, or more than are expected. */
  readonly count: number;
  text(i: number): string;
  /** NaN if the field is not a number. */
  number(i: number): number;
}

function fieldsOf(record: CsvRecord, width: number): Fields {
  const ends = record instanceof PlainRecord ? record.ends(width) : undefined;
  if (ends === undefined || !(record instanceof PlainRecord)) {
    const { fields } = record;
    return { count: fields.length, text: (i) => fields[i], number: (i) => numberIn(fields[i]) };
  }
  const text = (i: number) => record.field(ends, i);
  return {
    count: ends.length,
    text,
    number: (i) => {
      const value = record.number(ends, i);
      return Number.isNaN(value) ? numberIn(text(i)) : value;
    },
  };
}

function numberIn(text: string): number {
  return isNumber(text) ? Number(text) : Number.NaN;
}

function isNumber(text: string): boolean {
  return DECIMAL.test(text) || (/^\s|\s$/.test(text) && DECIMAL.test(text.trim()));
}

/** A field that is text, and not a number that is missing. */
function isWord(text: string): boolean {
  return !isNumber(text) && !/^\s*([+-]?(nan|inf|infinity)|null|none|n\/?a|<na>)?\s*$/i.test(text);
}

function findColumns(first: CsvRecord, second: CsvRecord, file: string, options: TableOptions): Columns {
  const {
    idKey,
    labelKey,
    header = idKey !== undefined || labelKey !== undefined || isHeading(first, second),
  } = options;
  const { fields, line } = first;
  const place = { file, line };
  const width = fields.length;
  const isText = (i: number) => isWord(second.fields[i] ?? '') && (header || isWord(fields[i]));
  const words = [...fields.keys()].filter(isText);
  if (!header && words.length > 2) {
    const problem = `has ${words.length} columns of text, expected two at most, id and label, where the first line names no columns`;
    throw new DataError(problem, place);
  }
  const id = header ? findNamed('id', idKey, fields, place) : (words[0] ?? -1);
  const label = header ? findNamed('label', labelKey, fields, place) : (words[1] ?? -1);
  const numbers = fields.flatMap((_, i) => (i === id || i === label || words.includes(i) ? [] : [i]));
  if (numbers.length === 0) throw new DataError('has no column of numbers', place);
  return { width, id, label, numbers, names: header ? fields : undefined };
}

function isHeading(first: CsvRecord, second: CsvRecord): boolean {
  return first.fields.some((name, i) => isWord(name) && isNumber(second.fields[i] ?? ''));
}

function findNamed(
  what: 'id' | 'label',
  key: string | undefined,
  heading: readonly string[],
  place: { file: string; line: number },
): number {
  const at = heading.indexOf(key ?? what);
  if (at === -1 && key === undefined) return -1;
  if (at !== -1 && heading.lastIndexOf(key ?? what) === at) return at;
  const found = heading.slice(0, 8).map((field) => JSON.stringify(field.slice(0, 40)));
  const problem = at === -1 ? `has no column \`${key}\`` : `has several columns \`${key ?? what}\``;
  throw new DataError(`${problem}; the first line is ${found.join(', ')}`, place, { option: `${what}Key` });
}
