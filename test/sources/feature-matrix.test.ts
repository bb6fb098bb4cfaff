import { expect, test } from 'vitest';
import { npyBytes } from '../../src/formats/npy.ts';
import { featureMatrix } from '../../src/sources/feature-matrix.ts';
import { splitFingerprint } from '../../src/sources/fingerprint.ts';
import { npyFile, npyHeader } from '../support/npy.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const all = { limit: Number.POSITIVE_INFINITY, seed: 0 };
const matrixFile = (rows: number, cols: number): string => {
  const data = Float64Array.from({ length: rows * cols }, (_, i) => i / 2);
  return folder.write('m.npy', npyBytes({ data, rows, cols }));
};

test('rows get numbers as names and no labels by default', async () => {
  const gathered = await featureMatrix(matrixFile(3, 2), { modality: 'smell' }).gather(all);
  expect(gathered).toMatchObject({
    modality: 'smell',
    ids: ['row 0', 'row 1', 'row 2'],
    labels: ['', '', ''],
    total: 3,
    notes: [],
  });
  expect([...gathered.vectors.data]).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
});

test('labels and ids can come from npy, csv or text files', async () => {
  const path = matrixFile(3, 2);
  const lists = [
    folder.write('l.npy', npyBytes({ data: Int32Array.of(4, 5, 6), shape: [3] })),
    folder.write('l.csv', 'id,label\r\nx,4\r\ny,5\r\nz,6\r\n'),
    folder.write('single.csv', '4\n5\n6\n'),
    folder.write('titled.csv', 'label\n4\n5\n6\n'),
    folder.write('l.txt', '4\n5\n6\n'),
  ];
  for (const labels of lists) {
    expect((await featureMatrix(path, { modality: 'image', labels }).gather(all)).labels).toEqual([
      '4',
      '5',
      '6',
    ]);
  }
  const ids = lists[1];
  expect((await featureMatrix(path, { modality: 'image', ids }).gather(all)).ids).toEqual(['x', 'y', 'z']);
});

test('a sample over several blocks keeps rows, ids and labels together', async () => {
  const rows = 3000;
  const cols = 1000;
  const data = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) data.fill(row, row * cols, (row + 1) * cols);
  const path = folder.write('big.npy', npyBytes({ data, rows, cols }));
  const labels = folder.write('big.txt', Array.from({ length: rows }, (_, row) => `l${row}`).join('\n'));
  const gathered = await featureMatrix(path, { modality: 'image', labels }).gather({ limit: 40, seed: 2 });
  expect(gathered).toMatchObject({ total: rows, vectors: { rows: 40, cols } });
  gathered.ids.forEach((id, i) => {
    const row = gathered.vectors.data[i * cols];
    expect([id, gathered.labels[i], gathered.vectors.data[(i + 1) * cols - 1]]).toEqual([
      `row ${row}`,
      `l${row}`,
      row,
    ]);
  });
});

test('lists of another length, missing columns and values that are not finite are refused', async () => {
  const path = matrixFile(3, 2);
  const short = folder.write('short.txt', 'a\nb\n');
  await expect(featureMatrix(path, { modality: 'image', labels: short }).gather(all)).rejects.toThrow(
    `${short}: holds 2 labels but there are 3 rows`,
  );
  const csv = folder.write('other.csv', 'a,b\n1,2\n');
  await expect(featureMatrix(path, { modality: 'image', labels: csv }).gather(all)).rejects.toThrow(
    'has no column `label`',
  );
  for (const [bad, problem] of [
    [Number.NaN, 'NaN, expected a finite number'],
    [Number.POSITIVE_INFINITY, 'Infinity, expected a finite number'],
    [1e39, '1e+39, which is beyond float32'],
  ] as const) {
    const file = folder.write('bad.npy', npyBytes({ data: Float64Array.of(1, 2, 3, bad), rows: 2, cols: 2 }));
    await expect(featureMatrix(file, { modality: 'image' }).gather(all)).rejects.toThrow(
      `${file}: row 1, column 1 is ${problem}`,
    );
  }
});

test('doubles stay as they are if float32 would round them, also through a sample', async () => {
  const data = Float64Array.from({ length: 400 }, (_, i) => 1e9 + i / 1024);
  const path = folder.write('far.npy', npyBytes({ data, rows: 200, cols: 2 }));
  const { vectors, ids } = await featureMatrix(path, { modality: 'x' }).gather({ limit: 50, seed: 3 });
  const rows = ids.map((id) => Number(id.slice(4)));
  expect(vectors.data).toEqual(Float64Array.from(rows.flatMap((row) => [data[2 * row], data[2 * row + 1]])));
  const exact = await featureMatrix(matrixFile(3, 2), { modality: 'x' }).gather(all);
  expect(exact.vectors.data).toEqual(Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5));
});

test('an empty matrix is refused', async () => {
  const file = folder.write('empty.npy', npyFile(npyHeader('<f4', [0, 5]), new Uint8Array(0)));
  await expect(featureMatrix(file, { modality: 'image' }).gather(all)).rejects.toThrow(
    `${file}: holds no rows`,
  );
});

test('the fingerprint depends on the lists, too', async () => {
  const path = matrixFile(3, 2);
  const labels = folder.write('l.txt', 'a\nb\nc\n');
  const plain = await featureMatrix(path, { modality: 'image' }).fingerprint();
  const labeled = await featureMatrix(path, { modality: 'image', labels }).fingerprint();
  expect(labeled).not.toEqual(plain);
  folder.write('l.txt', 'a\nb\ncc\n');
  const renamed = await featureMatrix(path, { modality: 'image', labels }).fingerprint();
  expect(renamed).not.toEqual(labeled);
  for (const { vectors } of [labeled, renamed].map(splitFingerprint))
    expect(vectors).toBe(splitFingerprint(plain).vectors);
});
