import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { GOD, matrix, PCA, saveModel, synthetic, VAE } from '../../src/index.ts';
import { readMatrix, writeMatrix } from '../../src/matrix-files/index.ts';
import { seededRandom } from '../support/bytes.ts';
import { contentsOf, god, startGod } from '../support/god.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const cwd = folder.path;
const cols = 5;
const random = seededRandom(22);
const FILES = ['a.npy', 'b.csv', 'c.parquet', 'd.jsonl', 'e.arrow', 'f.npy.gz', 'g.tsv'];
const parts = FILES.map((_, i) => {
  const rows = 30 + 40 * i;
  return matrix(Float32Array.from({ length: rows * cols }, random), rows, cols);
});
const all = matrix(
  Float32Array.from(parts.flatMap(({ data }) => [...data])),
  parts.reduce((sum, { rows }) => sum + rows, 0),
  cols,
);
const GIVEN = [...FILES.slice(0, 3), 'empty.csv', ...FILES.slice(3)].join(' ');

beforeAll(async () => {
  for (const [i, file] of FILES.entries()) await writeMatrix(join(cwd, file), parts[i]);
  await writeMatrix(join(cwd, 'all.npy'), all);
  folder.write('empty.csv', '');
  await saveModel(await PCA.fit(all, { components: 3 }), join(cwd, 'pca.safetensors'));
  await saveModel(await VAE.fit(all, { latent: 2, hidden: [4], epochs: 1 }), join(cwd, 'vae.safetensors'));
});

const run = (line: string) => god(line.split(' '), { cwd });
async function good(line: string): Promise<string> {
  const { code, stdout, stderr } = await run(line);
  expect(code, stderr).toBe(0);
  return stdout;
}
/** Expects a command to end with a code and a line. */
async function fails([line, code, text]: [string, number, string]): Promise<void> {
  const found = await run(line);
  expect({ code: found.code, stderr: found.stderr }, line).toEqual({
    code,
    stderr: expect.stringContaining(text),
  });
}
const numbers = async (path: string) => [...(await readMatrix(join(cwd, path))).data];

describe('god apply', () => {
  test.each(['pca', 'vae'])(
    '%s: the parts of any number of shards are the whole, file by file',
    async (model) => {
      await good(`apply ${model}.safetensors all.npy -o ${model}-whole.npy`);
      await good(`apply ${model}.safetensors ${GIVEN} -o ${model}-one`);
      for (const shard of ['2/3', '0/3', '1/3'])
        expect(await good(`apply ${model}.safetensors ${GIVEN} --shard ${shard} -o ${model}-three`)).toBe(
          `${model}-three\n`,
        );
      expect(contentsOf(join(cwd, `${model}-three`))).toEqual(contentsOf(join(cwd, `${model}-one`)));
      expect(readdirSync(join(cwd, `${model}-one`))).toHaveLength(FILES.length + 1);
      expect(await numbers(`${model}-three`)).toEqual(await numbers(`${model}-whole.npy`));
    },
  );

  test('writes parts in other formats, which every command reads as one file', async () => {
    const expected = await numbers('pca-whole.npy');
    const rows = 3 * parts[0].rows;
    const check = async (format: string) => {
      await good(`apply pca.safetensors a.npy empty.csv -o in-${format} --out-format ${format}`);
      await good(`convert in-${format} -o ${format}.npy --type float32`);
      expect(await numbers(`${format}.npy`), format).toEqual(expected.slice(0, rows));
    };
    await Promise.all(['csv', 'jsonl', 'arrow', 'fvecs'].map(check));
  });

  test('a folder stands for the files in it, whose names stay', async () => {
    folder.write('named/b.csv', 'id,label,v,w,x,y,z\nnorth,cold,1,2,3,4,5\n');
    folder.write('named/a.csv', 'id,label,v,w,x,y,z\nsouth,warm,5,4,3,2,1\n');
    for (const shard of ['0/2', '1/2'])
      await good(`apply pca.safetensors named --shard ${shard} -o out-named`);
    expect(await readMatrix(join(cwd, 'out-named'))).toMatchObject({
      ids: ['south', 'north'],
      labels: ['warm', 'cold'],
    });
  });

  test('a command that was killed leaves whole parts only, and gives the same bytes when it is run again', async () => {
    const { child, ended } = startGod(['apply', 'pca.safetensors', ...GIVEN.split(' '), '-o', 'killed'], {
      cwd,
    });
    while (!existsSync(join(cwd, 'killed/part-00002-of-00008.parquet')) && child.exitCode === null)
      await new Promise((wake) => setTimeout(wake, 1));
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    const whole = contentsOf(join(cwd, 'pca-one'));
    const shown = () =>
      Object.entries(contentsOf(join(cwd, 'killed'))).filter(([name]) => !name.startsWith('.'));
    for (const [name, hash] of shown()) expect(hash).toBe(whole[name]);
    expect(shown().length).toBeLessThan(FILES.length + 1);
    await expect(readMatrix(join(cwd, 'killed'))).rejects.toThrow('lacks part');
    for (let i = 0; i < 2; i++) {
      await good(`apply pca.safetensors ${GIVEN} -o killed --threads ${1 + i}`);
      expect(Object.fromEntries(shown())).toEqual(whole);
    }
  });

  test('wrong usage and wrong files are reported in one line', async () => {
    const cases: [string, number, string][] = [
      [
        'apply pca.safetensors a.npy e.arrow -o -',
        2,
        'Many files are read from files, into a folder: -o FOLDER',
      ],
      ['apply pca.safetensors a.npy - -o x', 2, 'Many files are read from files, into a folder: -o FOLDER'],
      [
        'apply pca.safetensors a.npy e.arrow -o x --out-format projector',
        2,
        '--out-format projector is not for many',
      ],
      ['apply pca.safetensors a.npy --shard 1/1 -o x', 2, "option '--shard <i/n>' argument '1/1' is invalid"],
      ['apply pca.safetensors a.npy pca-whole.npy -o x', 1, 'to have 5 columns but received 3'],
    ];
    await Promise.all(cases.map(fails));
  });
});

describe('god place', () => {
  const model = GOD.fit(synthetic({ rows: 150 }), { samples: 120, epochs: 2 });

  test('the parts of any number of shards are the lines of the whole', async () => {
    await (await model).save(join(cwd, 'paradise'));
    const [{ name, pca }] = (await model).modalities;
    const width = pca.mean.length;
    const counts = [7, 0, 4, 9];
    const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => `o${from + i}`);
    const X = matrix(Float32Array.from({ length: 20 * width }, random), 20, width);
    await writeMatrix(join(cwd, 'objects.parquet'), { ...X, ids: ids(0, 20) });
    let from = 0;
    for (const [i, rows] of counts.entries()) {
      const data = X.data.slice(from * width, (from + rows) * width);
      folder.write(`objects/${i}`, '');
      await writeMatrix(
        join(cwd, `objects/${i}`),
        { data, rows, cols: width, ids: ids(from, rows) },
        { format: 'parquet' },
      );
      from += rows;
    }
    const source = ['audio', 'text', 'image'].includes(name) ? `--${name} ` : `--embedding ${name}=`;
    const [head, ...lines] = (await good(`place paradise ${source}objects.parquet`)).trimEnd().split('\n');
    for (const shard of ['0/2', '1/2'])
      expect(
        await good(
          `place paradise objects/0 objects/1 objects/2 objects/3 --modality ${name} --shard ${shard} -o places`,
        ),
      ).toBe('places\n');
    const found = readdirSync(join(cwd, 'places'))
      .sort()
      .map((file) =>
        readFileSync(join(cwd, 'places', file), 'utf8')
          .trimEnd()
          .split('\n'),
      );
    expect(found.map((part) => part[0])).toEqual(counts.map(() => head));
    expect(found.flatMap((part) => part.slice(1))).toEqual(lines);
    await good(`place paradise objects/0 objects/1 objects/2 objects/3 --modality ${name} -o again`);
    expect(contentsOf(join(cwd, 'again'))).toEqual(contentsOf(join(cwd, 'places')));
    await good(`place paradise objects/0 --modality ${name} --json -o json`);
    expect(
      JSON.parse(readFileSync(join(cwd, 'json/part-00000-of-00001.jsonl'), 'utf8').split('\n')[0]).id,
    ).toBe('o0');
  });

  test('wrong usage and wrong files are reported in one line', async () => {
    const cases: [string, number, string][] = [
      ['place paradise a.npy --modality smell -o x', 2, 'The model was fitted to'],
      ['place paradise a.npy -o x', 2, 'Name what the files are of: --modality NAME'],
      ['place paradise a.npy --modality text', 2, 'Name the folder of the results: -o FOLDER'],
      ['place paradise a.npy --modality text --text a.npy -o x', 2, '--text and files exclude each other'],
      ['place paradise --text a.npy --shard 0/2', 2, '--shard is only for files'],
      [
        'place paradise a.npy --modality text -o x',
        1,
        "a.npy: has vectors of 5 values, where the model's text has",
      ],
    ];
    await Promise.all(cases.map(fails));
  });
});
