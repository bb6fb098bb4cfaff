import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Random } from '../../src/sources/random.ts';
import type { Gathered } from '../../src/sources/source.ts';
import { synthetic } from '../../src/sources/synthetic.ts';
import { archetypes, inventedWord, softStep } from '../../src/sources/synthetic-world.ts';

const all = { limit: Number.POSITIVE_INFINITY, seed: 0 };
const gatherAll = (options: object) => Promise.all(synthetic(options).map((source) => source.gather(all)));

test('three modalities have the shapes of the real ones', async () => {
  const [audio, text, image] = await gatherAll({ rows: 300 });
  expect([audio.modality, text.modality, image.modality]).toEqual(['audio', 'text', 'image']);
  expect([audio.vectors.cols, text.vectors.cols, image.vectors.cols]).toEqual([128, 100, 512]);
  // VGGish: [-2, 2] in 256 steps. Rectified features: never negative, some zero.
  expect(
    audio.vectors.data.every(
      (value) => Math.abs(((value + 2) / 4) * 255 - Math.round(((value + 2) / 4) * 255)) < 1e-4,
    ),
  ).toBe(true);
  expect([Math.min(...audio.vectors.data), Math.max(...audio.vectors.data)]).toEqual([-2, 2]);
  expect(image.vectors.data.every((value) => value >= 0)).toBe(true);
  const zeros = image.vectors.data.filter((value) => value === 0).length / image.vectors.data.length;
  expect(zeros).toBeGreaterThan(0.1);
  expect(zeros).toBeLessThan(0.6);
});

test('all texts say that data is synthetic, ids are unique, and labels are the twelve archetypes', async () => {
  for (const source of synthetic({ rows: 2000 })) {
    const gathered = await source.gather(all);
    expect(source.synthetic).toBe(true);
    expect(source.description).toContain('synthetic');
    expect(gathered.ids.every((id) => id.includes('synthetic'))).toBe(true);
    expect(new Set(gathered.ids).size).toBe(2000);
    expect(new Set(gathered.labels)).toEqual(new Set(archetypes));
  }
});

test('the number of rows can be given for each modality', async () => {
  const gathered = await gatherAll({ rows: { audio: 5, image: 7 } });
  expect(gathered.map(({ total }) => total)).toEqual([5, 10_000, 7]);
});

test('a row depends on seed and number alone, so samples and larger worlds have the same rows', async () => {
  const [full] = await gatherAll({ seed: 4, rows: 400 });
  const sample = await synthetic({ seed: 4, rows: 400 })[0].gather({ limit: 30, seed: 8 });
  expect(sample.total).toBe(400);
  sample.ids.forEach((id, i) => {
    const row = full.ids.indexOf(id);
    expect(sample.vectors.data.subarray(i * 128, (i + 1) * 128)).toEqual(
      full.vectors.data.subarray(row * 128, (row + 1) * 128),
    );
  });
  const [larger] = await gatherAll({ seed: 4, rows: 500 });
  expect(larger.vectors.data.subarray(0, 400 * 128)).toEqual(full.vectors.data);
});

test('another seed gives other data and another fingerprint', async () => {
  const [a, b] = [synthetic({ seed: 1, rows: 10 })[0], synthetic({ seed: 2, rows: 10 })[0]];
  expect(await a.fingerprint()).not.toEqual(await b.fingerprint());
  expect((await a.gather(all)).vectors.data).not.toEqual((await b.gather(all)).vectors.data);
});

test('the bytes are the same on every machine', async () => {
  const hash = createHash('sha256');
  for (const { vectors, ids, labels } of await gatherAll({ seed: 7, rows: 200 })) {
    hash.update(new Uint8Array(vectors.data.buffer)).update(ids.join()).update(labels.join());
  }
  // Only integer arithmetic, + - * / and square roots are used, which IEEE 754 rounds alike everywhere.
  expect(hash.digest('hex')).toBe('3f20544d12c8c9e5ff5ae7ecc9494661cdc82328ff56432598e24b9fefec7d33');
});

test('neighbors mostly share their archetype, but not always', async () => {
  for (const { vectors, labels } of await gatherAll({ rows: 1500 })) {
    let same = 0;
    for (let i = 0; i < 300; i++) same += labels[nearest(vectors, i)] === labels[i] ? 1 : 0;
    // Chance is 1/12.
    expect(same / 300).toBeGreaterThan(0.6);
    expect(same / 300).toBeLessThan(0.99);
  }
});

function nearest({ data, rows, cols }: Gathered['vectors'], row: number): number {
  let [best, least] = [-1, Number.POSITIVE_INFINITY];
  for (let other = 0; other < rows; other++) {
    let distance = 0;
    for (let col = 0; col < cols; col++) distance += (data[row * cols + col] - data[other * cols + col]) ** 2;
    if (other !== row && distance < least) [best, least] = [other, distance];
  }
  return best;
}

test('wrong options are refused', () => {
  expect(() => synthetic({ rows: 0 })).toThrow('Expected `rows` in [1, 10000000] but received 0');
  expect(() => synthetic({ rows: { audio: -1 } })).toThrow('`rows.audio`');
  expect(() => synthetic({ rows: { smell: 1 } as object })).toThrow('Unknown option `smell`');
  expect(() => synthetic({ rows: null as unknown as number })).toThrow(TypeError);
  expect(() => synthetic({ seed: -1 })).toThrow('`seed`');
});

test('an abort stops generating with its reason', async () => {
  const controller = new AbortController();
  const onProgress = (done: number): void => {
    if (done > 0) controller.abort('enough');
  };
  const gathering = synthetic({ rows: 5000 })[2].gather({ ...all, signal: controller.signal, onProgress });
  await expect(gathering).rejects.toBe('enough');
});

test('invented words are all different', () => {
  const words = Array.from({ length: 200_000 }, (_, row) => inventedWord(row));
  expect(new Set(words).size).toBe(200_000);
  expect(words.every((word) => /^[a-z]{6,8}$/.test(word))).toBe(true);
});

test('softStep is close to tanh, odd and never beyond one', () => {
  for (let x = -5; x <= 5; x += 0.01) {
    expect(Math.abs(softStep(x) - Math.tanh(x))).toBeLessThan(0.025);
    expect(softStep(-x)).toBe(-softStep(x));
    expect(Math.abs(softStep(x))).toBeLessThanOrEqual(1);
  }
});

test('random numbers have the documented moments', () => {
  const random = new Random(1, 2, 3);
  const count = 200_000;
  let [mean, square, low] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const value = random.bell();
    mean += value / count;
    square += (value * value) / count;
    low += random.uniform() < 0.25 ? 1 / count : 0;
  }
  // Standard errors: 0.0022, 0.0025, 0.001.
  expect(Math.abs(mean)).toBeLessThan(0.01);
  expect(Math.abs(square - 1)).toBeLessThan(0.012);
  expect(Math.abs(low - 0.25)).toBeLessThan(0.005);
});
