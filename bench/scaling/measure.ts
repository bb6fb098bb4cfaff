// node --import tsx bench/scaling/measure.ts WORK ROWS: one size in a process of its own, so that its peak memory can be read.
// Writes { rows, seconds, bytes } as JSON.
import { readFileSync, writeFileSync } from 'node:fs';
import { PCA } from '../../src/index.ts';
import { clusteredRows, scaledWork } from './work.ts';

const [name, rows] = process.argv.slice(2);
const work = scaledWork[name];
// Loads the addon and starts its threads.
await PCA.fit([
  [0, 1],
  [1, 0],
]);
const X = clusteredRows(Number(rows), work.cols);
forgetPeak();
const before = process.memoryUsage.rss();

let seconds = Number.POSITIVE_INFINITY;
let bytes = 0;
let spent = 0;
for (let run = 0; run < 3 && spent < 4; run++) {
  const start = performance.now();
  await work.fit(X);
  const took = (performance.now() - start) / 1000;
  if (run === 0) bytes = peak() - before;
  seconds = Math.min(seconds, took);
  spent += took;
}
console.log(JSON.stringify({ rows: X.rows, seconds, bytes: Math.max(bytes, 4096) }));

/** Lets Linux count the peak from now on; elsewhere the peak of the whole process counts. */
function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {}
}

function peak(): number {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
