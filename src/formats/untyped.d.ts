declare module 'crc-32/crc32c.js' {
  const crc32c: {
    /** CRC-32C (Castagnoli) of `data` as a signed 32-bit integer, continuing from `seed`. */
    buf(data: Uint8Array, seed?: number): number;
  };
  export default crc32c;
}

declare module '@uwdata/flechette/src/encode/sink.js' {
  export class MemorySink {
    write(bytes: Uint8Array): void;
    finish(): Uint8Array;
  }
}

declare module '@uwdata/flechette/src/encode/builder.js' {
  /** Builds flatbuffers. */
  export class Builder {
    constructor(sink: { write(bytes: Uint8Array): void });
    /** Writes bytes, and zeros up to the next multiple of eight. */
    addBuffer(bytes: Uint8Array): number;
  }
}

declare module '@uwdata/flechette/src/encode/footer.js' {
  /** Writes the list of batches that ends a file. */
  export function writeFooter(
    builder: object,
    schema: object | undefined,
    dictionaries: readonly object[],
    batches: readonly { offset: number; metadataLength: number; bodyLength: number }[],
    metadata: Map<string, string> | null,
  ): void;
}

declare module '@uwdata/flechette/src/decode/schema.js' {
  import type { Schema } from '@uwdata/flechette';
  export function decodeSchema(message: Uint8Array, at: number, version: number): Schema;
}

declare module '@uwdata/flechette/src/decode/record-batch.js' {
  /** The description of a batch: for each array in it its length, and for each of their buffers where it lies. */
  export interface RecordBatch {
    readonly length: number;
    readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
    readonly regions: readonly { readonly offset: number; readonly length: number }[];
    readonly compression?: object | null;
    readonly variadic: readonly number[];
  }
  export function decodeRecordBatch(message: Uint8Array, at: number, version: number): RecordBatch;
}

declare module '@uwdata/flechette/src/encode/schema.js' {
  import type { Schema } from '@uwdata/flechette';
  export function encodeSchema(builder: object, schema: Pick<Schema, 'fields' | 'metadata'>): number;
}

declare module '@uwdata/flechette/src/encode/record-batch.js' {
  import type { RecordBatch } from '@uwdata/flechette/src/decode/record-batch.js';
  export function encodeRecordBatch(
    builder: object,
    batch: Pick<RecordBatch, 'nodes' | 'regions' | 'variadic'>,
  ): number;
}

declare module '@uwdata/flechette/src/encode/message.js' {
  export function writeMessage(builder: object, kind: number, header: number, bodyLength: number): void;
}

declare module '@uwdata/flechette/src/data-types.js' {
  export { binary, field, float32, int32, int64, list, utf8 } from '@uwdata/flechette';
}
