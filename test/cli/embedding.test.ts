import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { GOD } from '../../src/index.ts';
import { readMatrix, writeMatrix } from '../../src/matrix-files/index.ts';
import { createServer } from '../../src/server/index.ts';
import { clusteredNpy, god, leftovers } from '../support/god.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const cwd = folder.path;
const SMALL = '--latent 3 --epochs 3 --iterations 60 --clusters 4 --json'.split(' ');
const FILES = ['smell.csv', 'taste.jsonl', 'touch.parquet', 'pain.arrow', 'heat.npy', 'time & <space>.npz'];

beforeAll(async () => {
  for (const [i, file] of FILES.entries()) {
    folder.write('made.npy', clusteredNpy(40 + i, 5 + i, i + 1));
    const X = await readMatrix(join(cwd, 'made.npy'));
    const names = (prefix: string) =>
      Array.from({ length: X.rows }, (_, row) => `${prefix} ${row % 7}.${row}`);
    const named = /npy|npz/.test(file) ? {} : { ids: names(file), labels: names('kind') };
    await writeMatrix(join(cwd, file), { ...X, ...named });
  }
  folder.write('heat-labels.csv', `label\n${Array.from({ length: 44 }, (_, i) => `hot ${i}`).join('\n')}\n`);
  folder.write('heat-ids.txt', `${Array.from({ length: 44 }, (_, i) => `object ${i}`).join('\n')}\n`);
});

const escaped = (plain: string) =>
  plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const embeddings = (count: number) =>
  FILES.slice(0, count).flatMap((file) => ['--embedding', `${file.replace(/\.\w+$/, '')}=${file}`]);

describe.each([1, 2, 6])('god run of %d files of vectors', (count) => {
  const out = `out-${count}`;

  test('goes through figures, report and page', async () => {
    const { code, stdout, stderr } = await god(['run', ...embeddings(count), ...SMALL, '-o', out], { cwd });
    expect(code, stderr).toBe(0);
    const { modalities, files } = JSON.parse(stdout) as {
      modalities: { name: string; rows: number; columns: number }[];
      files: object;
    };
    expect(modalities.map(({ name, rows, columns }) => [name, rows, columns])).toEqual(
      FILES.slice(0, count).map((file, i) => [file.replace(/\.\w+$/, ''), 40 + i, 5 + i]),
    );
    for (const name of Object.keys(files)) expect(existsSync(join(cwd, out, name)), name).toBe(true);
    const report = readFileSync(join(cwd, out, 'report.html'), 'utf8');
    const shown = ({ name }: { name: string }) => report.includes(escaped(name));
    expect(modalities.filter((modality) => !shown(modality))).toEqual([]);
    expect(report.includes('<space>')).toBe(false);
    const objects = readFileSync(join(cwd, out, 'objects.csv'), 'utf8');
    expect(objects).toContain('smell.csv 3.3,smell,kind 3.3,');
  });

  test('has a place for its own rows, and a server that finds them', async () => {
    const file = FILES[count - 1];
    const name = file.replace(/\.\w+$/, '');
    const { code, stdout, stderr } = await god(['place', out, '--embedding', `${name}=${file}`, '--json'], {
      cwd,
    });
    expect(code, stderr).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(39 + count);
    for (const { id, nearest, neighbors } of lines) {
      expect(nearest).toMatchObject({ id, modality: name });
      expect(neighbors).toHaveLength(count);
    }
    const server = createServer(await GOD.load(join(cwd, out)));
    const { url } = await server.listen(0);
    const query = encodeURIComponent(lines[5].id);
    const found = await (await fetch(`${url}/objects?query=${query}`)).text();
    expect(found).toContain(lines[5].id);
    await server.close();
  });
});

test('labels and ids come from lists, each for its modality', async () => {
  const lists = ['--labels', 'heat=heat-labels.csv', '--ids', 'heat=heat-ids.txt'];
  const data = ['--embedding', 'heat=heat.npy', '--embedding', 'smell=smell.csv'];
  const { code, stderr } = await god(['run', ...data, ...lists, ...SMALL, '-o', 'lists'], { cwd });
  expect(code, stderr).toBe(0);
  const objects = readFileSync(join(cwd, 'lists/objects.csv'), 'utf8');
  expect(objects).toContain('object 7,heat,hot 7,');
  expect(objects).toContain('smell.csv 3.3,smell,kind 3.3,');
});

test('doubles far from zero give the result of the same table near zero', async () => {
  folder.write('made.npy', clusteredNpy(60, 5, 9));
  const { data, rows, cols } = await readMatrix(join(cwd, 'made.npy'));
  const near = Float64Array.from(data, (value) => Math.round(value * 1024) / 1024);
  // Evenly around zero, so that the other table is shifted by exactly 1e9.
  const most = near.reduce((so, value) => Math.max(so, Math.abs(value)), 0);
  for (let col = 0; col < cols; col++) [near[col], near[cols + col]] = [-most, most];
  await writeMatrix(join(cwd, 'near.npy'), { data: near, rows, cols });
  await writeMatrix(join(cwd, 'far.csv'), { data: near.map((value) => 1e9 + value), rows, cols });
  for (const file of ['near.npy', 'far.csv']) {
    const args = ['run', '--embedding', `a=${file}`, ...SMALL, '-o', `at-${file}`];
    const { code, stderr } = await god(args, { cwd });
    expect(code, stderr).toBe(0);
  }
  const [found, expected] = await Promise.all(
    ['at-far.csv', 'at-near.npy'].map((out) => readMatrix(join(cwd, out, 'new-reality.npy'))),
  );
  // The means that PCA keeps differ by the last bits of 1e9.
  const farthest = Math.max(...Array.from(found.data, (value, i) => Math.abs(value - expected.data[i])));
  expect(farthest).toBeLessThan(1e-6);
  const placed = await god(['place', 'at-far.csv', '--embedding', 'a=far.csv', '--json'], { cwd });
  expect(placed.code, placed.stderr).toBe(0);
  const nearest = placed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).nearest.id);
  expect(nearest).toEqual(Array.from({ length: rows }, (_, row) => `row ${row}`));
});

describe('what is wrong is said in one line', () => {
  test.each<[string[], number, string]>([
    [
      ['--embedding', 'smell.csv'],
      2,
      '--embedding: expected NAME=FILE, e.g. smell=vectors.csv, but received smell.csv',
    ],
    [['--embedding', '=smell.csv'], 2, '--embedding: expected NAME=FILE'],
    [['--embedding', `${'x'.repeat(41)}=smell.csv`], 2, '--embedding: expected NAME=FILE'],
    [['--embedding', 'a=smell.csv', '--embedding', 'a=heat.npy'], 2, 'there are two files of a'],
    [['--audio', 'heat.npy', '--embedding', 'audio=heat.npy'], 2, 'there are two files of audio'],
    [['--embedding', 'a=none.csv'], 1, 'none.csv: no such file'],
    [['--embedding', 'a=.'], 1, 'holds the folder '],
    [['--embedding', 'a=heat.npy', '--ids', 'image=x'], 2, '--ids image=x is only for --image'],
    [['--embedding', 'a=heat.npy', '--id-column', 'x'], 2, '--id-column is only for --ids'],
    [['--embedding', 'a=heat.npy', '--labels', 'a=x', '--labels', 'a=y'], 2, '--labels: a has two lists'],
    [
      ['--embedding', 'a=heat.npy', '--embedding', 'b=smell.csv', '--labels', 'c=x'],
      2,
      '--labels: expected MODALITY=FILE',
    ],
    [['--embedding', 'a=heat.npy', '--encoding', 'latin1'], 2, '--encoding is only for --text'],
  ])('god run %j', async (args, expected, message) => {
    const { code, stdout, stderr } = await god(['run', ...args, '-o', 'failed'], { cwd });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^god: [^\n]*\n$/);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(leftovers(cwd)).toEqual([]);
  });
});
