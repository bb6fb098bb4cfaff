import { native } from '../../native/loader.ts';
import type { Source } from '../../sources/source.ts';
import { fitStages } from '../fit.ts';
import { GOD } from '../god.ts';
import { notesOf } from '../notes.ts';
import { type GODOptions, readOptions } from '../options.ts';
import { listenerOf } from '../overall.ts';
import { drawOutputs } from '../stages/draw.ts';
import { type FinishedStage, StageRunner } from '../stages/stage.ts';
import { RunDirectory } from './run-directory.ts';
import { packageVersion } from './version.ts';

export interface RunOptions extends GODOptions {
  /** Forget the results of earlier runs in the directory. Default false. */
  fresh?: boolean;
  /** Called with notes for the user: rows left out or skipped, a VAE that collapsed. */
  onNote?: (note: string) => void;
}

/** The report of a run, as in run.json. */
export type RunSummary = ReturnType<typeof summaryOf>;

/**
 * GOD.fit in a directory. Keeps the results of stages there and reuses those of an earlier run. Then writes figures, tables,
 * report and model, and puts all of them into place at the end. If a run is interrupted and repeated, it produces the same bytes
 * in every file except those with times: run.json and the records of the stages.
 *
 * @throws what GOD.fit throws; RunInProgressError; the error of the file system. Finished stages are kept.
 */
export async function runInDirectory(
  path: string,
  sources: readonly Source[],
  { fresh = false, onNote = () => {}, ...options }: RunOptions = {},
): Promise<RunSummary> {
  const { settings, execution, watch, moments } = readOptions(options);
  const listener = listenerOf(watch, sources.length, true);
  const directory = await RunDirectory.open(path, { fresh });
  try {
    const runner = new StageRunner(directory, listener);
    const god = new GOD(await fitStages(sources, settings, execution, runner, moments, onNote));
    const notes = notesOf(god, settings);
    for (const note of notes) onNote(note);

    return await directory.replaceOutputs(async (put) => {
      const files = await runner.runUnkept('draw', () => drawOutputs(god, put, execution.signal));
      const summary = summaryOf(god, notes, runner.finished, files);
      await put('run.json', `${JSON.stringify(summary, null, 1)}\n`);
      return summary;
    });
  } finally {
    await directory.close();
  }
}

function summaryOf(
  god: GOD,
  notes: readonly string[],
  stages: readonly FinishedStage[],
  files: Readonly<Record<string, string>>,
) {
  const sizes = Array.from(god.match.signOf, () => 0);
  for (const cluster of god.clusters) sizes[cluster]++;
  return {
    synthetic: god.synthetic,
    settings: god.settings,
    notes,
    modalities: god.modalities.map(
      ({ name, description, synthetic, total, rows, notes, network, pca, scale }) => ({
        name,
        description,
        synthetic,
        total,
        rows,
        columns: pca.components.cols,
        ...(pca.rows !== rows && { pcaRows: pca.rows }),
        scale,
        notes,
        ...(network && { network }),
      }),
    ),
    newReality: { rows: god.newReality.rows, cols: god.newReality.cols },
    quality: god.quality,
    clusters: { sizes, signOf: god.match.signOf },
    theology: god.theology,
    stages,
    versions: {
      'global-object-embedder': packageVersion,
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
      simd: native().simd,
      blas: native().blas,
    },
    files,
  };
}
