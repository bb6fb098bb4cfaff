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

const DEFAULT_MAX_LINE = 16 << 20;

/**
 * The lines of a text file as UTF-8 bytes, decompressed on the way.
 *
 * @throws DataError with the line, when bytes are not UTF-8 or a line is too long; also what `readText` throws.
 */
export async function* readLines(
  file: string,
  { encoding, maxLine = DEFAULT_MAX_LINE }: LineOptions = {},
): AsyncGenerator<Buffer> {
  let line = 0;
  for await (const bytes of splitLines(readText(file, encoding), file, maxLine)) {
    line++;
    if (!isUtf8(bytes)) throw notUtf8(file, line, encoding !== undefined);
    yield bytes;
  }
}

/** The message names the option if the caller has one. */
function notUtf8(file: string, line: number, choice: boolean): DataError {
  if (!choice) return new DataError('is not UTF-8 text', { file, line });
  const problem = "is not UTF-8 text; if it is Latin-1, say so by `encoding: 'latin1'`";
  return new DataError(problem, { file, line }, { option: 'encoding' });
}

/** Bytes that are searched for a line feed before the file is taken to end its lines with CR. */
const SEARCHED = 64 << 10;

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
  const { head, chunks } = await peek(source, SEARCHED);
  const lineEnd = !head.includes(10) && head.includes(13) ? 13 : 10;
  const pending = new ByteQueue();
  let line = 1;
  for await (const chunk of chunks) {
    const bytes = asBuffer(chunk);
    let start = 0;
    for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, start)) {
      const last = bytes.subarray(start, end);
      start = end + 1;
      if (pending.length === 0) yield withoutReturn(last);
      else {
        pending.push(last);
        yield withoutReturn(pending.take(pending.length));
      }
      line++;
    }
    pending.push(bytes.subarray(start));
    if (pending.length > maxLine) throw new DataError(`longer than ${maxLine} bytes`, { file, line });
  }
  if (pending.length > 0) yield withoutReturn(pending.take(pending.length));
}

function withoutReturn(line: Buffer): Buffer {
  return line.length > 0 && line[line.length - 1] === 13 ? line.subarray(0, -1) : line;
}
