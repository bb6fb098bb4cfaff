// node bullmq.mjs worker                              on every machine, as many as it has cores
// node bullmq.mjs sum OUT.state FILE...               once: moments of all rows of the files
//
// Jobs of BullMQ: one sums up the rows of each file, one merges each eight neighbors, one merges their results, all written
// beside OUT, where every machine can read. A job whose worker died is done again by another one, and writes the same bytes. The
// files alone decide the bytes. Needs `npm install global-object-embedder bullmq ioredis`, and Redis at REDIS_URL.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { FlowProducer, QueueEvents, UnrecoverableError, Worker } from 'bullmq';
import { PCA } from 'global-object-embedder';
import { DataError, readRows } from 'global-object-embedder/files';

const { hostname, port } = new URL(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');
const connection = { host: hostname, port: Number(port || 6379), maxRetriesPerRequest: null };
const queueName = 'god-moments';
const AT_ONCE = 8;

const [role, out, ...files] = process.argv.slice(2);
if (role === 'worker') new Worker(queueName, run, { connection, lockDuration: 5000, stalledInterval: 2000 });
else await sum();

/** Writes the moments of a file, or of the states of other jobs, to `data.out`. */
async function run({ data }) {
  try {
    const moments = await (data.file === undefined ? merged(data.states) : momentsOf(data.file));
    const aside = `${data.out}.${process.pid}`;
    await writeFile(aside, moments.toBytes());
    await rename(aside, data.out);
  } catch (error) {
    // Rows that cannot be used: another attempt would end in the same way.
    if (error instanceof DataError || error instanceof RangeError)
      throw new UnrecoverableError(error.message);
    throw error;
  }
}

async function momentsOf(file) {
  let moments;
  for await (const batch of readRows(file)) {
    moments ??= PCA.accumulator(batch.cols);
    await moments.add(batch, { threads: 1 });
  }
  if (moments === undefined) throw new UnrecoverableError(`${file} has no rows`);
  await moments.fold();
  return moments;
}

async function merged([first, ...others]) {
  const moments = PCA.accumulatorFromBytes(await readFile(first));
  for (const state of others)
    await moments.merge(PCA.accumulatorFromBytes(await readFile(state)), { threads: 1 });
  return moments;
}

/** A tree of jobs: a job waits for its children. */
async function sum() {
  const job = (data, children = []) => ({
    name: data.out,
    queueName,
    data,
    children,
    opts: { failParentOnFailure: true },
  });
  let jobs = files.map((file, i) => job({ file, out: `${out}.0.${i}` }));
  for (let level = 1; jobs.length > 1; level++) {
    const groups = Array.from({ length: Math.ceil(jobs.length / AT_ONCE) }, (_, i) =>
      jobs.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
    );
    jobs = groups.map((group, i) => {
      const name = groups.length === 1 ? out : `${out}.${level}.${i}`;
      return job({ states: group.map(({ data }) => data.out), out: name }, group);
    });
  }
  const events = new QueueEvents(queueName, { connection });
  const flow = new FlowProducer({ connection });
  await events.waitUntilReady();
  const { job: last } = await flow.add(jobs[0]);
  await last.waitUntilFinished(events);
  await Promise.all([events.close(), flow.close()]);
}
