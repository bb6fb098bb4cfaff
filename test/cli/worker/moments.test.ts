import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { binary, columnFromArray } from '@uwdata/flechette';
import { describe, expect, test } from 'vitest';
import { matrix, PCA } from '../../../src/index.ts';
import { native } from '../../../src/native/loader.ts';
import {
  arrowStream,
  END,
  godWorker,
  messagesOf,
  program,
  STORAGES,
  vectorColumn,
} from '../../support/arrow-stream.ts';
import { seededRandom } from '../../support/bytes.ts';

const [rows, cols] = [2500, 7];
const random = seededRandom(3);
const X = matrix(Float32Array.from({ length: rows * cols }, random), rows, cols);
const vectors = Array.from({ length: rows }, (_, i) => X.data.subarray(i * cols, (i + 1) * cols));
const names = columnFromArray(vectors.map((_, i) => `row ${i}`));

/** Batches of the first 1000 rows, of none, of one and of the others, in a stream with another column. */
function streamOf(
  type = STORAGES['list of float'](cols),
  all: readonly (ArrayLike<number> | null)[] = vectors,
) {
  const parts = [all.slice(0, 1000), [], all.slice(1000, 1001), all.slice(1001)];
  return arrowStream(
    ...parts.map((part) => ({
      other: columnFromArray(part.map((_, i) => i)),
      vector: vectorColumn(part, type),
    })),
  );
}

async function stateOf(batch: typeof X): Promise<Uint8Array> {
  const sum = PCA.accumulator(batch.cols);
  await sum.add(batch);
  await sum.fold();
  return sum.toBytes();
}

describe('god worker moments', () => {
  test.each(Object.entries(STORAGES))('gives the bytes of an accumulator for %s', async (_, type) => {
    const { code, stderr, table } = godWorker(['moments', '--partition', '5'], streamOf(type(cols)));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { simd, blas } = native();
    expect(table?.toArray().map((row) => ({ ...row, state: undefined }))).toEqual([
      { partition: 5, rows, columns: cols, state: undefined, simd, blas },
    ]);
    expect(Buffer.from(table?.at(0).state)).toEqual(Buffer.from(await stateOf(X)));
  });

  test('gives the same bytes for any number of threads, and takes the column that is named', async () => {
    const stream = arrowStream({ names, embedding: vectorColumn(vectors, STORAGES.binary(cols)) });
    const [one, two] = ['1', '2'].map((threads) =>
      godWorker(['moments', '--column', 'embedding', '--threads', threads], stream),
    );
    expect(one.code).toBe(0);
    expect(two.stdout).toEqual(one.stdout);
    expect(Buffer.from(one.table?.at(0).state)).toEqual(Buffer.from(await stateOf(X)));
  });

  test('an empty table, and one without batches, give no row', () => {
    const empty = arrowStream({ vector: vectorColumn([], STORAGES['list of float'](cols)) });
    for (const stream of [empty, Buffer.concat([messagesOf(empty)[0], END])]) {
      const { code, stderr, table } = godWorker(['moments'], stream);
      expect({ code, stderr, rows: table?.numRows, cols: table?.numCols }).toEqual({
        ...{ code: 0, stderr: '' },
        ...{ rows: 0, cols: 6 },
      });
    }
  });
});

describe('bad data end with code 65, one line and no output', () => {
  const changed = (row: number, vector: ArrayLike<number> | null) =>
    vectors.map((old, i) => (i === row ? vector : old));
  const wrong = (row: number, vector: ArrayLike<number> | null, storage = 'list of float') =>
    streamOf(STORAGES[storage](cols), changed(row, vector));
  const nan = (value: number) => Float32Array.from(vectors[0], (old, i) => (i === 4 ? value : old));
  const cases: [what: string, stream: Buffer, line: string | RegExp][] = [
    [
      'NaN',
      wrong(2100, nan(Number.NaN)),
      'row 2100: `vector` holds nan at 4, expected finite float32 numbers',
    ],
    [
      'infinity in binary',
      wrong(1000, nan(-1 / 0), 'binary'),
      'row 1000: `vector` holds -inf at 4, expected finite float32 numbers',
    ],
    [
      'a double beyond float32',
      wrong(1400, [1, 2, 3, 4, 1e300, 6, 7], 'list of double'),
      'row 1400: `vector` holds 1e+300, which is beyond float32 at 4, expected finite float32 numbers',
    ],
    ['a null', wrong(1200, null), 'row 1200: `vector` is null'],
    ['a null of binary', wrong(3, null, 'binary'), 'row 3: `vector` is null'],
    ['a null of fixed size', wrong(9, null, 'fixed_size_list of float'), 'row 9: `vector` is null'],
    [
      'a null among numbers',
      wrong(1300, [1, 2, null as never, 4, 5, 6, 7]),
      'row 1300: `vector` has a null at 2',
    ],
    [
      'another length within a batch',
      wrong(1700, new Float32Array(8)),
      'row 1700: `vector` has 8 numbers, where those before have 7',
    ],
    [
      'another length in another batch',
      wrong(1000, new Float32Array(6), 'binary'),
      'row 1000: `vector` has 6 numbers, where those before have 7',
    ],
    [
      'more numbers than a PCA takes',
      arrowStream({ vector: columnFromArray([new Uint8Array(4 * 16_385)], binary()) }),
      '`vector` has 16385 numbers, expected 16384 at most',
    ],
    ['an empty list', wrong(0, []), 'row 0: `vector` is empty'],
    [
      'bytes that are not float32',
      arrowStream({ vector: columnFromArray([new Uint8Array(6)], binary()) }),
      'row 0: `vector` has 6 bytes, which are not whole float32 numbers',
    ],
    [
      'another type',
      arrowStream({ vector: columnFromArray(['a', 'b']) }),
      /^expected `vector` to hold lists of float or double, or binary values of float32; the columns are `vector` \(dictionary\)/,
    ],
    [
      'no such column',
      arrowStream({ v: names }),
      /^there is no column `vector`; the columns are `v` \(dictionary/,
    ],
    ['text', Buffer.from('id,x,y\na,1,2\n'), /^byte 8: is not an Arrow stream, or damaged/],
  ];
  test.each(cases)('%s', (_, stream, line) => {
    const { code, stderr, stdout } = godWorker(['moments', '--partition', '12'], stream);
    expect({ code, stdout: stdout.length, lines: stderr.split('\n').length }).toEqual({
      ...{ code: 65, stdout: 0, lines: 2 },
    });
    const [, text] = /^god worker moments: partition 12: (.*)\n$/.exec(stderr) ?? [];
    if (typeof line === 'string') expect(text).toBe(line);
    else expect(text).toMatch(line);
  });
});

describe('a stream that was cut ends with code 1, one line and no output', () => {
  const stream = streamOf();
  const messages = messagesOf(stream);
  const schema = messages[0].length;
  const first = schema + messages[1].length;
  test.each([
    ['before its schema', 0, 'before its schema'],
    ['inside its schema', schema - 9, 'inside a message'],
    ['after its schema', schema, 'between two batches'],
    ['inside a batch', first - 5000, 'inside a batch'],
    ['between two batches', first, 'between two batches'],
    ['without its end mark', stream.length - END.length, 'between two batches'],
    ['inside its end mark', stream.length - 3, 'inside a message'],
  ])('%s', (_, length, where) => {
    const { code, stderr, stdout } = godWorker(['moments'], stream.subarray(0, length));
    expect({ code, stderr, stdout: stdout.length }).toEqual({
      code: 1,
      stderr: `god worker moments: The Arrow stream ends ${where}, before its end mark: whoever wrote it failed or was killed\n`,
      stdout: 0,
    });
  });

  test('so does one whose writer waits while the worker is killed', async () => {
    const child = spawn(process.execPath, [program, 'worker', 'moments'], { stdio: 'pipe' });
    let written = 0;
    child.stdout.on('data', (bytes: Buffer) => {
      written += bytes.length;
    });
    child.stdin.on('error', () => {});
    child.stdin.write(stream.subarray(0, first + 1000), () => child.kill('SIGKILL'));
    const [code, signal] = await once(child, 'close');
    expect({ code, signal, written }).toEqual({ code: null, signal: 'SIGKILL', written: 0 });
  });
});

describe('the command line', () => {
  test.each([
    [['moment'], 'god worker: expected one of moments, merge'],
    [['moments', '--colum', 'x'], "god worker: Unknown option '--colum'"],
    [['moments', '--threads', '0'], 'god worker moments: expected --threads to be an integer in [1, 256]'],
    [
      ['moments', '--partition', 'x'],
      'god worker moments: partition x: expected --partition to be an integer',
    ],
  ])('%s is wrong usage', (args, line) => {
    const { code, stderr } = godWorker(args, END);
    expect({ code, stderr: stderr.slice(0, line.length) }).toEqual({ code: 2, stderr: line });
  });

  test('--help lists commands and flags', () => {
    const { stdout } = godWorker(['--help'], END.subarray(8));
    expect(stdout.toString()).toMatch(/god worker moments: .*\n {2}--column <name> /);
  });
});
