// npx tsx bench/streaming.ts [--rows N] [--folder FOLDER] [--threads N] [--output FILE]
//
// PCA of an .npy file of rows x 128 float32 that is streamed from disk: time, and memory beyond what the process held before.
// The file (5.1 GB for the default of 10,000,000 rows) is made in FOLDER and deleted. It repeats one block of rows, so the variances
// are known from a fit of the block; the program fails if they differ.
import { once } from 'node:events';
import { createWriteStream, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { npyBytes } from '../src/formats/npy.ts';
import { type Matrix, PCA } from '../src/index.ts';
import { readRows } from '../src/matrix-files/index.ts';
import { correlatedRows } from './data/correlated.ts';
import { ours } from './harness/case.ts';
import { machine } from './harness/machine.ts';
import type { Results } from './harness/results.ts';

for (const name of ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE']) delete process.env[name];

const COLS = 128;
const COMPONENTS = 100;
const BLOCK = 100_000;
const MOST_BYTES = 200e6;
const MOST_ERROR = 1e-6;

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    folder: { type: 'string', default: tmpdir() },
    threads: { type: 'string' },
    output: { type: 'string', default: join(import.meta.dirname, 'results/streaming.json') },
  },
});
const where = machine();
const threads = Number(options.threads ?? where.processors);
const repeats = Math.ceil(Number(options.rows) / BLOCK);
const rows = repeats * BLOCK;
const file = join(options.folder, `god-streaming-${process.pid}.npy`);
try {
  const expected = await writeFile();
  globalThis.gc?.();
  const { seconds, bytes, variances } = await stream();
  const error = Math.max(...expected.map((variance, i) => Math.abs(variances[i] / variance - 1)));
  if (!(error <= MOST_ERROR)) throw new Error(`the streamed variances differ by ${error} from the block's`);
  report(seconds, bytes, error);
} finally {
  rmSync(file, { force: true });
}

/** Writes the file; gives the variances that its rows have. */
async function writeFile(): Promise<Float64Array> {
  const { bavail, bsize } = statfsSync(options.folder);
  const size = rows * COLS * 4;
  if (bavail * bsize < size + 1e9) throw new Error(`${options.folder} has no room for ${size / 1e9} GB`);
  const block = correlatedRows(BLOCK, COLS);
  const out = createWriteStream(file);
  out.write(header());
  for (let i = 0; i < repeats; i++) {
    // A view: what waits in the stream is the same memory each time.
    if (!out.write(Buffer.from(block.data.buffer))) await once(out, 'drain');
  }
  out.end();
  await finished(out);
  return variancesOf(block);
}

/** The header of a small array of the same kind, with the rows of this one in the place of its own. */
function header(): Buffer {
  const small = npyBytes({ data: new Float32Array(COLS), rows: 1, cols: COLS });
  const text = small
    .subarray(10, small.length - COLS * 4)
    .toString('latin1')
    .trimEnd();
  const own = text.replace(`(1, ${COLS})`, `(${rows}, ${COLS})`);
  const length = Math.ceil((own.length + 11) / 64) * 64 - 10;
  const bytes = Buffer.alloc(10 + length, ' ');
  small.copy(bytes, 0, 0, 8);
  bytes.writeUInt16LE(length, 8);
  bytes.write(own, 10, 'latin1');
  bytes.write('\n', bytes.length - 1);
  return bytes;
}

/** Of the block's repetitions: as many times the scatter, by one less than as many times the rows. */
async function variancesOf(block: Matrix): Promise<Float64Array> {
  const { explainedVariance } = await PCA.fit(block, { components: COMPONENTS, threads });
  return explainedVariance.map((variance) => (variance * (BLOCK - 1) * repeats) / (rows - 1));
}

async function stream() {
  const before = process.memoryUsage.rss();
  let most = before;
  const start = performance.now();
  const sum = PCA.accumulator(COLS);
  for await (const batch of readRows(file)) {
    await sum.add(batch, { threads });
    most = Math.max(most, process.memoryUsage.rss());
  }
  const pca = await sum.finish({ components: COMPONENTS, threads });
  const seconds = (performance.now() - start) / 1000;
  most = Math.max(most, process.memoryUsage.rss());
  return { seconds, bytes: most - before, variances: pca.explainedVariance };
}

function report(seconds: number, bytes: number, varianceError: number): void {
  const of = { of: 'bytes', most: MOST_BYTES, met: bytes <= MOST_BYTES } as const;
  const written: Results = {
    command: 'npx tsx bench/streaming.ts',
    machine: where,
    threads,
    cases: [
      {
        kernel: 'pca',
        title: `stream ${rows} x ${COLS} from an .npy file to ${COMPONENTS} components`,
        contenders: [
          {
            name: ours,
            seconds: { median: seconds, min: seconds, runs: 1 },
            quality: { varianceError },
            peakBytes: bytes,
            limits: [of],
          },
        ],
      },
    ],
  };
  mkdirSync(dirname(options.output), { recursive: true });
  writeFileSync(options.output, `${JSON.stringify(written, null, 2)}\n`);
  console.log(
    `${rows} x ${COLS}: ${seconds.toFixed(2)} s, ${(bytes / 1e6).toFixed(0)} MB, error ${varianceError}`,
  );
  console.log(options.output);
}
