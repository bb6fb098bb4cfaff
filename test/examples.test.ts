// The programs of examples/, run as a user would run them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { PCA, synthetic, VAE } from '../src/index.ts';
import { readMatrix, writeMatrix } from '../src/matrix-files/index.ts';
import { ending } from './support/god.ts';
import { tempFolder } from './support/temp.ts';

const examples = join(import.meta.dirname, '../examples');
const folder = tempFolder();
const cwd = folder.path;
const at = (name: string) => join(cwd, name);

const start = (name: string, ...args: string[]) =>
  spawn(process.execPath, [join(examples, name), ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });

async function run(name: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ending(start(name, ...args));
  expect(code, stderr).toBe(0);
  return stdout;
}

test('every example is tested here, except those that need an engine', () => {
  // The gate `engines` runs those in distributed/.
  const names = ['dedupe.mjs', 'distributed', 'map.mjs', 'reduce.mjs', 'server.mjs', 'vae.mjs'];
  expect(readdirSync(examples)).toEqual(names);
});

test('distributed/synthetic_rows.mjs writes all rows of three modalities, in as many files as it should', async () => {
  await run('distributed/synthetic_rows.mjs', 'rows', '50', '3');
  const [, text] = synthetic({ rows: 50 });
  const { ids, labels, vectors } = await text.gather({ limit: 50, seed: 0 });
  expect(readdirSync(at('rows')).sort()).toEqual(['audio', 'image', 'text']);
  const files = readdirSync(at('rows/text')).map((name) => join(at('rows/text'), name));
  const parts = await Promise.all(files.map((file) => readMatrix(file)));
  expect(parts.map(({ rows }) => rows)).toEqual([16, 17, 17]);
  expect(parts.flatMap((part) => part.ids)).toEqual(ids);
  expect(parts.flatMap((part) => part.labels)).toEqual(labels);
  expect(parts.flatMap(({ data }) => [...data])).toEqual([...vectors.data]);
});

test('dedupe.mjs finds rows of nearly the same direction', async () => {
  folder.write('products.csv', 'id,a,b,c\nmug,1,0,0\nlamp,0,1,0\ncup,2,0.01,0\nbed,0,0,1\nlight,0,3,0.02\n');
  expect(await run('dedupe.mjs', 'products.csv', '0.01')).toBe('mug, cup\nlamp, light\n');
});

test('map.mjs maps, saves, loads and adds rows; it ends when it is interrupted', async () => {
  expect(await run('map.mjs', '300')).toMatch(/^300 rows on the map, 10 added, divergence \d\.\d{3}\n$/);
  const child = start('map.mjs', '20000', 'never.safetensors');
  const ended = ending(child);
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect([code, stderr.includes('stopped by Ctrl-C')]).toEqual([1, true]);
  expect(readdirSync(cwd)).not.toContain('never.safetensors');
});

const X = {
  data: Float32Array.from(
    { length: 400 * 6 },
    (_, i) => Math.sin(i * i) + (i % 6) * Math.cos(Math.floor(i / 6)),
  ),
  rows: 400,
  cols: 6,
};

test('reduce.mjs writes what PCA projects', async () => {
  await writeMatrix(at('vectors.npy'), X);
  expect(await run('reduce.mjs', 'vectors.npy', 'projected.npy', '2')).toMatch(/^400 rows, \d+\.\d % of/);
  const { projections } = await PCA.fitTransform(X, { components: 2 });
  expect((await readMatrix(at('projected.npy'))).data).toEqual(projections.data);
});

test('vae.mjs draws rows and saves the model', async () => {
  await writeMatrix(at('table.csv'), X);
  expect(await run('vae.mjs', 'table.csv', 'samples.csv', 'vae.safetensors')).toBe(
    '400 rows learned, 100 drawn\n',
  );
  expect(await readMatrix(at('samples.csv'))).toMatchObject({ rows: 100, cols: 6 });
  expect((await VAE.load(at('vae.safetensors'))).spec).toMatchObject({ latent: 4, input: 6 });
});

test('server.mjs answers, refuses what is not rows, and stops when the client goes', async () => {
  const child = start('server.mjs', '0');
  const [port] = await once(createInterface(child.stdout), 'line');
  const url = `http://127.0.0.1:${port}/map`;
  const post = (body: string, signal?: AbortSignal) =>
    fetch(url, { method: 'POST', body, ...(signal && { signal }) });
  const rows = (count: number) =>
    JSON.stringify(Array.from({ length: count }, (_, i) => [Math.sin(i), Math.cos(i * i)]));
  const answer = (await (await post(rows(50))).json()) as { rows: number; map: number[] };
  expect([answer.rows, answer.map.length]).toEqual([50, 100]);
  expect((await post('[["x"]]')).status).toBe(400);
  const errors = createInterface(child.stderr);
  await expect(post(rows(20_000), AbortSignal.timeout(300))).rejects.toThrow();
  for await (const line of errors) if (line === 'the client went') break;
  child.kill();
});
