import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { audioset } from '../../src/sources/audioset.ts';
import type { Gathered } from '../../src/sources/source.ts';
import { tarOf } from '../support/archives.ts';
import { realData, testOnRealData } from '../support/real-data.ts';
import { tempFolder } from '../support/temp.ts';
import { audiosetClip, tfrecords } from '../support/tfrecord.ts';

const folder = tempFolder();
const all = { limit: Number.POSITIVE_INFINITY, seed: 0 };
const labelsText = 'index,mid,display_name\n0,/m/a,"Speech"\n1,/m/b,"Male speech, man speaking"\n';

const clipA = audiosetClip({
  video: 'AAA',
  start: 30,
  labels: [1, 0],
  frames: [Uint8Array.of(0, 255, 51), Uint8Array.of(0, 0, 204)],
});
const clipB = audiosetClip({ video: 'BBB', start: 0.5, labels: [0], frames: [Uint8Array.of(102, 0, 0)] });
const clipEmpty = audiosetClip({ video: 'EEE', labels: [0], frames: [] });
const clipUnknown = audiosetClip({ video: 'CCC', labels: [77], frames: [Uint8Array.of(1, 2, 3)] });

folder.write('data/b.tfrecord', tfrecords(clipEmpty, clipUnknown));
folder.write('data/a.tfrecord', tfrecords(clipA, clipB));
folder.write('data/notes.txt', 'not a record');
folder.write('class_labels_indices.csv', labelsText);
const data = join(folder.path, 'data');

// x * 4 / 255 - 2 at 0, 51, 102, 127.5, 204, 255: -2, -1.2, -0.4, 0, 1.2, 2.
const rowA = [-2, 0, 0];
const rowB = [-0.4, -2, -2].map(Math.fround);

test('a folder gives the mean of each clip, with files in the order of their names', async () => {
  const gathered = await audioset(data).gather(all);
  expect(gathered.ids).toEqual(['AAA@30s', 'BBB@0.5s', 'CCC@0s']);
  expect(gathered.labels).toEqual(['Male speech, man speaking', 'Speech', 'class 77']);
  expect(gathered).toMatchObject({ modality: 'audio', total: 3, vectors: { rows: 3, cols: 3 } });
  expect([...gathered.vectors.data.subarray(0, 6)]).toEqual([...rowA, ...rowB]);
  expect(gathered.notes).toEqual([
    'files that are not TFRecords were skipped: notes.txt',
    '1 of 4 clips have no frames and were skipped',
  ]);
});

test('frames give one row a second, named by its time', async () => {
  const gathered = await audioset(join(data, 'a.tfrecord'), { frames: true }).gather(all);
  expect(gathered.ids).toEqual(['AAA@30s', 'AAA@31s', 'BBB@0.5s']);
  expect([...gathered.vectors.data.subarray(0, 6)]).toEqual([-2, 2, -1.2, -2, -2, 1.2].map(Math.fround));
});

test('a tar archive and a single file give the same rows as a folder', async () => {
  const tar = await tarOf({
    'x/a.tfrecord': tfrecords(clipA, clipB),
    'x/._a.tfrecord': 'mac',
    'x/b.tfrecord': tfrecords(clipUnknown),
  });
  const archive = folder.write('clips.tar.gz', gzipSync(tar));
  const [fromFolder, fromTar] = [await audioset(data).gather(all), await audioset(archive).gather(all)];
  expect(fromTar).toEqual({ ...fromFolder, notes: [] });
  const single = folder.write('one.tfrecord', gzipSync(tfrecords(clipA, clipB)));
  expect((await audioset(single).gather(all)).ids).toEqual(['AAA@30s', 'BBB@0.5s']);
});

test('without class names the labels are numbers, with a note', async () => {
  const lonely = folder.write('deep/er/one.tfrecord', tfrecords(clipA));
  const gathered = await audioset(lonely).gather(all);
  expect(gathered.labels).toEqual(['class 1']);
  expect(gathered.notes).toEqual([
    'class_labels_indices.csv was not found, so classes are named by their numbers',
  ]);
  const named = await audioset(lonely, { labels: join(folder.path, 'class_labels_indices.csv') }).gather(all);
  expect(named.labels).toEqual(['Male speech, man speaking']);
});

test('clips that occur twice get different ids', async () => {
  const twice = folder.write('twice.tfrecord', tfrecords(clipA, clipA));
  const gathered = await audioset(twice).gather(all);
  expect(gathered.ids).toEqual(['AAA@30s', 'AAA@30s (2)']);
  expect(gathered.notes).toEqual(['1 row had a duplicate id; a number was appended']);
});

test('a sample respects the limit and has the same rows for the same seed', async () => {
  const clips = Array.from({ length: 50 }, (_, i) =>
    audiosetClip({ video: `v${i}`, frames: [Uint8Array.of(i, 0, 0)] }),
  );
  const many = folder.write('many.tfrecord', tfrecords(...clips));
  const first = await audioset(many).gather({ limit: 7, seed: 3 });
  expect(first).toMatchObject({ total: 50, vectors: { rows: 7 } });
  expect(await audioset(many).gather({ limit: 7, seed: 3 })).toEqual(first);
  expect((await audioset(many).gather({ limit: 7, seed: 4 })).ids).not.toEqual(first.ids);
});

test.each([
  [
    'a cut file',
    tfrecords(clipA, clipB).subarray(0, 150),
    /bad\.tfrecord, byte \d+: the file ends inside this record/,
  ],
  [
    'another frame width',
    tfrecords(clipA, audiosetClip({ video: 'x', frames: [new Uint8Array(4)] })),
    /has 4 dimensions where those before have 3/,
  ],
  ['only empty clips', tfrecords(clipEmpty), /holds no rows/],
  ['an empty file', Buffer.alloc(0), /holds no rows/],
  ['text', Buffer.from('this is a text file, not records'), /no record starts here/],
])('%s is refused', async (_, bytes, message) => {
  await expect(audioset(folder.write('bad.tfrecord', bytes)).gather(all)).rejects.toThrow(message);
});

test('errors name a missing file, an empty folder and an archive without records', async () => {
  const missing = join(folder.path, 'missing.tfrecord');
  await expect(audioset(missing).gather(all)).rejects.toThrow(`${missing}: no such file or folder`);
  folder.write('empty/readme.txt', '');
  await expect(audioset(join(folder.path, 'empty')).gather(all)).rejects.toThrow('holds no .tfrecord files');
  await expect(audioset(folder.write('no.tar', await tarOf({ a: 'b' }))).gather(all)).rejects.toThrow(
    'holds no .tfrecord',
  );
  await expect(audioset(data, { labels: missing }).gather(all)).rejects.toThrow(missing);
});

test('the error for damaged class names says which line is wrong', async () => {
  const labels = folder.write('labels.csv', 'index,mid,name\n0,/m/1,Speech\n');
  await expect(audioset(data, { labels }).gather(all)).rejects.toThrow(
    'labels.csv, line 2: expected the columns index',
  );
});

test('unknown options are refused', () => {
  expect(() => audioset(data, { frame: true } as object)).toThrow('Unknown option `frame`');
  expect(() => audioset(data, { frames: 1 as unknown as boolean })).toThrow('`frames` to be true or false');
});

test('an aborted signal stops reading with its reason', async () => {
  const reason = new Error('enough');
  await expect(audioset(data).gather({ ...all, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('the fingerprint depends on files, options and class names', async () => {
  const before = await audioset(data).fingerprint();
  expect(await audioset(data).fingerprint()).toEqual(before);
  expect(await audioset(data, { frames: true }).fingerprint()).not.toEqual(before);
  utimesSync(join(data, 'a.tfrecord'), 1, 1);
  const touched = await audioset(data).fingerprint();
  expect(touched).not.toEqual(before);
  folder.write('data/c.tfrecord', tfrecords(clipB));
  expect(await audioset(data).fingerprint()).not.toEqual(touched);
});

test('shards, other spellings and compressed files are found, and other files are noted', async () => {
  const bytes = tfrecords(clipB);
  const write = (name: string, content: Uint8Array = bytes) => folder.write(`shards/${name}`, content);
  write('train.tfrecord-00000-of-00003');
  write('train.tfrecord-00002-of-00003');
  write('plural.tfrecords');
  write('UPPER.TFRECORD');
  write('zipped.tfrecord.gz', gzipSync(bytes));
  write('._hidden.tfrecord');
  write('readme.txt');
  const gathered = await audioset(join(folder.path, 'shards')).gather(all);
  expect(gathered.ids).toHaveLength(5);
  expect(gathered.notes).toContain('files that are not TFRecords were skipped: readme.txt');
  expect(gathered.notes).toContain('train.tfrecord-of-00003 has 2 of its 3 shards');
  const one = await audioset(join(folder.path, 'shards/train.tfrecord-00000-of-00003')).gather(all);
  expect(one.ids).toHaveLength(1);
});

test('errors name a folder without records and files of another kind', async () => {
  folder.write('none/a.csv', 'x');
  await expect(audioset(join(folder.path, 'none')).gather(all)).rejects.toThrow(
    'holds no .tfrecord files, but a.csv',
  );
  const zlib = folder.write('z.tfrecord', deflateSync(tfrecords(clipB)));
  await expect(audioset(zlib).gather(all)).rejects.toThrow('is zlib data, expected TFRecords');
});

test('labels can belong to rows instead of classes, by id or in order', async () => {
  const { ids } = await audioset(data).gather(all);
  const table = folder.write(
    'mine.csv',
    `id,label\n${[...ids]
      .reverse()
      .map((id) => `${id},of ${id}\n`)
      .join('')}`,
  );
  const byId = await audioset(data, { labels: table }).gather(all);
  expect(byId.labels).toEqual(ids.map((id) => `of ${id}`));
  const lines = folder.write('mine.txt', ids.map((id) => `of ${id}\n`).join(''));
  expect((await audioset(data, { labels: lines }).gather(all)).labels).toEqual(byId.labels);
});

const archive = 'audio/audioset_v1_embeddings.bal_train.tar.gz';

testOnRealData(
  'the means of the balanced training set have the expected variances',
  [archive, 'reference/union_c100_scalar.json'],
  async () => {
    const gathered = await audioset(realData(archive)).gather(all);
    expect(gathered).toMatchObject({ total: 22_160, vectors: { rows: 22_160, cols: 128 } });
    expect(new Set(gathered.ids).size).toBe(22_160);
    // By NumPy: the 100 largest eigenvalues of the covariance add up to 83.3273..., which is 92.6229 % of the total.
    const [reference] = JSON.parse(
      readFileSync(realData('reference/union_c100_scalar.json'), 'utf8'),
    ).modalities;
    const total = reference.tv / reference.scale ** 2 / reference.kept;
    expect(totalVariance(gathered.vectors) / total).toBeCloseTo(1, 4);
  },
);

function totalVariance({ data: values, rows, cols }: Gathered['vectors']): number {
  let sum = 0;
  for (let col = 0; col < cols; col++) {
    let [mean, square] = [0, 0];
    for (let row = 0; row < rows; row++) {
      mean += values[row * cols + col] / rows;
      square += values[row * cols + col] ** 2 / rows;
    }
    sum += square - mean * mean;
  }
  return sum;
}
