// Run as a separate process by job.test.ts: live-jobs.mjs SCENARIO [NUMBER]. Plain JavaScript that calls the addon
// directly, so that hundreds of workers start quickly.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
// Where the loader finds it in a checkout.
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

/** Seconds of such work, most of which waits in the queue. */
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

/** Exits in the middle of jobs, `number` milliseconds from now; for 'settled', after `jobs` have ended. */
async function exitDuring(jobs) {
  for (const job of jobs) job.catch(() => {});
  await (number === 'settled' ? Promise.allSettled(jobs) : wait(Number(number)));
  console.log(Date.now());
  process.exit(7);
}

const inWorker = {
  /** Some jobs have ended, some run, and most wait. */
  busy: async () => {
    const jobs = startManyJobs();
    for (const job of jobs) job.catch(() => {});
    parentPort.postMessage('busy');
    await Promise.all(jobs);
  },
  /** Ends normally, with jobs that nothing awaits. */
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
  /** The process lives until its jobs are settled, although nothing else keeps it alive. */
  settle: () => {
    for (let i = 0; i < 3; i++) startJob(3000).promise.then(() => console.log('settled'));
  },
  /** The eigenvalue problem does not stop in time: the process is ended with its intended exit code. */
  stubborn: () => exitDuring([startJob(3000, 3000).promise]),
};

await (isMainThread ? inMain[scenario] : inWorker[workerData])();
