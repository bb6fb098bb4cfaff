// npm run bench:report -- [--results FOLDER] [--into FOLDER]
//
// Makes BENCHMARKS.md and the speed table of README.md from the JSON files in bench/results: those of bench/run.ts (any
// number, any name), of bench/quality.ts, bench/package.ts, bench/scaling.ts and others.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Results } from './harness/results.ts';
import { type AudioSetResults, audiosetSection } from './report/audioset.ts';
import { type CorporaResults, corporaSection } from './report/corpora.ts';
import { type FilesResults, filesSection } from './report/files.ts';
import { type PackageResults, packageSection } from './report/package.ts';
import { type PageResults, pageSection } from './report/page.ts';
import { type PhaseResults, phasesSection } from './report/phases.ts';
import { type QualityResults, qualitySection } from './report/quality.ts';
import { memoryAt, scalingSection } from './report/scaling.ts';
import { type ServerResults, serverSection } from './report/server.ts';
import { type SparkResults, sparkSection } from './report/spark.ts';
import { shortcomings, speedSections, speedTable } from './report/speed.ts';
import { type WindowsResults, windowsSection } from './report/windows.ts';
import { type WorkerResults, workerSection } from './report/worker.ts';
import type { ScalingResults } from './scaling/results.ts';

const BEGIN = '<!-- speed:begin -->';
const END = '<!-- speed:end -->';

const { values: options } = parseArgs({
  options: {
    results: { type: 'string', default: join(import.meta.dirname, 'results') },
    into: { type: 'string', default: join(import.meta.dirname, '..') },
  },
});

const files = readdirSync(options.results)
  .filter((name) => name.endsWith('.json'))
  .sort(new Intl.Collator('en', { numeric: true }).compare) // tsne-7183 before tsne-10000
  .map((name) => JSON.parse(readFileSync(join(options.results, name), 'utf8')) as object);
const speed = files.filter((file): file is Results => 'cases' in file);
const quality = files.filter((file): file is QualityResults => 'figures' in file);
const phases = files.filter((file): file is PhaseResults => 'phases' in file);
const server = files.filter((file): file is ServerResults => 'server' in file);
const rows = files.filter((file): file is FilesResults => 'files' in file);
const audioset = files.filter((file): file is AudioSetResults => 'audioset' in file);
const corpora = files.filter((file): file is CorporaResults => 'corpora' in file);
const packed = files.filter((file): file is PackageResults => 'installation' in file);
const windows = files.filter((file): file is WindowsResults => 'windows' in file);
const spark = files.filter((file): file is SparkResults => 'onSpark' in file);
const worker = files.filter((file): file is WorkerResults => 'worker' in file);
const page = files.filter((file): file is PageResults => 'page' in file);
const scaling = files.filter((file): file is ScalingResults => 'scaling' in file);

writeFileSync(join(options.into, 'BENCHMARKS.md'), benchmarks());
const readme = join(options.into, 'README.md');
writeFileSync(readme, withSpeedTable(readFileSync(readme, 'utf8')));

function benchmarks(): string {
  const sections = [
    [
      '# Benchmarks',
      'Made by `npm run bench:report` from the files in bench/results; not edited by hand.',
      'In every case this package and its peers get the same data and run in turn, round after round, in one run of the benchmarks. ' +
        'Times cover the work alone, without making or converting data or loading a library. Seconds depend on the machine and on ' +
        'its other work, so compare the ratios. A peer that has taken longer than `--patience` in a case is not run again. ' +
        '[bench/README.md](bench/README.md) says how to repeat the measurements.',
    ],
    speed.length === 0 ? [] : ['## Speed', shortcomings(speed), ...speedSections(speed)],
    scaling.length === 0 ? [] : ['## Time and memory against size', ...scaling.map(scalingSection)],
    phases.length === 0 ? [] : ['## Where the time goes', ...phases.map(phasesSection)],
    server.length === 0 ? [] : ['## The server under load', ...server.map(serverSection)],
    page.length === 0 ? [] : ['## The page of a run', ...page.map(pageSection)],
    rows.length === 0 ? [] : ['## Files', ...rows.map(filesSection)],
    worker.length === 0 ? [] : ['## One worker of an engine', ...worker.map(workerSection)],
    spark.length === 0 ? [] : ['## Spark', sparkSection(spark)],
    audioset.length === 0 ? [] : ['## AudioSet at its real size', ...audioset.map(audiosetSection)],
    corpora.length === 0 ? [] : ["## The paper's corpora", ...corpora.map(corporaSection)],
    packed.length === 0 ? [] : ['## The package', ...packed.map(packageSection)],
    windows.length === 0 ? [] : ['## Windows', ...windows.map(windowsSection)],
    quality.length === 0
      ? []
      : [
          '## Quality',
          'The stages of the pipeline on real data, against bars set by PyTorch, scikit-learn and scipy on the same data; and the VAE on rows of 20 planted factors.',
          ...quality.map(qualitySection),
        ],
    [
      '## Regressions',
      '`npm run bench:compare -- OLD.json NEW.json` fails when a case became slower by more than a quarter. It judges times ' +
        'relative to a fixed reference computation that runs in every round: a busy machine slows down both.',
    ],
  ];
  return `${sections.flat().join('\n\n')}\n`;
}

function withSpeedTable(text: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md has no ${BEGIN} ... ${END}`);
  return text.slice(0, begin + BEGIN.length) + speedBlock() + text.slice(end);
}

function speedBlock(): string {
  const table = speedTable(speed, (kernel, title) => memoryAt(scaling[0], kernel, title));
  if (table === '') return '\n';
  const machines = new Set(
    speed
      .filter(({ cases }) => cases.some(({ headline }) => headline))
      .map(({ machine: { cpu, processors, simd } }) => `${processors} processors (${cpu}, ${simd})`),
  );
  return (
    `\n\n${table}\n\nHow many times slower the others are; each row is one run on ${[...machines].join(' or ')}. More in ` +
    '[BENCHMARKS.md](BENCHMARKS.md).\n\n'
  );
}
