// Run as a process of its own by job.test.ts: live-jobs.mjs SCENARIO [NUMBER]. Plain JavaScript that calls the addon
// itself, so that hundreds of workers start quickly.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
// As the loader finds it, in a checkout.
const folder = process.env.GLOBAL_OBJECT_EMBEDDER_PREBUILD || root;
const addon = createRequire(import.meta.url)(`${folder}/build/Release/god.node`);

/** Milliseconds of work in float32 products, plus an eigenvalue problem that cannot be interrupted. */
function startJob(rows = 12_000, cols = 200) {
  return startJobOn(matrix(rows, cols));
}

function matrix(rows, cols) {
  const data = Float32Array.from({ length: rows * cols }, (_, i) => (i * 7919) % 1013);
  return { data, rows, cols };
}

/** Seconds of such work, of which most waits in the queue. */
function startManyJobs() {
  const X = matrix(3000, 200);
  return Array.from({ length: 1000 }, () => startJobOn(X).promise);
}

function startJobOn(X) {
  const { cols } = X;
  return addon.pcaFit(
    { X },
    { threads: 2 },
    {
      mean: new Float64Array(cols),
      components: { data: new Float32Array(2 * cols), rows: 2, cols },
      explainedVariance: new Float64Array(cols),
    },
  );
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const worker = (scenario) => new Worker(fileURLToPath(import.meta.url), { workerData: scenario });
const [, , scenario, number] = process.argv;

/** Exits in the middle of jobs, `number` milliseconds from now; for 'settled' when `jobs` have ended. */
async function exitDuring(jobs) {
  for (const job of jobs) job.catch(() => {});
  await (number === 'settled' ? Promise.allSettled(jobs) : wait(Number(number)));
  console.log(Date.now());
  process.exit(7);
}

const inWorker = {
  /** Some jobs are settled, some run, most wait. */
  busy: async () => {
    const jobs = startManyJobs();
    for (const job of jobs) job.catch(() => {});
    parentPort.postMessage('busy');
    await Promise.all(jobs);
  },
  /** Ends by itself, with jobs that nobody awaits. */
  careless: () => {
    startJob(3000);
    const cancelled = startJob(3000);
    cancelled.promise.catch(() => {});
    cancelled.cancel();
    parentPort.postMessage('busy');
  },
};

const inMain = {
  terminate: async () => {
    for (let i = 0; i < Number(number); i++) {
      const one = worker('busy');
      await new Promise((resolve) => one.once('message', resolve));
      await wait((i * 7) % 40);
      await one.terminate();
    }
    await startJob(3000).promise;
    console.log('done');
  },
  end: async () => {
    const all = Array.from({ length: 4 }, () => worker('careless'));
    await Promise.all(all.map((one) => new Promise((resolve) => one.once('exit', resolve))));
    console.log('done');
  },
  exit: () => exitDuring(startManyJobs()),
  exitWithWorkers: async () => {
    const all = [worker('busy'), worker('busy')];
    const ended = all.map((one) => new Promise((resolve) => one.once('exit', resolve)));
    await Promise.all(all.map((one) => new Promise((resolve) => one.once('message', resolve))));
    await exitDuring(ended);
  },
  throw: async () => {
    for (let i = 0; i < 8; i++) startJob().promise.catch(() => {});
    await wait(Number(number));
    throw new Error('on purpose');
  },
  /** The process lives until its jobs are settled, though nothing else keeps it. */
  settle: () => {
    for (let i = 0; i < 3; i++) startJob(3000).promise.then(() => console.log('settled'));
  },
  /** Too short a run for the eigenvalue problem: the process is ended with the exit code it was to have. */
  stubborn: () => exitDuring([startJob(3000, 3000).promise]),
};

await (isMainThread ? inMain[scenario] : inWorker[workerData])();
