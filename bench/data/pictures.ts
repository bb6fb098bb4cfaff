import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { uniforms } from './random.ts';

/** JPEG files of the size that most photos of ImageNet have, with coarse and fine detail: about 80 kB each, in folders of classes. */
export async function writePhotos(folder: string, count: number): Promise<void> {
  const share = uniforms(4);
  const noise = (length: number, from: number, to: number) =>
    Uint8Array.from({ length }, () => from + Math.floor((to - from) * share()));
  const [width, height] = [500, 375];
  const grain = noise(3 * width * height, 0, 40);
  for (let i = 0; i < count; i++) {
    const coarse = sharp(noise(3 * 20 * 15, 0, 216), { raw: { width: 20, height: 15, channels: 3 } });
    const pixels = await coarse.resize(width, height, { kernel: 'cubic' }).raw().toBuffer();
    for (let j = 0; j < pixels.length; j++)
      pixels[j] = Math.min(255, pixels[j] + grain[(j + 7919 * i) % grain.length]);
    const directory = join(folder, `class ${i % 10}`);
    mkdirSync(directory, { recursive: true });
    const photo = sharp(pixels, { raw: { width, height, channels: 3 } }).jpeg({ quality: 90 });
    await photo.toFile(join(directory, `${String(i).padStart(5, '0')}.jpg`));
  }
}
