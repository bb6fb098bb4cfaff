import { DataError } from '../errors.ts';

/** The codes of a bzip2 block: bits, the set of bytes in use, and Huffman tables. */

const maxCodeLength = 20;

/** Most significant bit first, over one buffer at a time. */
export class BitReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #position = 0;
  #word = 0;
  #count = 0;
  #before = 0;

  /** Offset, in the whole input, of the byte that the next bit lies in. */
  get offset(): number {
    return this.#before + this.#position - (this.#count >> 3);
  }

  /** The bytes of which no bit has been taken. Up to seven bits of the byte before them stay here. */
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

  /** At least 24 bits in the word. After the end, bits are zeros; `check` finds out whether any of these was used. */
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
export interface HuffmanTable {
  readonly shortest: number;
  readonly limit: Int32Array;
  readonly base: Int32Array;
  readonly symbols: Uint16Array;
}

/** The byte values in a block, ascending. */
export function readUsedBytes(bits: BitReader): Uint8Array {
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

/** The code tables of a block, and which of them each group of symbols is written with. */
export function readCodes(
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
      if (++index >= tableCount) throw damaged('a block refers to a code table that it does not have', at);
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

/** The next symbol in a code. */
export function decodeSymbol(bits: BitReader, table: HuffmanTable, at: number): number {
  const next = bits.peek20();
  let length = table.shortest;
  while (length <= maxCodeLength && next > table.limit[length]) length++;
  if (length > maxCodeLength) throw damaged('a code is not in its table', at);
  bits.drop(length);
  const symbol = table.symbols[(next >>> (maxCodeLength - length)) + table.base[length]];
  if (symbol === undefined) throw damaged('a code is not in its table', at);
  return symbol;
}

export function damaged(problem: string, offset: number): DataError {
  return new DataError(`damaged bzip2 data (${problem})`, { offset });
}
