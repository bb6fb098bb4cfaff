import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { AgglomerativeClustering, matrix, nearestNeighbors, PCA, TSNE, VAE } from '../../src/index.ts';
import { readMatrix, writeMatrix } from '../../src/matrix-files/index.ts';
import { seededRandom } from '../support/bytes.ts';
import { god } from '../support/god.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const cwd = folder.path;
const program = join(import.meta.dirname, '../../dist/cli/main.js');
const [rows, cols] = [90, 6];
const random = seededRandom(7);
const X = matrix(
  Float32Array.from(
    { length: rows * cols },
    (_, e) => 9 * Number(Math.floor(e / cols) % 3 === e % cols) + random(),
  ),
  rows,
  cols,
);
const ids = Array.from({ length: rows }, (_, i) => `row ${i}, "quoted"`);
const labels = Array.from({ length: rows }, (_, i) => `kind ${i % 3}`);

beforeAll(async () => {
  await writeMatrix(join(cwd, 'x.npy'), X);
  await writeMatrix(join(cwd, 'x.csv'), { ...X, ids, labels });
  await writeMatrix(join(cwd, 'narrow.csv'), { data: new Float32Array(20), rows: 10, cols: 2 });
  folder.write('empty.csv', 'a,b\n');
  folder.write('cut.npy', readFileSync(join(cwd, 'x.npy')).subarray(0, 500));
});

const run = (line: string) => god(line.split(' '), { cwd });
const read = (name: string) => readMatrix(join(cwd, name));
const text = (name: string) => readFileSync(join(cwd, name), 'utf8');

async function good(line: string): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await run(line);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return { stdout, stderr };
}

describe('god pca', () => {
  test('projects a file as PCA does, with its ids and labels, and saves the model for god apply', async () => {
    const { stdout } = await good('pca x.csv -o p.csv --components 3 --scale --save pca.safetensors');
    expect(stdout).toBe('p.csv\npca.safetensors\n');
    const { model, projections } = await PCA.fitTransform(X, { components: 3, scale: true });
    const found = await read('p.csv');
    expect({ ids: found.ids, labels: found.labels }).toEqual({ ids, labels });
    expect(Float32Array.from(found.data)).toEqual(projections.data);
    expect((await PCA.load(join(cwd, 'pca.safetensors'))).components).toEqual(model.components);
    await good('apply pca.safetensors x.csv -o again.csv');
    expect(text('again.csv')).toBe(text('p.csv'));
    await good('apply pca.safetensors p.csv --inverse -o back.npy');
    expect((await read('back.npy')).data).toEqual((await model.inverseTransform(projections)).data);
  });

  test('prints its results as JSON, and says on stderr what the format leaves out', async () => {
    const { stdout, stderr } = await good('pca x.csv -o p.npy --components 0.9 --json');
    const { components, explainedVarianceRatio, ...rest } = JSON.parse(stdout);
    const model = await PCA.fit(X, { components: 0.9 });
    expect([components, explainedVarianceRatio]).toEqual([
      model.components.rows,
      [...model.explainedVarianceRatio],
    ]);
    expect(rest).toEqual({
      command: 'pca',
      input: 'x.csv',
      rows,
      cols,
      output: { file: 'p.npy', format: 'npy', rows, cols: components, leftOut: ['ids', 'labels'] },
    });
    expect(stderr.replace(/ {2,}.*/gm, '')).toBe(
      'PCA\nProject\nnpy files do not hold ids or labels: left out\n',
    );
  });

  test('accepts more columns than rows', async () => {
    const wide = matrix(X.data, 18, 30);
    await writeMatrix(join(cwd, 'wide.npy'), wide);
    await good('pca wide.npy --components 4 -o w.npy');
    expect((await read('w.npy')).data).toEqual(
      (await PCA.fitTransform(wide, { components: 4 })).projections.data,
    );
  });
});

test('god tsne maps a file as TSNE does, draws it, and places more rows by god apply', async () => {
  const flags = '--perplexity 9 --iterations 120 --late-exaggeration 2 --exact-kl --seed 5';
  const { stdout } = await good(
    `tsne x.csv ${flags} -o map.jsonl --figure map.svg --save map.safetensors --json`,
  );
  const options = { perplexity: 9, iterations: 120, lateExaggeration: 2, exactKL: true, seed: 5 };
  const map = await TSNE.fit(X, options);
  const found = await read('map.jsonl');
  expect(Float32Array.from(found.data)).toEqual(map.embedding.data);
  expect(found.ids).toEqual(ids);
  expect(JSON.parse(stdout)).toMatchObject({ klDivergence: map.klDivergence, klExact: true, perplexity: 9 });
  const svg = text('map.svg');
  for (const shown of ['Map of 90 rows', 'perplexity 9', 'kind 0', 'kind 1', 'kind 2'])
    expect(svg).toContain(shown);
  await good('apply map.safetensors x.npy -o placed.npy --iterations 20');
  expect((await read('placed.npy')).data).toEqual((await map.transform(X, { iterations: 20 })).data);
  await good('tsne x.npy --perplexity 9 --iterations 10 --figure map.png');
  expect(readFileSync(join(cwd, 'map.png')).subarray(1, 4).toString()).toBe('PNG');
});

describe('god cluster', () => {
  test('writes the id first and the cluster last', async () => {
    await good('cluster x.csv --clusters 3 --linkage average -o c.csv');
    const tree = await AgglomerativeClustering.fit(X, { linkage: 'average' });
    const expected = Array.from(
      tree.labels({ clusters: 3 }),
      (cluster, i) => `"row ${i}, ""quoted""",${labels[i]},${cluster}\n`,
    );
    expect(text('c.csv')).toBe(`id,label,cluster\n${expected.join('')}`);
    await good('cluster x.npy --inconsistency 1.1 --depth 3 -o c.jsonl');
    const plain = (await AgglomerativeClustering.fit(X)).labels({ inconsistency: 1.1, depth: 3 });
    const lines = text('c.jsonl').trim().split('\n');
    expect(lines).toEqual(Array.from(plain, (cluster, i) => JSON.stringify({ id: String(i), cluster })));
  });

  test('writes merges in the convention of scipy, or Newick, by the ending of the file name', async () => {
    const tree = await AgglomerativeClustering.fit(X, {
      connectivity: { neighbors: 8 },
      disconnected: 'join',
    });
    await good('cluster x.csv --connectivity 8 --disconnected join -o m.npy');
    expect(await read('m.npy')).toMatchObject({ data: tree.merges.data, cols: 4 });
    await good('cluster x.csv --connectivity 8 --disconnected join -o m.nwk');
    expect(text('m.nwk')).toBe(`${tree.toNewick(ids)}\n`);
  });

  test('accepts a matrix of distances', async () => {
    folder.write('d.csv', 'a,b,c\n0,1,5\n1,0,4\n5,4,0\n');
    await good('cluster d.csv --distances --linkage average --distance 2 -o d.tsv');
    expect(text('d.tsv')).toBe('id\tcluster\n0\t0\n1\t0\n2\t1\n');
    await good('cluster d.csv --distances --linkage single --connectivity 1 --distance 2 -o l.tsv');
    expect(text('l.tsv')).toBe(text('d.tsv'));
  });
});

test('god vae writes codes as VAE gives them, and god apply decodes them', async () => {
  await good('vae x.npy --latent 2 --hidden 8 --epochs 4 --warmup 1 -o z.npy --save v.safetensors');
  const vae = await VAE.fit(X, { latent: 2, hidden: [8], epochs: 4, warmup: 1 });
  const { mean } = await vae.encode(X);
  expect((await read('z.npy')).data).toEqual(mean.data);
  await good('apply v.safetensors z.npy --inverse -o decoded.npy');
  expect((await read('decoded.npy')).data).toEqual((await vae.decode(mean)).data);
});

test('god knn lists neighbors, also of other rows', async () => {
  await good('knn x.csv -k 2 --metric cosine -o k.csv');
  const found = await nearestNeighbors(X, { k: 2, metric: 'cosine' });
  const lines = text('k.csv').trim().split('\n');
  expect(lines).toHaveLength(1 + 2 * rows);
  expect(lines[2]).toBe(
    `"row 0, ""quoted""",2,"row ${found.indices[1]}, ""quoted""",${Number(found.distances[1].toPrecision(9))}`,
  );
  await good('knn x.csv -k 1 --query x.npy -o k.jsonl');
  expect(JSON.parse(text('k.jsonl').split('\n')[4])).toEqual({
    id: '4',
    rank: 1,
    neighbor: ids[4],
    distance: 0,
  });
});

describe('god convert', () => {
  test('keeps values and names when formats change', async () => {
    await good('convert x.csv -o c.jsonl.gz --type float32');
    await good('convert c.jsonl.gz -o d.csv --type float32');
    expect(text('d.csv')).toBe(text('x.csv'));
    await good('convert d.csv -o five.npy --type float32 --limit 5');
    expect(await read('five.npy')).toMatchObject({ rows: 5, data: X.data.slice(0, 5 * cols) });
  });

  test('reads standard input and writes standard output, without leaving files', () => {
    const env = { ...process.env, TMPDIR: mkdtempSync(join(cwd, 'tmp-')) };
    const input = readFileSync(join(cwd, 'x.npy'));
    const args = [program, 'convert', '-', '-o', '-', '--out-format', 'jsonl'];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd, input, env });
    expect(status).toBe(0);
    const lines = stdout.toString().trim().split('\n');
    expect(Float32Array.from(lines.flatMap((line) => JSON.parse(line).vector))).toEqual(X.data);
    const bad = spawnSync(process.execPath, args, { cwd, env, input: input.subarray(0, 500) });
    expect(bad.stderr.toString()).toMatch(/^god: standard input, byte \d+: /);
    expect({ status: bad.status, stdout: bad.stdout.toString() }).toEqual({ status: 1, stdout: '' });
    expect(readdirSync(env.TMPDIR)).toEqual([]);
  });

  test('reads a pipe in the place of a file', () => {
    const inBash = (command: string) => spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' });
    const god = `"${process.execPath}" "${program}"`;
    const { status } = inBash(`${god} pca <(gzip -c x.csv) --format csv -o piped.npy --components 2`);
    expect(status).toBe(0);
    expect(inBash(`${god} pca x.csv -o direct.npy --components 2; cmp piped.npy direct.npy`).status).toBe(0);
    const { stderr } = inBash(`${god} convert <(head -c 500 x.npy) -o bad.csv`);
    expect(stderr).toMatch(/^god: \/dev\/fd\/\d+, byte \d+: /);
  });

  test('succeeds when its output is closed early', () => {
    const command = `"${process.execPath}" "${program}" convert x.csv -o - | head -n 1`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${text('x.csv').split('\n')[0]}\n` });
    expect(stderr).not.toContain('god:');
  });
});

describe('an error is one line, and nothing is written', () => {
  test.each<[string, number, string]>([
    ['pca x.npy', 2, 'Name the result: -o FILE or --save FILE. See god pca --help'],
    ['knn x.npy', 2, 'Name the result: -o FILE. See god knn --help'],
    ['pca x.npy -o - --json', 2, '--json and -o - exclude each other'],
    ['pca x.npy --save bad --out-format csv', 2, '--out-format is only for -o'],
    ['pca x.npy -o bad.npy --components 7', 2, 'Expected --components to be an integer in [1, 6]'],
    ['pca x.npy -o bad.npy --components x', 2, 'Expected a number'],
    ['pca x.npy -o bad.npy --threads 0', 2, 'Expected --threads in [1, 256] but received 0'],
    ['pca x.npy -o bad.npy --bogus', 2, "unknown option '--bogus'"],
    ['pca none.npy -o bad.npy --components 0', 2, 'Expected --components to be an integer of at least 1'],
    ['pca none.npy -o bad.npy --threads 257', 2, 'Expected --threads in [1, 256] but received 257'],
    ['tsne none.npy -o bad.npy --perplexity 0', 2, 'Expected --perplexity in (0, inf) but received 0'],
    ['tsne none.npy -o bad.npy --theta 2', 2, 'Expected --theta in [0, 1] but received 2'],
    ['tsne none.npy -o bad.npy --distances --metric cosine', 2, 'Expected no --metric for given distances'],
    ['tsne none.npy -o bad.npy --distances --init pca', 2, "Expected --init to be 'random' or a matrix"],
    ['vae none.npy -o bad.npy --latent 0', 2, 'Expected --latent in [1, 4096] but received 0'],
    ['cluster none.npy -o bad.csv --clusters 0', 2, 'Expected --clusters in [1, inf) but received 0'],
    ['cluster none.npy -o bad.csv --clusters 2 --depth 2', 2, 'Expected --depth only with --inconsistency'],
    ['cluster none.npy -o bad.npy --connectivity 0', 2, 'Expected --connectivity in [1, inf)'],
    [
      'cluster none.npy -o bad.npy --distances --connectivity 3',
      2,
      'Expected --linkage to be single, complete',
    ],
    ['cluster none.npy -o bad.npy --max-memory -1', 2, 'Expected --max-memory in [0, inf)'],
    ['knn none.npy -o bad.csv -k -1', 2, 'Expected -k in [0, inf) but received -1'],
    ['knn none.npy -o bad.csv --query x.npy --approximate', 2, 'Expected --approximate to be false'],
    ['convert none.npy -o bad.xyz', 2, 'Expected -o to end with one of .npy'],
    ['pca x.npy y.npy -o bad.npy', 2, 'too many arguments'],
    ['pca -o bad.npy', 2, "missing required argument 'in'"],
    ['pca none.npy -o bad.npy', 1, 'none.npy: no such file'],
    ['pca cut.npy -o bad.npy', 1, 'cut.npy, byte '],
    ['pca empty.csv -o bad.npy', 1, 'empty.csv'],
    ['pca x.npy -o bad.xyz', 2, 'Expected -o to end with one of .npy'],
    ['pca x.npy -o none/bad.npy', 1, 'none'],
    [
      'tsne x.npy -o bad.npy --perplexity 30',
      2,
      'Expected --perplexity in (0, 29.666666666666668] for 90 rows',
    ],
    ['tsne x.npy -o bad.npy --theta 2', 2, 'Expected --theta in [0, 1] but received 2'],
    ['tsne x.npy -o bad.npy --learning-rate fast', 2, 'Expected a number'],
    ['tsne x.npy -o bad.npy --late-exaggeration 0.5', 2, 'Expected --late-exaggeration in [1, 1000000]'],
    ['tsne x.npy --figure bad.gif', 2, 'Expected --figure to end with .png or .svg'],
    ['tsne x.npy --figure bad.png --dimensions 3', 2, '--figure draws maps of two dimensions'],
    ['tsne x.npy -o bad.npy --distances', 1, 'distances'],
    ['cluster x.npy -o bad.csv', 2, 'A table needs one of --clusters, --distance and --inconsistency'],
    ['cluster x.npy -o bad.csv --clusters 2 --distance 1', 2, 'A table needs one of'],
    ['cluster x.npy -o bad.csv --clusters 91', 2, 'Expected --clusters in [1, 90] for 90 rows'],
    ['cluster x.npy -o bad.png --clusters 2', 2, 'Expected -o to end with one of .csv, .tsv, .jsonl, .npy'],
    ['cluster x.npy -o bad.csv --clusters 2 --connectivity 90', 2, 'Expected --connectivity in [1, 89]'],
    [
      'cluster x.npy -o bad.csv --clusters 2 --metric cosine',
      2,
      "Expected --metric to be 'euclidean' for ward",
    ],
    ['vae x.npy -o bad.npy --hidden 0', 2, 'Expected --hidden in [1, 65536] but received 0'],
    ['vae x.npy -o bad.npy --batch 1.5', 2, 'Expected an integer'],
    ['knn x.npy -o bad.csv -k 90', 2, 'Expected -k in [0, 89]'],
    ['knn x.npy -o bad.npy', 2, 'Expected -o to end with one of .csv, .tsv, .jsonl'],
    ['knn x.npy -o bad.csv --query narrow.csv', 1, '`query`'],
    ['convert x.npy -o bad.csv --vector-key v', 2, 'Expected no option --vector-key for the format npy'],
    ['convert x.npy -o bad.csv --format xyz', 2, 'Allowed choices are npy'],
    ['convert x.csv -o bad.csv --header maybe', 2, 'Expected yes or no'],
    ['convert x.csv -o bad.npy --limit 0', 2, 'Expected --limit in [1, inf)'],
    ['convert x.npy -o bad --out-format xyz', 2, 'Expected --out-format to be one of npy, npz, '],
    ['apply x.npy x.npy -o bad.npy', 1, 'x.npy'],
    ['apply m.safetensors x.npy -o bad.npy --iterations 5', 2, 'are only for t-SNE'],
    ['apply m.safetensors narrow.csv -o bad.npy', 1, 'to have 6 columns but received 2'],
  ])('god %s', async (line, expected, message) => {
    if (line.includes('m.safetensors')) await good('pca x.npy --save m.safetensors');
    const { code, stdout, stderr } = await run(line);
    const lines = stderr.trim().split('\n');
    expect(lines.at(-1)).toContain(message);
    expect(lines.filter((one) => one.startsWith('god: '))).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(readdirSync(cwd).filter((name) => name.includes('bad') || name.includes('god-tmp'))).toEqual([]);
  });
});

test('the help of every command has examples and fits the width of a terminal', async () => {
  const { stdout } = await good('--help');
  expect(stdout.split('\n').length).toBeLessThan(45);
  for (const command of ['pca', 'tsne', 'cluster', 'vae', 'knn', 'apply', 'convert']) {
    expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    const help = (await good(`${command} --help`)).stdout;
    expect(help).toContain('Examples:');
    expect(existsSync(join(cwd, '--help'))).toBe(false);
  }
});
