import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Gathered, GOD, type Source, synthetic, tinyImageNet } from '../../../src/index.ts';
import { notesOf } from '../../../src/pipeline/notes.ts';
import { MOST_THUMBNAILS, thumbnailsStage } from '../../../src/pipeline/stages/thumbnails.ts';
import { type Color, colorSource, decoded } from '../../support/pictures.ts';
import { tempFolder } from '../../support/temp.ts';

const folder = tempFolder();
const small = { samples: 60, components: 3, latent: 2, epochs: 2, warmup: 1, iterations: 100, threads: 1 };
let images: Source;
let colors: ReadonlyMap<string, Color>;
let god: GOD;

beforeAll(async () => {
  ({ source: images, colors } = await colorSource(folder, 40));
  const [text] = synthetic({ rows: 50 }).filter(({ modality }) => modality === 'text');
  god = await GOD.fit([text, images], { ...small, thumbnails: true });
});

/** Whether a color is another one, but for what WebP loses. */
function expectColor(color: readonly number[], expected: readonly number[]): void {
  for (const [c, value] of color.entries()) expect(Math.abs(value - expected[c])).toBeLessThan(6);
}

test('every image of the New Reality has a picture of 64 x 64 pixels, and no other object has one', async () => {
  const rows = Array.from(god.objects.keys()).filter((row) => god.objects[row].modality === 'image');
  expect([...god.thumbnails.keys()]).toEqual(rows);
  expect(rows.length).toBe(30);
  for (const [row, picture] of god.thumbnails) {
    const { format, width, height, color } = await decoded(picture);
    expect({ format, width, height }).toEqual({ format: 'webp', width: 64, height: 64 });
    expectColor(color, colors.get(god.objects[row].id) ?? []);
  }
});

test('a model keeps its pictures', async () => {
  const path = join(folder.path, 'model');
  await god.save(path);
  expect((await GOD.load(path)).thumbnails).toEqual(god.thumbnails);
  await god.save(path);
  rmSync(join(path, 'thumbnails.safetensors'));
  await expect(GOD.load(path)).rejects.toThrow('thumbnails.safetensors');
});

test('without the option there are none, and the results are the same', async () => {
  const [text] = synthetic({ rows: 50 }).filter(({ modality }) => modality === 'text');
  const plain = await GOD.fit([text, images], small);
  expect(plain.thumbnails.size).toBe(0);
  expect(plain.map).toEqual(god.map);
  await plain.save(join(folder.path, 'plain'));
  expect(readFileSync(join(folder.path, 'plain', 'god.json'), 'utf8')).not.toContain(
    'thumbnails.safetensors',
  );
});

test('a source without pictures gives none, which is noted', async () => {
  const drawn = await GOD.fit(synthetic({ rows: 40 }), { ...small, thumbnails: true });
  expect(drawn.thumbnails.size).toBe(0);
  expect(notesOf(drawn, drawn.settings).join()).toContain('There are no thumbnails');
  expect(notesOf(god, god.settings).join()).not.toContain('thumbnails');
});

describe('of pictures', () => {
  const pictures = (thumbnails: Source['thumbnails']): Source => ({
    modality: 'image',
    description: '',
    synthetic: false,
    fingerprint: async () => '',
    gather: async () => ({}) as Gathered,
    thumbnails,
  });
  const objects = (n: number) =>
    Array.from({ length: n }, (_, i) => ({ id: `${i}`, modality: 'image', label: '' }));
  const stage = (n: number, thumbnails: Source['thumbnails']) =>
    thumbnailsStage([pictures(thumbnails)], objects(n), [], { threads: 1, signal: undefined });

  test('more than 10,000 are not asked for', async () => {
    const all = async (ids: readonly string[]) => new Map(ids.map((id) => [id, Uint8Array.of(1)]));
    expect((await stage(MOST_THUMBNAILS, all).compute(() => {})).size).toBe(MOST_THUMBNAILS);
    const never = () => Promise.reject(new Error('asked'));
    expect((await stage(MOST_THUMBNAILS + 1, never).compute(() => {})).size).toBe(0);
  });

  test('anything but bytes is refused', async () => {
    const wrong = async () => new Map([['0', 'picture' as never]]);
    await expect(stage(1, wrong).compute(() => {})).rejects.toThrow(
      'Expected the source of image to give thumbnails as Uint8Array but it gave "picture"',
    );
  });

  test('those that cannot be decoded are left out; of wide ones the middle is shown, on white', async () => {
    const wide = sharp({ create: { width: 300, height: 64, channels: 4, background: '#0000' } });
    const blue = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#00f' } })
      .png()
      .toBuffer();
    const overlay = [{ input: blue, left: 130, top: 12 }];
    folder.write('odd/a/wide.png', await wide.composite(overlay).png().toBuffer());
    folder.write('odd/a/broken.png', 'PNG');
    const source = tinyImageNet(join(folder.path, 'odd'));
    const found = await source.thumbnails?.(['a/wide.png', 'a/broken.png', 'a/missing.png'], {});
    expect([...(found?.keys() ?? [])]).toEqual(['a/wide.png']);
    const { data, info } = await sharp(found?.get('a/wide.png')).raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => [...data.subarray(info.channels * (64 * y + x)).subarray(0, 3)];
    expectColor(at(32, 32), [0, 0, 255]);
    expectColor(at(2, 2), [255, 255, 255]);
  });
});
