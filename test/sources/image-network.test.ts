import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ImageNetwork, openImageNetwork } from '../../src/sources/image-network.ts';
import { hashed } from '../support/hashed.ts';
import { resnet18 } from '../support/resnet18.ts';
import { tempFolder } from '../support/temp.ts';

/** What PyTorch and torchvision give: torchvision/make.py. */
const expected: {
  parameters: number;
  pictures: { width: number; height: number; sha256: string; norm: number; features: number[] }[];
} = JSON.parse(readFileSync(join(import.meta.dirname, 'torchvision/expected.json'), 'utf8'));
const pictures = await Promise.all(
  expected.pictures.map(async (one, i) => ({ ...one, png: await picture(one.width, one.height, i + 1) })),
);

/** The picture of make.py, as PNG, which keeps every byte. */
function picture(width: number, height: number, seed: number): Promise<Buffer> {
  const noise = hashed(width * height * 3, seed);
  const pixels = Uint8Array.from(noise, (u, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    const stripes = Math.floor((x * (c + 1) * 7) / 16) + Math.floor((y * (3 - c) * 5) / 16);
    return (stripes % 160) + Math.floor(96 * u);
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

describe('ResNet-18 with the preprocessing of torchvision', () => {
  const folder = tempFolder();
  let network: ImageNetwork;
  const model = () => {
    const bytes = resnet18();
    expect(bytes.length).toBeGreaterThan(4 * expected.parameters);
    return folder.write('resnet18.onnx', bytes);
  };
  beforeAll(async () => {
    network = await openImageNetwork(model(), { preprocessing: 'torchvision', threads: 2 });
  });
  afterAll(() => network.close());

  test.each(pictures)('prepares $width x $height with the bits of torchvision', async ({ png, sha256 }) => {
    const planes = (await network.prepare(png)) as Float32Array;
    expect(createHash('sha256').update(planes).digest('hex')).toBe(sha256);
  });

  test('gives the pooled layer with the values of PyTorch, and leaves the event loop free', async () => {
    expect(network.record).toMatchObject({ file: 'resnet18.onnx', output: 'features' });
    const prepared = await Promise.all(pictures.map(({ png }) => network.prepare(png)));
    const running = network.run(prepared as Float32Array[]);
    let turns = 0;
    const done = running.then(() => true);
    while (!(await Promise.race([done, setImmediate(false)]))) turns++;
    const vectors = await running;
    for (const [i, vector] of vectors.entries()) {
      const { norm, features } = pictures[i];
      expect(vector).toHaveLength(512);
      expect(Math.hypot(...vector)).toBeCloseTo(norm, 4);
      for (const [k, value] of features.entries())
        expect(Math.abs(vector[16 * k] - value)).toBeLessThan(1e-5);
    }
    // On the event loop there would be one turn for each picture.
    expect(turns).toBeGreaterThan(100);
  });

  test('gives the same bits on one thread as on several', async () => {
    const one = await openImageNetwork(join(folder.path, 'resnet18.onnx'), {
      preprocessing: 'torchvision',
      threads: 1,
    });
    const both = await Promise.all(
      [one, network].map(async (opened) => {
        const prepared = await Promise.all(pictures.slice(0, 3).map(({ png }) => opened.prepare(png)));
        return opened.run(prepared as Float32Array[]);
      }),
    );
    await one.close();
    expect(both[0]).toEqual(both[1]);
  });

  test('gives the same bits whatever other pictures are in the batch', async () => {
    const prepared = () => Promise.all(pictures.slice(0, 4).map(({ png }) => network.prepare(png)));
    const all = await network.run((await prepared()) as Float32Array[]);
    const [, second] = (await prepared()) as Float32Array[];
    const black = () => new Float32Array(second.length);
    expect(network.batch).toBe(4);
    expect((await network.run([second, black(), black(), black()]))[0]).toEqual(all[1]);
  });
});
