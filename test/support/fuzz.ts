import { DataError } from '../../src/errors.ts';
import { seededRandom } from './bytes.ts';

const slowMilliseconds = 5000;

/**
 * Gives damaged copies of good inputs to a parser. It may read them or throw DataError; anything else, or more than
 * five seconds, fails with the damaged input in hexadecimal. 300 copies, or as many as fit into GOD_FUZZ_SECONDS.
 */
export async function fuzzParser(
  inputs: readonly Uint8Array[],
  parse: (bytes: Uint8Array) => Promise<unknown>,
  seed = 1,
): Promise<{ tried: number; refused: number }> {
  const random = seededRandom(seed);
  const seconds = Number(process.env.GOD_FUZZ_SECONDS ?? 0);
  const end = Date.now() + seconds * 1000;
  let tried = 0;
  let refused = 0;
  while (tried < 300 || Date.now() < end) {
    const bytes = mutate(inputs[tried % inputs.length], random);
    const start = Date.now();
    try {
      await parse(bytes);
    } catch (error) {
      if (!(error instanceof DataError))
        throw new Error(`undeclared error for ${hex(bytes)}`, { cause: error });
      refused++;
    }
    if (Date.now() - start > slowMilliseconds) throw new Error(`took over 5 s for ${hex(bytes)}`);
    tried++;
  }
  return { tried, refused };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').slice(0, 20_000);
}

const nasty = [0, 1, 0x20, 0x22, 0x2c, 0x7f, 0x80, 0xff];

/** A copy with one to eight changes: set bytes, flipped bits, pieces cut, doubled or moved, huge numbers. */
function mutate(input: Uint8Array, random: () => number): Uint8Array {
  let bytes = Buffer.from(input);
  const below = (count: number): number => Math.floor(random() * count);
  for (let change = 1 + below(8); change > 0; change--) {
    const at = below(bytes.length + 1);
    const length = below(1 + Math.min(64, bytes.length - at));
    const piece = bytes.subarray(at, at + length);
    switch (below(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = nasty[below(nasty.length)];
        break;
      case 1:
        if (at < bytes.length) bytes[at] ^= 1 << below(8);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), piece, piece, bytes.subarray(at + length)]);
        break;
      case 4:
        bytes = bytes.subarray(0, at);
        break;
      case 5:
        if (at + 8 <= bytes.length) bytes.writeBigUInt64LE(2n ** BigInt(below(64)) - 1n, at);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([below(256)]), bytes.subarray(at)]);
    }
  }
  return bytes;
}
