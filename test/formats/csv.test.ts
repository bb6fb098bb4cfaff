import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBytes } from '../../src/files/read.ts';
import { csvLine, readCsv } from '../../src/formats/csv.ts';
import { gatherAll, inChunks } from '../support/bytes.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { runs } from '../support/gate.ts';
import { realData, testOnRealData } from '../support/real-data.ts';

async function read(text: string | Uint8Array, chunk?: number): Promise<string[][]> {
  const records = await gatherAll(readCsv(inChunks(Buffer.from(text), chunk), 'x.csv'));
  return records.map(({ fields }) => [...fields]);
}

// The rules of RFC 4180, section 2, one by one, and what else files contain.
test.each([
  [
    'lines end with CR LF',
    'a,b\r\nc,d\r\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'the last line can lack its line end',
    'a,b\r\nc,d',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'lines end with LF',
    'a,b\nc,d\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'lines end with CR',
    'a,b\rc,d\r',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['blanks belong to fields', ' a , b \n', [[' a ', ' b ']]],
  ['fields can be empty', ',,\n', [['', '', '']]],
  ['fields can be in quotes', '"a","b"\n', [['a', 'b']]],
  [
    'quoted fields can contain commas, quotes and line ends',
    '"a,b","c""d","e\r\nf"\n',
    [['a,b', 'c"d', 'e\r\nf']],
  ],
  ['a quoted field can be empty', '""\n', [['']]],
  ['an empty quoted field can be the last one', 'a,""', [['a', '']]],
  ['empty lines are skipped', 'a\n\n\nb\n', [['a'], ['b']]],
  ['a byte order mark is skipped', '\ufeffa,b\n', [['a', 'b']]],
  ['an empty file has no records', '', []],
  ['characters can be any of Unicode', 'é,\u{1f600}\n', [['é', '\u{1f600}']]],
])('%s', async (_, text, expected) => {
  expect(await read(text)).toEqual(expected);
  expect(await read(text, 1)).toEqual(expected);
});

test('records have the number of the line on which they start', async () => {
  const records = await gatherAll(readCsv(inChunks(Buffer.from('a\r\n"b\r\nc"\r\nd\r\n'), 1), 'x.csv'));
  expect(records.map(({ line }) => line)).toEqual([1, 2, 4]);
});

test.each([
  ['a quote that is never closed', 'a\n"b\nc', 'x.csv, line 2: a quoted field is never closed'],
  ['text after a closing quote', 'a\n"b"c\n', 'x.csv, line 2: text after the closing quote of a field'],
  ['a quote inside an unquoted field', 'a\nb"c\n', 'x.csv, line 2: a quote inside an unquoted field'],
])('%s is refused', async (_, text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});

test('bytes that are not UTF-8 are refused', async () => {
  await expect(read(Buffer.from([0x61, 0x0a, 0xff, 0xfe]))).rejects.toThrow('is not UTF-8 text');
  await expect(read(Buffer.from([0x61, 0xe2, 0x82]))).rejects.toThrow('is not UTF-8 text');
});

test('a record without an end is refused at the limit instead of filling memory', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('"');
    for (;;) yield Buffer.alloc(1000, 'x');
  }
  await expect(gatherAll(readCsv(endless(), 'x.csv', { limit: 10_000 }))).rejects.toThrow(
    'a record of more than 10000 characters',
  );
});

test('any text that is written is read back', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !/\p{Surrogate}/u.test(value));
  const nasty = fc.constantFrom(
    '',
    '"',
    ',',
    '\r',
    '\n',
    '\r\n',
    ' ',
    '""',
    '\ufeff',
    '=1+1',
    "'",
    '\0',
    '\u2028',
  );
  const record = fc.array(fc.oneof(text, nasty), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 10 }),
      fc.integer({ min: 1, max: 50 }),
      async (records, chunk) => {
        expect(await read(records.map((fields) => csvLine(fields)).join(''), chunk)).toEqual(records);
      },
    ),
    { numRuns: runs(300) },
  );
});

test('only fields that need quotes are quoted', () => {
  expect(csvLine(['a', 1.5, 'b c', 'd,e', 'f"g', ' h', ''])).toBe('a,1.5,b c,"d,e","f""g"," h",\n');
});

test('damaged files end in DataError', async () => {
  const { refused } = await fuzzParser([Buffer.from('a,"b ""c"", d"\r\ne,"f\r\ng"\r\n')], (bytes) =>
    read(bytes, 5),
  );
  expect(refused).toBeGreaterThan(50);
});

const labels = 'audio/class_labels_indices.csv';

testOnRealData("AudioSet's class names are read with their commas", [labels], async () => {
  const records = await gatherAll(readCsv(readBytes(realData(labels)), labels));
  expect(records).toHaveLength(528);
  expect(records[2].fields).toEqual(['1', '/m/05zppz', 'Male speech, man speaking']);
  expect(records.every(({ fields }) => fields.length === 3)).toBe(true);
});
