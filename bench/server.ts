// npx tsx bench/server.ts [--seconds N] [--minutes N] [--output FILE]
//
// Load on the server of a New Reality (7183 objects): POST /place of 16 vectors by 1, 8 and 64 clients at a time, for
// --seconds each; then by 8 clients for --minutes, with the resident set at every minute; then 200 requests at once and a
// SIGTERM: each of them must get a whole answer. Needs `npm install --prefix bench --ignore-scripts`.
// Exit codes: 0 no request was lost, 1 some were.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './harness/machine.ts';
import type { ServerReport } from './server/serve.ts';

const VECTORS = 16;
const CLIENTS = [1, 8, 64];
const AT_ONCE = 200;

/** What of autocannon's result is read: https://github.com/mcollina/autocannon#autocannonopts-cb */
interface Load {
  readonly requests: { readonly average: number };
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly errors: number;
  readonly timeouts: number;
  readonly non2xx: number;
}
type Autocannon = (options: object) => Promise<Load>;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    minutes: { type: 'string', default: '10' },
    output: { type: 'string', default: join(import.meta.dirname, 'results/server.json') },
  },
});
for (const name of ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE']) delete process.env[name];
const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon;

const child = fork(join(import.meta.dirname, 'server/serve.ts'), { execArgv: ['--import', 'tsx'] });
const [{ url, modality, columns }] = await once(child, 'message');
const body = JSON.stringify({
  modality,
  vectors: Array.from({ length: VECTORS }, (_, i) =>
    Array.from({ length: columns }, (_, j) => Math.sin(i * 7 + j)),
  ),
});
const headers = { 'content-type': 'application/json' };

await load(8, 3); // warm
const loads = [];
for (const clients of CLIENTS) {
  await report(child);
  const result = await load(clients, Number(options.seconds));
  const { eventLoopDelay } = await report(child);
  loads.push({
    clients,
    requestsPerSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failed: result.errors + result.timeouts + result.non2xx,
    eventLoopDelay,
  });
  console.log(loads.at(-1));
}
const memory = [];
for (let minute = 0; minute < Number(options.minutes); minute++) {
  await load(8, 60);
  memory.push(Math.round((await report(child)).memory));
  console.log(`minute ${minute + 1}: ${memory.at(-1)} MB`);
}
const lost = await stopUnderLoad();
console.log(`${AT_ONCE} requests at SIGTERM: ${lost} lost`);
mkdirSync(dirname(options.output), { recursive: true });
const results = {
  command: 'npx tsx bench/server.ts',
  machine: machine(),
  vectors: VECTORS,
  server: loads,
  memory,
  atOnce: AT_ONCE,
  lost,
};
writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
process.exitCode = lost > 0 || loads.some(({ failed }) => failed > 0) ? 1 : 0;

function load(connections: number, duration: number): Promise<Load> {
  return autocannon({ url: `${url}/place`, method: 'POST', body, headers, connections, duration });
}

async function report(process: ChildProcess): Promise<ServerReport> {
  const answer = once(process, 'message');
  process.send('report');
  return (await answer)[0] as ServerReport;
}

/** How many of many requests, sent before a SIGTERM, got neither their places nor a whole refusal. */
async function stopUnderLoad(): Promise<number> {
  const ended = once(child, 'exit');
  const answers = Array.from({ length: AT_ONCE }, async () => {
    const response = await fetch(`${url}/place`, { method: 'POST', body, headers });
    const { places, error } = (await response.json()) as { places?: unknown[]; error?: string };
    if (response.status === 200) return places?.length === VECTORS;
    return response.status === 503 && error !== undefined;
  });
  while (!(await someWait())) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGTERM');
  const whole = await Promise.allSettled(answers);
  await ended;
  return whole.filter((one) => one.status === 'rejected' || !one.value).length;
}

async function someWait(): Promise<boolean> {
  const { requests } = (await (await fetch(`${url}/health`)).json()) as { requests: { waiting: number } };
  return requests.waiting > 0;
}
