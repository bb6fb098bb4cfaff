// npm run bench -- [--quick] [--only TEXT] [--runs N] [--patience SECONDS] [--threads N] [--output FILE]
//
// A contender that has taken more than --patience seconds in a case is not run again.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Absent, BenchCase, Contender } from './harness/case.ts';
import { machine } from './harness/machine.ts';
import { ReferenceWork } from './harness/reference-work.ts';
import type { CaseResult, ContenderResult, Results } from './harness/results.ts';
import { type Run, summarize } from './harness/summary.ts';

// Both sides of every comparison use the instruction set that the machine has.
for (const name of ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE']) delete process.env[name];

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '5' },
    patience: { type: 'string', default: '15' },
    threads: { type: 'string' },
    output: { type: 'string', default: 'bench/results/local/latest.json' },
  },
});
const where = machine();
const threads = Number(options.threads ?? where.processors);
const rounds = options.quick ? Math.min(3, Number(options.runs)) : Number(options.runs);
/** In a quick run on a slow machine, no contender is run again. */
const enough = () => (options.quick ? (performance.now() < 90_000 ? 4 : 0) : Number(options.patience));

const reference = await ReferenceWork.start(threads);
const results: CaseResult[] = [];
for (const entry of await loadCases()) {
  console.log(`\n${entry.kernel}: ${entry.title}`);
  const result = await measure(entry);
  for (const contender of result.contenders) console.log(line(contender));
  results.push(result);
}
await reference.close();
mkdirSync(dirname(options.output), { recursive: true });
const written: Results = { command: command(), machine: where, threads, cases: results };
writeFileSync(options.output, `${JSON.stringify(written, null, 2)}\n`);
console.log(`\n${options.output}`);

/** The command that repeats this run. */
function command(): string {
  const { quick, only, runs, patience } = options;
  const parts = [
    quick && '--quick',
    only !== '' && `--only '${only}'`,
    runs !== '5' && `--runs ${runs}`,
    patience !== '15' && `--patience ${patience}`,
    options.threads !== undefined && `--threads ${threads}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'npm run bench' : `npm run bench -- ${parts.join(' ')}`;
}

async function loadCases(): Promise<BenchCase[]> {
  const folder = new URL('cases/', import.meta.url);
  const files = readdirSync(fileURLToPath(folder)).filter((file) => file.endsWith('.ts'));
  const modules = await Promise.all(
    files
      .sort()
      .map((file) => import(new URL(file, folder).href) as Promise<{ cases?: readonly BenchCase[] }>),
  );
  return modules
    .flatMap((module) => module.cases ?? [])
    .filter((entry) => !options.quick || entry.quick)
    .filter((entry) => `${entry.kernel}: ${entry.title}`.includes(options.only));
}

async function measure(entry: BenchCase): Promise<CaseResult> {
  const folder = mkdtempSync(join(tmpdir(), 'god-bench-'));
  try {
    const used = entry.threads ?? threads;
    // numpy and the rest of Python's world read these at import.
    for (const name of ['OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS']) process.env[name] = String(used);
    const all = await entry.contenders({ threads: used, folder });
    const runnable = all.filter((contender): contender is Contender => !('absent' in contender));
    const present = runnable.filter(({ slow }) => !(options.quick && slow));
    // Otherwise their processes would wait for work, and this one for them.
    for (const contender of runnable) if (!present.includes(contender)) contender.close?.();
    const absent = all.filter((contender): contender is Absent => 'absent' in contender);
    const runs = await alternate(present);
    const origin = new Map(present.map(({ name, from }) => [name, from]));
    const measured = summarize(entry, runs).map((one) => ({ ...one, from: origin.get(one.name) }));
    const { kernel, title, headline, threads: asked } = entry;
    return { kernel, title, headline, threads: asked, contenders: [...measured, ...absent] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs all contenders in turn, round after round, each round opened by the reference work. */
async function alternate(contenders: readonly Contender[]): Promise<Map<string, Run[]>> {
  const measured = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  try {
    for (let round = 0; round < rounds; round++) {
      const opening = await reference.seconds();
      for (const contender of contenders) {
        const runs = measured.get(contender.name) ?? [];
        const spent = runs.reduce((sum, { seconds }) => sum + seconds, 0);
        if (round > 0 && spent >= enough()) continue;
        runs.push({ ...(await contender.run()), reference: opening });
      }
    }
  } finally {
    for (const contender of contenders) contender.close?.();
  }
  return measured;
}

function line(result: ContenderResult): string {
  const { name, seconds, quality, peakBytes, timesOurs, bar, limits = [], absent } = result;
  if (seconds === undefined) return `  ${name}: ${absent}`;
  const ratio = timesOurs === undefined ? '' : `${timesOurs.toFixed(2)} x ours`;
  const judged = [
    ...(bar === undefined
      ? []
      : [`bar ${bar.atLeast}, by ${bar.by}: ${bar.times?.toFixed(2)}, ${bar.met ? 'met' : 'MISSED'}`]),
    ...limits.map(({ of, most, met }) => `at most ${most} ${of}: ${met ? 'met' : 'MISSED'}`),
  ];
  const verdict = judged.length === 0 ? '' : `(${judged.join('; ')})`;
  const memory = peakBytes === undefined ? [] : [`${(peakBytes / 1e6).toFixed(1)} MB`];
  const good = [
    ...memory,
    ...Object.entries(quality ?? {}).map(([key, value]) => `${key} ${value.toPrecision(3)}`),
  ];
  const time = `${seconds.median.toFixed(4)} s (min ${seconds.min.toFixed(4)}, ${seconds.runs} runs)`;
  return `  ${name.padEnd(44)} ${time} ${ratio} ${verdict} ${good.join(', ')}`.trimEnd();
}
