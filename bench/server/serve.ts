// The server of bench/server.ts, in a process of its own: tells its address, and what it sees of itself when asked.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { GOD, synthetic } from '../../src/index.ts';
import { createServer } from '../../src/server/server.ts';

/** What the process says of itself when it is sent 'report'. */
export interface ServerReport {
  /** 99th percentile since the last report, in milliseconds. */
  readonly eventLoopDelay: number;
  /** Resident set, in MB. */
  readonly memory: number;
}

const god = await GOD.fit(synthetic({ rows: 4000 }));
const server = createServer(god, { queue: 1000 });
const { url } = await server.listen(0);
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('message', (message) => {
  if (message !== 'report') return;
  // The timer itself waits for 5 ms.
  const eventLoopDelay = Math.max(0, delay.percentile(99) / 1e6 - 5);
  process.send?.({ eventLoopDelay, memory: process.memoryUsage.rss() / 2 ** 20 } satisfies ServerReport);
  delay.reset();
});
process.on('SIGTERM', async () => {
  await server.close();
  process.exit(0);
});
const [modality] = god.modalities;
process.send?.({ url, modality: modality.name, columns: modality.pca.mean.length });
