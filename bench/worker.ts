// npx tsx bench/worker.ts [--sizes ROWSxCOLUMNS,...] [--place ROWS] [--output FILE]
//
// Rows a second, CPU seconds and memory of the commands of `god worker` with one thread, fed through a pipe in batches of 10,000
// rows as Spark does it; moments also beside a process that reads the same rows from a raw file and adds them to an accumulator; and
// what a worker needs to start. Needs dist/ and sh.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { binary, field } from '@uwdata/flechette';
import { ArrowStreamWriter } from '../src/formats/arrow/stream-write.ts';
import { featureMatrix, GOD, type Matrix, matrix, PCA, saveModel, VAE } from '../src/index.ts';
import { writeMatrix } from '../src/matrix-files/index.ts';
import { correlatedRows } from './data/correlated.ts';
import { machine } from './harness/machine.ts';
import type { WorkerCase, WorkerResults } from './report/worker.ts';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000000x100,100000x1024' },
    place: { type: 'string', default: '40000' },
    output: { type: 'string', default: join(import.meta.dirname, 'results/worker.json') },
  },
});
const dist = resolve(import.meta.dirname, '../dist');
const folder = mkdtempSync(join(tmpdir(), 'god-bench-'));
const file = (name: string) => join(folder, name);
const BATCH = 10_000;
/** The least of so many runs counts. */
const RUNS = 4;

/** Writes what a process used when it ends. */
const USAGE = `
import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(process.env.GOD_BENCH_USAGE, JSON.stringify(process.resourceUsage())));
`;

const REFERENCE = `
import { openSync, readSync } from 'node:fs';
import { PCA } from ${JSON.stringify(join(dist, 'index.js'))};
const [file, cols] = [process.argv[2], Number(process.argv[3])];
const handle = openSync(file);
const piece = new Float32Array(8192 * cols);
const bytes = new Uint8Array(piece.buffer);
const sum = PCA.accumulator(cols);
for (let read; (read = readSync(handle, bytes)) > 0; ) {
  const rows = read / 4 / cols;
  await sum.add({ data: piece.subarray(0, rows * cols), rows, cols }, { threads: 1 });
}
await sum.fold({ threads: 1 });
process.stdout.write(sum.toBytes());
`;

/** Rows as raw float32 and as a stream of binary values: those of `few`, again and again. */
function writeStreams(name: string, few: Matrix, count: number): void {
  const { data, cols } = few;
  const [raw, stream] = [openSync(file(`${name}.f32`), 'w'), openSync(file(`${name}.arrows`), 'w')];
  const fields = [field('vector', binary(), false)];
  const writer = new ArrowStreamWriter({ fields, metadata: null }, (bytes) => writeSync(stream, bytes));
  for (let begin = 0; begin < count; begin += BATCH) {
    const size = Math.min(BATCH, count - begin);
    const bytes = new Uint8Array(data.buffer, 0, 4 * size * cols);
    writeSync(raw, bytes);
    const offsets = Int32Array.from({ length: size + 1 }, (_, row) => 4 * cols * row);
    const buffers = [new Uint8Array(0), new Uint8Array(offsets.buffer), bytes];
    writer.batch([{ nodes: [{ length: size, nullCount: 0 }], buffers }]);
  }
  writer.end();
}

type Used = Pick<WorkerCase, 'seconds' | 'cpu' | 'memory'>;

/** What Node used with these arguments, with a file as its standard input through a pipe: the least of some runs. */
function used(args: readonly string[], input?: string, runs = RUNS): Used {
  const all = Array.from({ length: runs }, () => usedOnce(args, input));
  const least = (name: keyof Used) => Math.min(...all.map((one) => one[name]));
  return {
    seconds: least('seconds'),
    cpu: least('cpu'),
    memory: Math.max(...all.map(({ memory }) => memory)),
  };
}

function usedOnce(args: readonly string[], input: string | undefined): Used {
  const quoted = [process.execPath, '--import', file('usage.mjs'), ...args].map((arg) => JSON.stringify(arg));
  const from = input === undefined ? '' : `cat ${JSON.stringify(input)} | `;
  const start = performance.now();
  const { status } = spawnSync('sh', ['-c', `${from}${quoted.join(' ')} > /dev/null`], {
    stdio: 'inherit',
    env: { ...process.env, GOD_BENCH_USAGE: file('usage.json'), OMP_NUM_THREADS: '1' },
  });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(
    readFileSync(file('usage.json'), 'utf8'),
  ) as NodeJS.ResourceUsage;
  return { seconds, cpu: (userCPUTime + systemCPUTime) / 1e6, memory: maxRSS / 1000 };
}

const worker = (...args: string[]) => [join(dist, 'cli/main.js'), 'worker', ...args];
const cases: WorkerCase[] = [];
function add(found: WorkerCase): void {
  cases.push(found);
  const { command, rows, columns, seconds, cpu, memory, accumulator } = found;
  const ratio = accumulator === undefined ? '' : `, ${(cpu / accumulator).toFixed(2)} times the accumulator`;
  console.log(
    `${command} ${rows} x ${columns}: ${seconds.toFixed(2)} s, CPU ${cpu.toFixed(2)} s${ratio}, ${memory.toFixed()} MB`,
  );
}

/** The model of a New Reality of rows, in which as many objects stand as in the paper's. */
async function writeParadise(few: Matrix): Promise<void> {
  await writeMatrix(file('words.npy'), few);
  const source = featureMatrix(file('words.npy'), { modality: 'words' });
  const god = await GOD.fit([source], { samples: 7183, epochs: 2, iterations: 250 });
  await god.save(file('paradise'));
}

try {
  writeFileSync(file('usage.mjs'), USAGE);
  writeFileSync(file('reference.mjs'), REFERENCE);
  for (const size of options.sizes.split(',')) {
    const [rows, columns] = size.split('x').map(Number);
    const few = correlatedRows(Math.min(rows, BATCH), columns);
    writeStreams('all', few, rows);
    const shape = { rows, columns };
    const { cpu: accumulator } = used([file('reference.mjs'), file('all.f32'), String(columns)]);
    add({ command: 'moments', ...shape, ...used(worker('moments'), file('all.arrows')), accumulator });
    await saveModel(await PCA.fit(few, { components: 100 }), file('pca.safetensors'));
    await saveModel(await VAE.fit(few, { epochs: 1 }), file('vae.safetensors'));
    for (const [command, model] of Object.entries({ transform: 'pca', encode: 'vae' })) {
      const args = worker(command, '--model', file(`${model}.safetensors`));
      add({ command, ...shape, ...used(args, file('all.arrows')) });
    }
    await writeParadise(few);
    const placed = Number(options.place);
    writeStreams('some', few, placed);
    const args = worker('place', '--model', file('paradise'), '--modality', 'words');
    add({ command: 'place', rows: placed, columns, ...used(args, file('some.arrows'), 1) });
  }
  writeStreams('few', matrix(new Float32Array(6), 3, 2), 3);
  const start = used(worker('moments'), file('few.arrows')).cpu - used(['-e', '0']).cpu;
  console.log(`to start, beyond Node's own: CPU ${start.toFixed(2)} s`);
  const command = ['npx tsx bench/worker.ts', ...process.argv.slice(2)].join(' ');
  const results: WorkerResults = { command, machine: machine(), start, worker: cases };
  mkdirSync(dirname(options.output), { recursive: true });
  writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
