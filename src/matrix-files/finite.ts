import { endianness } from 'node:os';

const HIGH_WORD = endianness() === 'LE' ? 1 : 0;

/**
 * The place of the first value that is not finite, or -1.
 *
 * Such a value has an exponent of ones only. One more carries into the sign bit, so a block needs no comparison for each value.
 */
export function firstNotFinite(data: Float32Array | Float64Array): number {
  const words = new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const [step, first, one] = data.BYTES_PER_ELEMENT === 4 ? [1, 0, 0x0080_0000] : [2, HIGH_WORD, 0x0010_0000];
  const carry = (at: number) => ((words[at] & 0x7fff_ffff) + one) | 0;
  let [a, b, c, d] = [0, 0, 0, 0];
  let at = first;
  for (const end = words.length - 3 * step; at < end; at += 4 * step) {
    a |= carry(at);
    b |= carry(at + step);
    c |= carry(at + 2 * step);
    d |= carry(at + 3 * step);
  }
  for (; at < words.length; at += step) a |= carry(at);
  return (a | b | c | d) >= 0 ? -1 : data.findIndex((value) => !Number.isFinite(value));
}
