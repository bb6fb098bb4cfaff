import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readVectorLines, type VectorKeys } from '../../src/formats/jsonl.ts';
import { gatherAll } from '../support/bytes.ts';
import { fuzzParser } from '../support/fuzz.ts';
import { runs } from '../support/gate.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();

interface Line {
  line: number;
  id: string;
  label: string;
  vector: Float32Array;
}

async function read(content: string | Uint8Array, keys?: VectorKeys): Promise<Line[]> {
  const lines = await gatherAll(readVectorLines(folder.write('x.jsonl', content), keys));
  return lines.map(({ line, id, label, cols, read: copy }) => {
    const vector = new Float32Array(cols);
    copy(vector, 0);
    return { line, id, label, vector };
  });
}

test('ids and labels can be strings, numbers or absent; other members and empty lines are skipped', async () => {
  const lines = await read(
    '{"id":"a","label":"b","vector":[1,2.5]}\r\n\n  \n{"vector":[-1e-3,0],"id":7,"label":null,"more":{}}\n{"vector":[3,4]}',
  );
  expect(lines).toEqual([
    { line: 1, id: 'a', label: 'b', vector: Float32Array.of(1, 2.5) },
    { line: 4, id: '7', label: '', vector: Float32Array.of(-1e-3, 0) },
    { line: 5, id: '', label: '', vector: Float32Array.of(3, 4) },
  ]);
});

test('numbers as ids and labels are kept as they are written', async () => {
  const written = ['1234567890123456789', '1234567890123456790', '-9007199254740993', '1.0', '1e3', '7'];
  const lines = written.map(
    (id) => `{"vector":[1], "x":{"id":5,"y":["]",","]}, "id" : ${id} ,"label":${id}}`,
  );
  expect((await read(lines.join('\n'))).map(({ id, label }) => [id, label])).toEqual(
    written.map((id) => [id, id]),
  );
  const [twice] = await read('{"id":1,"\\u0069d":12345678901234567890,"vector":[1]}');
  expect(twice.id).toBe('12345678901234567890');
});

test('members can have other names, and `embedding` is recognized', async () => {
  const keys = { vectorKey: 'v', idKey: 'name', labelKey: 'kind' };
  const [line] = await read('{"v":[1],"name":"a","kind":"b","vector":[2],"id":"c"}', keys);
  expect(line).toMatchObject({ id: 'a', label: 'b', vector: Float32Array.of(1) });
  expect(await read('{"embedding":[3]}')).toMatchObject([{ vector: Float32Array.of(3) }]);
  await expect(read('{"vector":[3]}', { vectorKey: 'v' })).rejects.toThrow('expected `v` to be an array');
});

test('doubles keep their digits if they are read as doubles', async () => {
  const [line] = await gatherAll(readVectorLines(folder.write('x.jsonl', '{"vector":[0.1,1e300]}')));
  const vector = new Float64Array(2);
  line.read(vector, 0);
  expect([...vector]).toEqual([0.1, 1e300]);
  expect(() => line.read(new Float32Array(2), 0)).toThrow(
    'value 2 is 1e+300, expected a finite float32 number',
  );
});

test('compressed files are read in the same way', async () => {
  expect(await read(gzipSync('{"vector":[1]}\n'))).toMatchObject([{ vector: Float32Array.of(1) }]);
});

test('what JSON.stringify writes is read back', async () => {
  const row = fc.record({
    id: fc.string({ unit: 'grapheme', minLength: 1 }),
    label: fc.string({ unit: 'grapheme' }),
    vector: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
      const lines = await read(rows.map((one) => `${JSON.stringify(one)}\n`).join(''));
      expect(lines.map(({ id, label, vector }) => ({ id, label, vector: [...vector] }))).toEqual(
        // JSON has no negative zero.
        rows.map(({ vector, ...rest }) => ({ ...rest, vector: vector.map((value) => value + 0) })),
      );
    }),
    { numRuns: runs(200) },
  );
});

const good = '{"vector":[1,2]}\n';

test.each([
  ['text that is not JSON', `${good}{"vector":[1,2}\n`, 'line 2: is not JSON'],
  ['a file that is cut off', `${good}{"vector":[1,`, 'line 2: is not JSON'],
  ['a line that is not an object', `${good}[1,2]\n`, 'line 2: expected an object with `vector`'],
  ['NaN', '{"vector":[1,NaN]}\n', 'line 1: is not JSON, which has no NaN'],
  [
    'an array over several lines',
    '[\n {"vector":[1]}\n]\n',
    'line 1: is not JSON; expected an object on each line',
  ],
  ['null', 'null\n', 'line 1: expected an object with `vector` but found null'],
  ['no vector', '{"id":"a"}\n', 'line 1: expected `vector` to be an array of numbers'],
  ['an empty vector', '{"vector":[]}\n', 'line 1: expected `vector` to be an array of numbers'],
  ['an inherited vector', '{"__proto__":{"vector":[1,2]}}\n', 'expected `vector` to be an array'],
  ['a vector of another length', `${good}{"vector":[1]}\n`, 'line 2: expected 2 values in `vector`'],
  ['a string among numbers', '{"vector":[1,"2"]}\n', 'value 2 is "2", expected a finite float32 number'],
  ['a number beyond float32', '{"vector":[1e39]}\n', 'value 1 is 1e+39, expected a finite float32 number'],
  ['an id that is an array', '{"id":[],"vector":[1]}\n', 'expected `id` to be a string or a number'],
  ['bytes that are not UTF-8', Buffer.from('7b22ff', 'hex'), 'line 1: is not UTF-8 text'],
  ['an empty file', '', 'holds no vectors'],
])('%s is refused', async (_, content, message) => {
  await expect(read(content)).rejects.toThrow(message);
});

test('damaged files end in DataError', async () => {
  const content = '{"id":"a","label":"b","vector":[1,2.5]}\n{"id":"c","vector":[3e2,-4]}\n';
  const { refused } = await fuzzParser([Buffer.from(content)], read);
  expect(refused).toBeGreaterThan(100);
});
