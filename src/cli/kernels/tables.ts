import { extname } from 'node:path';
import { csvLine } from '../../formats/csv.ts';
import { UsageError } from '../failure.ts';
import type { Target } from './temporary.ts';

/** The format of a result that is not a matrix: what was asked for, else what the ending says. */
export function formatOf(target: Target, known: readonly string[], command: string): string {
  const format = target.format ?? extname(target.path).slice(1).toLowerCase();
  if (known.includes(format)) return format;
  const list = known.map((ending) => `.${ending}`).join(', ');
  throw new UsageError(
    `Expected -o to end with one of ${list}, or --out-format, but received ${JSON.stringify(format)}. See god ${command} --help`,
  );
}

/** The formats of tables. */
export const TABLE_FORMATS = ['csv', 'tsv', 'jsonl'];

/** Rows as the text of a table: with a heading, or one JSON object a line. */
export function tableText(
  format: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  if (format === 'jsonl')
    return rows
      .map((row) => `${JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, row[i]])))}\n`)
      .join('');
  const delimiter = format === 'tsv' ? '\t' : ',';
  return [columns, ...rows].map((row) => csvLine(row, delimiter)).join('');
}

/** The name of a row: its id, else its number. */
export function nameOf(ids: readonly string[] | undefined, row: number): string {
  return ids?.[row] || String(row);
}
