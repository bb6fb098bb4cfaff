import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { writeArray, writeFileAtomically } from './atomic-file.ts';
import { partOf, recordOf } from './part-names.ts';
import { readAt } from './read.ts';

/** What rows belong to. Rows of another identity are not taken. */
export interface PartIdentity {
  readonly identity: string;
  readonly rows: number;
  readonly cols: number;
}

/** Bytes that are read at once. */
const PIECE = 4 << 20;

/**
 * Rows of float32 that are computed in any order and must outlive the process: `name.part`, and `name.part.json`, which says what they
 * belong to. Each row lies at its place, followed by its CRC-32. A row without the right one, because it was not computed or the
 * process or the power failed while it was written, is not there. A row of NaN says that there is none to compute.
 */
export class PartRows {
  /** For each row: 0 if it is not there, 1 if it is, 2 if there is none to compute. */
  readonly states: Uint8Array;
  readonly cols: number;
  /** Whether rows were dropped because they belong to something else. */
  replaced = false;
  readonly #file: string;
  readonly #handle: FileHandle;

  private constructor(file: string, handle: FileHandle, { rows, cols }: PartIdentity) {
    this.#file = file;
    this.#handle = handle;
    this.states = new Uint8Array(rows);
    this.cols = cols;
  }

  /**
   * Opens the rows that an earlier process left, or none.
   *
   * @throws the error of the file system.
   */
  static async open(file: string, identity: PartIdentity): Promise<PartRows> {
    const text = `${JSON.stringify(identity)}\n`;
    const handle = await open(partOf(file), constants.O_RDWR | constants.O_CREAT);
    try {
      const part = new PartRows(file, handle, identity);
      if ((await readFile(recordOf(file), 'utf8').catch(() => '')) === text) {
        await part.#scan();
      } else {
        part.replaced = (await handle.stat()).size > 0;
        // Without a record, nobody takes the rows of the other identity for these.
        await rm(recordOf(file), { force: true });
        await handle.truncate(0);
        await writeFileAtomically(recordOf(file), text);
      }
      return part;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Rows that need not be computed. */
  get done(): number {
    return this.states.reduce((count, state) => count + (state === 0 ? 0 : 1), 0);
  }

  /** Writes a row; undefined says that there is none. */
  async put(row: number, values: Float32Array | undefined): Promise<void> {
    const numbers = values ?? new Float32Array(this.cols).fill(Number.NaN);
    const bytes = Buffer.alloc(this.#stride);
    bytes.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), this.#stride - 4);
    await writeArray(this.#handle, bytes, bytes.length, row * this.#stride);
    this.states[row] = values === undefined ? 2 : 1;
  }

  /** The rows that are there, in order, some at a time: their numbers and their values. */
  async *batches(): AsyncGenerator<{ readonly rows: readonly number[]; readonly values: Float32Array }> {
    const step = this.#step;
    for (let begin = 0; begin < this.states.length; begin += step) {
      const bytes = await readAt(this.#handle, begin * this.#stride, step * this.#stride);
      const rows: number[] = [];
      const values = new Float32Array(step * this.cols);
      for (let row = begin; (row - begin + 1) * this.#stride <= bytes.length; row++) {
        if (this.states[row] !== 1) continue;
        values.set(this.#numbers(bytes, row - begin), rows.length * this.cols);
        rows.push(row);
      }
      if (rows.length > 0) yield { rows, values: values.subarray(0, rows.length * this.cols) };
    }
  }

  /** Keeps the rows for later; without any, nothing stays behind. */
  async close(): Promise<void> {
    if (this.done === 0) await this.remove();
    else await this.#handle.close();
  }

  /** Ends without keeping the rows. */
  async remove(): Promise<void> {
    await this.#handle.close();
    await rm(recordOf(this.#file), { force: true });
    await rm(partOf(this.#file), { force: true });
  }

  get #stride(): number {
    return 4 * this.cols + 4;
  }

  get #step(): number {
    return Math.max(1, Math.floor(PIECE / this.#stride));
  }

  /** Finds the rows that are there. */
  async #scan(): Promise<void> {
    const step = this.#step;
    for (let begin = 0; begin < this.states.length; begin += step) {
      const bytes = await readAt(this.#handle, begin * this.#stride, step * this.#stride);
      const rows = Math.min(step, this.states.length - begin, Math.floor(bytes.length / this.#stride));
      for (let row = 0; row < rows; row++) {
        const checksum = bytes.readUInt32LE((row + 1) * this.#stride - 4);
        const end = (row + 1) * this.#stride - 4;
        if (crc32(bytes.subarray(row * this.#stride, end)) !== checksum) continue;
        this.states[begin + row] = Number.isNaN(this.#numbers(bytes, row)[0]) ? 2 : 1;
      }
    }
  }

  /** The values of a row of some that were read. */
  #numbers(bytes: Buffer, row: number): Float32Array {
    const start = bytes.byteOffset + row * this.#stride;
    return new Float32Array(bytes.buffer, start, this.cols);
  }
}
