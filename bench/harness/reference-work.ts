// A fixed amount of plain arithmetic and memory traffic, done by as many threads as the contenders use. A contender's time
// divided by the time of this work, taken a moment before, depends far less on the machine and on what else it does than
// seconds do: bench/compare.ts judges by it.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

// A worker of its own source: nothing that we change can make the reference faster or slower.
const WORK = `
const { parentPort } = require('node:worker_threads');
const side = 192;
const [a, b, c] = [0.5, 0.25, 0].map((x) => new Float32Array(side * side).fill(x));
const length = 1 << 21;
const [x, y, z] = [1, 2, 0].map((v) => new Float64Array(length).fill(v));
function gemm() {
  for (let i = 0; i < side; i++)
    for (let k = 0; k < side; k++) {
      const scale = a[i * side + k];
      for (let j = 0; j < side; j++) c[i * side + j] += scale * b[k * side + j];
    }
}
function triad() {
  for (let i = 0; i < length; i++) z[i] = x[i] + 3 * y[i];
}
parentPort.on('message', () => {
  for (let pass = 0; pass < 8; pass++) { c.fill(0); gemm(); triad(); }
  parentPort.postMessage(c[0] + z[0]);
});
`;

export class ReferenceWork {
  readonly #workers: readonly Worker[];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  /** Starts the threads and lets their code be compiled. */
  static async start(threads: number): Promise<ReferenceWork> {
    const work = new ReferenceWork(Array.from({ length: threads }, () => new Worker(WORK, { eval: true })));
    for (let warmUp = 0; warmUp < 2; warmUp++) await work.seconds();
    return work;
  }

  /** Does the work once on every thread at the same time; the time until the last has done it. */
  async seconds(): Promise<number> {
    const start = performance.now();
    await Promise.all(
      this.#workers.map((worker) => {
        const done = once(worker, 'message');
        worker.postMessage('go');
        return done;
      }),
    );
    return (performance.now() - start) / 1000;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
