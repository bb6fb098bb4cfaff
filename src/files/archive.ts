import { ReadableStream } from 'node:stream/web';
import { DataError } from '../errors.ts';
import { messageOf } from './file-error.ts';
import { fileKind, HEAD_BYTES } from './kind.ts';
import { type Chunks, peek, readBytes } from './read.ts';

/** One file of a tar archive. Its chunks can only be read before the next member is requested. */
export interface TarMember {
  readonly name: string;
  readonly size: number;
  readonly chunks: Chunks;
}

/**
 * The regular files of a tar archive (plain, gzip or bzip2) in their order. Nothing is written to disk.
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
    // Unread bytes of a member would block the next one. Cancelling could cancel the next one instead (modern-tar 0.8.6).
    for await (const _ of body);
  }
}

/** Two blocks of zeros must end an archive. Some programs write one. */
async function* withZeros(chunks: Chunks): AsyncGenerator<Uint8Array> {
  yield* chunks;
  yield new Uint8Array(512);
}

/** The chunks of a stream. It stays open if the reader stops early. */
async function* uncancelled<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  yield* stream.values({ preventCancel: true });
}

/** The chunks of a stream. Fails with the file's own error, or with one that names the archive. */
async function* explained<T>(stream: AsyncIterable<T>, file: string): AsyncGenerator<T> {
  try {
    yield* stream;
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`damaged tar archive (${messageOf(error)})`, { file }, { cause: error });
  }
}
