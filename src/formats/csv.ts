import { DataError } from '../errors.ts';
import type { Chunks } from '../files/read.ts';

/** One record of a CSV file. */
export interface CsvRecord {
  /** Line, from 1, that the record starts on. */
  readonly line: number;
  readonly fields: readonly string[];
}

const quote = '"';

/** How a table is written. */
export interface CsvOptions {
  /** Between fields, one character. Default ','. */
  readonly delimiter?: string | undefined;
  /** Longest record in characters. */
  readonly limit?: number;
}

/**
 * Reads CSV as in RFC 4180: quoted fields can hold commas, line ends and doubled quotes. Lines can end with CR LF, LF or CR. A
 * byte order mark and empty lines are skipped. Records can differ in length.
 *
 * @throws DataError with the line for a quote that is never closed, text next to a quoted field, a quote inside an
 * unquoted one, bytes that are not UTF-8 text, or a record over the limit.
 * @example
 * for await (const { fields } of readCsv(readBytes('labels.csv'), 'labels.csv')) console.log(fields[0]);
 */
export async function* readCsv(
  chunks: Chunks,
  file: string,
  { delimiter = ',', limit = 16 << 20 }: CsvOptions = {},
): AsyncGenerator<CsvRecord> {
  const parser = new CsvParser(file, delimiter, limit);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw new DataError('is not UTF-8 text', { file, line: parser.line }, { cause: error });
    }
  };
  for await (const chunk of chunks) yield* parser.push(decode(chunk));
  yield* parser.push(decode());
  yield* parser.end();
}

type State = 'fieldStart' | 'plain' | 'quoted' | 'quoteInQuoted';

class CsvParser {
  line = 1;
  readonly #file: string;
  readonly #delimiter: string;
  readonly #limit: number;
  #state: State = 'fieldStart';
  #fields: string[] = [];
  #field = '';
  #length = 0;
  #startLine = 1;
  #afterReturn = false;

  constructor(file: string, delimiter: string, limit: number) {
    this.#file = file;
    this.#delimiter = delimiter;
    this.#limit = limit;
  }

  *push(text: string): Generator<CsvRecord> {
    for (const char of text) {
      const lineFeedOfPair = char === '\n' && this.#afterReturn;
      this.#afterReturn = char === '\r';
      if ((char === '\n' || char === '\r') && !lineFeedOfPair) this.line++;
      if (++this.#length > this.#limit)
        this.#fail(`a record of more than ${this.#limit} characters`, this.#startLine);
      if (this.#state === 'quoted') this.#quoted(char);
      else if (char === this.#delimiter) this.#endField();
      else if (char === '\n' || char === '\r') yield* this.#endRecord();
      else this.#unquoted(char);
    }
  }

  *end(): Generator<CsvRecord> {
    if (this.#state === 'quoted') this.#fail('a quoted field is never closed', this.#startLine);
    yield* this.#endRecord();
  }

  #quoted(char: string): void {
    if (char === quote) this.#state = 'quoteInQuoted';
    else this.#field += char;
  }

  #unquoted(char: string): void {
    if (this.#state === 'quoteInQuoted') {
      if (char !== quote) this.#fail('text after the closing quote of a field', this.line);
      this.#field += quote;
      this.#state = 'quoted';
    } else if (char !== quote) {
      this.#field += char;
      this.#state = 'plain';
    } else if (this.#state === 'fieldStart') this.#state = 'quoted';
    else this.#fail('a quote inside an unquoted field', this.line);
  }

  #endField(): void {
    this.#fields.push(this.#field);
    this.#field = '';
    this.#state = 'fieldStart';
  }

  *#endRecord(): Generator<CsvRecord> {
    const empty = this.#fields.length === 0 && this.#state === 'fieldStart';
    if (!empty) {
      this.#endField();
      yield { line: this.#startLine, fields: this.#fields };
      this.#fields = [];
    }
    this.#length = 0;
    this.#startLine = this.line;
  }

  #fail(problem: string, line: number): never {
    throw new DataError(problem, { file: this.#file, line });
  }
}

/**
 * One CSV record with its line end (CR LF, as RFC 4180 says). Fields that need quotes get them, so that `readCsv` gives back
 * exactly the same strings.
 *
 * @example
 * csvLine(['id', 'a "label", quoted']); // 'id,"a ""label"", quoted"\r\n'
 */
export function csvLine(fields: readonly (string | number)[], delimiter = ','): string {
  // Without quotes, a record of one empty field would be an empty line.
  if (fields.length === 1 && fields[0] === '') return '""\r\n';
  return `${fields.map((field) => csvField(field, delimiter)).join(delimiter)}\r\n`;
}

function csvField(field: string | number, delimiter: string): string {
  if (typeof field === 'number') return String(field);
  const quoted = /[",\r\n]|^\s|\s$|^\uFEFF/.test(field) || field.includes(delimiter);
  return quoted ? `"${field.replaceAll(quote, '""')}"` : field;
}
