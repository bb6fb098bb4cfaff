import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { EPOCH_SIZE, epochFrom, epochValues } from './quality.ts';
import { parameterCount } from './spec.ts';
import type { Trainer } from './training.ts';

/** Trains with the native kernel: one call for the whole fit. Results do not depend on the number of threads. */
export const trainNative: Trainer = async (X, spec, training, start, { threads, signal, onEpoch }) => {
  const count = parameterCount(spec);
  const copyOf = (array: Float32Array | undefined) => array?.slice() ?? new Float32Array(count);
  const done = start?.history.length ?? 0;
  const state = {
    parameters: copyOf(start?.parameters),
    firstMoment: copyOf(start?.firstMoment),
    secondMoment: copyOf(start?.secondMoment),
    best: copyOf(start?.best),
    history: new Float64Array(Math.max(training.epochs, done) * EPOCH_SIZE),
    done: new Float64Array(1),
  };
  state.history.set((start?.history ?? []).flatMap(epochValues));
  let reported = done;
  const onProgress = (finished: number) => {
    for (; reported < finished; reported++) onEpoch?.(reported, epochFrom(state.history, reported));
  };
  const { input, latent, hidden } = spec;
  await runJob(
    () =>
      native().vaeFit(
        { X, hidden: Uint32Array.from(hidden) },
        { ...training, input, latent, threads, done },
        state,
      ),
    { signal, onProgress },
  );
  const { parameters, firstMoment, secondMoment, best } = state;
  const history = Array.from({ length: state.done[0] }, (_, epoch) => epochFrom(state.history, epoch));
  return { parameters, firstMoment, secondMoment, best, history };
};
