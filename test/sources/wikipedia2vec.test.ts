import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { wikipedia2vec } from '../../src/sources/wikipedia2vec.ts';
import { realData, testOnRealData } from '../support/real-data.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const all = { limit: Number.POSITIVE_INFINITY, seed: 0 };

test('words and entities are distinguished, names are ids', async () => {
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

test('duplicate names are made unique, with a note', async () => {
  const gathered = await wikipedia2vec(folder.write('v.txt', 'a 1 2\nb 1 2\na 3 4\na 5 6\n')).gather(all);
  expect(gathered.ids).toEqual(['a', 'b', 'a (2)', 'a (3)']);
  expect(gathered.notes).toEqual(['2 rows had duplicate ids; a number was appended']);
});

test('in a sample, names keep their own vectors', async () => {
  const text = Array.from({ length: 500 }, (_, i) => `w${i} ${i} ${i / 2}\n`).join('');
  const gathered = await wikipedia2vec(folder.write('v.txt', text)).gather({ limit: 20, seed: 9 });
  expect(gathered).toMatchObject({ total: 500, vectors: { rows: 20, cols: 2 } });
  gathered.ids.forEach((id, i) => {
    expect(gathered.vectors.data[2 * i]).toBe(Number(id.slice(1)));
  });
});

test('damage is refused with file and line, even in a row outside the sample', async () => {
  const text = `${Array.from({ length: 500 }, (_, i) => `w${i} 1 2\n`).join('')}short 1\n`;
  const file = folder.write('v.txt', text);
  await expect(wikipedia2vec(file).gather({ limit: 1, seed: 0 })).rejects.toThrow(
    `${file}, line 501: expected a name`,
  );
});

test('progress states the number of rows in the header', async () => {
  const text = `1500 1\n${Array.from({ length: 1500 }, (_, i) => `w${i} 1\n`).join('')}`;
  const seen: [number, number | undefined][] = [];
  const onProgress = (done: number, total: number | undefined): void => void seen.push([done, total]);
  await wikipedia2vec(folder.write('v.txt', text)).gather({ ...all, onProgress });
  expect(seen).toEqual([
    [0, 1500],
    [1000, 1500],
  ]);
});

test('an aborted signal stops reading with its reason', async () => {
  const file = folder.write('v.txt', 'a 1\n');
  const signal = AbortSignal.abort();
  await expect(wikipedia2vec(file).gather({ ...all, signal })).rejects.toBe(signal.reason);
});

const vectors = 'text/wikipedia2vec-format.trained-here.21758x100.txt.gz';

testOnRealData(
  'a real file has the expected words, entities and names',
  [vectors, 'reference/union_text_names.json'],
  async () => {
    const gathered = await wikipedia2vec(realData(vectors)).gather(all);
    expect(gathered.labels.filter((label) => label === 'entity')).toHaveLength(3256);
    expect(gathered.ids).toEqual(
      JSON.parse(readFileSync(realData('reference/union_text_names.json'), 'utf8')),
    );
  },
);

const numbers = '0.1\t0.2\t0.3\n0.4\t0.5\t0.6\n';

test.each([
  ['the vectors of the Projector', numbers],
  ['numpy.savetxt', '1.000e+00 2.000e+00\n-4.000e+00 5.000e+00\n'],
  ['a hundred rows and more', Array.from({ length: 150 }, (_, i) => `${i} 1 2\n`).join('')],
])('%s: a first column of numbers alone is refused with both readings', async (_, text) => {
  const file = folder.write('numbers.txt', text);
  const error = await wikipedia2vec(file)
    .gather(all)
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'DataError', option: 'names', line: 1 });
  expect(String(error)).toMatch(/`names: true`.*`names: false`/);
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(/[ \t]/));
  const named = await wikipedia2vec(file, { names: true }).gather(all);
  expect(named.ids).toEqual(rows.map(([name]) => name));
  const nameless = await wikipedia2vec(file, { names: false }).gather(all);
  expect(nameless.ids).toEqual(rows.map((__, row) => `row ${row}`));
  expect([...nameless.vectors.data]).toEqual(rows.flat().map((value) => Math.fround(Number(value))));
});

test('numbers are names if other names are not, or if a header states the number of columns', async () => {
  const mixed = await wikipedia2vec(folder.write('m.txt', '2012 0.1 0.2\nthe 1 2\n')).gather(all);
  expect(mixed.ids).toEqual(['2012', 'the']);
  const headed = await wikipedia2vec(folder.write('h.txt', '2 3\n17 1 2 3\n4 4 5 6\n')).gather(all);
  expect(headed).toMatchObject({ ids: ['17', '4'], vectors: { cols: 3 } });
});

test('a hundred numbers before a word are refused, too, whatever the sample', async () => {
  const text = `${Array.from({ length: 100 }, (_, i) => `${i} 1 2\n`).join('')}the 2 3\n`;
  await expect(wikipedia2vec(folder.write('w.txt', text)).gather({ limit: 1, seed: 0 })).rejects.toThrow(
    'names',
  );
});

test.each([
  ['3 2\n1 5\n4 6\n', [3, 2, 1, 5, 4, 6], 2],
  ['2 3\n1 5 2\n4 6 2\n', [1, 5, 2, 4, 6, 2], 3],
  ['7\n8\n', [7, 8], 1],
])('%j without names', async (text, values, cols) => {
  const gathered = await wikipedia2vec(folder.write('n.txt', text), { names: false }).gather(all);
  expect(gathered.vectors.cols).toBe(cols);
  expect([...gathered.vectors.data]).toEqual(values);
});

test('vectors without names that do not match are refused', async () => {
  const gather = (text: string) => wikipedia2vec(folder.write('n.txt', text), { names: false }).gather(all);
  await expect(gather('1 2\n1 2 3\n')).rejects.toThrow('line 2: expected 2 values but found 3');
  await expect(gather('1 2\nx 3\n')).rejects.toThrow('line 2: value 1 is "x"');
  await expect(gather('4 3\n1 2 3\n')).rejects.toThrow('holds 1 rows, where the header says 4');
  await expect(gather('')).rejects.toThrow('holds no vectors');
});

test('metadata.tsv gives names to vectors.tsv', async () => {
  const file = folder.write('projector/vectors.tsv', numbers);
  const ids = async () => (await wikipedia2vec(file, { names: false }).gather(all)).ids;
  expect(await ids()).toEqual(['row 0', 'row 1']);
  const before = await wikipedia2vec(file, { names: false }).fingerprint();
  folder.write('projector/metadata.tsv', 'king\nqueen\n');
  expect(await ids()).toEqual(['king', 'queen']);
  expect(await wikipedia2vec(file, { names: false }).fingerprint()).not.toEqual(before);
  folder.write('projector/metadata.tsv', 'word\tcount\nking\t1\nqueen\t2\n');
  expect(await ids()).toEqual(['king', 'queen']);
  folder.write('projector/metadata.tsv', 'king\nqueen\nknave\n');
  await expect(ids()).rejects.toThrow('holds 3 ids but there are 2 rows');
});

test('labels come from a table by word, also in a sample', async () => {
  const words = Array.from({ length: 300 }, (_, i) => `w${i} ${i} 1\n`).join('');
  const table = Array.from({ length: 300 }, (_, i) => `w${299 - i},label ${299 - i}\n`).join('');
  const options = { labels: folder.write('byword.csv', `id,label\n${table}`) };
  const gathered = await wikipedia2vec(folder.write('w.txt', words), options).gather({ limit: 20, seed: 3 });
  expect(gathered.labels).toEqual(gathered.ids.map((id) => id.replace('w', 'label ')));
  const lines = {
    labels: folder.write('byrow.txt', Array.from({ length: 300 }, (_, i) => `label ${i}\n`).join('')),
  };
  const byRow = await wikipedia2vec(folder.write('w.txt', words), lines).gather({ limit: 20, seed: 3 });
  expect(byRow.labels).toEqual(gathered.labels);
});

test('Latin-1 is read on request', async () => {
  const file = folder.write('latin1.txt', Buffer.from('2 1\nk\u00f6nig 1\nqueen 2\n', 'latin1'));
  await expect(wikipedia2vec(file).gather(all)).rejects.toThrow('line 2: is not UTF-8 text');
  expect((await wikipedia2vec(file, { encoding: 'latin1' }).gather(all)).ids).toEqual([
    'k\u00f6nig',
    'queen',
  ]);
});
