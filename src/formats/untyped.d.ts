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
