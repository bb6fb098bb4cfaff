import type { Schema } from '@uwdata/flechette';
import { decodeRecordBatch, type RecordBatch } from '@uwdata/flechette/src/decode/record-batch.js';
import { decodeSchema } from '@uwdata/flechette/src/decode/schema.js';
import { DataError } from '../../errors.ts';
import type { BlockingReader } from '../../files/blocking.ts';
import { messageOf } from '../../files/file-error.ts';
import { checkTypes } from './layout.ts';
import { MAX_BODY, MAX_HEAD } from './marks.ts';
import { BATCH, DICTIONARY, type MessageInfo, SCHEMA, verifyMessage } from './verify.ts';

/** A stream ended before the mark that ends it: whoever wrote it failed or was killed. Part of the rows would be missing. */
export class StreamCutError extends Error {
  override readonly name = 'StreamCutError';

  constructor(where: string) {
    super(`The Arrow stream ends ${where}, before its end mark: whoever wrote it failed or was killed`);
  }
}

/** What a stream is read from, by calls that wait. */
export type ByteInput = Pick<BlockingReader, 'fill' | 'skip'>;

/** A record batch whose bytes are still in the pipe: read them from `body` before the next batch. */
export interface StreamBatch extends RecordBatch {
  readonly body: StreamBody;
}

/** A batch of a dictionary, as it came. */
export interface StreamDictionary {
  readonly dictionary: Uint8Array;
}

/**
 * Arrow's stream format, read from a pipe as it comes. Unlike usual readers it demands the mark at the end: a stream that was
 * cut between two batches would otherwise pass for a shorter one.
 */
export class ArrowStream {
  readonly schema: Schema;
  readonly #input: ByteInput;
  #offset = 0;
  #body: StreamBody | undefined;

  /** Reads the schema. @throws DataError when the bytes are not an Arrow stream; StreamCutError when they end too early. */
  constructor(input: ByteInput) {
    this.#input = input;
    const message = this.#message();
    if (message?.info.kind !== SCHEMA) throw this.#damaged('no schema before the first batch');
    this.schema = this.#decoded(() => {
      const schema = decodeSchema(message.head, message.info.headerAt, message.info.version);
      checkTypes(schema.fields);
      return schema;
    });
    if (this.schema.endianness === 1) throw new DataError('the Arrow stream is big-endian');
    new StreamBody(input, message.info.bodyBytes).end();
  }

  /** The next batch; undefined at the end mark. @throws as the constructor. */
  next(): StreamBatch | StreamDictionary | undefined {
    this.#body?.end();
    const message = this.#message();
    if (message === undefined) return undefined;
    const { mark, head, info } = message;
    this.#body = new StreamBody(this.#input, info.bodyBytes);
    this.#offset += info.bodyBytes;
    if (info.kind === DICTIONARY) return { dictionary: Buffer.concat([mark, head, this.#body.takeAll()]) };
    if (info.kind !== BATCH) throw this.#damaged(`a message of kind ${info.kind} amid batches`);
    const batch = this.#decoded(() => decodeRecordBatch(head, info.headerAt, info.version));
    if (batch.compression)
      throw new DataError(
        'the Arrow stream is compressed, which it must not be: write it without compression',
      );
    return { ...batch, body: this.#body };
  }

  #message(): { mark: Buffer; head: Buffer; info: MessageInfo } | undefined {
    const mark = this.#take(8, this.#offset === 0 ? 'before its schema' : 'between two batches');
    const length = mark.readUInt32LE(4);
    if (mark.readUInt32LE(0) !== 0xffffffff || length > MAX_HEAD || (length > 0 && length < 8))
      throw this.#damaged('expected a message, which starts with ff ff ff ff and its length');
    if (length === 0) return undefined;
    const head = this.#take(length, 'inside a message');
    const info = this.#decoded(() => verifyMessage(head));
    if (!(info.bodyBytes >= 0 && info.bodyBytes <= MAX_BODY && info.headerAt > 0))
      throw this.#damaged(`a batch of ${info.bodyBytes} bytes, expected 2 GB at most`);
    return { mark, head, info };
  }

  #take(count: number, where: string): Buffer {
    const bytes = Buffer.allocUnsafeSlow(count);
    const read = this.#input.fill(bytes);
    if (read < count) throw new StreamCutError(read === 0 ? where : 'inside a message');
    this.#offset += count;
    return bytes;
  }

  #decoded<T>(decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      throw this.#damaged(messageOf(error), error);
    }
  }

  #damaged(problem: string, cause?: unknown): DataError {
    return new DataError(
      `is not an Arrow stream, or damaged: ${problem}`,
      { offset: this.#offset },
      { cause },
    );
  }
}

/** The bytes of a batch's columns, read from the first to the last. */
export class StreamBody {
  readonly #input: ByteInput;
  readonly #length: number;
  #at = 0;

  constructor(input: ByteInput, length: number) {
    this.#input = input;
    this.#length = length;
  }

  /** The bytes from `offset`, in an array of their own. What lies before them is skipped. */
  take(offset: number, length: number): Uint8Array {
    this.seek(offset, length);
    const bytes = Buffer.allocUnsafeSlow(length);
    this.fill(bytes);
    return bytes;
  }

  /** All bytes, of which none was read before, in `room` if it is large enough. */
  takeAll(room?: Uint8Array): Uint8Array {
    if (room === undefined || room.length < this.#length) return this.take(0, this.#length);
    const bytes = room.subarray(0, this.#length);
    this.fill(bytes);
    return bytes;
  }

  /** Goes to where `length` bytes are wanted next. @throws DataError when they are not there or lie before those read last. */
  seek(offset: number, length: number): void {
    if (!(offset >= this.#at && length >= 0 && offset + length <= this.#length))
      throw new DataError(
        `the Arrow stream is damaged: a column lies at bytes ${offset} to ${offset + length} of a batch of ${this.#length}`,
      );
    this.#skip(offset - this.#at);
  }

  /** Fills an array with the next bytes. */
  fill(bytes: Uint8Array): void {
    const read = this.#input.fill(bytes);
    this.#at += read;
    if (read < bytes.length) throw new StreamCutError('inside a batch');
  }

  /** Skips the rest. */
  end(): void {
    this.#skip(this.#length - this.#at);
  }

  #skip(count: number): void {
    const skipped = this.#input.skip(count);
    this.#at += skipped;
    if (skipped < count) throw new StreamCutError('inside a batch');
  }
}
