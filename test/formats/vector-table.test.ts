import { expect, test } from 'vitest';
import { type CsvRecord, readCsv } from '../../src/formats/csv.ts';
import { readVectorCsv } from '../../src/formats/vector-table.ts';
import { gatherAll, inChunks } from '../support/bytes.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const NUMBERS = [
  '1.5',
  ' 1.5 ',
  '"1.5"',
  '+2',
  '1e3',
  '.5',
  '5.',
  '-0',
  '123456789012345678',
  '1.25E-03',
  '1e-300',
];

async function rowsIn(text: string | Buffer, options = {}): Promise<[string, string, number[]][]> {
  const rows = await gatherAll(readVectorCsv(folder.write('t.csv', text), options));
  return rows.map((row) => {
    const out = new Float64Array(row.cols);
    row.read(out, 0);
    return [row.id, row.label, [...out]];
  });
}

test.each([',', ';', '\t', '|', '\u00a6'])(
  'numbers are read alike in every form, between %j',
  async (delimiter) => {
    const lines = NUMBERS.map((number, i) =>
      [`é${i}`, number, i % 2 === 0 ? '"a b"' : 'c', '7'].join(delimiter),
    );
    const text = [['id', 'x', 'label', 'y'].join(delimiter), ...lines].join('\n');
    const expected = NUMBERS.map((number, i) => [
      `é${i}`,
      i % 2 === 0 ? 'a b' : 'c',
      [Number(number.replaceAll('"', '')), 7],
    ]);
    expect(await rowsIn(text, { delimiter })).toEqual(expected);
    expect(await rowsIn(text.replaceAll('\n', '\r\n'), { delimiter })).toEqual(expected);
  },
);

test.each([
  ['1,2\n3\n', 'line 2: has 1 columns, where the first line has 2'],
  ['1,2\n3,4,5\n', 'line 2: has 3 columns, where the first line has 2'],
  ['1,2\n"3",4,5,6\n', 'line 2: has 4 columns, where the first line has 2'],
  ['1,2\n3,x4\n', 'line 2: column 2 is "x4", expected a finite number'],
  ['a,b\n1,2\n\n3,\n', 'line 4: column "b" is "", expected a finite number'],
  ['1,2\n3,1e999\n', 'line 2: column 2 is "1e999", expected a finite number'],
  [Buffer.from('1,2\n3,\xff\n', 'latin1'), 'line 2: is not UTF-8 text'],
  [Buffer.from('1,2\n"3,\xff"\n', 'latin1'), 'line 2: is not UTF-8 text'],
])('%j is refused with its line', async (text, message) => {
  await expect(rowsIn(text)).rejects.toThrow(message);
});

test('a byte order mark is skipped at the begin only, whatever the chunks', async () => {
  const text = Buffer.from('\ufeffa,b\n\ufeffc,"d\ufeff"\n\ufeff,e');
  for (let chunk = 1; chunk < 20; chunk++) {
    const records: CsvRecord[] = await gatherAll(readCsv(inChunks(text, chunk), 'x.csv'));
    expect(records.map(({ fields }) => [...fields])).toEqual([
      ['a', 'b'],
      ['\ufeffc', 'd\ufeff'],
      ['\ufeff', 'e'],
    ]);
  }
});
