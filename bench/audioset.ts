// npx tsx bench/audioset.ts [--clips N] [--data FOLDER] [--file FILE] [--output FILE]
//
// Reading AudioSet at its real size: time, memory of the process, and how long the event loop waits. The archive is made of
// the real balanced split, which is repeated, and is deleted afterwards. With --file, an archive that is there is used, or is made and stays.
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { audioset } from '../src/index.ts';
import { writeAudioSet } from './data/audioset.ts';
import { machine } from './harness/machine.ts';
import { watchMemory } from './harness/memory.ts';
import type { AudioSetReading, AudioSetResults } from './report/audioset.ts';

const { values: options } = parseArgs({
  options: {
    clips: { type: 'string', default: '2000000' },
    data: { type: 'string', default: process.env.GOD_DATA ?? '' },
    file: { type: 'string' },
    output: { type: 'string', default: join(import.meta.dirname, 'results/audioset.json') },
  },
});
if (options.data === '') {
  console.error('Name the folder of the real data: --data or GOD_DATA');
  process.exit(2);
}
const clips = Number(options.clips);
const file = options.file ?? join(tmpdir(), `god-audioset-${process.pid}.tar.gz`);
try {
  if (!existsSync(file))
    await writeAudioSet(join(options.data, 'audio/audioset_v1_embeddings.bal_train.tar.gz'), clips, file);
  const readings = [
    await reading('means of 25,000 clips', false, 25_000),
    await reading('25,000 frames', true, 25_000),
    await reading('means of all clips', false, Number.POSITIVE_INFINITY),
  ];
  report(readings);
} finally {
  if (options.file === undefined) rmSync(file, { force: true });
}

async function reading(title: string, frames: boolean, limit: number): Promise<AudioSetReading> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const peak = watchMemory();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const cpu = process.cpuUsage();
  const { total, ids, vectors } = await audioset(file, { frames }).gather({ limit, seed: 0 });
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1000;
  delay.disable();
  const row = {
    title,
    rows: total,
    kept: ids.length,
    clipsPerSecond: clips / seconds,
    seconds,
    processorSeconds: (user + system) / 1e6,
    peakBytes: before + peak(),
    resultBytes: vectors.data.byteLength,
    delayP99: delay.percentile(99) / 1e6,
  };
  console.log(row);
  return row;
}

function report(readings: readonly AudioSetReading[]): void {
  const written: AudioSetResults = {
    command: 'npx tsx bench/audioset.ts',
    machine: machine(),
    audioset: `AudioSet: ${clips} clips, a .tar.gz of TFRecords of ${(statSync(file).size / 1e9).toFixed(2)} GB`,
    readings,
  };
  mkdirSync(dirname(options.output), { recursive: true });
  writeFileSync(options.output, `${JSON.stringify(written, null, 2)}\n`);
  console.log(options.output);
}
