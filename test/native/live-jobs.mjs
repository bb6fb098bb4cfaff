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
  const X = { data: new Float32Array(rows * cols), rows, cols };
  for (let i = 0; i < X.data.length; i++) X.data[i] = (i * 7919) % 1013;
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

const inWorker = {
  /** More jobs than run at once; some are settled, some run, some wait. */
  busy: async () => {
    const jobs = Array.from({ length: 6 }, () => startJob(3000));
    for (const job of jobs) job.promise.catch(() => {});
    parentPort.postMessage('busy');
    await Promise.all(jobs.map((job) => job.promise));
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
  exit: async () => {
    for (let i = 0; i < 8; i++) startJob().promise.catch(() => {});
    await wait(Number(number));
    console.log(Date.now());
    process.exit(7);
  },
  exitWithWorkers: async () => {
    const all = [worker('busy'), worker('busy')];
    await Promise.all(all.map((one) => new Promise((resolve) => one.once('message', resolve))));
    await wait(Number(number));
    console.log(Date.now());
    process.exit(7);
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
  stubborn: async () => {
    startJob(2500, 2500);
    await wait(Number(number));
    console.log(Date.now());
    process.exit(7);
  },
};

await (isMainThread ? inMain[scenario] : inWorker[workerData])();
