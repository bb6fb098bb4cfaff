import { DataError } from '../../errors.ts';
import { ByteQueue } from '../../files/byte-queue.ts';
import { readBytes } from '../../files/read.ts';

/** The first bytes of a file in the file format, with two bytes to the next multiple of eight. */
export const ARROW_MARK = Buffer.from('ARROW1\0\0', 'latin1');

/** Ends the messages. */
export const END_OF_STREAM = Buffer.from('ffffffff00000000', 'hex');

export type MessageKind = 'schema' | 'dictionary' | 'batch' | 'other';

/** A message of Arrow's IPC format: what follows is described first, then there are the bytes of its columns. */
export interface ArrowMessage {
  readonly kind: MessageKind;
  /** The whole message, as it lies in the file. */
  readonly bytes: Buffer;
  /** Bytes before those of the columns. */
  readonly headBytes: number;
  readonly offset: number;
}

const MAX_HEAD = 64 << 20;
const MAX_BODY = 0x7fffffff;
const KINDS: Readonly<Record<number, MessageKind>> = { 1: 'schema', 2: 'dictionary', 3: 'batch' };

/**
 * The messages of a file, in the file format or the stream format, to the mark that ends them.
 *
 * @throws DataError with the offset when a message is damaged or the file ends inside one.
 */
export async function* readMessages(file: string): AsyncGenerator<ArrowMessage> {
  const chunks = readBytes(file);
  const queue = new ByteQueue();
  let offset = 0;
  const fill = async (count: number): Promise<boolean> => {
    while (queue.length < count) {
      const next = await chunks.next();
      if (next.done) return false;
      queue.push(next.value);
    }
    return true;
  };
  const take = async (count: number): Promise<Buffer> => {
    if (!(await fill(count)))
      throw new DataError('the file ends inside an Arrow message', { file, offset: offset + queue.length });
    offset += count;
    return queue.take(count);
  };
  try {
    let mark = (await fill(8)) ? await take(8) : await take(4);
    if (mark.equals(ARROW_MARK)) mark = await take(8);
    while (!mark.equals(END_OF_STREAM)) {
      const start = offset - mark.length;
      const length = mark.readUInt32LE(4);
      if (mark.readUInt32LE(0) !== 0xffffffff || length > MAX_HEAD || length < 8)
        throw new DataError('expected an Arrow message, which starts with ff ff ff ff and its length', {
          file,
          offset: start,
        });
      const head = await take(length);
      const { kind, bodyBytes } = describeMessage(head, file, start);
      const body = await take(bodyBytes);
      yield { kind, bytes: Buffer.concat([mark, head, body]), headBytes: 8 + length, offset: start };
      // A stream can end without a mark.
      if (!(await fill(1))) return;
      mark = await take(8);
    }
  } finally {
    await chunks.return(undefined);
  }
}

/** Reads the two fields of the flatbuffer `Message` that say what follows. */
function describeMessage(
  head: Buffer,
  file: string,
  offset: number,
): { kind: MessageKind; bodyBytes: number } {
  try {
    const table = head.readUInt32LE(0);
    const fields = table - head.readInt32LE(table);
    const fieldAt = (index: number): number => {
      const at = 4 + 2 * index;
      return at < head.readUInt16LE(fields) ? head.readUInt16LE(fields + at) : 0;
    };
    const [kindAt, bodyAt] = [fieldAt(1), fieldAt(3)];
    const kind = kindAt === 0 ? 0 : head.readUInt8(table + kindAt);
    const bodyBytes = bodyAt === 0 ? 0 : Number(head.readBigInt64LE(table + bodyAt));
    if (bodyBytes >= 0 && bodyBytes <= MAX_BODY) return { kind: KINDS[kind] ?? 'other', bodyBytes };
  } catch {
    // Falls through: an offset leads out of the message.
  }
  throw new DataError('an Arrow message is damaged', { file, offset });
}
