// npm run bench:scaling -- [--only NAME] [--most ROWS] [--results FILE] [--figure FILE]
//
// Time and peak memory of the kernels for growing numbers of rows, each size in a process of its own; draws docs/scaling.svg.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './harness/machine.ts';
import { type ScalingPoint, scalingFigure } from './report/scaling-figure.ts';
import type { ScalingResults } from './scaling/results.ts';
import { scaledWork } from './scaling/work.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    most: { type: 'string', default: 'Infinity' },
    results: { type: 'string', default: join(import.meta.dirname, 'results/scaling.json') },
    figure: { type: 'string', default: join(import.meta.dirname, '../docs/scaling.svg') },
  },
});
const env = { ...process.env };
for (const name of ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE']) delete env[name];

const where = machine();
const scaling = Object.entries(scaledWork)
  .filter(([kernel]) => kernel.startsWith(options.only))
  .map(([kernel, { name, on, estimator, cols, rows }]) => {
    const points = rows.filter((n) => n <= Number(options.most)).map((n) => measure(kernel, n));
    return { name, on, estimator, cols, points };
  })
  .filter(({ points }) => points.length > 0);
const command = 'npm run bench:scaling';
const results: ScalingResults = { command, machine: where, scaling };
write(options.results, `${JSON.stringify(results, null, 2)}\n`);
write(options.figure, `${scalingFigure(scaling, details())}\n`);

function details(): string[] {
  return [
    ...scaling.map(({ name, on }) => `${name}: ${on}`),
    `${where.processors} processors, ${where.simd}`,
  ];
}

function measure(kernel: string, rows: number): ScalingPoint {
  const script = join(import.meta.dirname, 'scaling/measure.ts');
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', script, kernel, String(rows)], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${kernel} with ${rows} rows failed`);
  const point = JSON.parse(stdout) as ScalingPoint;
  const megabytes = (point.bytes / 1e6).toFixed(1);
  console.log(
    `${kernel.padEnd(6)} ${String(rows).padStart(9)} rows  ${point.seconds.toFixed(4)} s  ${megabytes} MB`,
  );
  return point;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(file);
}
