import { ReadableStream } from 'node:stream/web';
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
  const { createTarDecoder } = await import('modern-tar');
  const entries = ReadableStream.from(withZeros(chunks)).pipeThrough(createTarDecoder({ strict: true }));
  for await (const { header, body } of explained(entries, file)) {
    const { name, size, type } = header;
    if (type === 'file') yield { name, size, chunks: explained(uncancelled(body), file) };
    // Unread bytes of a member would hold up the next one. To cancel it may cancel the next one in its place (modern-tar 0.8.6).
    for await (const _ of body);
  }
}

/** Two blocks of zeros must end an archive. Some programs write one. */
async function* withZeros(chunks: Chunks): AsyncGenerator<Uint8Array> {
  yield* chunks;
  yield new Uint8Array(512);
}

/** What a stream gives. Whoever stops early leaves it open. */
async function* uncancelled<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  yield* stream.values({ preventCancel: true });
}

/** What a stream gives. It fails with the error of the file itself, else with one that names the archive. */
async function* explained<T>(stream: AsyncIterable<T>, file: string): AsyncGenerator<T> {
  try {
    yield* stream;
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`damaged tar archive (${messageOf(error)})`, { file }, { cause: error });
  }
}
