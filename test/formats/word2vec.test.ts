import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { readWord2vec, type Word2vecLayout } from '../../src/formats/word2vec.ts';
import { seededRandom } from '../support/bytes.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { runs } from '../support/gate.ts';
import { realData, testOnRealData } from '../support/real-data.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();

interface Read {
  layout: Word2vecLayout | undefined;
  words: [string, number[]][];
}

async function read(content: string | Uint8Array): Promise<Read> {
  const found: Read = { layout: undefined, words: [] };
  for await (const word of readWord2vec(folder.write('vectors.txt', content))) {
    const row = new Float32Array(word.layout.cols);
    word.read(row, 0);
    found.layout = word.layout;
    found.words.push([word.name(), [...row]]);
  }
  return found;
}

const three = [
  ['the', [1, -2]],
  ['ENTITY/Germany', [0.5, 0.25]],
  ['</s>', [3, 4]],
];

test.each([
  ['word2vec: header, blanks', '3 2\nthe 1 -2\nENTITY/Germany 0.5 .25\n</s> 3 4e0\n', 3, false],
  ['default: TAB, no header', 'the\t1 -2\nENTITY/Germany\t0.5 0.25\n</s>\t3 4\n', undefined, true],
  ['glove: blanks, no header', 'the 1 -2\nENTITY/Germany 0.5 0.25\n</s> 3 4', undefined, false],
  [
    'fastText: a blank at the end of each line',
    '3 2 \nthe 1 -2 \nENTITY/Germany 0.5 0.25 \n</s> 3 4 \n',
    3,
    false,
  ],
  [
    'CR LF and blank lines at the end',
    '3 2\r\nthe 1 -2\r\nENTITY/Germany 0.5 0.25\r\n</s> 3 4\r\n\r\n \r\n',
    3,
    false,
  ],
  ['TAB after name and header', '3 2\nthe\t1 -2\nENTITY/Germany\t0.5 0.25\n</s>\t3 4\n', 3, true],
  ['several blanks between values', '3 2\nthe 1   -2\nENTITY/Germany 0.5  0.25\n</s> 3 4\n', 3, false],
])('%s', async (_, content, rows, tab) => {
  expect(await read(content)).toEqual({
    layout: { cols: 2, rows, tab },
    words: three,
  });
});

test('values are those of Number, for every notation and in any row', async () => {
  const random = seededRandom(5);
  const written = (i: number): string => {
    const value = (random() - 0.5) * 10 ** Math.floor(random() * 60 - 30);
    return [
      String(value),
      value.toFixed(6),
      value.toExponential(18),
      `+${Math.abs(value)}`,
      `${Math.round(value % 1e6)}.`,
    ][i % 5];
  };
  const rows = Array.from({ length: 3000 }, () => Array.from({ length: 30 }, (_, i) => written(i)));
  const file = folder.write('notations.txt', rows.map((row, i) => `w${i} ${row.join(' ')}\n`).join(''));
  let count = 0;
  const out = new Float64Array(30);
  for await (const word of readWord2vec(file)) {
    word.read(out, 0);
    expect(word.name()).toBe(`w${count}`);
    expect([...out]).toEqual(rows[count].map(Number));
    count++;
  }
  expect(count).toBe(3000);
});

test('rows that are not plain stand between plain ones', async () => {
  const text = 'the 1 2\nNew York 3 4\nbig 1e300 -1e-400\nbad 1 x\nof  5 6\n';
  const words: [string, number, number[]][] = [];
  const out = new Float64Array(2);
  for await (const word of readWord2vec(folder.write('mixed.txt', text))) {
    // Values are read on request.
    if (word.name() !== 'bad') word.read(out, 0);
    else expect(() => word.read(out, 0)).toThrow('value 2 is "x", expected a finite number');
    words.push([word.name(), word.line, [...out]]);
  }
  expect(words).toEqual([
    ['the', 1, [1, 2]],
    ['New York', 2, [3, 4]],
    ['big', 3, [1e300, -0]],
    ['bad', 4, [1, Number.NaN]],
    ['of ', 5, [5, 6]],
  ]);
});

test('names before a TAB keep their blanks, even if they end with a number', async () => {
  const { words } = await read('ENTITY/Area 51\t1 2\nENTITY/United States\t3 4\n');
  expect(words.map(([name]) => name)).toEqual(['ENTITY/Area 51', 'ENTITY/United States']);
});

test.each([
  ['a blank', ' '],
  ['nothing', ''],
  ['a no-break space', '\u00a0'],
  ['a line separator', '\u2028'],
  ['a next line', '\u0085'],
  ['a vertical tab', '\v'],
  ['a carriage return inside', 'a\rb'],
  ['an ideographic space', '\u3000'],
  ['blanks between dots', '. . .'],
  ['__proto__', '__proto__'],
])('a word that is %s does not break its line', async (_, name) => {
  const { words } = await read(`3 2\nfirst 1 2\n${name} 3 4\nlast 5 6\n`);
  expect(words).toEqual([
    ['first', [1, 2]],
    [name, [3, 4]],
    ['last', [5, 6]],
  ]);
});

test.each([
  ['too few values', '2 3\na 1 2 3\nb 1 2\n', 'line 3: expected a name and 3 values'],
  ['too many values', '2 2\na 1 2\nb 1 2 3\n', 'line 3: expected a name and 2 values but found more'],
  [
    'too many values after a TAB',
    'a\t1 2\nb c\t1 2 3\n',
    'line 2: expected a name and 2 values but found more',
  ],
  ['a word for a value', 'a 1 2\nb 1 x\n', 'line 2: value 2 is "x", expected a finite float32 number'],
  ['nan', 'a 1 2\nb nan 2\n', 'line 2: value 1 is "nan"'],
  ['infinity', 'a 1 2\nb 1 -inf\n', 'line 2: value 2 is "-inf"'],
  ['a number beyond float32', 'a 1 2\nb 1 1e39\n', 'line 2: value 2 is "1e39"'],
  ['a hexadecimal number', 'a 1 2\nb 1 0x10\n', 'line 2: value 2 is "0x10"'],
  ['an empty line between', 'a 1 2\n\nb 1 2\n', 'line 2: the line is empty'],
  ['fewer rows than promised', '3 2\na 1 2\nb 1 2\n', 'line 3: the file ends after 2 of 3 rows'],
  ['more rows than promised', '1 2\na 1 2\nb 1 2\n', 'line 3: there are more rows than the 1'],
  ['a header of no columns', '3 0\na\n', 'line 1: the header says 0 columns'],
  ['a header of a billion columns', '3 1000000000\na 1\n', 'line 1: the header says 1000000000 columns'],
  ['nothing', '', 'holds no word vectors'],
  ['JSON', '[{"id": 0}]\n', 'line 1: is JSON, expected word vectors'],
  ['commas', 'a,1,2\n', 'line 1: values are separated by commas'],
  ['a zip archive', 'PK\x03\x04 and so on', 'is a zip archive, expected text'],
  ['a name alone', 'hello\n', 'line 1: expected a name and 1 to 65536 numbers but found 0'],
])('%s is refused with its line', async (_, content, message) => {
  const error = await read(content).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  expect(String(error)).toContain(message);
});

test('every finite float32 that JavaScript or C prints is read exactly', async () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true });
  const printed = fc
    .tuple(float, fc.constantFrom('js', 'fixed', 'precise', 'exponent'))
    .map(([value, style]) => {
      if (style === 'fixed' && Math.abs(value) < 1e20) return value.toFixed(6);
      if (style === 'precise') return value.toPrecision(9);
      return style === 'exponent' ? value.toExponential(12) : String(value);
    });
  await fc.assert(
    fc.asyncProperty(fc.array(printed, { minLength: 1, maxLength: 30 }), async (numbers) => {
      const { words } = await read(`w ${numbers.join(' ')}\n`);
      expect(words).toEqual([['w', numbers.map((text) => Math.fround(Number(text)))]]);
    }),
    { numRuns: runs(100) },
  );
});

const anyName = fc
  .string({ unit: 'binary', maxLength: 12 })
  .filter((name) => !/[\n\t\r]/.test(name) && !/\p{Surrogate}/u.test(name));

test('any names that are written with TABs are read back', async () => {
  const entry = fc.tuple(
    anyName,
    fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      async (entries, zipped) => {
        const text = entries.map(([name, values]) => `${name}\t${values.join(' ')}\n`).join('');
        const { words } = await read(zipped ? gzipSync(text) : text);
        expect(words).toEqual(entries.map(([name, values]) => [name, values.map((value) => value + 0)]));
      },
    ),
    { numRuns: runs(100) },
  );
});

test('damaged files end in DataError', async () => {
  const inputs = ['3 2\nthe 1 -2\nENTITY/Germany 0.5 .25\n</s> 3 4e0\n', 'the\t1 -2\nENTITY/A b\t0.5 0.25\n'];
  const { refused } = await fuzzParser(
    inputs.map((text) => Buffer.from(text)),
    read,
  );
  expect(refused).toBeGreaterThan(100);
});

testOnRealData(
  'wikipedia2vec, GloVe and fastText files have the expected rows',
  [
    'text/wikipedia2vec-format.trained-here.21758x100.txt.gz',
    'text/glove-twitter.11925x25.txt.gz',
    'text/gensim-lee_fasttext.1762x10.vec.gz',
  ],
  async () => {
    const count = async (file: string): Promise<[number, number, number]> => {
      let [rows, entities, cols] = [0, 0, 0];
      for await (const word of readWord2vec(realData(file))) {
        word.read(new Float32Array(word.layout.cols), 0);
        rows++;
        cols = word.layout.cols;
        if (word.name().startsWith('ENTITY/')) entities++;
      }
      return [rows, cols, entities];
    };
    expect(await count('text/wikipedia2vec-format.trained-here.21758x100.txt.gz')).toEqual([
      21_758, 100, 3256,
    ]);
    expect(await count('text/glove-twitter.11925x25.txt.gz')).toEqual([11_925, 25, 0]);
    expect(await count('text/gensim-lee_fasttext.1762x10.vec.gz')).toEqual([1762, 10, 0]);
  },
);
