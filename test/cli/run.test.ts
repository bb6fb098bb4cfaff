import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GOD } from '../../src/index.ts';
import { readOptions } from '../../src/pipeline/options.ts';
import type { RunSummary } from '../../src/pipeline/run/run.ts';
import { clusteredNpy, god, leftovers } from '../support/god.ts';
import { tempFolder } from '../support/temp.ts';
import { audiosetClip, tfrecords } from '../support/tfrecord.ts';

const folder = tempFolder();
const cwd = folder.path;
folder.write('audio.npy', clusteredNpy(60, 8, 1));
folder.write('image.npy', clusteredNpy(40, 6, 2));
folder.write('file', '');
const clip = (video: string) => audiosetClip({ video, frames: [new Uint8Array(128).fill(7)] });
folder.write('cut.tfrecord', tfrecords(clip('one'), clip('two')).subarray(0, -9));

const run = (...args: string[]) => god(['run', ...args], { cwd });

describe('wrong usage ends with code 2 and one line, before anything is written', () => {
  test.each([
    [['--seed', '-1'], 'Expected --seed in [0, 9007199254740991] but received -1'],
    [['--seed', '1.5'], 'Expected an integer'],
    [['--clusters', '0'], 'Expected --clusters in [1, 10000000] but received 0'],
    [['--threads', '999'], 'Expected --threads in [1, 256] but received 999'],
    [['--latent', 'x'], "'--latent <n>' argument 'x' is invalid"],
    [['--hidden', '64,x'], 'Expected a number'],
    [['--hidden', '64,0'], 'Expected --hidden in [1, 65536] but received 0'],
    [['--beta', '-1'], 'Expected --beta in [0, 1000] but received -1'],
    [['--warmup', '0.5'], 'Expected an integer'],
    [['--epochs', '0'], 'Expected --epochs in [1, 100000] but received 0'],
    [['--patience', '0'], 'Expected --patience in [1, 100000] but received 0'],
    [['--learning-rate', '0'], 'Expected --learning-rate in (0, 1] but received 0'],
    [['--batch', '0'], 'Expected --batch in [1, 65536] but received 0'],
    [['--theta', '1.5'], 'Expected --theta in [0, 1] but received 1.5'],
    [['--iterations', '0'], 'Expected --iterations in [1, 1000000] but received 0'],
    [['--latent', '5000'], 'Expected --latent in [1, 4096] but received 5000'],
    [['--perplexity', 'NaN'], 'Expected a number'],
    [['--perplexity', '0'], 'Expected --perplexity in (0, '],
    [['--samples', '1'], 'Expected --samples in [2, '],
    [['--per-modality', '-1'], 'Expected --per-modality in [0, '],
    [['--sampling', 'dream'], 'Allowed choices are mean, posterior, prior'],
    [['--cluster-space', 'x'], 'Allowed choices are map, latent'],
    [['--bogus'], "unknown option '--bogus'"],
    [['more'], 'too many arguments'],
    [['--out'], 'argument missing'],
    [['--labels', 'x'], '--labels: expected MODALITY=FILE, e.g. image=x'],
    [['--labels', 'image=x'], '--labels image=x is only for --image'],
    [['--audio', 'a', '--image', 'b', '--labels', 'x'], '--labels: expected MODALITY=FILE'],
    [['--audio', 'a', '--label-column', 'x'], '--label-column is only for --labels'],
    [['--encoding', 'latin1'], '--encoding is only for --text'],
    [['--text', 'a', '--text-with-names', '--text-without-names'], 'exclude each other'],
    [['--frames'], '--frames is only for --audio'],
    [['--audio', 'audio.npy', '--frames'], '--frames does not apply to data of this kind'],
    [['--audio', 'missing', '--threads', '0'], 'Expected --threads in [1, 256] but received 0'],
  ])('god run %j', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^god: [^\n]*\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(leftovers(cwd)).toEqual([]);
  });

  test.each([
    ['--perplexity', '34', '--perplexity to be at most 33'],
    ['--clusters', '101', '--clusters to be at most 100 for a New Reality of 100 rows'],
    ['--components', '7', '--components in [1, 6], for image has 40 rows of 6 values'],
  ])('%s %s, as soon as the data are known', async (flag, value, message) => {
    const data = ['--audio', 'audio.npy', '--image', 'image.npy', '-o', 'too-much'];
    const { code, stderr } = await run(...data, flag, value);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('PCA');
    expect(code).toBe(2);
  });

  test.each([[[]], [['bogus']]])('god %j', async (args) => {
    expect(await god(args, { cwd })).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('input that a run cannot use ends it with code 1 and one line that says so', () => {
  test.each([
    [['--audio', 'missing.npy'], 'missing.npy: no such file'],
    [['--text', 'missing.txt.bz2'], 'missing.txt.bz2: no such file'],
    [['--audio', 'cut.tfrecord'], 'cut.tfrecord, byte '],
    [['--image', 'file'], 'file: '],
    [['--audio', 'audio.npy', '-o', 'file'], 'A file is in the place of a directory. Choose another'],
    [['--audio', 'audio.npy', '-o', 'file/below'], 'A file is in the place of a directory. Choose another'],
    [
      ['--audio', 'audio.npy', '--image', 'image.npy', '--labels', 'image=none.csv'],
      'none.csv: no such file',
    ],
  ])('god run %j', async (args, message) => {
    const { code, stdout, stderr } = await run('-o', 'failed', ...args);
    const lines = stderr.split('\n').filter((line) => !line.startsWith('Gather'));
    expect(lines).toEqual([expect.stringMatching(/^god: /), '']);
    expect(lines[0]).toContain(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(leftovers(cwd)).toEqual([]);
  });
});

describe('help and version go to stdout and end with code 0', () => {
  test.each([
    [['--help'], 'Usage: god'],
    [['run', '--help'], 'Examples:'],
    [['--version'], '.'],
  ])('god %j', async (args, text) => {
    const { code, stdout, stderr } = await god(args, { cwd });
    expect(stdout).toContain(text);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

test('the help states the defaults of the library', async () => {
  const { stdout } = await run('--help');
  const help = stdout.replace(/\s+/g, ' ');
  const { settings } = readOptions({});
  // 0: chosen from the data.
  const fixed = Object.entries(settings).filter(([, value]) => value !== false && value !== 0);
  expect(fixed.length).toBeGreaterThan(10);
  for (const [name, value] of [...fixed, ['seed', 0]]) {
    const flag = name.toString().replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
    const [text] = help.match(new RegExp(`--${flag} .*?\\(default: [^)]*`)) ?? [`no --${flag}`];
    expect(text).toContain(`(default: ${value}`);
  }
});

test('every option reaches the run', async () => {
  const options = {
    perModality: 30,
    perModalityFirst: true,
    components: 4,
    samples: 50,
    sampling: 'posterior',
    latent: 3,
    hidden: [16, 8],
    beta: 0.2,
    warmup: 1,
    epochs: 3,
    patience: 2,
    learningRate: 0.01,
    batch: 32,
    perplexity: 7.5,
    iterations: 60,
    theta: 0.75,
    clusters: 5,
    clusterSpace: 'latent',
    thumbnails: true,
    seed: 3,
  };
  const flags = Object.entries(options).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
    return value === true ? [flag] : [flag, String(value)];
  });
  const data = ['--audio', 'audio.npy', '--image', 'image.npy', '-o', 'all'];
  const { code, stdout, stderr } = await run(...data, ...flags, '--json');
  expect(code, stderr).toBe(0);
  const summary = JSON.parse(stdout) as Pick<RunSummary, 'settings'>;
  expect(summary.settings).toEqual(options);
  expect(Object.keys(options).sort()).toEqual(Object.keys(readOptions({}).settings).sort());
  const { vae, objects } = await GOD.load(join(cwd, 'all'));
  expect(vae.spec).toMatchObject({ latent: 3, hidden: [16, 8] });
  expect(vae.training).toMatchObject({ learningRate: 0.01, batch: 32, beta: 0.2, warmup: 1 });
  expect(vae.history.length).toBeLessThanOrEqual(3);
  const numbers = objects.map(({ id }) => Number(id.replace('row ', '')));
  expect(Math.max(...numbers)).toBe(29);
});

describe('a run', async () => {
  const args = ['--audio', 'audio.npy', '--image', 'image.npy', '-o', 'good', '--threads', '2'];
  const first = await run(...args);
  const second = await run(...args, '--json');

  test('prints a line for each stage, what was missing, and finally where the report is', () => {
    expect(first).toMatchObject({ code: 0, signal: null, stdout: `${join('good', 'report.html')}\n` });
    const titles = first.stderr
      .trim()
      .split('\n')
      .map((line) => line.replace(/ {2,}.*/, ''));
    expect(titles).toEqual([
      'Gather audio',
      'Gather image',
      'PCA of audio',
      'PCA of image',
      'Train the VAE',
      'Sample the New Reality',
      'Map by t-SNE',
      'Cluster map',
      'Cluster latent',
      'Measure quality',
      'The New Reality has 100 rows, not 7183: there are no more objects',
      'The latent space has 42 dimensions, but its input only 6: take fewer (--latent)',
      'Draw',
    ]);
    expect(first.stderr).not.toContain('\x1b');
  });

  test('prints run.json and the path of the report with --json', () => {
    const { report, ...summary } = JSON.parse(second.stdout);
    expect(report).toBe(join('good', 'report.html'));
    expect(summary).toEqual(JSON.parse(readFileSync(join(cwd, 'good/run.json'), 'utf8')));
    expect(second.stdout.trim().split('\n')).toHaveLength(1);
  });

  test('reuses all stages of an earlier run with the same data and parameters', () => {
    expect(second.stderr.match(/kept from an earlier run/g)).toHaveLength(10);
    const { stages } = JSON.parse(second.stdout);
    expect(stages.map(({ cached }: { cached: boolean }) => cached)).toEqual([...Array(10).fill(true), false]);
  });

  test('repeats all stages with --fresh', async () => {
    const { code, stderr } = await run(...args, '--fresh');
    expect(code).toBe(0);
    expect(stderr).not.toContain('kept from an earlier run');
  });

  test('repeats only the stages that other parameters change', async () => {
    const { stderr } = await run(...args, '--perplexity', '5');
    const again = stderr.split('\n').filter((line) => / s$/.test(line) && !line.includes('kept'));
    const titles = again.map((line) => line.replace(/ {2,}.*/, ''));
    expect(titles).toEqual(['Map by t-SNE', 'Cluster map', 'Measure quality', 'Draw']);
  });

  test('succeeds when its output is closed', async () => {
    writeFileSync(join(cwd, 'quiet.mjs'), 'process.stdout.destroy();');
    const quiet = await god(['run', ...args], { cwd, node: ['--import', './quiet.mjs'] });
    expect(quiet).toMatchObject({ code: 0, signal: null });
  });
});
