import { DataError } from '../../errors.ts';
import { ByteQueue } from '../../files/byte-queue.ts';
import { messageOf } from '../../files/file-error.ts';
import { type Chunks, readBytes } from '../../files/read.ts';
import { ARROW_MARK, END_OF_STREAM, MAX_BODY, MAX_HEAD } from './marks.ts';
import { BATCH, DICTIONARY, SCHEMA, verifyMessage } from './verify.ts';

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

const KINDS: Readonly<Record<number, MessageKind>> = {
  [SCHEMA]: 'schema',
  [DICTIONARY]: 'dictionary',
  [BATCH]: 'batch',
};

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
    let mark = await take(8);
    const inFile = mark.equals(ARROW_MARK);
    if (inFile) mark = await take(8);
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
      if (!inFile && !(await fill(1))) return;
      mark = await take(8);
    }
    if (inFile) await expectFooter(chunks, queue, file, offset);
  } finally {
    await chunks.return(undefined);
  }
}

/** What follows the messages is not needed, but a file that was cut off should not pass. */
async function expectFooter(chunks: Chunks, queue: ByteQueue, file: string, offset: number): Promise<void> {
  let end = queue.take(queue.length);
  let length = offset + end.length;
  for await (const chunk of chunks) {
    end = Buffer.concat([end.subarray(-6), chunk]);
    length += chunk.length;
  }
  if (end.subarray(-6).toString('latin1') === 'ARROW1') return;
  throw new DataError('the file ends inside its footer', { file, offset: length });
}

function describeMessage(
  head: Buffer,
  file: string,
  offset: number,
): { kind: MessageKind; bodyBytes: number } {
  let problem: string;
  try {
    const { kind, bodyBytes } = verifyMessage(head);
    if (bodyBytes >= 0 && bodyBytes <= MAX_BODY) return { kind: KINDS[kind] ?? 'other', bodyBytes };
    problem = `${bodyBytes} bytes of columns`;
  } catch (error) {
    problem = messageOf(error);
  }
  throw new DataError(`an Arrow message is damaged (${problem})`, { file, offset });
}
