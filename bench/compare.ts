// npm run bench:compare -- OLD.json NEW.json [--tolerance 0.25]
//
// Fails when this package became slower in a case. Times are judged relative to the reference work of the same run, so it matters
// little if a machine was busy or is another one.
// Exit codes: 0 nothing slower, 1 something slower, 2 nothing to compare or wrong usage.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Change, compareResults, differences } from './harness/regressions.ts';
import type { Results } from './harness/results.ts';

process.exitCode = main();

function main(): number {
  let files: string[];
  let tolerance: number;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { tolerance: { type: 'string', default: '0.25' } },
    });
    files = positionals;
    tolerance = Number(values.tolerance);
    if (files.length !== 2) throw new Error('Expected two files: OLD.json NEW.json');
    if (!(tolerance > 0)) throw new Error('Expected `--tolerance` to be a number above 0');
    const [before, after] = files.map(read);
    for (const difference of differences(before, after)) console.log(`warning: ${difference}`);
    return judge(compareResults(before, after, tolerance), tolerance);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
}

function read(file: string): Results {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Partial<Results>;
  if (!Array.isArray(results.cases) || results.machine === undefined) {
    throw new Error(`${file} holds no results of npm run bench`);
  }
  return results as Results;
}

function judge(changes: readonly Change[], tolerance: number): number {
  for (const { name, factor, verdict, reason } of changes) {
    const shown = factor === undefined ? (reason ?? '') : `${factor.toFixed(2)} x the old time`;
    console.log(`${verdict.padEnd(15)} ${name}: ${shown}`);
  }
  const count = (wanted: Change['verdict']) => changes.filter(({ verdict }) => verdict === wanted).length;
  if (count('not comparable') === changes.length) {
    console.error('Nothing to compare: the results have no case in common.');
    return 2;
  }
  const percent = Math.round(tolerance * 100);
  console.log(
    `\n${count('slower')} slower and ${count('faster')} faster by more than ${percent} %, relative to the reference work`,
  );
  return count('slower') > 0 ? 1 : 0;
}
