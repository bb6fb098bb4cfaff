import { crc32, inflateSync } from 'node:zlib';

/** The picture in an RGBA PNG of 8 bits without interlacing; checks the checksums of all chunks. */
export function decodedPng(png: Uint8Array): { width: number; height: number; pixels: Buffer } {
  const bytes = Buffer.from(png);
  const data: Buffer[] = [];
  let [width, height] = [0, 0];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== bytes.readUInt32BE(at + 8 + length))
      throw new Error(`${type} has a wrong checksum`);
    if (type === 'IHDR') {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      if (body.toString('hex', 8) !== '0806000000') throw new Error('not RGBA of 8 bits');
    }
    if (type === 'IDAT') data.push(body);
    at += 12 + length;
  }
  return { width, height, pixels: unfiltered(inflateSync(Buffer.concat(data)), width, height) };
}

/** Undoes the filters of the rows (PNG specification, section 9). */
function unfiltered(lines: Buffer, width: number, height: number): Buffer {
  const size = 4 * width;
  const pixels = Buffer.alloc(size * height);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (size + 1)];
    for (let x = 0; x < size; x++) {
      const at = y * size + x;
      const left = x < 4 ? 0 : pixels[at - 4];
      const above = y === 0 ? 0 : pixels[at - size];
      const corner = x < 4 || y === 0 ? 0 : pixels[at - size - 4];
      const predicted = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      pixels[at] = lines[y * (size + 1) + 1 + x] + predicted;
    }
  }
  return pixels;
}

function paeth(left: number, above: number, corner: number): number {
  const [a, b, c] = [left, above, corner].map((value) => Math.abs(left + above - corner - value));
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}
