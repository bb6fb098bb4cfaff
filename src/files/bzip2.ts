import { BitReader, damaged, decodeSymbol, readCodes, readUsedBytes } from './bzip2-codes.ts';

/**
 * A bzip2 decoder: Huffman codes, run lengths, move-to-front and the inverse Burrows-Wheeler transform, block by
 * block. Every count that the data declare is bounded by the block size before it is used, and the checksum of each
 * block and of each stream is verified. Takes about 10 MB for files of any size.
 */

const blockMagic = 0x314159265359;
const endMagic = 0x177245385090;
const groupSize = 50;
/** A block of 900,000 symbols of at most 20 bits, and its tables, never takes more bytes than this. */
const maxBlockBytes = 2_400_000;
const outputSize = 256 * 1024;

/** Whether a bzip2 file begins with these bytes. In an empty file the end mark follows the header. */
export function isBzip2(bytes: Uint8Array): boolean {
  if (bytes.length < 10 || bytes[0] !== 0x42 || bytes[1] !== 0x5a || bytes[2] !== 0x68) return false;
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUIntBE(4, 6);
  return magic === blockMagic || magic === endMagic;
}

/**
 * Decompresses bzip2 data, also several streams one after another, as parallel compressors write them.
 *
 * @throws DataError with the byte offset in the compressed data where a block is damaged or cut off.
 */
export async function* bunzip2(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = chunks[Symbol.asyncIterator]();
  const decoder = new BlockDecoder();
  let ended = false;
  for (;;) {
    const pending: Uint8Array[] = [decoder.bits.rest()];
    let length = pending[0].length;
    while (!ended && length < maxBlockBytes) {
      const next = await input.next();
      if (next.done) ended = true;
      else {
        pending.push(next.value);
        length += next.value.length;
      }
    }
    decoder.bits.refill(Buffer.concat(pending, length));
    if (length === 0 && decoder.atStreamStart) return;
    yield* decoder.next();
  }
}

class BlockDecoder {
  readonly bits = new BitReader();
  atStreamStart = true;
  #blockSize = 0;
  #streamCrc = 0;
  #links = new Uint32Array(0);

  /** Decodes the header of a stream, a block, or the end of a stream, whichever comes next. */
  *next(): Generator<Uint8Array> {
    if (this.atStreamStart) return this.#streamHeader();
    const at = this.bits.offset;
    const magic = this.bits.take48();
    const crc = this.bits.take32();
    this.bits.check();
    if (magic === blockMagic) yield* this.#block(crc, at);
    else if (magic === endMagic) this.#streamEnd(crc, at);
    else throw damaged('no block starts here', at);
  }

  #streamHeader(): void {
    const at = this.bits.offset;
    const level = this.bits.take(24) === 0x425a68 ? this.bits.take(8) - 0x30 : 0;
    this.bits.check();
    if (level < 1 || level > 9) throw damaged('no stream starts here', at);
    this.#blockSize = level * 100_000;
    if (this.#links.length < this.#blockSize) this.#links = new Uint32Array(this.#blockSize);
    this.#streamCrc = 0;
    this.atStreamStart = false;
  }

  #streamEnd(crc: number, at: number): void {
    if (crc !== this.#streamCrc) throw damaged('the checksum of the stream is wrong', at);
    this.bits.alignToByte();
    this.atStreamStart = true;
  }

  *#block(crc: number, at: number): Generator<Uint8Array> {
    if (this.bits.take(1) === 1) throw damaged('randomized blocks are not supported', at);
    const origin = this.bits.take(24);
    const count = this.#symbols(at);
    this.bits.check();
    if (origin >= count) throw damaged('the block points outside itself', at);
    invertTransform(this.#links, count);
    const found = yield* expandRuns(this.#links, count, origin);
    if (found !== crc) throw damaged('the checksum of a block is wrong', at);
    this.#streamCrc = (((this.#streamCrc << 1) | (this.#streamCrc >>> 31)) ^ crc) >>> 0;
  }

  /** Huffman, zero runs and move-to-front; fills the low bytes of `links` and returns how many. */
  #symbols(at: number): number {
    const { bits } = this;
    const front = readUsedBytes(bits);
    if (front.length === 0) throw damaged('a block uses no byte', at);
    const endOfBlock = front.length + 1;
    const { tables, selectors } = readCodes(bits, front.length + 2, at);
    const links = this.#links;
    let count = 0;
    let run = 0;
    let runUnit = 1;
    for (let group = 0; ; group++) {
      if (group === selectors.length) throw damaged('a block has more symbols than it says', at);
      bits.check();
      const table = tables[selectors[group]];
      for (let i = 0; i < groupSize; i++) {
        const symbol = decodeSymbol(bits, table, at);
        if (symbol <= 1) {
          run += runUnit << symbol;
          runUnit <<= 1;
          if (run > this.#blockSize) throw damaged('a run is longer than its block', at);
          continue;
        }
        const literals = symbol === endOfBlock ? 0 : 1;
        if (count + run + literals > this.#blockSize) throw damaged('a block is too long', at);
        if (run > 0) {
          links.fill(front[0], count, count + run);
          count += run;
          run = 0;
          runUnit = 1;
        }
        if (symbol === endOfBlock) return count;
        const byte = front[symbol - 1];
        front.copyWithin(1, 0, symbol - 1);
        front[0] = byte;
        links[count++] = byte;
      }
    }
  }
}

/** Puts into the upper 24 bits of each entry the place of the byte that follows it in the original text. */
function invertTransform(links: Uint32Array, count: number): void {
  const next = new Uint32Array(257);
  for (let i = 0; i < count; i++) next[links[i] + 1]++;
  for (let byte = 1; byte < 257; byte++) next[byte] += next[byte - 1];
  for (let i = 0; i < count; i++) links[next[links[i] & 0xff]++] |= i << 8;
}

/** Follows the links and expands runs: four equal bytes are followed by a count of further ones. Returns the CRC. */
function* expandRuns(links: Uint32Array, count: number, origin: number): Generator<Uint8Array, number> {
  let output = new Uint8Array(outputSize);
  let filled = 0;
  let crc = 0xffffffff;
  let link = links[origin];
  let previous = -1;
  let equal = 0;
  for (let i = 0; i < count; i++) {
    link = links[link >>> 8];
    const byte = link & 0xff;
    let copies = 1;
    let value = byte;
    if (equal === 4) {
      copies = byte;
      value = previous;
      equal = 0;
      previous = -1;
    } else {
      equal = byte === previous ? equal + 1 : 1;
      previous = byte;
    }
    if (filled + copies > outputSize) {
      yield output.subarray(0, filled);
      output = new Uint8Array(outputSize);
      filled = 0;
    }
    for (let copy = 0; copy < copies; copy++) {
      output[filled++] = value;
      crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ value];
    }
  }
  yield output.subarray(0, filled);
  return ~crc >>> 0;
}

/** CRC-32 with the polynomial 0x04c11db7, most significant bit first, as bzip2 uses it. */
const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});
