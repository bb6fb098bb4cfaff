import { expect, test } from 'vitest';
import { jsonLines } from '../../src/sources/json-lines.ts';
import { openSource } from '../../src/sources/open.ts';
import { chooseRows } from '../../src/sources/sampling.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const all = { limit: Number.POSITIVE_INFINITY, seed: 0 };
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

test('rows keep their order, those without an id are numbered, and equal ids get a number', async () => {
  const path = folder.write(
    'a.jsonl',
    lines([
      { id: 'x', label: 'rose', vector: [1, 2] },
      { vector: [3, 4] },
      { id: 'x', label: 'mint', vector: [5, 6] },
    ]),
  );
  expect(await jsonLines(path, { modality: 'smell' }).gather(all)).toEqual({
    modality: 'smell',
    ids: ['x', 'row 1', 'x (2)'],
    labels: ['rose', '', 'mint'],
    vectors: { data: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 3, cols: 2 },
    total: 3,
    notes: ['1 row had a duplicate id; a number was appended'],
  });
});

test('a sample has the rows that all sources choose', async () => {
  const rows = Array.from({ length: 500 }, (_, row) => ({ id: `n${row}`, vector: [row, -row] }));
  const path = folder.write('many.jsonl', lines(rows));
  const { ids, total, vectors } = await jsonLines(path).gather({ limit: 20, seed: 3 });
  const chosen = chooseRows(500, { limit: 20, seed: 3 });
  expect(total).toBe(500);
  expect(ids).toEqual(chosen.map((row) => `n${row}`));
  expect([...vectors.data]).toEqual(chosen.flatMap((row) => [row, -row]));
});

test('the fingerprint depends on file and modality', async () => {
  const path = folder.write('b.jsonl', lines([{ vector: [1] }]));
  const before = await jsonLines(path).fingerprint();
  expect(await jsonLines(path).fingerprint()).toEqual(before);
  expect(await jsonLines(path, { modality: 'smell' }).fingerprint()).not.toEqual(before);
  folder.write('b.jsonl', lines([{ vector: [1] }, { vector: [2] }]));
  expect(await jsonLines(path).fingerprint()).not.toEqual(before);
});

test('an abort stops reading with its reason', async () => {
  const path = folder.write('c.jsonl', lines([{ vector: [1] }]));
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(jsonLines(path).gather({ ...all, signal })).rejects.toThrow('enough');
});

test.each(['v.jsonl', 'v.ndjson', 'v.JSONL'])('%s is recognized for every modality', async (name) => {
  const path = folder.write(name, lines([{ id: 'a', vector: [1, 2] }]));
  for (const modality of ['audio', 'text', 'image', 'smell']) {
    expect(await (await openSource(modality, path)).gather(all)).toMatchObject({ modality, ids: ['a'] });
  }
  await expect(openSource('image', path, { ids: 'ids.npy' })).rejects.toThrow('Unknown option `ids`');
});
