import type { FileHandle } from 'node:fs/promises';
import { DataError } from '../../errors.ts';
import type { ColumnMetaData, Leaf } from './leaf.ts';
import { type Page, readPages } from './pages.ts';

/** What reads a leaf of a row group from its first row to its last. */
interface Source {
  readonly handle: FileHandle;
  readonly file: string;
  readonly leaf: Leaf;
  readonly chunk: ColumnMetaData;
}

/** Numbers that are worth a block of their own. */
const ENOUGH = 1 << 16;

/** The numbers of a column in one row group, in rows of equal length. */
export class NumberCursor {
  readonly #source: Source;
  readonly #pages: AsyncGenerator<Page>;
  /** Numbers in each row; undefined until the second row has been seen. */
  #cols: number | undefined;
  /** Numbers that were read but not taken. */
  #waiting: (Float32Array | Float64Array)[] = [];
  #length = 0;
  /** Slots that were checked. */
  #slots = 0;

  /** @param cols numbers in each row of the row groups before. */
  constructor(source: Source, cols: number | undefined) {
    this.#source = source;
    this.#pages = readPages(source.handle, source.file, source.leaf, source.chunk, false);
    this.#cols = source.leaf.maxRepetition === 0 ? 1 : cols;
  }

  /** The numbers of the next `rows` rows. @throws DataError for a null, and for a list of another length. */
  async take(rows: number): Promise<Float32Array | Float64Array> {
    const count = rows * (await this.width());
    while (this.#length < count) await this.#read();
    return this.#cut(count);
  }

  async #read(): Promise<void> {
    const next = await this.#pages.next();
    if (next.done) this.#fail(`ends after ${this.#slots} values`);
    else this.#add(next.value);
  }

  /** How many of the next `rows` rows, at least one, can be taken at once without copying pages together. */
  async ready(rows: number): Promise<number> {
    const cols = await this.width();
    const enough = Math.min(rows * cols, ENOUGH);
    while (this.#length < Math.max(cols, enough)) await this.#read();
    if (this.#waiting[0].length < Math.max(cols, enough)) this.#waiting = [this.#joined(this.#length)];
    return Math.floor(this.#waiting[0].length / cols);
  }

  /** Numbers in each row: 1 unless the column holds lists. */
  async width(): Promise<number> {
    while (this.#cols === undefined) {
      const next = await this.#pages.next();
      if (next.done) this.#cols = this.#length;
      else this.#add(next.value);
    }
    if (this.#cols === 0) this.#fail('holds empty lists');
    return this.#cols;
  }

  #cut(count: number): Float32Array | Float64Array {
    const [first] = this.#waiting;
    this.#length -= count;
    if (first !== undefined && first.length >= count) {
      if (first.length === count) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    return this.#joined(count);
  }

  /** The next `count` numbers in an array of their own. */
  #joined(count: number): Float32Array | Float64Array {
    const all = this.#waiting[0]?.BYTES_PER_ELEMENT === 8 ? new Float64Array(count) : new Float32Array(count);
    let done = 0;
    while (done < count) {
      const part = this.#waiting[0];
      const used = part.subarray(0, count - done);
      all.set(used, done);
      done += used.length;
      if (used.length === part.length) this.#waiting.shift();
      else this.#waiting[0] = part.subarray(used.length);
    }
    return all;
  }

  #add({ values, slots, starts, definition }: Page): void {
    if (Array.isArray(values)) {
      this.#fail('holds text');
      return;
    }
    if (definition !== undefined) this.#refuseNull(definition, starts);
    if (starts !== undefined) this.#checkLists(starts, slots);
    this.#slots += values.length;
    this.#length += values.length;
    this.#waiting.push(values);
  }

  #refuseNull(definition: Uint32Array, starts: Uint32Array | undefined): never {
    const at = definition.findIndex((level) => level < this.#source.leaf.maxDefinition);
    const place = starts === undefined ? `row ${this.#slots + at}` : `value ${this.#slots + at}`;
    return this.#fail(`holds a null or an empty list at ${place} of the row group`);
  }

  /** A row begins exactly at every multiple of the length. */
  #checkLists(starts: Uint32Array, slots: number): void {
    this.#cols ??= starts.length > 0 && this.#slots > 0 ? this.#slots + starts[0] : starts[1];
    const cols = this.#cols ?? Number.MAX_SAFE_INTEGER;
    const end = this.#slots + slots;
    let expected = Math.ceil(this.#slots / cols) * cols;
    for (const start of starts) {
      if (this.#slots + start !== expected) this.#failLength(cols, Math.min(this.#slots + start, expected));
      expected += cols;
    }
    if (expected < end) this.#failLength(cols, expected);
  }

  #failLength(cols: number, slot: number): never {
    const row = Math.floor(slot / cols);
    return this.#fail(
      `has a list of another length than ${cols}, that of the first, at row ${row} of the row group`,
    );
  }

  #fail(problem: string): never {
    const { file, leaf } = this.#source;
    throw new DataError(`the column \`${leaf.name}\` ${problem}`, { file });
  }
}

/** The texts of a column in one row group; '' for null. Numbers are written as text, exactly. */
export class TextCursor {
  readonly #source: Source;
  readonly #pages: AsyncGenerator<Page>;
  #waiting: string[] = [];

  constructor(source: Source) {
    this.#source = source;
    this.#pages = readPages(source.handle, source.file, source.leaf, source.chunk, true);
  }

  async take(rows: number): Promise<string[]> {
    while (this.#waiting.length < rows) {
      const next = await this.#pages.next();
      const { file, leaf } = this.#source;
      if (next.done) throw new DataError(`the column \`${leaf.name}\` ends early`, { file });
      for (const text of textsOf(next.value, leaf)) this.#waiting.push(text);
    }
    const taken = this.#waiting.slice(0, rows);
    this.#waiting = this.#waiting.slice(rows);
    return taken;
  }
}

function textsOf({ values, definition }: Page, { maxDefinition }: Leaf): string[] {
  const texts = Array.isArray(values) ? values : Array.from(values, String);
  if (definition === undefined) return texts;
  let next = 0;
  return Array.from(definition, (level) => (level === maxDefinition ? texts[next++] : ''));
}
