// node --import tsx bench/scaling/measure.ts WORK ROWS: one size in a process of its own, so that its peak memory can be read.
// Writes { rows, seconds, bytes } as JSON.
import { PCA } from '../../src/index.ts';
import { watchMemory } from '../harness/memory.ts';
import { clusteredRows, scaledWork } from './work.ts';

const [name, rows] = process.argv.slice(2);
const work = scaledWork[name];
// Loads the addon and starts its threads.
await PCA.fit([
  [0, 1],
  [1, 0],
]);
const X = clusteredRows(Number(rows), work.cols);
const grown = watchMemory();

let seconds = Number.POSITIVE_INFINITY;
let bytes = 0;
let spent = 0;
for (let run = 0; run < 3 && spent < 4; run++) {
  const start = performance.now();
  await work.fit(X);
  const took = (performance.now() - start) / 1000;
  if (run === 0) bytes = grown();
  seconds = Math.min(seconds, took);
  spent += took;
}
console.log(JSON.stringify({ rows: X.rows, seconds, bytes: Math.max(bytes, 4096) }));
