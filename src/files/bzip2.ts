import { DataError } from '../errors.ts';
import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
/** Of the text of a block, whose runs are not expanded. */
const MOST_BLOCK_BYTES = 900_000;
/** `kMostPackedBytes` of bzip2.hpp. */
const MOST_PACKED_BYTES = 2_400_000;
const PIECE_BYTES = 256 * 1024;
/** More threads would mean more blocks in memory. */
const MOST_THREADS = 16;

/** In the order of `Damage` of damage.hpp. */
const DAMAGE = [
  '',
  'ends early',
  'no stream starts here',
  'no block starts here',
  'the checksum of the stream is wrong',
  'the checksum of a block is wrong',
  'randomized blocks are not supported',
  'the block points outside itself',
  'a block uses no byte',
  'a block has no code tables',
  'a block refers to a code table that it does not have',
  'a code length is out of range',
  'a code is not in its table',
  'a block has more symbols than it says',
  'a run is longer than its block',
  'a block is too long',
];
const ENDS_EARLY = 1;

/** Whether a bzip2 file begins with these bytes. In an empty file the end mark follows the header. */
export function isBzip2(bytes: Uint8Array): boolean {
  if (bytes.length < 10 || bytes[0] !== 0x42 || bytes[1] !== 0x5a || bytes[2] !== 0x68) return false;
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUIntBE(4, 6);
  return magic === BLOCK_MAGIC || magic === END_MAGIC;
}

/**
 * Decompresses bzip2 data on all processors, off the event loop; also several streams one after another, as parallel
 * compressors write them. The checksum of a block is checked before any of its bytes is given out. Takes about 60 MB on two
 * processors for files of any size.
 *
 * @throws DataError with the byte offset in the compressed data where a block is damaged, or where the data are cut off.
 */
export async function* bunzip2(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stopping = new AbortController();
  const decoder = new BlockDecoder(chunks, stopping.signal);
  try {
    let next = decoder.next();
    for (let batch = await next; batch !== undefined; batch = await next) {
      next = decoder.next();
      // Awaited above. Until then, a failure must not count as unhandled.
      next.catch(() => {});
      yield* expanded(batch, stopping.signal);
    }
  } finally {
    stopping.abort();
  }
}

/** Decoded blocks, the text of each from a multiple of MOST_BLOCK_BYTES on. */
interface Blocks {
  readonly texts: Uint8Array;
  readonly lengths: Uint32Array;
  readonly count: number;
}

class BlockDecoder {
  readonly #input: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal;
  readonly #threads = Math.min(native().processors, MOST_THREADS);
  readonly #most = Math.max(4, 4 * this.#threads);
  /** The next blocks go here, while `#given` is read. */
  #texts: Uint8Array | undefined;
  #given: Uint8Array | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Of `#bytes` in the whole input. */
  #offset = 0;
  #complete = false;
  /** `Bzip2Place` of bzip2.hpp. */
  readonly #place = new Float64Array(3);

  constructor(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    this.#input = chunks[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  /** The next blocks; undefined at the end. */
  async next(): Promise<Blocks | undefined> {
    let wanted = Math.max(MOST_PACKED_BYTES, (this.#most + 1) * MOST_BLOCK_BYTES);
    for (;;) {
      await this.#fill(wanted);
      const blocks = await this.#decode();
      if (blocks.count > 0) return blocks;
      if (this.#complete && this.#bytes.length === 0) return undefined;
      wanted = this.#bytes.length + 1;
    }
  }

  /** Reads until `wanted` bytes are there, or all. */
  async #fill(wanted: number): Promise<void> {
    const pending = [this.#bytes];
    let length = this.#bytes.length;
    while (!this.#complete && length < wanted) {
      const next = await this.#input.next();
      if (next.done) this.#complete = true;
      else {
        pending.push(next.value);
        length += next.value.length;
      }
    }
    if (pending.length > 1) this.#bytes = Buffer.concat(pending, length);
  }

  async #decode(): Promise<Blocks> {
    this.#texts ??= Buffer.allocUnsafeSlow(this.#most * MOST_BLOCK_BYTES);
    const texts = this.#texts;
    const lengths = new Uint32Array(this.#most);
    const batch = new Float64Array(3);
    const options = { complete: this.#complete, most: this.#most, threads: this.#threads };
    const outputs = { texts, lengths, place: this.#place, batch };
    await runJob(() => native().bzip2Decode({ bytes: this.#bytes }, options, outputs), {
      signal: this.#signal,
    });
    const [count, , damage] = batch;
    if (damage !== 0)
      throw damaged(damage, this.#offset + (damage === ENDS_EARLY ? this.#bytes.length : this.#at()));
    this.#drop(this.#at());
    if (count > 0) [this.#texts, this.#given] = [this.#given, texts];
    return { texts, lengths, count };
  }

  /** The byte, of `#bytes`, that the place is in. */
  #at(): number {
    return Math.floor(this.#place[0] / 8);
  }

  #drop(count: number): void {
    this.#bytes = this.#bytes.subarray(count);
    this.#offset += count;
    this.#place[0] -= count * 8;
  }
}

async function* expanded(blocks: Blocks, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const cursor = new Float64Array(4);
  const expand = async (): Promise<Uint8Array> => {
    const out = Buffer.allocUnsafeSlow(PIECE_BYTES);
    const options = { blocks: blocks.count, threads: 1 };
    await runJob(() => native().bzip2Expand(blocks, options, { out, cursor }), { signal });
    return out.subarray(0, cursor[3]);
  };
  let next: Promise<Uint8Array> | undefined = expand();
  while (next !== undefined) {
    const piece = await next;
    next = cursor[0] < blocks.count ? expand() : undefined;
    next?.catch(() => {});
    if (piece.length > 0) yield piece;
  }
}

function damaged(damage: number, offset: number): DataError {
  return new DataError(`damaged bzip2 data (${DAMAGE[damage]})`, { offset });
}
