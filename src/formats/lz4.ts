import { asBuffer } from '../files/byte-queue.ts';

const MAGIC = 0x184d2204;
const TOO_SHORT = 'LZ4 data end early';

/**
 * The bytes of an LZ4 frame, which have to be `size`. Checksums are not compared.
 *
 * @throws Error for damaged data.
 */
export function unlz4(bytes: Uint8Array, size: number): Uint8Array {
  const input = asBuffer(bytes);
  const output = outputOf(bytes, size);
  if (input.length < 7 || input.readUInt32LE(0) !== MAGIC) throw new Error('not an LZ4 frame');
  const flags = input[4];
  const [hasSize, blockChecksums, hasDictionary] = [flags & 8, flags & 16, flags & 1];
  let at = 6 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1;
  for (;;) {
    if (at + 4 > input.length) throw new Error(TOO_SHORT);
    const length = input.readUInt32LE(at);
    at += 4;
    if (length === 0) break;
    const end = at + (length & 0x7fffffff);
    if (end > input.length) throw new Error(TOO_SHORT);
    if (length >= 0x80000000) output.append(input, at, end);
    else inflate(input, at, end, output);
    at = end + (blockChecksums ? 4 : 0);
  }
  return output.finish();
}

/**
 * The bytes of a block without a frame, as Parquet has them (LZ4_RAW), which have to be `size`.
 *
 * @throws Error for damaged data.
 */
export function unlz4Block(bytes: Uint8Array, size: number): Uint8Array {
  const output = outputOf(bytes, size);
  inflate(asBuffer(bytes), 0, bytes.length, output);
  return output.finish();
}

/** @throws Error for a size that so few bytes cannot give. */
function outputOf(bytes: Uint8Array, size: number): Output {
  // A byte stands for 255 at most.
  if (!(size >= 0 && size <= 256 * bytes.length))
    throw new Error(`${bytes.length} bytes of LZ4 for ${size} bytes`);
  return new Output(size);
}

class Output {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
  }

  append(from: Uint8Array, start: number, end: number): void {
    if (this.#length + end - start > this.#bytes.length)
      throw new Error('LZ4 data are longer than they should be');
    this.#bytes.set(from.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  /** Repeats `length` bytes from `distance` before the end, which the copy itself may supply. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length)
      throw new Error('LZ4 data refer to bytes before their first');
    if (this.#length + length > this.#bytes.length)
      throw new Error('LZ4 data are longer than they should be');
    for (let i = 0; i < length; i++) {
      this.#bytes[this.#length] = this.#bytes[this.#length - distance];
      this.#length++;
    }
  }

  finish(): Uint8Array {
    if (this.#length < this.#bytes.length) throw new Error('LZ4 data are shorter than they should be');
    return this.#bytes;
  }
}

/** A block: literal bytes and repetitions in turn, the last without a repetition. */
function inflate(input: Buffer, start: number, end: number, output: Output): void {
  let at = start;
  const longer = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      if (at >= end) throw new Error(TOO_SHORT);
      const byte = input[at++];
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < end) {
    const token = input[at++];
    const literals = longer(token >> 4);
    if (at + literals > end) throw new Error(TOO_SHORT);
    output.append(input, at, at + literals);
    at += literals;
    if (at >= end) return;
    if (at + 2 > end) throw new Error(TOO_SHORT);
    const distance = input.readUInt16LE(at);
    at += 2;
    output.repeat(distance, longer(token & 15) + 4);
  }
}
