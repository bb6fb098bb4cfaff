import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { namesById, namesOfRows, readNameList } from '../../src/formats/name-list.ts';
import { npyBytes } from '../../src/formats/npy.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();

async function labels(
  name: string,
  content: string | Uint8Array,
  column?: string,
): Promise<readonly string[]> {
  const file = folder.write(name, content);
  return namesOfRows(await readNameList(file, 'label', column), 3, file, 'label');
}

test.each<[string, string, string | Uint8Array, string?]>([
  ['lines', 'l.txt', 'cat\ndog\ncow\n'],
  ['lines with a heading', 'l.txt', 'label\ncat\ndog\ncow\n'],
  ['lines with empty ones at the end', 'l.txt', 'cat\r\ndog\r\ncow\r\n\r\n\r\n'],
  ['UTF-16 without a line end', 'l.txt', Buffer.from('\ufeffcat\r\ndog\r\ncow', 'utf16le')],
  ['a compressed text', 'l.txt.gz', gzipSync('cat\ndog\ncow\n')],
  ['a column without heading', 'l.csv', 'cat\ndog\ncow\n'],
  ['a column with the heading label', 'l.csv', '\ufefflabel\ncat\ndog\ncow\n'],
  ['a column with another heading', 'l.csv', 'class\ncat\ndog\ncow\n'],
  ['a column with a heading in capitals', 'l.csv', 'id,Label\n1,cat\n2,dog\n3,cow\n'],
  ['the column that is asked for', 'l.csv', 'file,class\n1,cat\n2,dog\n3,cow\n', 'class'],
  ['one column that is asked for', 'l.csv', 'kind\ncat\ndog\ncow\n', 'kind'],
  ['a compressed table', 'l.csv.gz', gzipSync('id,label\n1,cat\n2,dog\n3,cow\n')],
  ['columns with TABs', 'l.tsv', 'id\tlabel\n1\tcat\n2\tdog\n3\tcow\n'],
  ['a JSON array', 'l.json', '["cat", "dog", "cow"]'],
])('%s', async (_, name, content, column) => {
  expect(await labels(name, content, column)).toEqual(['cat', 'dog', 'cow']);
});

test('numbers of a JSON array are kept as they are written', async () => {
  expect(await labels('l.json', '[12345678901234567890, 1.0, true]')).toEqual([
    '12345678901234567890',
    '1.0',
    'true',
  ]);
});

test('an .npy list is recognized by its content', async () => {
  const file = npyBytes({ data: Int32Array.of(4, 5, 6), shape: [3] });
  expect(await labels('list', file)).toEqual(['4', '5', '6']);
  expect(await labels('list.npy.gz', gzipSync(file))).toEqual(['4', '5', '6']);
});

test.each<[string, string, string | Uint8Array, string, string?]>([
  ['semicolons', 'l.csv', 'id;label\n1;cat\n', 'columns are separated by `;`'],
  [
    'no column of that name',
    'l.csv',
    'file,class\n1,cat\n',
    'has no column `label`; the first line is "file", "class"',
  ],
  ['a missing column that is asked for', 'l.csv', 'id,label\n1,cat\n', 'has no column `kind`', 'kind'],
  ['two columns of one name', 'l.csv', 'label,label\na,b\n', 'has several columns `label`'],
  [
    'a row that is too short',
    'l.csv',
    'id,label\n1,cat\n2\n',
    'line 3: has 1 columns, where the first line has 2',
  ],
  [
    'a name too many',
    'l.txt',
    'cow\ncat\ndog\ncow\n',
    'holds 4 labels but there are 3 rows; is the first, "cow", a heading?',
  ],
  ['a name too few', 'l.txt', 'cat\ndog\n', 'holds 2 labels but there are 3 rows'],
  ['Latin-1', 'l.txt', Buffer.from('cat\ncaf\u00e9\n', 'latin1'), 'line 2: is not UTF-8 text'],
  ['JSON Lines', 'l.jsonl', '"cat"\n', 'is JSON Lines'],
  ['a JSON object', 'l.json', '{"a": "cat"}', 'expected a JSON array of names'],
  ['an object in a JSON array', 'l.json', '["cat", {}]', 'element 1 is an instance of Object'],
  ['broken JSON', 'l.json', '["cat"', 'is not JSON'],
  [
    'a spreadsheet',
    'l.csv',
    Buffer.from('504b030414000600080000002100000000000000000000000000000013000000', 'hex'),
    'is a zip archive',
  ],
])('%s is refused by name', async (_, name, content, message, column) => {
  const error = await labels(name, content, column).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  expect(String(error)).toContain(message);
});

test('a table with ids gives names by id, and refuses two names for one', async () => {
  const list = async (rows: string) => readNameList(folder.write('t.csv', `label,id\n${rows}`), 'label');
  expect(namesById(await list('cat,b\ndog,a\n'), 't.csv')).toEqual(
    new Map([
      ['b', 'cat'],
      ['a', 'dog'],
    ]),
  );
  const twice = await list('cat,a\ndog,a\n');
  expect(() => namesById(twice, 't.csv')).toThrow('gives "a" two labels');
});

test('damaged lists end in DataError', async () => {
  const inputs = ['id,label\n1,"a ""b"\n2,c\n', '["cat", 12, null]', 'cat\ndog\n'];
  for (const [i, name] of ['f.csv', 'f.json', 'f.txt'].entries()) {
    const { refused } = await fuzzParser([Buffer.from(inputs[i])], (bytes) => labels(name, bytes), i + 1);
    expect(refused).toBeGreaterThan(100);
  }
});
