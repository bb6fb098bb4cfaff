import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  audioset,
  featureMatrix,
  GOD,
  jsonLines,
  type Source,
  synthetic,
  wikipedia2vec,
} from '../../src/index.ts';
import { checkMemory, planMemory } from '../../src/pipeline/memory.ts';
import type { SourceSize } from '../../src/sources/source.ts';
import { tarOf } from '../support/archives.ts';
import { seededRandom } from '../support/bytes.ts';
import { god } from '../support/god.ts';
import { npyFile, npyHeader } from '../support/npy.ts';
import { realData, testOnRealData } from '../support/real-data.ts';
import { tempFolder } from '../support/temp.ts';
import { audiosetClip, tfrecords } from '../support/tfrecord.ts';

const folder = tempFolder();
const sized = (modality: string, size: SourceSize | undefined): Source => ({
  ...synthetic({ rows: 10 })[0],
  modality,
  size: async () => size,
});
const GB = 1e9;
const roomy = { free: 1000 * GB, heapLimit: 1000 * GB };
const all = { perModality: 0, components: 0 };

/** The note, or the message of the error. */
async function told(sources: Source[], limits = roomy, settings = all): Promise<string | undefined> {
  let note: string | undefined;
  const keep = (text: string) => {
    note = text;
  };
  await checkMemory(sources, settings, keep, limits).catch((error: Error) =>
    keep(`${error.name}: ${error.message}`),
  );
  return note;
}

test('a run over all rows says how many there are, and what they need', async () => {
  const sources = [
    sized('audio', { rows: 2_000_000, cols: 128, exact: false }),
    sized('text', { rows: 4_500_000, cols: 100, exact: true }),
    sized('smell', undefined),
  ];
  // All vectors 2.82 GB, the larger ones again 1.8 GB, 100 reduced columns 2.6 GB, names of 400 bytes 2.6 GB, the process 0.3 GB.
  expect(await told(sources)).toBe(
    'All rows (audio: about 2000000 x 128; text: 4500000 x 100; smell: unknown) need about 10.1 GB of memory; 1000.0 GB are free',
  );
  expect(await told(sources, roomy, { ...all, perModality: 25_000 })).toBeUndefined();
});

test.each([
  [
    { rows: 2_000_000, cols: 128 },
    { free: 3 * GB, heapLimit: 4 * GB },
    /need about 3.9 GB of memory, and 3.0 GB are free$/,
  ],
  [
    { rows: 9_000_000, cols: 4 },
    { free: 50 * GB, heapLimit: 4 * GB },
    /of which names are 3.6 GB, and the JavaScript heap has 4.0 GB \(NODE_OPTIONS=--max-old-space-size=4292 raises/,
  ],
  [{ rows: 20_800_000, cols: 128 }, roomy, /a modality can have 10000000 rows at most$/],
])('%o does not fit', async (size, limits, message) => {
  const text = await told([sized('audio', { ...size, exact: true })], limits);
  expect(text).toMatch(
    /^RangeError: Expected `perModality` to be a number of rows that fits: all rows \(audio: /,
  );
  expect(text).toMatch(message);
});

test('more rows or columns never need less', () => {
  const of = (rows: number, cols: number) => planMemory([{ rows, cols, exact: true }], 0).bytes;
  for (const [rows, cols] of [
    [10, 4],
    [1000, 100],
    [1e6, 512],
  ]) {
    expect(of(rows + 1, cols)).toBeGreaterThan(of(rows, cols));
    expect(of(rows, cols + 1)).toBeGreaterThan(of(rows, cols));
    expect(of(rows, cols)).toBeGreaterThan(2 * 4 * rows * cols);
  }
});

test('0 gathers every row, and the rows and their order do not change', async () => {
  const small = { samples: 90, epochs: 1, iterations: 50, latent: 3, clusters: 3 };
  const sources = synthetic({ rows: 50 });
  const [every, more] = [
    await GOD.fit(sources, { ...small, perModality: 0 }),
    await GOD.fit(sources, { ...small, perModality: 51 }),
  ];
  expect(every.modalities.map(({ rows, total }) => [rows, total])).toEqual(Array(3).fill([50, 50]));
  expect(every.objects).toEqual(more.objects);
  expect(every.map.data).toEqual(more.map.data);
});

test('god run --per-modality 0 says it before it reads', async () => {
  folder.write(
    'x.npy',
    npyFile(
      npyHeader('<f4', [80, 6]),
      new Uint8Array(Float32Array.from({ length: 480 }, Math.random).buffer),
    ),
  );
  const small = '--latent 2 --epochs 1 --iterations 50 --samples 60 --clusters 3'.split(' ');
  const args = ['run', '--audio', 'x.npy', '--per-modality', '0', ...small];
  const { code, stderr } = await god(args, { cwd: folder.path });
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /^All rows \(audio: 80 x 6\) need about 0.3 GB of memory; \d+.\d GB are free\nGather audio/,
  );
});

test('god run --per-modality 0 refuses what does not fit', async () => {
  // A file that claims more rows than any memory holds; nothing of it is read but the header.
  folder.write('huge.npy', npyFile(npyHeader('<f4', [9_000_000, 100_000]), new Uint8Array(1 << 20)));
  const { code, stderr } = await god(['run', '--audio', 'huge.npy', '--per-modality', '0'], {
    cwd: folder.path,
  });
  expect(code, stderr).not.toBe(0);
  expect(stderr).not.toMatch(/Gather/);
});

test('sources know their size', async () => {
  const matrix = folder.write('m.npy', npyFile(npyHeader('<f4', [7, 3]), new Uint8Array(84)));
  const words = folder.write('w.txt', '3 2\na 1 2\nb 3 4\nc 5 6\n');
  const glove = folder.write('g.txt', 'a 1 2\nb 3 4\n');
  const lines = folder.write('l.jsonl', '{"id": "a", "vector": [1, 2]}\n');
  expect(await synthetic({ rows: 9 })[1].size?.()).toMatchObject({ rows: 9, exact: true });
  expect(await featureMatrix(matrix, { modality: 'x' }).size?.()).toEqual({ rows: 7, cols: 3, exact: true });
  expect(await wikipedia2vec(words).size?.()).toEqual({ rows: 3, cols: 2, exact: true });
  expect(await wikipedia2vec(glove).size?.()).toBeUndefined();
  expect(await jsonLines(lines, { modality: 'x' }).size?.()).toBeUndefined();
});

test('the clips of AudioSet are estimated from the first ones', async () => {
  const random = seededRandom(2);
  const clips = Array.from({ length: 1000 }, (_, i) =>
    audiosetClip({
      video: `video number ${i}`,
      frames: Array.from({ length: 10 }, () => Uint8Array.from({ length: 128 }, () => 256 * random())),
    }),
  );
  const plain = folder.write('all.tfrecord', tfrecords(...clips));
  const packed = folder.write('all.tar.gz', gzipSync(await tarOf({ 'a.tfrecord': tfrecords(...clips) })));
  folder.write('records/a.tfrecord', tfrecords(...clips.slice(0, 600)));
  folder.write('records/b.tfrecord', tfrecords(...clips.slice(600)));
  for (const path of [plain, packed, join(folder.path, 'records')]) {
    const size = await audioset(path).size?.();
    expect(size).toMatchObject({ cols: 128, exact: false });
    expect(Math.abs((size?.rows ?? 0) / 1000 - 1)).toBeLessThan(0.25);
    const frames = await audioset(path, { frames: true }).size?.();
    expect((frames?.rows ?? 0) / (size?.rows ?? 1)).toBeCloseTo(10, 1);
  }
});

const archive = 'audio/audioset_v1_embeddings.bal_train.tar.gz';
testOnRealData('the estimate for AudioSet is right within a tenth', [archive], async () => {
  const size = await audioset(realData(archive)).size?.();
  expect(Math.abs((size?.rows ?? 0) / 22_160 - 1)).toBeLessThan(0.1);
});
