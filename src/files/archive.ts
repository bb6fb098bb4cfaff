import { pipeline, Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { DataError } from '../errors.ts';
import { messageOf } from './file-error.ts';
import { fileKind, HEAD_BYTES } from './kind.ts';
import { type Chunks, peek, readBytes } from './read.ts';

/** One file of a tar archive. Its chunks must be read, or left alone, before the next member is asked for. */
export interface TarMember {
  readonly name: string;
  readonly size: number;
  readonly chunks: Chunks;
}

/**
 * The regular files of a tar archive (plain, gzip or bzip2) in their order. Nothing is written to disk, so member
 * names are only names here.
 *
 * @throws DataError when the archive is damaged or cut off.
 */
export async function* readTar(file: string): AsyncGenerator<TarMember> {
  const { head, chunks } = await peek(readBytes(file), HEAD_BYTES);
  const kind = fileKind(head);
  if (kind !== undefined && kind !== 'a tar archive')
    throw new DataError(`is ${kind}, expected a tar archive`, { file });
  const untar = extract();
  const source: SourceWatch = { zeros: 0, failure: undefined };
  pipeline(Readable.from(watch(chunks, source)), untar, () => {});
  const explain = (error: unknown): unknown => {
    // A failure of the file itself also breaks the archive; it is the one to tell.
    if (source.failure !== undefined) return source.failure;
    return new DataError(`damaged tar archive (${messageOf(error)})`, { file }, { cause: error });
  };
  const entries = untar[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orElse(entries.next(), explain);
      if (next.done) break;
      const entry = next.value;
      const { name, size = 0, type } = entry.header;
      if (type === 'file' || type === 'contiguous-file')
        yield { name, size, chunks: memberChunks(entry, explain) };
      // Unread bytes of a member would hold up the next one.
      entry.resume();
    }
  } finally {
    untar.destroy();
  }
  if (source.failure !== undefined) throw source.failure;
  if (source.zeros < 512) {
    throw new DataError('the tar archive ends early: its closing zero block is missing', { file });
  }
}

async function orElse<T>(promise: Promise<T>, explain: (error: unknown) => unknown): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw explain(error);
  }
}

async function* memberChunks(
  entry: AsyncIterable<unknown>,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* entry as Chunks;
  } catch (error) {
    throw explain(error);
  }
}

/** What the archive's own stream did: zero bytes it ends with so far, and how it failed. */
interface SourceWatch {
  zeros: number;
  failure: unknown;
}

/** A tar that is cut off between two members ends without zeros. */
async function* watch(chunks: Chunks, source: SourceWatch): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) {
      let zeros = 0;
      while (zeros < 1024 && zeros < chunk.length && chunk[chunk.length - 1 - zeros] === 0) zeros++;
      source.zeros = zeros === chunk.length ? source.zeros + zeros : zeros;
      yield chunk;
    }
  } catch (error) {
    source.failure = error;
    throw error;
  }
}
