import { isUtf8 } from 'node:buffer';
import { DataError } from '../errors.ts';
import { asBuffer, ByteQueue } from './byte-queue.ts';
import { type Chunks, peek } from './read.ts';
import { readText, type TextEncoding } from './text.ts';

export interface LineOptions {
  /** Encoding of a file without a byte order mark. Default 'utf8'. Give it if users can choose. */
  encoding?: TextEncoding | undefined;
  /** Most bytes of a line. */
  maxLine?: number;
}

/** Whole lines. */
export interface LineBlock {
  /** The lines with their ends; the last line of the text can lack it. */
  readonly bytes: Buffer;
  /** The byte that ends a line: a line feed or a carriage return. */
  readonly lineEnd: number;
  /** Whether all bytes are UTF-8. */
  readonly utf8: boolean;
}

/** How many lines the reader of blocks has used, for messages. */
export interface LinesRead {
  line: number;
}

const DEFAULT_MAX_LINE = 16 << 20;
const RETURN = 13;

/**
 * The lines of a text file as UTF-8 bytes, decompressed on the way.
 *
 * @throws DataError with the line, when bytes are not UTF-8 or a line is too long; also what `readText` throws.
 */
export async function* readLines(file: string, options: LineOptions = {}): AsyncGenerator<Buffer> {
  const read: LinesRead = { line: 0 };
  for await (const block of readLineBlocks(file, read, options)) {
    for (const bytes of linesOf(block)) {
      read.line++;
      if (!block.utf8) checkUtf8(bytes, file, read.line, options);
      yield bytes;
    }
  }
}

/**
 * The text of a file in blocks of whole lines, decompressed on the way. Count in `read` the lines of a block before you ask for the next.
 *
 * @throws DataError as `readLines` does, but for bytes that are not UTF-8: call `checkUtf8` for the lines of a block that says so.
 */
export function readLineBlocks(
  file: string,
  read: LinesRead,
  { encoding, maxLine = DEFAULT_MAX_LINE }: LineOptions = {},
): AsyncGenerator<LineBlock> {
  return lineBlocks(readText(file, encoding), file, read, maxLine);
}

/** @throws DataError when the line is not UTF-8. The message names the option if the caller has one. */
export function checkUtf8(bytes: Buffer, file: string, line: number, { encoding }: LineOptions): void {
  if (isUtf8(bytes)) return;
  if (encoding === undefined) throw new DataError('is not UTF-8 text', { file, line });
  const problem = "is not UTF-8 text; if it is Latin-1, say so by `encoding: 'latin1'`";
  throw new DataError(problem, { file, line }, { option: 'encoding' });
}

/**
 * The lines of a stream as bytes, split at line feeds only: other line ends and spaces of Unicode can be part of names. A
 * carriage return before the line feed is cut off. If there are carriage returns but no line feeds, lines end with carriage
 * returns, as on old Macs.
 *
 * @throws DataError for a line of more than `maxLine` bytes.
 */
export async function* splitLines(
  source: Chunks,
  file: string,
  maxLine = DEFAULT_MAX_LINE,
): AsyncGenerator<Buffer> {
  const read: LinesRead = { line: 0 };
  for await (const block of lineBlocks(source, file, read, maxLine)) {
    for (const bytes of linesOf(block)) {
      read.line++;
      yield bytes;
    }
  }
}

function* linesOf(block: LineBlock): Generator<Buffer> {
  for (let from = 0; from < block.bytes.length; ) {
    const { line, next } = lineAt(block, from);
    yield line;
    from = next;
  }
}

/** The line that begins at a byte of a block, without its end, and where the next one begins. */
export function lineAt({ bytes, lineEnd }: LineBlock, from: number): { line: Buffer; next: number } {
  const found = bytes.indexOf(lineEnd, from);
  const end = found === -1 ? bytes.length : found;
  const line = bytes.subarray(from, end > from && bytes[end - 1] === RETURN ? end - 1 : end);
  return { line, next: Math.min(bytes.length, end + 1) };
}

/** Bytes that are searched for a line feed before the file is taken to end its lines with CR. */
const SEARCHED = 64 << 10;

async function* lineBlocks(
  source: Chunks,
  file: string,
  read: LinesRead,
  maxLine: number,
): AsyncGenerator<LineBlock> {
  const { head, chunks } = await peek(source, SEARCHED);
  const lineEnd = !head.includes(10) && head.includes(RETURN) ? RETURN : 10;
  const block = (bytes: Buffer): LineBlock => ({ bytes, lineEnd, utf8: isUtf8(bytes) });
  const pending = new ByteQueue();
  for await (const chunk of chunks) {
    const bytes = asBuffer(chunk);
    const end = bytes.lastIndexOf(lineEnd) + 1;
    if (end > 0) {
      pending.push(bytes.subarray(0, end));
      yield block(pending.take(pending.length));
    }
    pending.push(bytes.subarray(end));
    if (pending.length > maxLine)
      throw new DataError(`longer than ${maxLine} bytes`, { file, line: read.line + 1 });
  }
  if (pending.length > 0) yield block(pending.take(pending.length));
}
