import { basename } from 'node:path';
import { DataError, describe } from '../errors.ts';
import { readLines } from '../files/lines.ts';
import { collect, peek, readBytes } from '../files/read.ts';
import { readText } from '../files/text.ts';
import { type CsvRecord, readCsv } from './csv.ts';
import { jsonItems } from './json-source.ts';
import { readNpyStrings } from './npy.ts';
import { NPY_MAGIC } from './npy-header.ts';
import { readTsv } from './tsv.ts';

/** A list of names: one for each row, in order. */
export interface NameList {
  readonly names: readonly string[];
  /** The ids to which the names belong, if the file has a column `id`. */
  readonly ids: readonly string[] | undefined;
  /** Whether the first name could be the heading of the others. */
  readonly headed: boolean;
}

const HEADINGS = /^(labels?|class(es)?|categor(y|ies)|targets?|tags?|ids?|names?|words?|files?|filenames?)$/i;
const MAX_JSON_BYTES = 1 << 30;

/**
 * Reads names, one for each row: an .npy list, a .csv or .tsv with the column `column` (or a single one), a .json array of strings
 * and numbers, or any other text, one name a line; plain, gzip or bzip2.
 *
 * @param what the kind of names: searched for in headings and used in messages.
 * @param column the heading of the column; default: `what`.
 * @throws DataError for a damaged file, another kind of file, and a table in which the column is not clear.
 */
export async function readNameList(file: string, what: 'label' | 'id', column?: string): Promise<NameList> {
  const { head, chunks } = await peek(readBytes(file), NPY_MAGIC.length);
  await (chunks as AsyncGenerator<Uint8Array>).return(undefined);
  const end = /\.(csv|tsv|tab|json|jsonl|ndjson)(\.gz|\.bz2)?$/i.exec(file)?.[1].toLowerCase();
  if (head.equals(NPY_MAGIC)) return { names: await readNpyStrings(file), ids: undefined, headed: false };
  if (end === 'csv') return fromTable(readCsv(readText(file), file), file, what, column);
  if (end === 'tsv' || end === 'tab') return fromTable(readTsv(file), file, what, column);
  if (end === 'json') return { names: await readJsonArray(file), ids: undefined, headed: false };
  if (end !== undefined)
    throw new DataError(`is JSON Lines, expected a list of ${what}s as .json, .csv, .npy or text`, { file });
  const names: string[] = [];
  for await (const line of readLines(file)) names.push(line.toString());
  // Some editors leave empty lines at the end.
  while (names.length > 0 && names.at(-1) === '') names.pop();
  return { names, ids: undefined, headed: HEADINGS.test(names[0] ?? '') };
}

async function fromTable(
  rows: AsyncIterable<CsvRecord>,
  file: string,
  what: 'label' | 'id',
  column: string | undefined,
): Promise<NameList> {
  const names: string[] = [];
  const ids: string[] = [];
  let at: { name: number; id: number; width: number } | undefined;
  for await (const { line, fields } of rows) {
    if (at === undefined) {
      at = findColumns(fields, file, what, column);
      if (at.width > 1 || fields[0] === (column ?? what)) continue;
    }
    if (fields.length !== at.width)
      throw new DataError(`has ${fields.length} columns, where the first line has ${at.width}`, {
        file,
        line,
      });
    names.push(fields[at.name]);
    if (at.id !== -1) ids.push(fields[at.id]);
  }
  const headed = at?.width === 1 && HEADINGS.test(names[0] ?? '');
  return { names, ids: at !== undefined && at.id !== -1 ? ids : undefined, headed };
}

function findColumns(
  heading: readonly string[],
  file: string,
  what: 'label' | 'id',
  column: string | undefined,
): { name: number; id: number; width: number } {
  const width = heading.length;
  if (width === 1 && heading[0].includes(';'))
    throw new DataError('columns are separated by `;`, expected commas', { file, line: 1 });
  if (width === 1 && (column === undefined || heading[0] === column)) return { name: 0, id: -1, width };
  const id = heading.indexOf('id');
  const wanted = column ?? what;
  const exact = heading.indexOf(wanted);
  const alike = heading.flatMap((name, i) => (name.toLowerCase() === wanted.toLowerCase() ? [i] : []));
  const name = exact !== -1 || column !== undefined ? exact : alike.length === 1 ? alike[0] : -1;
  if (name !== -1 && heading.lastIndexOf(wanted) <= name) return { name, id: what === 'id' ? -1 : id, width };
  const found = heading.slice(0, 8).map((field) => JSON.stringify(field.slice(0, 40)));
  const problem = name === -1 ? `has no column \`${wanted}\`` : `has several columns \`${wanted}\``;
  throw new DataError(
    `${problem}; the first line is ${found.join(', ')}: say by \`${what}Column\` which column holds the ${what}s`,
    { file, line: 1 },
    { option: `${what}Column` },
  );
}

async function readJsonArray(file: string): Promise<string[]> {
  const bytes = await collect(readText(file), MAX_JSON_BYTES, file);
  let text: string;
  let array: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    array = JSON.parse(text);
  } catch (cause) {
    throw new DataError(
      cause instanceof SyntaxError ? 'is not JSON' : 'is not UTF-8 text',
      { file },
      { cause },
    );
  }
  if (!Array.isArray(array))
    throw new DataError(`expected a JSON array of names but found ${describe(array)}`, { file });
  const sources = [...jsonItems(text)];
  return array.map((value: unknown, i) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return sources[i].source;
    if (value === null) return '';
    throw new DataError(`element ${i} is ${describe(value)}, expected a string or a number`, { file });
  });
}

/**
 * The names, one for each of `rows` rows. If there is one line too many, the first is taken as a heading where that is
 * possible.
 *
 * @throws DataError when there are more or fewer.
 */
export function namesOfRows(
  list: NameList,
  rows: number,
  file: string,
  what: 'label' | 'id',
): readonly string[] {
  const { names, headed } = list;
  if (names.length === rows) return names;
  if (headed && names.length === rows + 1) return names.slice(1);
  const heading = names.length === rows + 1 ? `; is the first, ${describe(names[0])}, a heading?` : '';
  throw new DataError(
    `holds ${names.length} ${what}s but there are ${rows} rows${heading}`,
    { file },
    names.length === rows + 1 ? { option: `${what}Column` } : {},
  );
}

/** The names by id. @throws DataError when an id has two different names. */
export function namesById(list: NameList, file: string): ReadonlyMap<string, string> | undefined {
  if (list.ids === undefined) return undefined;
  const byId = new Map<string, string>();
  for (const [i, id] of list.ids.entries()) {
    const before = byId.get(id);
    if (before !== undefined && before !== list.names[i])
      throw new DataError(`gives ${describe(id)} two labels in ${basename(file)}`, { file });
    byId.set(id, list.names[i]);
  }
  return byId;
}
