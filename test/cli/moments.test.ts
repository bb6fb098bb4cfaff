import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from '@uwdata/flechette';
import { beforeAll, describe, expect, test } from 'vitest';
import { GOD, matrix, PCA } from '../../src/index.ts';
import { writeMatrix } from '../../src/matrix-files/index.ts';
import { seededRandom } from '../support/bytes.ts';
import { god, startGod } from '../support/god.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const cwd = folder.path;
const cols = 5;
const random = seededRandom(21);
const FILES = [
  'a.npy',
  'b.csv',
  'c.parquet',
  'd.jsonl',
  'e.arrow',
  'f.npy.gz',
  'g.tsv',
  'h.npy',
  'i.npy',
  'j.csv',
];
const parts = FILES.map((_, i) => {
  const rows = 100 + 40 * i;
  return matrix(Float32Array.from({ length: rows * cols }, random), rows, cols);
});
const rows = parts.reduce((sum, part) => sum + part.rows, 0);
const all = matrix(Float32Array.from(parts.flatMap(({ data }) => [...data])), rows, cols);

beforeAll(async () => {
  for (const [i, file] of FILES.entries()) await writeMatrix(join(cwd, file), parts[i]);
  await writeMatrix(join(cwd, 'all.npy'), all);
  await writeMatrix(join(cwd, 'empty.npy'), matrix(new Float32Array(0), 0, cols));
  folder.write('nan.csv', '1,2,3,4,5\n1,2,nan,4,5\n');
  await writeMatrix(join(cwd, 'narrow.npy'), matrix(new Float32Array(6), 3, 2));
});

const run = (line: string) => god(line.split(' '), { cwd });
const bytes = (file: string) => readFileSync(join(cwd, file));

async function good(line: string): Promise<string> {
  const { code, stdout, stderr } = await run(line);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** The sums of groups of eight files, in order, and then of the groups. */
async function expected(): Promise<Uint8Array> {
  const sums = await Promise.all(
    parts.map(async (part) => {
      const sum = PCA.accumulator(cols);
      await sum.add(part);
      return sum;
    }),
  );
  const [first, ninth] = [sums[0], sums[8]];
  for (const next of sums.slice(1, 8)) await first.merge(next);
  await ninth.merge(sums[9]);
  await first.merge(ninth);
  return first.toBytes();
}

describe('god moments', () => {
  test('gives the same bytes for any number of shards, from files of any format', async () => {
    for (const count of [1, 3]) {
      for (let i = 0; i < count; i++)
        expect(await good(`moments ${FILES.join(' ')} --shard ${i}/${count} -o s${i}of${count}`)).toBe(
          `s${i}of${count}\n`,
        );
    }
    await good('moments merge s0of1 -o one');
    expect(await good('moments merge s2of3 s0of3 s1of3 -o three --save pca.safetensors --components 2')).toBe(
      'three\npca.safetensors\n',
    );
    expect(bytes('three')).toEqual(bytes('one'));
    const row = tableFromIPC(new Uint8Array(bytes('one'))).at(0);
    expect([row.partition, row.rows, row.columns]).toEqual([0, rows, cols]);
    expect(Buffer.from(row.state)).toEqual(Buffer.from(await expected()));
    const [pca, whole] = [
      await PCA.load(join(cwd, 'pca.safetensors')),
      await PCA.fit(all, { components: 2 }),
    ];
    expect([pca.rows, pca.components.rows]).toEqual([rows, 2]);
    pca.explainedVariance.forEach((variance, i) => {
      expect(variance / whole.explainedVariance[i]).toBeCloseTo(1, 6);
    });
  });

  test('a file without rows counts for nothing, and neither does a shard without files', async () => {
    await good(`moments ${FILES[0]} empty.npy ${FILES[1]} -o gap`);
    expect([...(tableFromIPC(new Uint8Array(bytes('gap'))).getChild('partition') ?? [])]).toEqual([0, 2]);
    await good(`moments ${FILES[0]} --shard 1/2 -o none`);
    expect(await run('moments merge none -o nothing')).toMatchObject({
      code: 1,
      stderr: 'god: none: holds no state\n',
    });
    await good('moments merge gap none -o filled');
    await good('moments merge gap -o again');
    expect(bytes('filled')).toEqual(bytes('again'));
  });

  test('a command that was killed leaves no result, and gives the same bytes when it is run again', async () => {
    const { child, ended } = startGod(['moments', ...FILES, '-o', 'killed'], { cwd });
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    expect(existsSync(join(cwd, 'killed'))).toBe(false);
    for (let i = 0; i < 2; i++) {
      await good(`moments ${FILES.join(' ')} -o killed --threads ${1 + i}`);
      expect(bytes('killed')).toEqual(bytes('s0of1'));
    }
  });

  const cut = () => folder.write('cut', bytes('s0of1').subarray(0, -8));
  test.each<[string, number, string]>([
    [`moments ${FILES[0]}`, 2, 'Name the result: -o FILE. See god moments --help'],
    [`moments ${FILES[0]} --shard 2/2 -o x`, 2, "option '--shard <i/n>' argument '2/2' is invalid"],
    [
      'moments a.npy narrow.npy -o x',
      1,
      'narrow.npy: has vectors of 2 numbers, where the files before have 5',
    ],
    ['moments nan.csv -o x', 1, 'nan.csv, line 2: column 3 is "nan"'],
    ['moments merge s0of1 s0of1 -o x', 1, 'partition 0 comes twice'],
    ['moments merge a.npy -o x', 1, 'a.npy: is not a file of states: byte 8: is not an Arrow stream'],
    ['moments merge cut -o x', 1, 'cut: is cut short'],
    ['moments merge not-there -o x', 1, 'not-there: no such file or folder'],
    ['moments merge s0of1', 2, 'Name the result: -o FILE or --save FILE'],
  ])('%s fails with a line that says why', async (line, code, text) => {
    cut();
    const found = await run(line);
    expect({ code: found.code, stderr: found.stderr.split('\n')[0] }).toEqual({
      code,
      stderr: expect.stringContaining(`god: ${text}`),
    });
    expect(existsSync(join(cwd, 'x'))).toBe(false);
  });
});

describe('god run --moments', () => {
  const command =
    'run --embedding words=all.npy --per-modality 400 --latent 2 --epochs 2 --components 3 --clusters 3';

  test('takes the PCA from all rows and the rest from the sample', async () => {
    await good(`moments ${FILES.join(' ')} -o sums`);
    const { code, stderr } = await run(`${command} --moments words=sums -o out`);
    expect(code, stderr).toBe(0);
    const { modalities, newReality } = await GOD.load(join(cwd, 'out'));
    const pca = await PCA.accumulatorFromBytes(await expected()).finish({ components: 3 });
    expect(modalities[0].pca.state()).toEqual(pca.state());
    expect([modalities[0].rows, newReality.rows]).toEqual([400, 400]);
    const summary = JSON.parse(bytes('out/run.json').toString());
    expect(summary.modalities[0]).toMatchObject({ rows: 400, pcaRows: rows });
  });

  test('keeps the results of stages for the same sums only', async () => {
    const again = await run(`${command} --moments words=sums -o out`);
    expect(again.stderr).toMatch(/PCA of words.*(kept|cached|reused)/i);
    const without = await run(`${command} -o out`);
    expect(without.code, without.stderr).toBe(0);
    expect((await GOD.load(join(cwd, 'out'))).modalities[0].pca.rows).toBe(400);
  });

  test.each([
    ['--moments sums', 2, 'god: --moments: expected NAME=FILE'],
    ['--moments smell=sums', 2, 'god: Expected --moments to name modalities among words but it names smell'],
    ['--moments words=narrow', 2, 'god: Expected --moments to be of vectors of 5 values but they had 2'],
  ])('%s is refused', async (args, code, line) => {
    await good('moments narrow.npy -o narrow');
    const found = await run(`${command} ${args} -o refused`);
    expect({ code: found.code, line: found.stderr.split('\n').findLast((text) => text !== '') }).toEqual({
      code,
      line: expect.stringContaining(line),
    });
  });
});
