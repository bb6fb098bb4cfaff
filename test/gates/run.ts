// npm run gates [-- NAME...]
//
// Tests the package's promises at full length, one gate after another, and writes docs/gates.md: gate, figure, result.
// Takes about an hour. With names, runs only these and keeps the results of the others.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { machine } from '../../bench/harness/machine.ts';
import { GATES, type Gate } from './gates.ts';
import { type Outcome, outcome } from './outcome.ts';

interface Result extends Outcome {
  readonly minutes: number;
  /** When, and on which commit. */
  readonly date: string;
  readonly commit: string;
}

const root = resolve(import.meta.dirname, '../..');
const results = join(root, 'bench/results/gates.json');
const known: Record<string, Result> = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : {};
const names = process.argv.slice(2);
const wrong = names.filter((name) => !GATES.some((gate) => gate.name === name));
if (wrong.length > 0) {
  console.error(`There is no gate ${wrong.join(', ')}, only ${GATES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

for (const gate of GATES.filter(({ name }) => names.length === 0 || names.includes(name))) {
  console.log(`${gate.name} ...`);
  known[gate.name] = run(gate);
  console.log(row(gate));
  // After every gate, so that an interrupted run keeps its results.
  writeFileSync(results, `${JSON.stringify(known, null, 2)}\n`);
  writeFileSync(join(root, 'docs/gates.md'), page());
}
console.log(`\n${table()}\n\ndocs/gates.md`);
if (GATES.some(({ name }) => known[name] && !known[name].passed)) process.exit(1);

function run(gate: Gate): Result {
  const folder = mkdtempSync(join(tmpdir(), 'god-gate-'));
  const file = join(folder, 'figures');
  const env = { ...process.env, GOD_LONG: '1', GOD_FUZZ_SECONDS: '60', GOD_GATES: file, ...gate.env };
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(gate.command, {
    cwd: root,
    env,
    shell: true,
    encoding: 'utf8',
  });
  const minutes = Number(((performance.now() - start) / 60_000).toFixed(1));
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  rmSync(folder, { recursive: true });
  const told = lines.map((line) => JSON.parse(line) as { gate: string; figure: string });
  const figures = told.filter((line) => line.gate === gate.name).map((line) => line.figure);
  const ended = outcome(status, stdout, figures);
  if (!ended.passed) console.log(`${stdout}${stderr}`.split('\n').slice(-60).join('\n'));
  const { date, commit } = machine();
  return { ...ended, minutes, date, commit };
}

function row({ name, promise }: Gate): string {
  const result = known[name];
  if (!result) return `| ${name} | ${promise} | | not measured | |`;
  const { figures, passed, date, commit, minutes } = result;
  const figure = figures.join('; ').replaceAll('|', '\\|');
  return `| ${name} | ${promise} | ${figure} | ${passed ? 'met' : '**missed**'} | ${date}, ${commit}, ${minutes} min |`;
}

function table(): string {
  const head = [
    '| gate | promise | measured | result | when, on which commit, how long |',
    '|---|---|---|---|---|',
  ];
  return [...head, ...GATES.map(row)].join('\n');
}

function page(): string {
  return [
    '# Gates',
    '',
    'What is promised of the package beyond its results, and what was measured at full length. Written by `npm run gates`, which',
    'says when something is missed; the short versions of most run with every `npm test`.',
    '',
    table(),
    '',
  ].join('\n');
}
