import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

const deflated = promisify(deflate);
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** 8 bits, RGBA, and the only methods of compression, filtering and no interlacing. */
const FORMAT = [8, 6, 0, 0, 0];

/**
 * A picture as PNG (W3C, "Portable Network Graphics", third edition), compressed on a thread of its own. Rows are not filtered:
 * flat areas and repeated markers then compress better than their differences do.
 *
 * @param pixels - rows of RGBA from the top, with colors multiplied by alpha / 255, as renderers have them.
 */
export async function pngBytes(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const header = new Uint8Array(8 + FORMAT.length);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set(FORMAT, 8);
  return Buffer.concat([
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', await deflated(await lines(pixels, width, height))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** Rows between which the event loop can do something else: some milliseconds. */
const ROWS = 256;

/** Each row behind the number of its filter, 0. */
async function lines(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(height * (1 + 4 * width));
  for (let y = 0; y < height; y++) {
    if (y > 0 && y % ROWS === 0) await setImmediate();
    const line = bytes.subarray(y * (1 + 4 * width) + 1, (y + 1) * (1 + 4 * width));
    line.set(pixels.subarray(y * 4 * width, (y + 1) * 4 * width));
    for (let at = 3; at < line.length; at += 4) {
      const alpha = line[at];
      if (alpha === 0 || alpha === 255) continue;
      for (let c = at - 3; c < at; c++) line[c] = Math.floor(line[c] / (alpha / 255) + 0.5);
    }
  }
  return bytes;
}

/** Length, type, data, and a checksum of the last two. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
