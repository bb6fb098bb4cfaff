import { join } from 'node:path';
import sharp from 'sharp';
import { type Source, tinyImageNet } from '../../src/index.ts';
import { tinyClassifier } from './onnx.ts';
import type { tempFolder } from './temp.ts';

export type Color = readonly [red: number, green: number, blue: number];

/** A source of pictures of one color each, as files that go through a network, and the colors by id. */
export async function colorSource(
  folder: ReturnType<typeof tempFolder>,
  count: number,
): Promise<{ source: Source; colors: ReadonlyMap<string, Color> }> {
  const colors = new Map<string, Color>();
  for (let i = 0; i < count; i++) {
    const color = [(i * 53) % 256, (i * 101) % 256, (i * 197) % 256] as const;
    const [r, g, b] = color;
    const name = `kind ${i % 4}/${i}.png`;
    const picture = sharp({ create: { width: 80, height: 90, channels: 3, background: { r, g, b } } });
    folder.write(`colors/${name}`, await picture.png().toBuffer());
    colors.set(name, color);
  }
  const model = folder.write('colors.onnx', tinyClassifier());
  return { source: tinyImageNet(join(folder.path, 'colors'), { model }), colors };
}

/** Size, format and mean color of an encoded picture, by a decoder. */
export async function decoded(picture: Uint8Array) {
  const { format, width, height } = await sharp(picture).metadata();
  const { channels } = await sharp(picture).stats();
  return { format, width, height, color: channels.map(({ mean }) => mean) };
}
