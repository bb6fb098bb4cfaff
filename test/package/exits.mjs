// node exits.mjs CASE: ends this process in one of the ways in which programs end, most of them while a job runs. users.ts
// knows the exit code of each.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { matrix, TSNE } from 'global-object-embedder';

const name = isMainThread ? process.argv[2] : workerData;
const rows = 4000;
const X = matrix(
  Float32Array.from({ length: rows * 20 }, (_, i) => Math.sin(i * i)),
  rows,
  20,
);
const abort = new AbortController();
/** A job that outlives this process: its end would be a wrong exit code. */
const endless = { iterations: 1_000_000, iterationsWithoutProgress: 1_000_000, signal: abort.signal };
const start = () => TSNE.fit(X, endless).finally(() => process.exit(99));

const cases = {
  exit: () => leaveWhileRunning(() => process.exit(3)),
  throw: () => leaveWhileRunning(laterThrow),
  reject: () => leaveWhileRunning(() => Promise.reject(new Error('nobody listens'))),
  'exit with a queue': () => {
    for (let i = 0; i < 20; i++) start();
    leaveWhileRunning(() => process.exit(6));
  },
  'exit after abort': () =>
    leaveWhileRunning(() => {
      abort.abort();
      process.exit(5);
    }),
  'exit in an exit handler': () => {
    process.once('exit', () => process.exit(8));
    leaveWhileRunning(() => process.exit(3));
  },
  'abort and go on': async () => {
    const job = TSNE.fit(X, endless);
    setTimeout(() => abort.abort(), 300);
    const started = performance.now();
    const error = await job.catch((reason) => reason);
    if (error.name === 'AbortError' && performance.now() - started < 5000)
      await TSNE.fit(X, { iterations: 10 });
    else process.exitCode = 98;
    process.exitCode ??= 4;
  },
  end: async () => {
    process.exitCode = 7;
    await TSNE.fit(X, { iterations: 10 });
  },
  'exit of a worker': () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: 'exit' });
    worker.on('exit', (code) => process.exit(code + 10));
  },
  'terminated worker': () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: 'run' });
    worker.on('message', () => worker.terminate());
    worker.on('exit', () => process.exit(9));
  },
  run: () => {
    start();
    setTimeout(() => parentPort.postMessage('running'), 300);
  },
};
await cases[name]();

function leaveWhileRunning(leave) {
  start();
  setTimeout(leave, 300);
}

function laterThrow() {
  throw new Error('nobody catches');
}
