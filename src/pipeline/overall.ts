import type { OnProgress } from '../progress.ts';
import type { Watch } from './options.ts';
import type { StageListener } from './stages/stage.ts';

/** Approximate times of stages, in any unit. Stages of one modality are named without it. */
const WEIGHTS: readonly (readonly [stage: string, weight: number])[] = [
  ['gather-', 6],
  ['reduce-', 2],
  ['embed', 45],
  ['sample', 1],
  ['map', 20],
  ['cluster-map', 2],
  ['cluster-latent', 2],
  ['measure', 15],
];
const DRAW = ['draw', 15] as const;

/**
 * Calls `onProgress` with the progress of a whole run, from that of its stages: each counts by its usual time.
 *
 * @param draws - whether the run also draws, as `god run` does.
 */
function overallProgress(
  onProgress: OnProgress,
  modalities: number,
  draws: boolean,
): Required<StageListener> {
  const weights = draws ? [...WEIGHTS, DRAW] : WEIGHTS;
  const weightOf = (stage: string) =>
    weights.find(([name]) => (name.endsWith('-') ? stage.startsWith(name) : stage === name))?.[1] ?? 0;
  const total = weights.reduce(
    (sum, [name, weight]) => sum + weight * (name.endsWith('-') ? modalities : 1),
    0,
  );
  let done = 0;
  return {
    started: (phase) => onProgress({ phase, fraction: done / total }),
    progressed: ({ phase, fraction }) =>
      onProgress({ phase, fraction: (done + weightOf(phase) * fraction) / total }),
    finished({ name }) {
      done += weightOf(name);
      onProgress({ phase: name, fraction: done / total });
    },
  };
}

/** Combines all listeners of a run with this many modalities into one. */
export function listenerOf(
  { listener, onProgress }: Watch,
  modalities: number,
  draws: boolean,
): StageListener {
  if (onProgress === undefined) return listener;
  const overall = overallProgress(onProgress, modalities, draws);
  return {
    started(name) {
      listener.started?.(name);
      overall.started(name);
    },
    progressed(progress) {
      listener.progressed?.(progress);
      overall.progressed(progress);
    },
    finished(stage) {
      listener.finished?.(stage);
      overall.finished(stage);
    },
  };
}
