// npx tsx bench/files.ts [--rows N] [--large N] [--folder FOLDER] [--runs N] [--output FILE]
//
// Reading and writing every format beside numpy, safetensors, pyarrow or gensim (GOD_BENCH_PYTHON), one thread each, in turn: MB of the file a second. Then
// an .npy file of --large x 128 float32 that is streamed twice: through PCA.accumulator, and through the projection into a second file.
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { PCA } from '../src/index.ts';
import { type FormatName, readMatrix, readRows, writeMatrix, writeRows } from '../src/matrix-files/index.ts';
import { correlatedRows } from './data/correlated.ts';
import type { Absent, Contender } from './harness/case.ts';
import { machine } from './harness/machine.ts';
import { pythonPeer } from './harness/python.ts';
import { spread } from './harness/results.ts';
import type { FilesResults, Rates } from './report/files.ts';

for (const name of ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE']) delete process.env[name];

const COLS = 128;
const COMPONENTS = 20;

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '50000' },
    large: { type: 'string', default: '1000000' },
    folder: { type: 'string', default: tmpdir() },
    runs: { type: 'string', default: '3' },
    output: { type: 'string', default: join(import.meta.dirname, 'results/files.json') },
  },
});
const rows = Number(options.rows);
const large = Number(options.large);
const runs = Number(options.runs);
const folder = mkdtempSync(join(options.folder, 'god-files-'));

interface Kind {
  readonly format: FormatName;
  readonly ending: string;
  readonly rows: number;
  /** Whether Python writes it, too. */
  readonly written: boolean;
}

const KINDS: readonly Kind[] = [
  ...(['npy', 'npz', 'safetensors', 'parquet', 'arrow', 'fvecs', 'csv', 'tsv'] as const).map((format) => ({
    format,
    ending: format,
    rows,
    written: true,
  })),
  { format: 'jsonl', ending: 'jsonl', rows, written: false },
  { format: 'word2vec', ending: 'vec', rows, written: true },
  { format: 'word2vec-binary', ending: 'bin', rows, written: true },
  { format: 'parquet', ending: 'parquet', rows: large, written: true },
];

try {
  const stream = await streamed();
  const files: Rates[] = [];
  for (const kind of KINDS) files.push(await rates(kind));
  const results: FilesResults = {
    command: 'npx tsx bench/files.ts',
    machine: machine(),
    cols: COLS,
    files,
    stream,
  };
  mkdirSync(dirname(options.output), { recursive: true });
  writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
  console.log(options.output);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Reading and writing of one format, ours and Python's in turn. */
async function rates({ format, ending, rows: count, written }: Kind): Promise<Rates> {
  const X = correlatedRows(count, COLS);
  const ids = format.startsWith('word2vec') ? Array.from({ length: count }, (_, i) => `word${i}`) : undefined;
  const [file, numbers] = [join(folder, `x.${ending}`), join(folder, 'rows.f4')];
  writeFileSync(numbers, new Uint8Array(X.data.buffer));
  const settings = { kind: format, path: file, rows: numbers, cols: COLS };
  const writing = await contest(
    async () => writeMatrix(join(folder, `own.${ending}`), { ...X, ids }, { format }),
    written ? await pythonPeer(format, 'files.py', { ...settings, mode: 'write' }) : undefined,
  );
  await writeMatrix(file, { ...X, ids }, { format });
  const megabytes = statSync(file).size / 1e6;
  const reading = await contest(
    async () => readMatrix(file, { format, type: 'float32' }),
    await pythonPeer(format, 'files.py', { ...settings, mode: 'read' }),
  );
  for (const path of [file, numbers, join(folder, `own.${ending}`)]) rmSync(path, { force: true });
  const result = {
    format,
    rows: count,
    megabytes,
    peer: reading.peer,
    read: reading.seconds,
    write: writing.seconds,
  };
  console.log(JSON.stringify(result));
  return result;
}

interface Contest {
  readonly peer: string;
  readonly seconds: { readonly own: number; readonly peer?: number };
}

async function contest(own: () => Promise<unknown>, peer: Contender | Absent | undefined): Promise<Contest> {
  const times: { own: number[]; peer: number[] } = { own: [], peer: [] };
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await own();
    times.own.push((performance.now() - start) / 1000);
    if (peer !== undefined && 'run' in peer) times.peer.push((await peer.run()).seconds);
  }
  if (peer !== undefined && 'run' in peer) peer.close?.();
  const seconds = { own: spread(times.own).median };
  if (times.peer.length === 0) return { peer: peer?.name ?? '', seconds };
  return { peer: peer?.name ?? '', seconds: { ...seconds, peer: spread(times.peer).median } };
}

/** A file that need not fit into memory: fitted, then projected, batch by batch. */
async function streamed(): Promise<FilesResults['stream']> {
  const [file, projected] = [join(folder, 'large.npy'), join(folder, 'projected.npy')];
  const writer = await writeRows(file);
  const block = correlatedRows(10_000, COLS);
  for (let done = 0; done < large; done += block.rows) await writer.write(block);
  await writer.close();
  let most = process.memoryUsage().rss;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 10);
  const start = performance.now();
  const sum = PCA.accumulator(COLS);
  for await (const batch of readRows(file)) await sum.add(batch, { threads: 1 });
  const pca = await sum.finish({ components: COMPONENTS, threads: 1 });
  const fitted = performance.now();
  const out = await writeRows(projected);
  for await (const batch of readRows(file)) await out.write(await pca.transform(batch, { threads: 1 }));
  await out.close();
  const end = performance.now();
  clearInterval(watch);
  rmSync(file);
  const result = {
    rows: large,
    megabytes: (large * COLS * 4) / 1e6,
    components: COMPONENTS,
    fit: (fitted - start) / 1000,
    project: (end - fitted) / 1000,
    residentBytes: most,
  };
  console.log(JSON.stringify(result));
  return result;
}
