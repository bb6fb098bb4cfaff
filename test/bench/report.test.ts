import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const machine = {
  date: '2026-01-01',
  commit: 'abc1234+',
  cpu: 'A processor',
  processors: 2,
  memoryGb: 8,
  os: 'linux 6',
  node: '20.20.0',
  simd: 'avx2',
  load: 0.5,
};
const once = (seconds: number) => ({ median: seconds, min: seconds, runs: 1 });

/** Writes the files and makes the report from them. Returns both texts. */
function report(results: Record<string, object>, readme: string) {
  for (const [name, content] of Object.entries(results)) {
    folder.write(`results/${name}.json`, JSON.stringify(content));
  }
  folder.write('README.md', readme);
  const script = fileURLToPath(new URL('../../bench/report.ts', import.meta.url));
  const options = ['--results', join(folder.path, 'results'), '--into', folder.path];
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, ...options], {
    encoding: 'utf8',
  });
  const text = (name: string) => readFileSync(join(folder.path, name), 'utf8');
  return { status, stderr, readme: text('README.md'), benchmarks: () => text('BENCHMARKS.md') };
}

const speed = {
  command: 'npm run bench',
  machine,
  threads: 2,
  cases: [
    {
      kernel: 'pca',
      title: 'fit 1000 x 42',
      headline: true,
      contenders: [
        {
          name: 'global-object-embedder',
          seconds: once(0.0441),
          quality: { error: 4e-7 },
          limits: [{ of: 'seconds', most: 0.04, met: false }],
        },
        {
          name: 'numpy 2.4.6, eigh',
          from: 'Python',
          seconds: once(0.0352),
          timesOurs: 0.8,
          bar: { atLeast: 1.2, met: false },
        },
        {
          name: 'ml-pca 4.1.1',
          from: 'npm',
          seconds: once(53.6),
          timesOurs: 1215.4,
          bar: { atLeast: 100, met: true },
        },
        { name: 'slow-pca', from: 'npm', seconds: once(99), timesOurs: 2244.9 },
        { name: 'scikit-learn', from: 'Python', absent: 'Python has no sklearn' },
        { name: 'dask-ml', from: 'Python', absent: 'too slow' },
        { name: 'cuml', from: 'Python', absent: 'Python has no sklearn' },
      ],
    },
    { kernel: 'tsne', title: 'map 7', contenders: [{ name: 'global-object-embedder', seconds: once(1) }] },
  ],
};
const scaling = {
  command: 'npm run bench:scaling',
  machine,
  scaling: [
    {
      name: 'PCA',
      on: '42 columns',
      estimator: 'pca',
      cols: 42,
      points: [{ rows: 1000, seconds: 0.04, bytes: 12_345_678 }],
    },
  ],
};
const quality = {
  machine,
  threads: 2,
  defaults: { library: { latent: 42, beta: 1 }, pipeline: { latent: 42, beta: 0.1 } },
  figures: [
    { stage: 'vae', figure: 'R^2', bar: { atLeast: 0.8 }, measured: 0.75, ok: false },
    { stage: 'vae', figure: 'KL', bar: { atLeast: 43, atMost: 49 }, measured: 45, ok: true },
  ],
};

test("README's table and BENCHMARKS.md say what was measured, missed and absent", () => {
  const before = 'above\n<!-- speed:begin -->\nold\n<!-- speed:end -->\nbelow\n';
  const { status, stderr, readme, benchmarks } = report({ speed, scaling, quality }, before);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(readme).toMatch(/^above\n<!-- speed:begin -->\n\n\|/);
  expect(readme).toMatch(/\n<!-- speed:end -->\nbelow\n$/);
  expect(readme).not.toContain('old');
  expect(readme).toContain(
    '| PCA | fit 1000 x 42 | 44 ms | ml-pca: 1,220 × slower | numpy: 1.3 × faster | 12 MB |',
  );
  const text = benchmarks();
  expect(text).toContain(
    '1 of 3 bars are met. A bar is the factor by which a peer must at least be slower, or a limit of our time or memory.',
  );
  expect(text).toContain('- Missed: PCA, fit 1000 x 42: ours takes 44 ms, the bar is 40 ms at most.');
  expect(text).toContain(
    '- Missed: PCA, fit 1000 x 42: numpy 2.4.6, eigh takes 0.8 × our time, the bar is 1.2 ×.',
  );
  expect(text).toContain(
    '- Not compared: PCA, fit 1000 x 42: scikit-learn, cuml (Python has no sklearn), dask-ml (too slow).',
  );
  const headings = text.match(/^#{3,4} .*/gm)?.slice(0, 4);
  expect(headings).toEqual(['### t-SNE', '#### Map 7', '### PCA', '#### Fit 1000 x 42']);
  expect(text).toContain('| ml-pca 4.1.1 | 53.6 s | 53.6 s | 1 | 1,220 × | met: 100 × |  |  |');
  expect(text).toContain('| vae | R^2 | >= 0.8 | 0.75 | **missed** |');
  expect(text).toContain('| `beta` | 1 | 0.1 |');
  expect(text).toContain(
    '2026-01-01, commit abc1234 with uncommitted changes: A processor, 2 processors (avx2)',
  );
});

test('files come in the order of the numbers in their names', () => {
  const sized = (rows: number) => ({ ...speed, cases: [{ ...speed.cases[1], title: `map ${rows}` }] });
  const files = {
    'sized-10000': sized(10_000),
    'sized-7183': sized(7183),
    'sized-1000000': sized(1_000_000),
  };
  const { benchmarks } = report(files, '<!-- speed:begin --><!-- speed:end -->');
  expect(benchmarks().match(/^#### Map (7183|10000\d*)$/gm)).toEqual([
    '#### Map 7183',
    '#### Map 10000',
    '#### Map 1000000',
  ]);
});

test('a README without the markers is left alone, with an error', () => {
  const { status, stderr, readme } = report({ speed }, 'nothing here\n');
  expect(status).toBe(1);
  expect(stderr).toContain('README.md has no <!-- speed:begin -->');
  expect(readme).toBe('nothing here\n');
});

test('files are a table of rates, with the memory of the streamed one', () => {
  const files = {
    command: 'npx tsx bench/files.ts',
    machine,
    cols: 128,
    files: [
      {
        format: 'npy',
        rows: 20_000,
        megabytes: 10,
        peer: 'numpy 2',
        read: { own: 0.1, peer: 0.01 },
        write: { own: 0.05 },
      },
    ],
    stream: { rows: 1_000_000, megabytes: 512, components: 20, fit: 2, project: 2, residentBytes: 2e8 },
  };
  const { status, stderr, benchmarks } = report({ files }, 'x <!-- speed:begin --><!-- speed:end -->');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(benchmarks()).toContain('| npy | 20,000 x 128 | 100 MB/s | 1,000 MB/s | 200 MB/s |  | numpy 2 |');
  expect(benchmarks()).toContain('260 MB read a second, in a process of 200 MB at most.');
});

test('a worker is a table of rates, with moments against an accumulator', () => {
  const shape = { rows: 1_000_000, columns: 100, seconds: 0.5, memory: 79.4 };
  const worker = {
    command: 'npx tsx bench/worker.ts',
    machine,
    start: 0.034,
    worker: [
      { command: 'moments', ...shape, cpu: 0.4, accumulator: 0.32 },
      { command: 'encode', ...shape, cpu: 0.8 },
    ],
  };
  const { status, benchmarks } = report({ worker }, 'x <!-- speed:begin --><!-- speed:end -->');
  expect(status).toBe(0);
  for (const row of [
    '| `moments` | 1000000 x 100 | 0.50 s | 0.40 s | 2000000 | 2500000 | 1.25 | 79 MB |',
    '| `encode` | 1000000 x 100 | 0.50 s | 0.80 s | 2000000 | 1250000 |  | 79 MB |',
    'A worker takes 0.03 s of CPU to start',
  ])
    expect(benchmarks()).toContain(row);
});
