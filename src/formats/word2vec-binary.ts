import { DataError } from '../errors.ts';
import { ByteQueue } from '../files/byte-queue.ts';
import { firstBytes, isCompressed, readBytes, statPath } from '../files/read.ts';
import type { TextEncoding } from '../files/text.ts';
import { copyFloats } from './floats.ts';

/** Some words with their vectors. */
export interface WordBlock {
  readonly start: number;
  readonly rows: number;
  readonly cols: number;
  /** Words of the file; undefined if it is compressed, because its header could promise anything. */
  readonly total: number | undefined;
  readonly data: Float32Array;
  readonly ids: readonly string[];
}

const BLOCK_BYTES = 4 << 20;
const MAX_COLS = 65_536;
const MAX_NAME = 65_536;
const LINE_FEED = 10;
const BLANK = 32;

/**
 * Streams word vectors in word2vec's binary format: a line `rows cols`, then each word, a blank and `cols` float32, little-endian, with
 * or without a line feed after them. Plain, or compressed.
 *
 * @param limit stops after so many words.
 * @throws DataError with the offset for a damaged header, a word that is not UTF-8, and when the file ends early or late.
 */
export async function* readWord2vecBinary(
  file: string,
  encoding: TextEncoding = 'utf8',
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<WordBlock> {
  const bytes = new Scanner(readBytes(file), file);
  try {
    const { rows, cols } = await readHeader(bytes, file);
    const plain = !isCompressed(await firstBytes(file, 10));
    const rest = (await statPath(file)).size - bytes.offset;
    if (plain && rest < rows * (4 * cols + 1)) {
      const problem = `holds ${rest} bytes of words, fewer than the ${rows} words of ${cols} numbers that its header promises`;
      throw new DataError(problem, { file, offset: bytes.offset });
    }
    const wanted = Math.min(rows, limit);
    const step = Math.max(1, Math.floor(BLOCK_BYTES / (4 * cols)));
    let start = 0;
    do {
      const count = Math.min(step, wanted - start);
      const data = new Float32Array(count * cols);
      const ids: string[] = [];
      for (let i = 0; i < count; i++) {
        ids.push(await readName(bytes, encoding, file));
        copyFloats(await bytes.take(4 * cols), data, i * cols);
      }
      yield { start, rows: count, cols, total: plain ? rows : undefined, data, ids };
      start += count;
    } while (start < wanted);
    if (wanted === rows) await bytes.expectEnd();
  } finally {
    await bytes.close();
  }
}

async function readHeader(bytes: Scanner, file: string): Promise<{ rows: number; cols: number }> {
  const line = (await bytes.until(LINE_FEED, 64)).toString('latin1');
  const match = /^(\d{1,15})[ \t]+(\d{1,15})[ \t]*\r?$/.exec(line);
  const cols = Number(match?.[2]);
  if (match !== null && cols >= 1 && cols <= MAX_COLS) return { rows: Number(match[1]), cols };
  const problem = `begins with ${JSON.stringify(line.slice(0, 40))}, expected the number of words and of columns (1 to ${MAX_COLS})`;
  throw new DataError(problem, { file, offset: 0 });
}

/** A line feed before a word ends the vector before it. */
async function readName(bytes: Scanner, encoding: TextEncoding, file: string): Promise<string> {
  const { offset } = bytes;
  const raw = await bytes.until(BLANK, MAX_NAME);
  const name = raw[0] === LINE_FEED ? raw.subarray(1) : raw;
  if (encoding === 'latin1') return name.toString('latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch (cause) {
    const problem = "a word is not UTF-8 text; if it is Latin-1, say so by `encoding: 'latin1'`";
    throw new DataError(problem, { file, offset }, { option: 'encoding', cause });
  }
}

/** Takes bytes from a stream up to a number or a mark. */
class Scanner {
  offset = 0;
  readonly #chunks: AsyncGenerator<Uint8Array>;
  readonly #file: string;
  readonly #queue = new ByteQueue();

  constructor(chunks: AsyncGenerator<Uint8Array>, file: string) {
    this.#chunks = chunks;
    this.#file = file;
  }

  async take(count: number): Promise<Buffer> {
    while (this.#queue.length < count) if (!(await this.#more())) return this.#ends();
    this.offset += count;
    return this.#queue.take(count);
  }

  /** The bytes before `mark`, which is taken too; at most `limit`. */
  async until(mark: number, limit: number): Promise<Buffer> {
    let looked = 0;
    for (;;) {
      const at = this.#queue.indexOf(mark, looked);
      if (at !== -1 && at <= limit) return (await this.take(at + 1)).subarray(0, at);
      looked = this.#queue.length;
      if (looked > limit) {
        throw new DataError(`expected ${mark === BLANK ? 'a blank' : 'a line feed'} within ${limit} bytes`, {
          file: this.#file,
          offset: this.offset,
        });
      }
      if (!(await this.#more())) return this.#ends();
    }
  }

  async expectEnd(): Promise<void> {
    while (this.#queue.length > 0 || (await this.#more())) {
      if (this.#queue.length === 0) continue;
      const [byte] = await this.take(1);
      if (byte !== LINE_FEED)
        throw new DataError('has more bytes after the last word', {
          file: this.#file,
          offset: this.offset - 1,
        });
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#queue.push(next.value);
    return true;
  }

  #ends(): never {
    const offset = this.offset + this.#queue.length;
    throw new DataError('the file ends before the last word', { file: this.#file, offset });
  }
}
