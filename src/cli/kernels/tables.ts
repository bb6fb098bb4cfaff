import { csvLine } from '../../formats/csv.ts';

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
