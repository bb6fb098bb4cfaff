import { DataError } from '../errors.ts';

/**
 * A bzip2 decoder: Huffman codes, run lengths, move-to-front and the inverse Burrows-Wheeler transform, block by
 * block. Every count that the data declare is bounded by the block size before it is used, and the checksum of each
 * block and of each stream is verified. Needs about 10 MB whatever the size of the file.
 */

const blockMagic = 0x314159265359;
const endMagic = 0x177245385090;
const maxCodeLength = 20;
const groupSize = 50;
/** A block of 900,000 symbols of at most 20 bits, and its tables, never takes more bytes than this. */
const maxBlockBytes = 2_400_000;
const outputSize = 256 * 1024;

/** Whether these first bytes of a file are those of a bzip2 file (one with data: with an empty one, the end mark). */
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
    const parts: Uint8Array[] = [decoder.bits.rest()];
    let length = parts[0].length;
    while (!ended && length < maxBlockBytes) {
      const next = await input.next();
      if (next.done) ended = true;
      else {
        parts.push(next.value);
        length += next.value.length;
      }
    }
    decoder.bits.refill(Buffer.concat(parts, length));
    if (length === 0 && decoder.atStreamStart) return;
    yield* decoder.next();
  }
}

/** Most significant bit first, over one buffer at a time. */
class BitReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #position = 0;
  #word = 0;
  #count = 0;
  #before = 0;

  /** Offset, in the whole input, of the byte that the next bit lies in. */
  get offset(): number {
    return this.#before + this.#position - (this.#count >> 3);
  }

  /** The bytes that no bit has been taken of; up to seven bits of the byte before them stay here. */
  rest(): Uint8Array {
    const whole = this.#count >> 3;
    this.#position -= whole;
    this.#word >>>= whole * 8;
    this.#count &= 7;
    this.#before += this.#position;
    return this.#bytes.subarray(this.#position);
  }

  refill(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#position = 0;
  }

  /** At least 24 bits in the word. Zeros stand in after the end: `check` tells if any of them was used. */
  fill(): void {
    while (this.#count <= 24) {
      this.#word = (this.#word << 8) | (this.#bytes[this.#position] ?? 0);
      this.#position++;
      this.#count += 8;
    }
  }

  peek20(): number {
    this.fill();
    return (this.#word >>> (this.#count - 20)) & 0xfffff;
  }

  drop(count: number): void {
    this.#count -= count;
  }

  /** The next `count` bits, 1 to 24. */
  take(count: number): number {
    this.fill();
    this.#count -= count;
    return (this.#word >>> this.#count) & ((1 << count) - 1);
  }

  take48(): number {
    return this.take(24) * 0x1000000 + this.take(24);
  }

  take32(): number {
    return ((this.take(16) << 16) | this.take(16)) >>> 0;
  }

  alignToByte(): void {
    this.#count -= this.#count & 7;
  }

  check(): void {
    if (this.#position - (this.#count >> 3) > this.#bytes.length) throw damaged('ends early', this.offset);
  }
}

/** One Huffman code in canonical form, with limits shifted to 20 bits so that lengths are found by comparison. */
interface HuffmanTable {
  readonly shortest: number;
  readonly limit: Int32Array;
  readonly base: Int32Array;
  readonly symbols: Uint16Array;
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
    if (this.bits.take(1) === 1) throw damaged('randomised blocks are not supported', at);
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
    const front = usedBytes(bits);
    if (front.length === 0) throw damaged('a block uses no byte', at);
    const endOfBlock = front.length + 1;
    const { tables, selectors } = codes(bits, front.length + 2, at);
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

function usedBytes(bits: BitReader): Uint8Array {
  const rows = bits.take(16);
  const used: number[] = [];
  for (let row = 0; row < 16; row++) {
    if ((rows & (0x8000 >> row)) === 0) continue;
    const columns = bits.take(16);
    for (let column = 0; column < 16; column++) {
      if ((columns & (0x8000 >> column)) !== 0) used.push(row * 16 + column);
    }
  }
  return Uint8Array.from(used);
}

function codes(
  bits: BitReader,
  alphabet: number,
  at: number,
): { tables: HuffmanTable[]; selectors: Uint8Array } {
  const tableCount = bits.take(3);
  const selectorCount = bits.take(15);
  if (tableCount < 2 || tableCount > 6 || selectorCount === 0)
    throw damaged('a block has no code tables', at);
  const selectors = new Uint8Array(selectorCount);
  const order = [0, 1, 2, 3, 4, 5];
  for (let i = 0; i < selectorCount; i++) {
    let index = 0;
    while (bits.take(1) === 1) {
      if (++index >= tableCount) throw damaged('a block names a code table that it lacks', at);
    }
    order.unshift(order.splice(index, 1)[0]);
    selectors[i] = order[0];
  }
  const tables = Array.from({ length: tableCount }, () => huffmanTable(codeLengths(bits, alphabet, at)));
  return { tables, selectors };
}

function codeLengths(bits: BitReader, alphabet: number, at: number): Uint8Array {
  const lengths = new Uint8Array(alphabet);
  let length = bits.take(5);
  for (let i = 0; i < alphabet; i++) {
    for (;;) {
      if (length < 1 || length > maxCodeLength) throw damaged('a code length is out of range', at);
      if (bits.take(1) === 0) break;
      length += bits.take(1) === 0 ? 1 : -1;
    }
    lengths[i] = length;
  }
  return lengths;
}

function huffmanTable(lengths: Uint8Array): HuffmanTable {
  const counts = new Int32Array(maxCodeLength + 2);
  for (const length of lengths) counts[length]++;
  const limit = new Int32Array(maxCodeLength + 2).fill(-1);
  const base = new Int32Array(maxCodeLength + 2);
  const starts = new Int32Array(maxCodeLength + 2);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= maxCodeLength; length++) {
    base[length] = index - code;
    starts[length] = index;
    code += counts[length];
    index += counts[length];
    if (counts[length] > 0) limit[length] = (code << (maxCodeLength - length)) - 1;
    code <<= 1;
  }
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    symbols[starts[length]++] = symbol;
  });
  return { shortest: Math.min(...lengths), limit, base, symbols };
}

function decodeSymbol(bits: BitReader, table: HuffmanTable, at: number): number {
  const next = bits.peek20();
  let length = table.shortest;
  while (length <= maxCodeLength && next > table.limit[length]) length++;
  if (length > maxCodeLength) throw damaged('a code is not in its table', at);
  bits.drop(length);
  const symbol = table.symbols[(next >>> (maxCodeLength - length)) + table.base[length]];
  if (symbol === undefined) throw damaged('a code is not in its table', at);
  return symbol;
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

function damaged(problem: string, offset: number): DataError {
  return new DataError(`damaged bzip2 data (${problem})`, { offset });
}
