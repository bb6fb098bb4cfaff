import { DataError } from '../errors.ts';
import { asBuffer } from './byte-queue.ts';
import { fileKind, HEAD_BYTES } from './kind.ts';
import { type Chunks, peek, readBytes } from './read.ts';

/** How a text file is encoded when it has no byte order mark. */
export type TextEncoding = 'utf8' | 'latin1';

const UTF8_MARK = Buffer.from('efbbbf', 'hex');
const MARKS = [
  { mark: Buffer.from('fffe0000', 'hex'), encoding: 'utf-32le' },
  { mark: Buffer.from('0000feff', 'hex'), encoding: 'utf-32be' },
  { mark: Buffer.from('fffe', 'hex'), encoding: 'utf-16le' },
  { mark: Buffer.from('feff', 'hex'), encoding: 'utf-16be' },
] as const;

/**
 * The text of a file as UTF-8 bytes, decompressed and without a byte order mark. UTF-16 is read when the file begins with its
 * mark. The readers of lines check that UTF-8 is valid.
 *
 * @throws DataError when the file is of another kind, UTF-32, UTF-16 without a mark, or damaged UTF-16.
 */
export async function* readText(file: string, encoding: TextEncoding = 'utf8'): AsyncGenerator<Uint8Array> {
  const { head, chunks } = await peek(readBytes(file), HEAD_BYTES);
  const found = MARKS.find(({ mark }) => head.subarray(0, mark.length).equals(mark))?.encoding;
  if (found === 'utf-32le' || found === 'utf-32be')
    throw new DataError('is UTF-32 text, expected UTF-8', { file });
  if (found !== undefined) {
    yield* fromUtf16(withoutFirst(chunks, 2), file, found);
    return;
  }
  const kind = looksLikeUtf16(head) ? 'UTF-16 text without a byte order mark' : fileKind(head);
  if (kind !== undefined) throw new DataError(`is ${kind}, expected text`, { file });
  if (head.subarray(0, 3).equals(UTF8_MARK)) yield* withoutFirst(chunks, 3);
  else if (encoding === 'latin1') yield* fromLatin1(chunks);
  else yield* chunks;
}

async function* withoutFirst(chunks: Chunks, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    const cut = Math.min(left, chunk.length);
    left -= cut;
    yield chunk.subarray(cut);
  }
}

async function* fromLatin1(chunks: Chunks): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(asBuffer(chunk).toString('latin1'));
}

async function* fromUtf16(
  chunks: Chunks,
  file: string,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  let line = 1;
  const decode = (chunk?: Uint8Array): Buffer => {
    try {
      const text = decoder.decode(chunk, { stream: chunk !== undefined });
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) line++;
      return Buffer.from(text);
    } catch (cause) {
      throw new DataError('damaged UTF-16 text in or after this line', { file, line }, { cause });
    }
  };
  for await (const chunk of chunks) yield decode(chunk);
  yield decode();
}

/** In UTF-16, every other byte of Latin text is zero. */
function looksLikeUtf16(head: Buffer): boolean {
  const pairs = Math.min(32, head.length >> 1);
  if (pairs < 2) return false;
  const zeros = (parity: number): number => {
    let count = 0;
    for (let i = 0; i < pairs; i++) if (head[2 * i + parity] === 0) count++;
    return count;
  };
  const [even, odd] = [zeros(0), zeros(1)];
  return (even === pairs && odd === 0) || (odd === pairs && even === 0);
}
