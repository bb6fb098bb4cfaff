import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { notFinite } from './not-finite.ts';
import type { Trainer } from './options.ts';
import { EPOCH_SIZE, epochFrom, epochValues, groupsFrom, QUALITY_SIZE, type VAEEpoch } from './quality.ts';
import { parameterCount } from './spec.ts';

/** Trains with the native kernel: one call for the whole fit. Results do not depend on the number of threads. */
export const trainNative: Trainer = async (
  X,
  spec,
  training,
  start,
  { groups, threads, signal, onEpoch, onRows },
) => {
  const count = parameterCount(spec);
  const copyOf = (array: Float32Array | undefined) => array?.slice() ?? new Float32Array(count);
  const before = start?.history ?? [];
  const epochs = Math.max(training.epochs, before.length);
  const names = groups?.names ?? [];
  const state = {
    parameters: copyOf(start?.parameters),
    firstMoment: copyOf(start?.firstMoment),
    secondMoment: copyOf(start?.secondMoment),
    best: copyOf(start?.best),
    history: new Float64Array(epochs * EPOCH_SIZE),
    groupHistory: new Float64Array(epochs * names.length * QUALITY_SIZE),
    outcome: new Float64Array(3),
  };
  state.history.set(before.flatMap(epochValues));
  const history = [...before];
  // Whole epochs that have been finished, and a share of the next one.
  const readUntil = (done: number) => {
    if (history.length === Math.floor(done)) onRows?.(done);
    while (history.length < Math.floor(done)) {
      const epoch = history.length;
      const figures = epochFrom(state.history, epoch);
      history.push(groups && figures.validation ? { ...figures, groups: groupFigures(epoch) } : figures);
      onEpoch?.(epoch, history[epoch]);
    }
  };
  const groupFigures = (epoch: number): VAEEpoch['groups'] =>
    groupsFrom(state.groupHistory, epoch * names.length * QUALITY_SIZE, names);
  const { input, latent, hidden } = spec;
  const inputs = { X, hidden: Uint32Array.from(hidden), groups: groups?.ofRow };
  const options = { ...training, input, latent, threads, groupCount: names.length, done: before.length };
  await runJob(() => native().vaeFit(inputs, options, state), { signal, onProgress: readUntil });
  const [epoch, lost, step] = state.outcome;
  if (lost > 0) throw notFinite(epoch, lost === 1 ? step : undefined);
  const { parameters, firstMoment, secondMoment, best } = state;
  return { parameters, firstMoment, secondMoment, best, history };
};
