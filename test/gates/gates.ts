export interface Gate {
  readonly name: string;
  /** What must hold. */
  readonly promise: string;
  /** A shell command, run in the package's folder, that fails if the gate is missed. */
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
}

const vitest = (files: string, name?: string) =>
  `npx vitest run --testTimeout 3000000 ${files}${name === undefined ? '' : ` -t ${JSON.stringify(name)}`}`;

/** Every gate, in the order in which they run: first the short ones that need the machine for themselves. */
export const GATES: readonly Gate[] = [
  {
    name: 'responsiveness',
    promise:
      'event loop p99 at most 20 ms and fs.stat at most 50 ms, with a t-SNE of 7,183 rows and 8 jobs queued',
    command: vitest('test/native/job.test.ts', 'the event loop'),
  },
  {
    name: 'abort',
    promise: '200 aborts at random times: rejected within 100 ms, threads idle 200 ms later',
    command: vitest('test/native/job.test.ts', 'threads are idle'),
  },
  {
    name: 'workers',
    promise: '200 worker threads terminated with live jobs: no crash',
    command: vitest('test/native/job.test.ts', 'over and over'),
  },
  {
    name: 'exit',
    promise: 'process.exit() in the middle of jobs ends within 250 ms, with its own code',
    command: vitest('test/native/job.test.ts', 'ends within 250 ms'),
  },
  {
    name: 'bad inputs',
    promise: 'at least 60 bad or odd inputs for every function: a typed error or a documented value, no NaN',
    command: vitest('test/bad-inputs.test.ts'),
  },
  {
    name: 'properties',
    promise: 'every property tried 1,000 times',
    command: vitest(
      'test/pca/pca.test.ts test/agglomerative/agnes.test.ts test/agglomerative/agglomerative.test.ts test/agglomerative/linkages.test.ts test/zodiac test/sources/sampling.test.ts test/formats/csv.test.ts test/formats/jsonl.test.ts test/formats/npy.test.ts test/formats/word2vec.test.ts test/formats/safetensors.test.ts',
    ),
    env: { GOD_FUZZ_SECONDS: '' },
  },
  {
    name: 'determinism',
    promise: 'every kernel, and a run, gives the same bytes with 1, 2, 3 and 8 threads, five times each',
    command: 'npx tsx test/gates/determinism.ts',
  },
  {
    name: 'processors',
    promise:
      "the default tests pass with the kernels of SSE2, AVX2 and AVX-512, and with OpenBLAS' products for each",
    command: 'npx tsx test/gates/processors.ts',
    env: { GOD_LONG: '', GOD_FUZZ_SECONDS: '' },
  },
  {
    name: 'differential',
    promise:
      'linkages within 1e-9 of a plain reference, PCA within 1e-6, neighbors as by brute force, t-SNE at its exact divergence and gradient',
    command: vitest(
      'test/pca/pca.test.ts test/neighbors/neighbors.test.ts test/tsne/tsne.test.ts test/agglomerative/agnes.test.ts test/agglomerative/agglomerative.test.ts test/agglomerative/linkages.test.ts test/agglomerative/connectivity.test.ts',
    ),
  },
  {
    name: 'fuzz',
    promise: 'every parser, 60 s of damaged files: DataError or values, nothing else',
    command: vitest('test/formats test/models/model-file.test.ts', 'damage'),
  },
  {
    name: 'kills',
    promise: 'a failpoint at every file operation and 50 random kills: every resume ends with the same bytes',
    command: vitest('test/cli/interruption.test.ts'),
  },
  {
    name: 'disk',
    promise: 'full, forbidden and read-only disks: old outputs intact, no temporary files left',
    command: vitest('test/cli/disk.test.ts test/files/atomic-file.test.ts'),
  },
  {
    name: 'damaged stages',
    promise: '200 damaged stage files: all detected',
    command: vitest('test/pipeline/run/run-directory.test.ts'),
  },
  {
    name: 'labels',
    promise: '10,000 hostile labels: SVG well-formed, the report gains no node',
    command: vitest('test/figures'),
  },
  {
    name: 'native',
    promise: 'C++ tests, with 24 threads x 1,500 matrix products: none wrong',
    command: 'npm run --silent test:native',
  },
  {
    name: 'address',
    promise:
      'C++ tests under address and undefined-behavior sanitizers, with every allocation failing once: no leak',
    command: 'npm run --silent test:address',
    env: { GOD_LONG: '' },
  },
  {
    name: 'thread',
    promise: 'C++ tests under the thread sanitizer',
    command: 'npm run --silent test:thread',
    env: { GOD_LONG: '' },
  },
  {
    name: 'addon under address',
    promise: 'the JavaScript tests of the kernels with the addon under the address sanitizer',
    command: 'npm run --silent test:address:js',
    env: { GOD_LONG: '', GOD_FUZZ_SECONDS: '' },
  },
  {
    name: 'package',
    promise:
      'the packed package works by npm, pnpm and yarn on Node 20.17, 20, 22, 24 and 26, on Bun and Deno, bundled, under Jest, from CommonJS and TypeScript 5.7, and is built by the command its error gives',
    command: 'npm run --silent test:package -- --build',
  },
  {
    name: 'wine',
    promise:
      'the packed package works on Node 20 and 22 for Windows under Wine, also by another name than node.exe, with long paths and any names; ends in ten ways; and exchanges run directories with Linux',
    command: 'npm run --silent test:package -- --wine',
  },
  {
    name: 'native under wine',
    promise: 'C++ tests for Windows under Wine',
    command: 'npm run --silent test:windows',
    env: { GOD_LONG: '' },
  },
  {
    name: 'foreign',
    promise:
      'the packed package works on Linux with musl and on arm64: every function, ten ways to exit, long paths and any names, `god run`',
    command: 'npm run --silent test:package -- --foreign',
  },
  {
    name: 'macos',
    promise:
      'the addon compiles and links for macOS on arm64 and x64, by zig, without a name that is not found',
    command: 'npx tsx test/gates/macos.ts',
  },
  {
    name: 'spark',
    promise:
      'the moments of rows on Spark have the bytes that they have without it, also with an executor killed, and give PCA.fit within 1e-6; rows through a PCA, a VAE and their places have the same bytes; bad rows end the job with one line; all but the kill also by Connect',
    command: 'npx tsx test/gates/engines/spark.ts && npx tsx test/gates/engines/spark.ts --connect',
  },
  {
    name: 'spark cluster',
    promise: 'the same on a master with two workers, by Spark 3.5 and 4',
    command: 'npx tsx test/gates/engines/spark.ts --standalone "3.5.*" "4.*"',
  },
  {
    name: 'engines',
    promise:
      'the moments of rows on Ray, Dask and BullMQ have the bytes that they have without, also with a process of the engine killed',
    command: 'npx tsx test/gates/engines/engines.ts',
  },
  {
    name: 'drawing',
    promise:
      'a drawing of the map of 100,000 objects takes at most 5 times that of 7,183, one of 1,000,000 at most 6 times that of 100,000',
    command: 'npx tsx test/gates/drawing.ts',
  },
  {
    name: 'memory',
    promise: '8 callers for 10 minutes: less than 1 MB a minute over the last half',
    command: 'npx tsx test/gates/memory.ts',
  },
];
