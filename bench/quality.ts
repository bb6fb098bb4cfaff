// npx tsx bench/quality.ts [--data FOLDER] [--only planted|vae|clusters|map] [--seeds N] [--threads N] [--output FILE]
//
// How good the results of every stage are on real data, against bars set by other implementations. The data are not part of the
// project: FOLDER, or the environment variable GOD_DATA, names a folder that has them in reference/. Only the VAE on planted
// factors needs no data.
// Exit codes: 0 all bars met, 1 one was missed, 2 no data.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './harness/machine.ts';
import { measureClusters } from './quality/clusters.ts';
import type { Defaults } from './quality/defaults.ts';
import { type Figure, type Measured, table } from './quality/figure.ts';
import { measureMap } from './quality/map.ts';
import { measurePlanted } from './quality/planted.ts';
import { absentFiles, type Reference, readReference } from './quality/reference.ts';
import { measureVae } from './quality/vae.ts';

const PLANTED_SEEDS = 5;

const { values: options } = parseArgs({
  options: {
    data: {
      type: 'string',
      default: process.env.GOD_DATA ?? '',
    },
    only: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    threads: { type: 'string' },
    output: { type: 'string', default: join(import.meta.dirname, 'results/quality.json') },
  },
});
const where = machine();
const threads = Number(options.threads ?? where.processors);
const folder = join(options.data, 'reference');

const absent = absentFiles(folder);
if (absent.length > 0 && options.only !== 'planted') {
  console.error(
    `Nothing measured: ${folder} lacks ${absent.join(', ')}. Set --data or GOD_DATA to their folder.`,
  );
  process.exit(2);
}
const figures: Figure[] = [];
const defaults: Record<string, Defaults> = {};
const seconds: Record<string, number> = {};
for (let seed = 0; seed < PLANTED_SEEDS; seed++) {
  await stage('planted', () => measurePlanted(seed, threads), `planted, seed ${seed}`);
}
if (absent.length === 0) await onReference(readReference(folder));
for (const line of table(figures)) console.log(line);
const missed = figures.filter(({ ok }) => !ok).length;
console.log(`\n${figures.length - missed} of ${figures.length} bars met`);
write();
process.exitCode = missed > 0 ? 1 : 0;

async function onReference(reference: Reference): Promise<void> {
  await stage('clusters', async () => ({ figures: await measureClusters(reference, threads) }));
  await stage('map', async () => ({ figures: await measureMap(reference, threads) }));
  for (let seed = 0; seed < Number(options.seeds); seed++) {
    await stage('vae', () => measureVae(reference, seed, threads), `vae, seed ${seed}`);
  }
}

async function stage(name: string, measure: () => Promise<Measured>, title = name): Promise<void> {
  if (options.only !== undefined && options.only !== name) return;
  console.error(`${title} ...`);
  const start = performance.now();
  const measured = await measure();
  figures.push(...measured.figures);
  Object.assign(defaults, measured.defaults);
  seconds[title] = Number(((performance.now() - start) / 1000).toFixed(2));
}

function write(): void {
  mkdirSync(dirname(options.output), { recursive: true });
  writeFileSync(
    options.output,
    `${JSON.stringify({ machine: where, threads, seconds, defaults, figures }, null, 2)}\n`,
  );
  console.log(options.output);
}
