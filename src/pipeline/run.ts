import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../native/loader.ts';
import type { Source } from '../sources/source.ts';
import { fitWith, type GOD } from './god.ts';
import { type GODOptions, readOptions } from './options.ts';
import { outputsOf } from './outputs.ts';
import { RunDirectory } from './run-directory.ts';
import { type StageCost, StageRunner } from './stage.ts';

export interface RunOptions extends GODOptions {
  /** Forget the results of earlier runs in the directory. Default false. */
  fresh?: boolean;
  /** Told what a user should know: rows left out or skipped, a VAE that collapsed. */
  onNote?: (note: string) => void;
}

/** What a run reports, as run.json has it. */
export type RunSummary = ReturnType<typeof summaryOf>;

/**
 * GOD.fit in a directory: keeps the results of stages there and takes up those of an earlier run, then writes figures,
 * tables, report and model. Stopped anywhere and run again, it ends with the same bytes in every file but run.json, which
 * holds times.
 *
 * @throws what GOD.fit throws; RunInProgressError; the error of the file system. Finished stages are kept.
 */
export async function runInDirectory(
  path: string,
  sources: readonly Source[],
  { fresh = false, onNote = () => {}, ...options }: RunOptions = {},
): Promise<RunSummary> {
  const { settings, execution } = readOptions(options);
  const directory = await RunDirectory.open(path, { fresh });
  try {
    const runner = new StageRunner(directory, options.listener);
    const god = await fitWith(sources, settings, execution, runner);
    for (const note of notesOf(god)) onNote(note);
    const { cost, files } = await draw(god, directory, options);
    const summary = summaryOf(god, [...runner.costs, cost], files);
    await directory.writeOutput('run.json', `${JSON.stringify(summary, null, 1)}\n`);
    return summary;
  } finally {
    await directory.close();
  }
}

/** Draws and writes all outputs and the model. */
async function draw(god: GOD, directory: RunDirectory, { listener, signal }: GODOptions) {
  const start = performance.now();
  listener?.started?.('draw');
  const files: Record<string, string> = {};
  for await (const [name, bytes] of outputsOf(god, packageVersion())) {
    signal?.throwIfAborted();
    await directory.writeOutput(name, bytes);
    files[name] = createHash('sha256').update(bytes).digest('hex');
  }
  await god.save(join(directory.path, 'model'));
  const cost: StageCost = {
    name: 'draw',
    seconds: (performance.now() - start) / 1000,
    residentBytes: process.memoryUsage.rss(),
    peakBytes: process.resourceUsage().maxRSS * 1024,
    cached: false,
  };
  listener?.finished?.(cost);
  return { cost, files };
}

function notesOf(god: GOD): string[] {
  return [
    ...god.modalities.flatMap(({ name, total, rows, notes }) => [
      ...(rows < total ? [`${name}: ${total - rows} of ${total} rows were left out (--per-modality)`] : []),
      ...notes.map((note) => `${name}: ${note}`),
    ]),
    ...god.vae.warnings,
  ];
}

function summaryOf(god: GOD, stages: readonly StageCost[], files: Readonly<Record<string, string>>) {
  const sizes = Array.from(god.match.signOf, () => 0);
  for (const cluster of god.clusters) sizes[cluster]++;
  return {
    synthetic: god.synthetic,
    settings: god.settings,
    modalities: god.modalities.map(({ name, description, synthetic, total, rows, notes, pca, scale }) => ({
      name,
      description,
      synthetic,
      total,
      rows,
      columns: pca.components.cols,
      scale,
      notes,
    })),
    newReality: { rows: god.newReality.rows, cols: god.newReality.cols },
    quality: god.quality,
    clusters: { sizes, signOf: god.match.signOf },
    theology: god.theology,
    stages,
    versions: {
      'global-object-embedder': packageVersion(),
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
      simd: native().simd,
    },
    files,
  };
}

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
