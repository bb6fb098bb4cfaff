import { readLines } from '../files/lines.ts';
import type { CsvRecord } from './csv.ts';
import { PlainRecord } from './plain-record.ts';

/** Reads TSV without quotes, as the Embedding Projector does. Empty lines at the end are left out. */
export async function* readTsv(file: string): AsyncGenerator<CsvRecord> {
  let line = 0;
  let empty = 0;
  for await (const bytes of readLines(file)) {
    line++;
    if (bytes.length === 0) {
      empty++;
      continue;
    }
    for (; empty > 0; empty--) yield { line: line - empty, fields: [''] };
    yield new PlainRecord(line, bytes, '\t');
  }
}
