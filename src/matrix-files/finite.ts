import { endianness } from 'node:os';

const HIGH_WORD = endianness() === 'LE' ? 1 : 0;

/**
 * The place of the first value that is not finite, or -1.
 *
 * Such a value has an exponent of ones only. One more carries into the sign bit, so a block needs no comparison for each value.
 */
export function firstNotFinite(data: Float32Array | Float64Array): number {
  const words = new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const finite = data.BYTES_PER_ELEMENT === 4 ? allSingle(words) : allDouble(words);
  return finite ? -1 : data.findIndex((value) => !Number.isFinite(value));
}

function allSingle(words: Int32Array): boolean {
  let [a, b, c, d, at] = [0, 0, 0, 0, 0];
  for (const end = words.length - 3; at < end; at += 4) {
    a |= (words[at] & 0x7fff_ffff) + 0x0080_0000;
    b |= (words[at + 1] & 0x7fff_ffff) + 0x0080_0000;
    c |= (words[at + 2] & 0x7fff_ffff) + 0x0080_0000;
    d |= (words[at + 3] & 0x7fff_ffff) + 0x0080_0000;
  }
  for (; at < words.length; at++) a |= (words[at] & 0x7fff_ffff) + 0x0080_0000;
  return (a | b | c | d) >= 0;
}

function allDouble(words: Int32Array): boolean {
  let [a, b, at] = [0, 0, HIGH_WORD];
  for (const end = words.length - 2; at < end; at += 4) {
    a |= (words[at] & 0x7fff_ffff) + 0x0010_0000;
    b |= (words[at + 2] & 0x7fff_ffff) + 0x0010_0000;
  }
  if (at < words.length) a |= (words[at] & 0x7fff_ffff) + 0x0010_0000;
  return (a | b) >= 0;
}
