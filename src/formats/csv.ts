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
    const lastLineFeed = text.lastIndexOf('\n');
    for (let at = 0; at < text.length; ) {
      const end = at <= lastLineFeed && this.#begins() ? text.indexOf('\n', at) : -1;
      const fields = end === -1 ? undefined : this.#plainFields(text, at, end);
      if (fields === undefined) {
        const record = this.#character(text[at]);
        if (record !== undefined) yield record;
        at++;
      } else {
        if (fields.length > 0) yield { line: this.line, fields };
        this.line++;
        this.#startLine = this.line;
        at = end + 1;
      }
    }
  }

  /** Whether nothing of the next record has been read. */
  #begins(): boolean {
    return this.#length === 0 && !this.#afterReturn;
  }

  /** The fields of a line without quotes, none if it is empty; undefined for lines that are read character by character. */
  #plainFields(text: string, start: number, lineFeed: number): string[] | undefined {
    const end = lineFeed > start && text[lineFeed - 1] === '\r' ? lineFeed - 1 : lineFeed;
    const line = text.slice(start, end);
    if (end - start > this.#limit || line.includes(quote) || line.includes('\r')) return undefined;
    return line === '' ? [] : line.split(this.#delimiter);
  }

  #character(char: string): CsvRecord | undefined {
    const lineFeedOfPair = char === '\n' && this.#afterReturn;
    this.#afterReturn = char === '\r';
    if ((char === '\n' || char === '\r') && !lineFeedOfPair) this.line++;
    if (++this.#length > this.#limit)
      this.#fail(`a record of more than ${this.#limit} characters`, this.#startLine);
    if (this.#state === 'quoted') this.#quoted(char);
    else if (char === this.#delimiter) this.#endField();
    else if (char === '\n' || char === '\r') return this.#endRecord();
    else this.#unquoted(char);
    return undefined;
  }

  *end(): Generator<CsvRecord> {
    if (this.#state === 'quoted') this.#fail('a quoted field is never closed', this.#startLine);
    const record = this.#endRecord();
    if (record !== undefined) yield record;
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

  #endRecord(): CsvRecord | undefined {
    const empty = this.#fields.length === 0 && this.#state === 'fieldStart';
    const line = this.#startLine;
    this.#length = 0;
    this.#startLine = this.line;
    if (empty) return undefined;
    this.#endField();
    const fields = this.#fields;
    this.#fields = [];
    return { line, fields };
  }

  #fail(problem: string, line: number): never {
    throw new DataError(problem, { file: this.#file, line });
  }
}

/**
 * One CSV record with its line end, LF. Fields that need quotes get them, so that `readCsv` gives back
 * exactly the same strings.
 *
 * @example
 * csvLine(['id', 'a "label", quoted']); // 'id,"a ""label"", quoted"\n'
 */
export function csvLine(fields: readonly (string | number)[], delimiter = ','): string {
  // Without quotes, a record of one empty field would be an empty line.
  if (fields.length === 1 && fields[0] === '') return '""\n';
  return `${fields.map((field) => csvField(field, delimiter)).join(delimiter)}\n`;
}

/** One field, in quotes if it needs them. */
export function csvField(field: string | number, delimiter = ','): string {
  if (typeof field === 'number') return String(field);
  const quoted = /[",\r\n]|^\s|\s$|^\uFEFF/.test(field) || field.includes(delimiter);
  return quoted ? `"${field.replaceAll(quote, '""')}"` : field;
}
