// npm run bench -- [--quick] [--only TEXT] [--runs N] [--threads N] [--output FILE]
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Absent, type BenchCase, type Contender, type Measurement, ours } from './case.ts';
import { machine } from './machine.ts';
import { ReferenceWork } from './reference-work.ts';
import { type CaseResult, type ContenderResult, type Results, spread } from './results.ts';

// Both sides of every comparison use the instruction set that the machine has.
for (const name of ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE']) delete process.env[name];

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '5' },
    threads: { type: 'string' },
    output: { type: 'string', default: 'bench/results/local/latest.json' },
  },
});
const where = machine();
const threads = Number(options.threads ?? where.processors);
const rounds = options.quick ? Math.min(3, Number(options.runs)) : Number(options.runs);
/** A contender that has taken so many seconds in a case is not run again; on a slow machine, in a quick run, none is. */
const enough = () => (options.quick ? (performance.now() < 90_000 ? 4 : 0) : 15);
// numpy and the rest of Python's world read these at import.
for (const name of ['OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS']) process.env[name] = String(threads);

interface Run extends Measurement {
  /** Seconds of the reference work in the same round. */
  readonly reference: number;
}

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

/** What to type to do the same again. */
function command(): string {
  const { quick, only, runs } = options;
  const parts = [
    quick && '--quick',
    only !== '' && `--only '${only}'`,
    runs !== '5' && `--runs ${runs}`,
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
    const all = await entry.contenders({ threads, folder });
    const runnable = all.filter((contender): contender is Contender => !('absent' in contender));
    const present = runnable.filter(({ slow }) => !(options.quick && slow));
    // Else their processes would wait for work, and this one for them.
    for (const contender of runnable) if (!present.includes(contender)) contender.close?.();
    const absent = all.filter((contender): contender is Absent => 'absent' in contender);
    const runs = await alternate(present);
    const origin = new Map(present.map(({ name, from }) => [name, from]));
    const measured = summarise(entry, runs).map((one) => ({ ...one, from: origin.get(one.name) }));
    return { kernel: entry.kernel, title: entry.title, contenders: [...measured, ...absent] };
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
        if (round >= (contender.runs ?? rounds) || (round > 0 && spent >= enough())) continue;
        runs.push({ ...(await contender.run()), reference: opening });
      }
    }
  } finally {
    for (const contender of contenders) contender.close?.();
  }
  return measured;
}

function summarise(entry: BenchCase, measured: Map<string, Run[]>): ContenderResult[] {
  const own = spread((measured.get(ours) ?? []).map(({ seconds }) => seconds)).median;
  return [...measured].map(([name, runs]) => {
    const seconds = spread(runs.map((run) => run.seconds));
    const bar = entry.bars?.find(({ against }) => name.startsWith(against));
    const timesOurs = seconds.median / own;
    return {
      name,
      seconds,
      relative: spread(runs.map((run) => run.seconds / run.reference)),
      quality: runs.at(-1)?.quality,
      timesOurs: name === ours ? undefined : timesOurs,
      bar: bar === undefined ? undefined : { atLeast: bar.atLeast, met: timesOurs >= bar.atLeast },
    };
  });
}

function line({ name, seconds, quality, timesOurs, bar, absent }: ContenderResult): string {
  if (seconds === undefined) return `  ${name}: ${absent}`;
  const ratio = timesOurs === undefined ? '' : `${timesOurs.toFixed(2)} x ours`;
  const verdict = bar === undefined ? '' : `(bar ${bar.atLeast}: ${bar.met ? 'met' : 'MISSED'})`;
  const good = Object.entries(quality ?? {}).map(([key, value]) => `${key} ${value.toPrecision(3)}`);
  const time = `${seconds.median.toFixed(4)} s (min ${seconds.min.toFixed(4)}, ${seconds.runs} runs)`;
  return `  ${name.padEnd(44)} ${time} ${ratio} ${verdict} ${good.join(', ')}`.trimEnd();
}
