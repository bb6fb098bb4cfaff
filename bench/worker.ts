// npx tsx bench/worker.ts [--rows 1000000] [--cols 100]
//
// CPU seconds of `god worker moments`, fed through a pipe in batches of 10,000 rows as Spark does it, beside a process that reads
// the same rows from a raw file and adds them to an accumulator; and what a worker needs to start. Needs dist/ and sh.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { binary, field } from '@uwdata/flechette';
import { ArrowStreamWriter } from '../src/formats/arrow/stream-write.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, cols: { type: 'string', default: '100' } },
});
const [rows, cols] = [Number(values.rows), Number(values.cols)];
const dist = resolve(import.meta.dirname, '../dist');
const folder = mkdtempSync(join(tmpdir(), 'god-bench-'));
const BATCH = 10_000;

/** The rows as raw float32 and as a stream of binary values. */
function makeFiles(count: number, name: string): void {
  const raw = openSync(join(folder, `${name}.f32`), 'w');
  const stream = openSync(join(folder, `${name}.arrows`), 'w');
  const fields = [field('vector', binary(), false)];
  const writer = new ArrowStreamWriter({ fields, metadata: null }, (bytes) => writeSync(stream, bytes));
  const data = new Float32Array(BATCH * cols);
  let state = 1;
  for (let begin = 0; begin < count; begin += BATCH) {
    const size = Math.min(BATCH, count - begin);
    for (let i = 0; i < size * cols; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      data[i] = state / 2 ** 31 + (i % cols) / cols;
    }
    const bytes = new Uint8Array(data.buffer, 0, 4 * size * cols);
    writeSync(raw, bytes);
    const offsets = Int32Array.from({ length: size + 1 }, (_, row) => 4 * cols * row);
    const buffers = [new Uint8Array(0), new Uint8Array(offsets.buffer), bytes];
    writer.batch([{ nodes: [{ length: size, nullCount: 0 }], buffers }]);
  }
  writer.end();
}

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

/** CPU seconds of a command of the shell whose input comes from a pipe: the least of some runs. */
function cpu(command: string): number {
  const seconds = Array.from({ length: 5 }, () => {
    const { stdout, status } = spawnSync('sh', ['-c', `${command} > /dev/null; code=$?; times; exit $code`]);
    if (status !== 0) throw new Error(`${command} ended with ${status}`);
    const [user, system] = [
      ...stdout
        .toString()
        .trim()
        .split('\n')[1]
        .matchAll(/(\d+)m([\d.]+)s/g),
    ].map(([, minutes, rest]) => 60 * Number(minutes) + Number(rest));
    return user + system;
  });
  return Math.min(...seconds);
}

try {
  makeFiles(rows, 'all');
  makeFiles(100, 'few');
  const reference = join(folder, 'reference.mjs');
  writeFileSync(reference, REFERENCE);
  const node = JSON.stringify(process.execPath);
  const [all, few, raw] = ['all.arrows', 'few.arrows', 'all.f32'].map((name) => join(folder, name));
  // `cat` takes part in the time of the pipe, so it is measured alone and subtracted.
  const cat = cpu(`cat ${all} | cat`) / 2;
  const worker = cpu(`cat ${all} | ${node} ${dist}/cli/main.js worker moments`) - cat;
  const accumulator = cpu(`${node} ${reference} ${raw} ${cols}`);
  const bare = cpu(`${node} -e 0`);
  const start = cpu(`cat ${few} | ${node} ${dist}/cli/main.js worker moments`) - bare;
  console.log(`${rows} x ${cols}, CPU seconds:`);
  console.log(`god worker moments            ${worker.toFixed(2)}`);
  console.log(
    `accumulator, from a raw file  ${accumulator.toFixed(2)} (ratio ${(worker / accumulator).toFixed(2)})`,
  );
  console.log(`to start, beyond Node's ${bare.toFixed(2)}   ${start.toFixed(2)}`);
} finally {
  rmSync(folder, { recursive: true });
}
