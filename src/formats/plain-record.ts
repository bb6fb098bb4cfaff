import type { CsvRecord } from './csv.ts';
import { parseDecimal } from './decimal.ts';

/** A record of a table without quotes. Its fields become text on request; numbers are read from the bytes. */
export class PlainRecord implements CsvRecord {
  readonly line: number;
  readonly #bytes: Buffer;
  readonly #delimiter: string;
  #fields: readonly string[] | undefined;

  /** @param bytes of the line without its end, in UTF-8. */
  constructor(line: number, bytes: Buffer, delimiter: string) {
    this.line = line;
    this.#bytes = bytes;
    this.#delimiter = delimiter;
  }

  get fields(): readonly string[] {
    this.#fields ??= this.#bytes.toString().split(this.#delimiter);
    return this.#fields;
  }

  /**
   * Where fields end, which is how many there are; undefined unless the delimiter is one byte.
   *
   * @param capacity most fields that are expected: one more is counted.
   */
  ends(capacity: number): Uint32Array | undefined {
    const code = this.#delimiter.charCodeAt(0);
    if (this.#delimiter.length > 1 || code > 127) return undefined;
    const ends = new Uint32Array(capacity + 1);
    const bytes = this.#bytes;
    let count = 0;
    for (let at = 0; at < bytes.length && count < capacity; at++) if (bytes[at] === code) ends[count++] = at;
    ends[count++] = bytes.length;
    return ends.subarray(0, count);
  }

  /** The text of a field. */
  field(ends: Uint32Array, i: number): string {
    return this.#bytes.toString('utf8', i === 0 ? 0 : ends[i - 1] + 1, ends[i]);
  }

  /** The number in a field; NaN if it is not written as one, or with blanks. */
  number(ends: Uint32Array, i: number): number {
    return parseDecimal(this.#bytes, i === 0 ? 0 : ends[i - 1] + 1, ends[i]);
  }
}
