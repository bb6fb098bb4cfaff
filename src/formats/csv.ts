import { isAscii, isUtf8 } from 'node:buffer';
import { DataError } from '../errors.ts';
import { asBuffer } from '../files/byte-queue.ts';
import type { Chunks } from '../files/read.ts';
import { PlainRecord } from './plain-record.ts';

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
  let rest: Uint8Array = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
    const used = yield* parser.push(bytes);
    rest = bytes.subarray(used);
  }
  yield* parser.end(rest);
}

const [LINE_FEED, RETURN, QUOTE] = [10, 13, 34];
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

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
  /** Whether the file's begin was seen. */
  #begun = false;
  /** Of records that are read character by character. */
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(file: string, delimiter: string, limit: number) {
    this.#file = file;
    this.#delimiter = delimiter;
    this.#limit = limit;
  }

  /** The records in some bytes. Returns how many bytes were used: the others are the begin of a line. */
  *push(bytes: Buffer): Generator<CsvRecord, number> {
    let at = this.#markLength(bytes);
    if (at === undefined) return 0;
    const ascii = isAscii(bytes);
    let [nextQuote, nextReturn] = [bytes.indexOf(QUOTE, at), bytes.indexOf(RETURN, at)];
    for (let feed = bytes.indexOf(LINE_FEED, at); feed !== -1; feed = bytes.indexOf(LINE_FEED, at)) {
      if (nextQuote !== -1 && nextQuote < at) nextQuote = bytes.indexOf(QUOTE, at);
      if (nextReturn !== -1 && nextReturn < at) nextReturn = bytes.indexOf(RETURN, at);
      const end = nextReturn === feed - 1 ? nextReturn : feed;
      const within = (place: number) => place !== -1 && place < end;
      if (this.#begins() && end - at <= this.#limit && !within(nextQuote) && !within(nextReturn)) {
        if (end > at) yield this.#plain(bytes.subarray(at, end), ascii);
        this.line++;
        this.#startLine = this.line;
      } else yield* this.#characters(bytes.subarray(at, feed + 1));
      at = feed + 1;
    }
    const rest = bytes.subarray(at);
    if (this.#begins() && rest.length <= this.#limit && !rest.includes(QUOTE) && !rest.includes(RETURN))
      return at;
    yield* this.#characters(rest);
    return bytes.length;
  }

  /** Length of a byte order mark at the begin of the file; undefined if more bytes must show it. */
  #markLength(bytes: Buffer): number | undefined {
    if (this.#begun) return 0;
    if (bytes.length < BYTE_ORDER_MARK.length && bytes.equals(BYTE_ORDER_MARK.subarray(0, bytes.length)))
      return undefined;
    this.#begun = true;
    return bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  }

  /** Whether nothing of the next record has been read. */
  #begins(): boolean {
    return this.#length === 0 && !this.#afterReturn;
  }

  #plain(bytes: Buffer, ascii: boolean): CsvRecord {
    if (!ascii && !isUtf8(bytes)) this.#fail('is not UTF-8 text', this.line);
    return new PlainRecord(this.line, bytes, this.#delimiter);
  }

  *#characters(bytes: Uint8Array): Generator<CsvRecord> {
    for (const char of this.#decode(() => this.#decoder.decode(bytes, { stream: true })).split('')) {
      const record = this.#character(char);
      if (record !== undefined) yield record;
    }
  }

  #decode(decode: () => string): string {
    try {
      return decode();
    } catch (error) {
      throw new DataError('is not UTF-8 text', { file: this.#file, line: this.line }, { cause: error });
    }
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

  /** The records in the last bytes. */
  *end(rest: Uint8Array): Generator<CsvRecord> {
    yield* this.#characters(rest);
    this.#decode(() => this.#decoder.decode());
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
