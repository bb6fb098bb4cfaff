import { isUtf8 } from 'node:buffer';
import { DataError } from '../errors.ts';
import { asBuffer, ByteQueue } from './byte-queue.ts';
import { type Chunks, peek } from './read.ts';
import { readText, type TextEncoding } from './text.ts';

export interface LineOptions {
  /** How bytes are read that follow no byte order mark. Default 'utf8'. Give it where users can choose. */
  encoding?: TextEncoding | undefined;
  /** Most bytes of a line. */
  maxLine?: number;
}

const DEFAULT_MAX_LINE = 16 << 20;

/**
 * The lines of a text file as UTF-8 bytes, decompressed on the way.
 *
 * @throws DataError with the line for bytes that are not UTF-8 and for a line that is too long; as `readText` does.
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

/** Where the caller has an option for it, the message names it. */
function notUtf8(file: string, line: number, choice: boolean): DataError {
  if (!choice) return new DataError('is not UTF-8 text', { file, line });
  const problem = "is not UTF-8 text; if it is Latin-1, say so by `encoding: 'latin1'`";
  return new DataError(problem, { file, line }, { option: 'encoding' });
}

/** As much as is searched for a line feed before a file counts as one whose lines end with CR. */
const SEARCHED = 64 << 10;

/**
 * The lines of a stream as bytes, split at line feeds only: other characters that Unicode calls line ends or spaces are part of
 * names. A carriage return before the line feed is cut off. Only where there are carriage returns and no line feed do lines end
 * with those, as on old Macs.
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
