// npx tsx bench/corpora.ts [--rows N] [--copies N] [--pictures N] [--alone] [--folder FOLDER] [--runs N] [--output FILE]
//
// The paper's corpora, read in place: a file of word vectors like enwiki_20180420_100d.txt (4.5 million rows), plain, by gzip and by bzip2,
// and an archive like tiny-imagenet-200.zip. The text has --copies times --rows rows; its compressed copies follow each other in one file.
// Decompression beside the programs bzip2, lbzip2 and gzip and Python (GOD_BENCH_PYTHON), in turn; then each file as GOD reads it: time,
// memory, delays of the event loop, and how soon an abort ends it. --alone leaves out the peers.
import { spawnSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { openTree } from '../src/files/file-tree.ts';
import { readBytes } from '../src/files/read.ts';
import { wikipedia2vec } from '../src/index.ts';
import { COLS, writePictures, writeWords } from './data/corpora.ts';
import { machine } from './harness/machine.ts';
import { watchMemory } from './harness/memory.ts';
import { pythonPeer } from './harness/python.ts';
import { spread } from './harness/results.ts';
import type { CorporaResults, Reading, Unpacking } from './report/corpora.ts';

for (const name of ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE']) delete process.env[name];

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '450000' },
    copies: { type: 'string', default: '1' },
    pictures: { type: 'string', default: '110000' },
    folder: { type: 'string', default: tmpdir() },
    runs: { type: 'string', default: '3' },
    alone: { type: 'boolean', default: false },
    output: { type: 'string', default: join(import.meta.dirname, 'results/corpora.json') },
  },
});
const rows = Number(options.rows);
const copies = Number(options.copies);
const runs = Number(options.runs);
const folder = mkdtempSync(join(options.folder, 'god-corpora-'));
const [text, packed, gzipped, pictures] = ['words.txt', 'words.txt.bz2', 'words.txt.gz', 'images.zip'].map(
  (name) => join(folder, name),
);

try {
  const where = machine();
  const megabytes = (await writeFiles()) / 1e6;
  const results: CorporaResults = {
    command: `npx tsx bench/corpora.ts --rows ${rows} --copies ${copies}${options.alone ? ' --alone' : ''}`,
    machine: where,
    rows: rows * copies,
    pictures: Number(options.pictures),
    corpora: {
      unpacking: [await unpacking('bz2', packed, megabytes), await unpacking('gz', gzipped, megabytes)],
      reading: [
        await reading('plain text', megabytes, () => words(text)),
        await reading('text by gzip', megabytes, () => words(gzipped)),
        await reading('text by bzip2', megabytes, () => words(packed)),
        await reading('zip, every image', statSync(pictures).size / 1e6, images),
      ],
      abortSeconds: await abort(),
    },
  };
  mkdirSync(dirname(options.output), { recursive: true });
  writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
  console.log(options.output);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Returns the bytes of the text: a head that says how many rows follow, and the rows. */
async function writeFiles(): Promise<number> {
  await writePictures(pictures, Number(options.pictures));
  const one = join(folder, 'one.txt');
  await writeWords(one, rows);
  const head = join(folder, 'head.txt');
  writeFileSync(head, `${rows * copies} ${COLS}\n`);
  for (const program of ['bzip2', 'gzip']) run(program, ['-k', head, one]);
  for (const [ending, to] of [
    ['', text],
    ['.bz2', packed],
    ['.gz', gzipped],
  ]) {
    const parts = [head, ...Array<string>(copies).fill(one)];
    for (const part of parts)
      await pipeline(createReadStream(`${part}${ending}`), createWriteStream(to, { flags: 'a' }));
    for (const part of [head, one]) rmSync(`${part}${ending}`);
  }
  return statSync(text).size;
}

function run(program: string, args: readonly string[]): number | undefined {
  const start = performance.now();
  const { status, error } = spawnSync(program, args, { stdio: 'ignore' });
  if (error !== undefined) return undefined;
  if (status !== 0) throw new Error(`${program} ended with exit code ${status}`);
  return (performance.now() - start) / 1000;
}

/** Decompression alone, ours and the peers' in turn. */
async function unpacking(kind: 'bz2' | 'gz', path: string, megabytes: number): Promise<Unpacking> {
  const processors = String(machine().processors);
  const python = options.alone ? undefined : await pythonPeer('Python', 'corpora.py', { kind, path });
  const programs: readonly [string, readonly string[]][] = options.alone
    ? []
    : kind === 'gz'
      ? [['gzip', ['-dc']]]
      : [
          ['bzip2', ['-dc']],
          ['lbzip2', ['-dc', '-n', processors]],
        ];
  const times = new Map<string, number[]>();
  const add = (name: string, seconds: number | undefined) => {
    if (seconds !== undefined) times.set(name, [...(times.get(name) ?? []), seconds]);
  };
  for (let round = 0; round < runs; round++) {
    add('ours', await seconds(() => drain(path)));
    for (const [program, args] of programs) add(program, run(program, [...args, path]));
    if (python !== undefined && 'run' in python) add(python.name, (await python.run()).seconds);
  }
  if (python !== undefined && 'run' in python) python.close?.();
  const medians = [...times].map(([name, measured]) => [name, spread(measured).median] as const);
  const result = { kind, megabytes, packed: statSync(path).size / 1e6, seconds: Object.fromEntries(medians) };
  console.log(JSON.stringify(result));
  return result;
}

async function drain(path: string): Promise<void> {
  for await (const _ of readBytes(path));
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function words(path: string): Promise<void> {
  await wikipedia2vec(path).gather({ limit: 25_000, seed: 0 });
}

async function images(): Promise<void> {
  const tree = await openTree(pictures);
  let count = 0;
  for await (const { bytes } of tree.read(new Set(tree.names))) count += bytes.length > 0 ? 1 : 0;
  if (count !== Number(options.pictures)) throw new Error(`the archive gives ${count} files`);
}

/** A corpus as the pipeline reads it. */
async function reading(name: string, megabytes: number, work: () => Promise<void>): Promise<Reading> {
  globalThis.gc?.();
  const grown = watchMemory();
  const before = process.memoryUsage.rss();
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const measured: number[] = [];
  for (let round = 0; round < runs; round++) measured.push(await seconds(work));
  delays.disable();
  const result = {
    name,
    megabytes,
    seconds: spread(measured).median,
    residentBytes: before + grown(),
    // The delays include the millisecond between two measurements.
    delay99: delays.percentile(99) / 1e9 - 0.001,
  };
  console.log(JSON.stringify(result));
  return result;
}

/** The longest time from an abort to the end of the call, of some at different moments. */
async function abort(): Promise<number> {
  let longest = 0;
  for (let i = 1; i <= 10; i++) {
    const controller = new AbortController();
    let aborted = 0;
    const timer = setTimeout(() => {
      aborted = performance.now();
      controller.abort();
    }, 37 * i);
    await wikipedia2vec(packed)
      .gather({ limit: 25_000, seed: 0, signal: controller.signal })
      .catch(() => {});
    clearTimeout(timer);
    if (aborted > 0) longest = Math.max(longest, (performance.now() - aborted) / 1000);
  }
  return longest;
}
