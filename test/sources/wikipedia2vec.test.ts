import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { wikipedia2vec } from '../../src/sources/wikipedia2vec.ts';
import { realData, testOnRealData } from '../support/real-data.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const all = { limit: Number.POSITIVE_INFINITY, seed: 0 };

test('words and entities are told apart, names are ids', async () => {
  const file = folder.write('v.txt.gz', gzipSync('ENTITY/United States\t1 2\nstate\t3 4\n \t5 6\n\t7 8\n'));
  const gathered = await wikipedia2vec(file).gather(all);
  expect(gathered).toMatchObject({
    modality: 'text',
    ids: ['ENTITY/United States', 'state', ' ', '(empty)'],
    labels: ['entity', 'word', 'word', 'word'],
    total: 4,
    notes: [],
  });
  expect([...gathered.vectors.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('names that come twice are made unique, which is told', async () => {
  const gathered = await wikipedia2vec(folder.write('v.txt', 'a 1 2\nb 1 2\na 3 4\na 5 6\n')).gather(all);
  expect(gathered.ids).toEqual(['a', 'b', 'a (2)', 'a (3)']);
  expect(gathered.notes).toEqual(['2 rows have names that came before; a number was put after it']);
});

test('a sample keeps each name with its own vector', async () => {
  const text = Array.from({ length: 500 }, (_, i) => `w${i} ${i} ${i / 2}\n`).join('');
  const gathered = await wikipedia2vec(folder.write('v.txt', text)).gather({ limit: 20, seed: 9 });
  expect(gathered).toMatchObject({ total: 500, vectors: { rows: 20, cols: 2 } });
  gathered.ids.forEach((id, i) => {
    expect(gathered.vectors.data[2 * i]).toBe(Number(id.slice(1)));
  });
});

test('damage is refused with file and line, also in a row that the sample passes by', async () => {
  const text = `${Array.from({ length: 500 }, (_, i) => `w${i} 1 2\n`).join('')}short 1\n`;
  const file = folder.write('v.txt', text);
  await expect(wikipedia2vec(file).gather({ limit: 1, seed: 0 })).rejects.toThrow(
    `${file}, line 501: expected a name`,
  );
});

test('progress tells the rows that the header promises', async () => {
  const text = `1500 1\n${Array.from({ length: 1500 }, (_, i) => `w${i} 1\n`).join('')}`;
  const seen: [number, number | undefined][] = [];
  const onProgress = (done: number, total: number | undefined): void => void seen.push([done, total]);
  await wikipedia2vec(folder.write('v.txt', text)).gather({ ...all, onProgress });
  expect(seen).toEqual([
    [0, 1500],
    [1000, 1500],
  ]);
});

test('an aborted signal ends the reading with its reason', async () => {
  const file = folder.write('v.txt', 'a 1\n');
  const signal = AbortSignal.abort();
  await expect(wikipedia2vec(file).gather({ ...all, signal })).rejects.toBe(signal.reason);
});

const vectors = 'text/wikipedia2vec-format.trained-here.21758x100.txt.gz';

testOnRealData(
  'a real file has its words, its entities and the names that are known',
  [vectors, 'reference/union_text_names.json'],
  async () => {
    const gathered = await wikipedia2vec(realData(vectors)).gather(all);
    expect(gathered.labels.filter((label) => label === 'entity')).toHaveLength(3256);
    expect(gathered.ids).toEqual(
      JSON.parse(readFileSync(realData('reference/union_text_names.json'), 'utf8')),
    );
  },
);
