// Jest gives every test file globals of its own: arrays and errors of another realm than Node's.
import { agnes, DataError, matrix, openSource, PCA, silhouette } from 'global-object-embedder';

const rows = [
  [1, 2, 0],
  [3, 5, 1],
  [4, 4, 2],
  [0, 1, 5],
];

test('arrays of this realm are taken', async () => {
  const X = matrix(Float32Array.from(rows.flat()), 4, 3);
  const [a, b] = [await PCA.fit(rows), await PCA.fit(X)];
  expect(Array.from(b.components.data)).toEqual(Array.from(a.components.data));
  expect((await silhouette(X, Int32Array.of(0, 0, 1, 1))).mean).toBeLessThan(1);
  expect(agnes(rows, { method: 'ward2' }).indices()).toHaveLength(4);
});

test('errors of this realm are thrown, and errors of files are reported', async () => {
  await expect(PCA.fit(rows, { components: 9 })).rejects.toThrow(RangeError);
  await expect(
    PCA.fit([
      [1, Number.NaN],
      [2, 3],
    ]),
  ).rejects.toThrow('finite');
  await expect(
    (async () => (await openSource('smell', 'absent.jsonl')).gather({ limit: 9, seed: 0 }))(),
  ).rejects.toThrow(DataError);
});

test('a signal stops a call', async () => {
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await expect(PCA.fit(rows, { signal: controller.signal })).rejects.toThrow('enough');
});
