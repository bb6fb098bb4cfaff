import type { WorkerJob } from './job.ts';
import { mergeStates, readStates, writeStates } from './states.ts';

/** Joins states, which can come in any order, in that of their partitions. No row if there are none. */
export async function merge(job: WorkerJob): Promise<void> {
  const merged = await mergeStates(readStates(job.open()), job);
  writeStates(job.write, merged === undefined ? [] : [merged]);
}
