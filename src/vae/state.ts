import {
  checkState,
  type Json,
  type ModelState,
  offsetState,
  type StateArray,
  stateArray,
  stateOffset,
} from '../models/model-state.ts';
import { checkInteger } from '../options.ts';
import type { Engine, TrainingLength, TrainingOptions, VAECheckpoint } from './options.ts';
import type { VAEEpoch } from './quality.ts';
import { layersOf, parameterCount, type VAESpec } from './spec.ts';

/** Everything that a fitted VAE consists of. */
export interface VAEModel {
  readonly spec: VAESpec;
  readonly training: TrainingOptions & TrainingLength;
  readonly rows: number;
  readonly offset: Float64Array;
  /** The shift of rows when they become float32; part of `offset`. */
  readonly shift: Float64Array | undefined;
  readonly engine: Engine;
  readonly history: readonly VAEEpoch[];
  readonly parameters: Float32Array;
}

const KIND = 'VAE';
const CHECKPOINT_KIND = 'VAE checkpoint';
const VERSION = 2;
const CHECKPOINT_ARRAYS = ['parameters', 'firstMoment', 'secondMoment', 'best'] as const;

/** Arrays `offset`, `<layer>.weight` (inputs x outputs) and `<layer>.bias`, and everything else as values. */
export function modelState(model: VAEModel): ModelState {
  const { spec, training, rows, offset, shift, engine, history, parameters } = model;
  const arrays: Record<string, StateArray> = {
    offset: { data: offset.slice(), shape: [spec.input] },
    ...offsetState(shift),
  };
  for (const { name, inputs, outputs, weights, bias } of layersOf(spec)) {
    arrays[`${name}.weight`] = { data: parameters.slice(weights, bias), shape: [inputs, outputs] };
    arrays[`${name}.bias`] = { data: parameters.slice(bias, bias + outputs), shape: [outputs] };
  }
  return { kind: KIND, version: VERSION, values: plain({ spec, training, rows, engine, history }), arrays };
}

/** @throws TypeError when `state` is not what {@link modelState} of this version gives. */
export function modelFromState(state: ModelState): VAEModel {
  checkState(state, KIND, VERSION);
  const spec = checkSpec(state.values.spec);
  const parameters = new Float32Array(parameterCount(spec));
  for (const { name, inputs, outputs, weights, bias } of layersOf(spec)) {
    parameters.set(shaped(state, `${name}.weight`, Float32Array, [inputs, outputs]), weights);
    parameters.set(shaped(state, `${name}.bias`, Float32Array, [outputs]), bias);
  }
  const offset = shaped(state, 'offset', Float64Array, [spec.input]);
  const { training, history } = state.values;
  if (typeof training !== 'object' || training === null || !Array.isArray(history)) {
    throw new TypeError('Expected the state of a VAE to have its `training` and `history`');
  }
  const rest = state.values as unknown as Omit<VAEModel, 'spec' | 'parameters' | 'offset' | 'shift'>;
  return { ...rest, spec, parameters, offset, shift: stateOffset(state, spec.input) };
}

/** A checkpoint as named arrays and plain values, to be saved like a model. */
export function checkpointState(checkpoint: VAECheckpoint): ModelState {
  const { spec, training, rows, offset, history } = checkpoint;
  const arrays = CHECKPOINT_ARRAYS.map((name) => {
    const data = checkpoint[name];
    return [name, { data, shape: [data.length] }] as const;
  });
  return {
    kind: CHECKPOINT_KIND,
    version: VERSION,
    values: plain({ spec, training, rows, history }),
    arrays: { ...Object.fromEntries(arrays), offset: { data: offset, shape: [offset.length] } },
  };
}

/** @throws TypeError when `state` is not what {@link checkpointState} of this version gives. */
export function checkpointFromState(state: ModelState): VAECheckpoint {
  checkState(state, CHECKPOINT_KIND, VERSION);
  const spec = checkSpec(state.values.spec);
  const shape = [parameterCount(spec)];
  const [parameters, firstMoment, secondMoment, best] = CHECKPOINT_ARRAYS.map((name) =>
    shaped(state, name, Float32Array, shape),
  );
  const offset = shaped(state, 'offset', Float64Array, [spec.input]);
  const rest = state.values as unknown as Pick<VAECheckpoint, 'training' | 'rows' | 'history'>;
  return { ...rest, spec, parameters, firstMoment, secondMoment, best, offset };
}

/** As JSON would return it: without absent entries, such as the validation figures of a fit without held-out rows. */
function plain(values: object): Record<string, Json> {
  return JSON.parse(JSON.stringify(values)) as Record<string, Json>;
}

function checkSpec(value: unknown): VAESpec {
  const { input, hidden, latent } = (value ?? {}) as Partial<VAESpec>;
  if (!Array.isArray(hidden)) throw new TypeError('Expected the state of a VAE to have its widths in `spec`');
  const width = (name: string, n: unknown) => checkInteger(`spec.${name}`, n, { min: 1, max: 2 ** 31 });
  return {
    input: width('input', input),
    hidden: hidden.map((n) => width('hidden', n)),
    latent: width('latent', latent),
  };
}

function shaped<T extends StateArray['data']>(
  state: ModelState,
  name: string,
  type: new (length: number) => T,
  shape: readonly number[],
): T {
  const array = stateArray(state, name, type, shape.length);
  if (array.shape.some((extent, i) => extent !== shape[i])) {
    throw new TypeError(
      `Expected \`${name}\` to be ${shape.join(' x ')} but received ${array.shape.join(' x ')}`,
    );
  }
  return array.data;
}
