import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AgglomerativeClustering, type Matrix, matrix, PCA, TSNE, VAE } from '../../src/index.ts';
import { runJob } from '../../src/native/job.ts';
import { native } from '../../src/native/loader.ts';
import { LONG, measured } from '../support/gate.ts';

/** Values that take some hundred milliseconds to fit at 40,000 rows. */
function busyMatrix(rows: number, cols = 300): Matrix {
  return matrix(
    Float32Array.from({ length: rows * cols }, (_, i) => (i * 7919) % 1013),
    rows,
    cols,
  );
}

const big = busyMatrix(20_000);
const small = busyMatrix(50, 4);

const many = matrix(
  busyMatrix(6000, 42).data.map((value) => value / 1013),
  6000,
  42,
);
const kernels = [
  (signal: AbortSignal) => PCA.fit(big, { components: 2, signal }),
  (signal: AbortSignal) => TSNE.fit(many, { iterations: 5000, signal }),
  (signal: AbortSignal) => VAE.fit(many, { engine: 'native', epochs: 1000, signal }),
  (signal: AbortSignal) => AgglomerativeClustering.fit(big, { signal }),
  (signal: AbortSignal) => AgglomerativeClustering.fit(many, { linkage: 'average', signal }),
];

/** The milliseconds from an abort at `delay` to the rejection, and its reason; undefined if the job was faster. */
async function abortAfter(
  delay: number,
  start: (signal: AbortSignal) => Promise<unknown>,
): Promise<{ late: number; reason: unknown } | undefined> {
  const controller = new AbortController();
  const settled = start(controller.signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await sleep(delay);
  const aborted = performance.now();
  controller.abort(new Error(`after ${delay}`));
  const reason = await settled;
  return reason === undefined ? undefined : { late: performance.now() - aborted, reason };
}

/** The fraction of one processor that this process uses in the next 100 ms. */
async function processorShare(): Promise<number> {
  const before = process.cpuUsage();
  await sleep(100);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 100_000;
}

describe('a running call', () => {
  it('reports progress that increases from 0 to 1', async () => {
    const seen: number[] = [];
    const X = matrix(new Float32Array(200_000 * 300).fill(1), 200_000, 300);
    await PCA.fit(X, { threads: 1, components: 2, onProgress: ({ fraction }) => seen.push(fraction) });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen[0]).toBeGreaterThanOrEqual(0);
    expect(seen.at(-1)).toBe(1);
  });

  it('rejects with an error that onProgress throws', async () => {
    const error = new Error('enough');
    const failure = PCA.fit(big, {
      onProgress: () => {
        throw error;
      },
    });
    await expect(failure).rejects.toBe(error);
  });

  it('rejects at once if its signal was aborted before', async () => {
    const reason = { any: 'value' };
    const failure = PCA.fit(small, { signal: AbortSignal.abort(reason) });
    await expect(failure).rejects.toBe(reason);
    await expect(PCA.fit(small, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  // The long run checks the promised figures, as for the event loop below; the default only checks that no call waits for a job.
  const [soon, idle] = LONG ? [100, 200] : [1000, 1000];
  it(`rejects within ${soon} ms with its reason, and its threads are idle ${idle} ms later`, {
    timeout: 300_000,
  }, async () => {
    const late: number[] = [];
    const shares: number[] = [];
    // A call that ended before the abort does not count.
    const wanted = LONG ? 200 : 8;
    for (let i = 0; late.length < wanted; i++) {
      expect(i).toBeLessThan(10 * wanted);
      const delay = LONG ? Math.random() * 300 : (i * 13) % 60;
      const result = await abortAfter(delay, kernels[i % kernels.length]);
      if (result === undefined) continue;
      expect(result.reason).toEqual(new Error(`after ${delay}`));
      late.push(result.late);
      if (late.length % 10 !== 8) continue;
      await sleep(idle);
      shares.push(await processorShare());
    }
    const [slowest, busiest] = [Math.max(...late), Math.max(...shares)];
    measured(
      'abort',
      `${late.length} aborts, slowest rejection ${slowest.toFixed(1)} ms, then ${(100 * busiest).toFixed(0)} % of a processor`,
    );
    expect(slowest).toBeLessThan(soon);
    expect(busiest).toBeLessThan(0.6);
  });

  it('rejects while it waits in the queue, before those ahead of it have ended', async () => {
    let ended = 0;
    const ahead = Array.from({ length: 8 }, () =>
      PCA.fit(big, { components: 2 }).then(() => {
        ended++;
      }),
    );
    const controller = new AbortController();
    const waiting = PCA.fit(small, { signal: controller.signal });
    waiting.catch(() => {});
    controller.abort(new Error('no patience'));
    await expect(waiting).rejects.toThrow('no patience');
    expect(ended).toBe(0);
    await Promise.all(ahead);
  });

  it('accepts one signal for many calls without a warning about listeners', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 40 }, () => PCA.fit(small, { signal })));
    await sleep(10);
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  it('carries the stack of the call in its error', async () => {
    const damaged = matrix(new Float32Array([1, 2, Number.NaN, 4]), 2, 2);
    const error = await PCA.fit(damaged).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).stack).toContain('row 1, column 0');
    expect((error as Error).stack).toContain('job.test.ts');
  });

  it('gives correct results when many run at the same time', async () => {
    const matrices = Array.from({ length: 30 }, (_, i) => busyMatrix(600 + 50 * i, 20));
    const expected: Float64Array[] = [];
    for (const X of matrices) expected.push((await PCA.fit(X)).explainedVariance);
    const together = await Promise.all(matrices.map((X) => PCA.fit(X)));
    together.forEach((pca, i) => {
      expect(pca.explainedVariance).toEqual(expected[i]);
    });
  });

  // New threads for new calls would spread the allocator's memory over more and more arenas.
  it.skipIf(process.platform !== 'linux')('runs on the threads of earlier calls', async () => {
    const threadsOfCalls = async () => {
      const calls = Promise.all(Array.from({ length: 8 }, () => PCA.fit(big, { components: 2 })));
      await sleep(20);
      const threads = await readdir('/proc/self/task');
      await calls;
      return threads;
    };
    const first = await threadsOfCalls();
    expect(await threadsOfCalls()).toEqual(expect.arrayContaining(first));
  });

  it('is not affected if its buffers are changed, moved or resized meanwhile', async () => {
    const expected = (await PCA.fit(big, { components: 2 })).explainedVariance;
    const changed = matrix(big.data.slice(), big.rows, big.cols);
    const moved = matrix(big.data.slice(), big.rows, big.cols);
    const fits = [PCA.fit(changed, { components: 2 }), PCA.fit(moved, { components: 2 })];
    changed.data.fill(Number.NaN);
    structuredClone(moved.data.buffer, { transfer: [moved.data.buffer as ArrayBuffer] });
    for (const pca of await Promise.all(fits)) expect(pca.explainedVariance).toEqual(expected);
  });
});

describe('the event loop', () => {
  // Times are checked in the long run only: on a machine that others use too, the scheduler's delays are not ours.
  it('runs on during a t-SNE and eight queued jobs, and so do the threads of libuv', async () => {
    const map = TSNE.fit(busyMatrix(7183, 42), { iterations: LONG ? 3000 : 250 });
    const jobs = [map, ...Array.from({ length: 8 }, () => PCA.fit(big, { components: 2 }))];
    await sleep(1);
    const delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    let running = true;
    const all = Promise.all(jobs).finally(() => {
      running = false;
    });
    let slowest = 0;
    let calls = 0;
    while (running) {
      const start = performance.now();
      await stat(fileURLToPath(import.meta.url));
      slowest = Math.max(slowest, performance.now() - start);
      calls++;
      await sleep(3);
    }
    delays.disable();
    await all;
    const p99 = Math.max(0, delays.percentile(99) / 1e6 - 5);
    measured(
      'responsiveness',
      `event loop p99 ${p99.toFixed(1)} ms, slowest fs.stat ${slowest.toFixed(1)} ms`,
    );
    expect(calls).toBeGreaterThan(20);
    if (LONG) {
      expect(p99).toBeLessThan(20);
      expect(slowest).toBeLessThan(50);
    }
  });
});

describe('runJob', () => {
  it('throws an error of the start and cancels nothing', async () => {
    const failure = runJob(() => {
      throw new TypeError('wrong');
    });
    await expect(failure).rejects.toThrow('wrong');
  });

  it('can be cancelled and asked for progress long after its end', async () => {
    const outputs = {
      mean: new Float64Array(4),
      components: { data: new Float32Array(4), rows: 1, cols: 4 },
      explainedVariance: new Float64Array(4),
    };
    const job = native().pcaFit({ X: small }, { threads: 1 }, outputs);
    await job.promise;
    job.cancel();
    job.cancel();
    expect(job.progress()).toBe(1);
  });

  it.each<[string, () => unknown]>([
    ['no arguments', () => (native().pcaFit as unknown as () => void)()],
    ['a negative shape', () => pcaFit({ X: { ...small, rows: -1 } })],
    ['a shape that wraps around', () => pcaFit({ X: { ...small, rows: 2 ** 31, cols: 2 ** 33 } })],
    ['too short a buffer', () => pcaFit({ X: { ...small, rows: 51 } })],
    ['another element type', () => pcaFit({ X: { ...small, data: new Float64Array(200) } })],
    ['no matrix', () => pcaFit({ X: 7 })],
  ])('meets %s from inside the package with an exception', (_, call) => {
    expect(call).toThrow(/Expected/);
  });
});

function pcaFit(inputs: object): unknown {
  const call = native().pcaFit as unknown as (...args: object[]) => unknown;
  return call(inputs, { threads: 1 }, { mean: new Float64Array(0) });
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from the process' last output to its end. */
  readonly afterPrint: number;
}

/** Runs a scenario of live-jobs.mjs in a separate process, to its end. */
const scenario = (...args: (string | number)[]): Promise<Ended> => launch(...args).ended;

function launch(...args: (string | number)[]): { child: ChildProcess; ended: Promise<Ended> } {
  const file = fileURLToPath(new URL('live-jobs.mjs', import.meta.url));
  const child = spawn(process.execPath, [file, ...args.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    let ended = 0;
    child.once('exit', () => {
      ended = Date.now();
    });
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr, afterPrint: ended - Number(stdout.trim().split('\n').at(-1)) });
    });
  });
  return { child, ended };
}

describe('the end of an environment with live jobs', () => {
  it('a terminated worker takes its jobs with it, over and over', { timeout: 120_000 }, async () => {
    const workers = LONG ? 200 : 15;
    const ended = await scenario('terminate', workers);
    measured(
      'workers',
      `${workers} terminated with live jobs, exit code ${ended.code}, signal ${ended.signal}`,
    );
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: '', stdout: 'done\n' });
  });

  it('workers that end normally settle their jobs first', async () => {
    expect(await scenario('end')).toMatchObject({ code: 0, signal: null, stderr: '', stdout: 'done\n' });
  });

  it.each(['exit', 'exitWithWorkers'])(
    '%s: process.exit() ends in the middle of jobs, with its code and without a crash',
    { timeout: 120_000 },
    async (name) => {
      for (let i = 0; i < 6; i++) {
        expect(await scenario(name, (i * 17) % 90)).toMatchObject({ code: 7, signal: null, stderr: '' });
      }
    },
  );

  it.each(['exit', 'exitWithWorkers', 'stubborn'])(
    '%s: process.exit() does not wait for jobs, not even for one that cannot be interrupted',
    async (name) => {
      const patient = launch(name, 'settled'); // which started earlier and waits seconds for the same jobs
      expect(await scenario(name, 40)).toMatchObject({ code: 7, signal: null, stderr: '' });
      expect(patient.child.exitCode).toBeNull();
      patient.child.kill();
      expect(await patient.ended).toMatchObject({ signal: 'SIGTERM', stdout: '' });
    },
  );

  it.runIf(LONG).each(['exit', 'exitWithWorkers'])(
    '%s: process.exit() ends within 250 ms',
    { timeout: 120_000 },
    async (name) => {
      const after: number[] = [];
      for (let i = 0; i < 60; i++) after.push((await scenario(name, (i * 17) % 90)).afterPrint);
      measured('exit', `${name}: ${after.length} times, slowest end ${Math.max(...after)} ms`);
      expect(Math.max(...after)).toBeLessThan(250);
    },
  );

  it('an uncaught exception ends the process with code 1, not by a signal', async () => {
    for (const after of [0, 30, 60]) {
      expect(await scenario('throw', after)).toMatchObject({ code: 1, signal: null });
    }
  });

  it('the process lives until its jobs are settled', async () => {
    const ended = await scenario('settle');
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: '', stdout: 'settled\nsettled\nsettled\n' });
  });
});
