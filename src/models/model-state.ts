import { describe } from '../errors.ts';

/** An array of a model's state with its shape, row-major. */
export interface StateArray {
  readonly data: Float32Array | Float64Array | Int32Array;
  readonly shape: readonly number[];
}

/** Values that JSON keeps unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Everything a fitted model is: what `state()` gives and `fromState()` takes. Knows no files. */
export interface ModelState {
  /** The class, e.g. 'PCA'. */
  readonly kind: string;
  /** Format of this kind's state; raised when it changes. */
  readonly version: number;
  readonly values: { readonly [key: string]: Json };
  readonly arrays: { readonly [name: string]: StateArray };
}

/**
 * Checks that a state is of the expected kind and version and has arrays of the expected type.
 *
 * @throws TypeError that says what is wrong.
 */
export function checkState(state: ModelState, kind: string, version: number): void {
  if (state?.kind !== kind || state.version !== version) {
    throw new TypeError(
      `Expected the state of a ${kind}, version ${version}, but received ${state?.kind}, version ${state?.version}`,
    );
  }
}

type ArrayType<T extends StateArray['data']> = new (length: number) => T;

/** The array `name` of a state, checked for its element type and number of dimensions. */
export function stateArray<T extends StateArray['data']>(
  state: ModelState,
  name: string,
  type: ArrayType<T>,
  dimensions: number,
): { data: T; shape: readonly number[] } {
  const array = Object.hasOwn(state.arrays, name) ? state.arrays[name] : undefined;
  const size = array?.shape.reduce((product, extent) => product * extent, 1);
  if (
    array?.data?.[Symbol.toStringTag] !== type.name ||
    array.shape.length !== dimensions ||
    array.data.length !== size
  ) {
    throw new TypeError(
      `Expected the state of a ${state.kind} to have a ${dimensions}-dimensional ${type.name} \`${name}\``,
    );
  }
  return { data: array.data as T, shape: array.shape };
}

/** What a model's state says about columns that were shifted before they became float32: their offset; nothing if none were. */
export function offsetState(offset: Float64Array | undefined): Record<string, StateArray> {
  return offset === undefined ? {} : { columnOffset: { data: offset.slice(), shape: [offset.length] } };
}

/** The offset that {@link offsetState} wrote. @throws TypeError when it is not one number for each of `cols` columns. */
export function stateOffset(state: ModelState, cols: number): Float64Array | undefined {
  if (!Object.hasOwn(state.arrays, 'columnOffset')) return undefined;
  const { data } = stateArray(state, 'columnOffset', Float64Array, 1);
  if (data.length === cols && data.every(Number.isFinite)) return data;
  throw new TypeError(
    `Expected the state of a ${state.kind} to have an offset for each of its ${cols} columns`,
  );
}

const ARRAY_TYPES = { Float32Array, Float64Array, Int32Array };

/** A state as plain JSON, with arrays of numbers. Larger and slower than a file by saveModel; only zeros lose their sign. */
export function stateToJson(state: ModelState): Json {
  const arrays = Object.entries(state.arrays).map(([name, { data, shape }]) => [
    name,
    { type: data[Symbol.toStringTag], shape, data: Array.from(data) },
  ]);
  return {
    kind: state.kind,
    version: state.version,
    values: state.values,
    arrays: Object.fromEntries(arrays),
  };
}

/** @throws TypeError when `json` is not what {@link stateToJson} gave. */
export function stateFromJson(json: unknown): ModelState {
  const { kind, version, values, arrays } = record('the JSON of a model', json);
  if (typeof kind !== 'string' || typeof version !== 'number') {
    throw new TypeError('Expected the JSON of a model to have a kind and a version');
  }
  const read = Object.entries(record('its arrays', arrays)).map(([name, array]) => [
    name,
    arrayFromJson(name, array),
  ]);
  return {
    kind,
    version,
    values: record('its values', values) as ModelState['values'],
    arrays: Object.fromEntries(read),
  };
}

function arrayFromJson(name: string, json: unknown): StateArray {
  const { type, shape, data } = record(`array \`${name}\``, json);
  const ofNumbers = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((value) => typeof value === 'number' && Number.isFinite(value));
  if (
    typeof type !== 'string' ||
    !Object.hasOwn(ARRAY_TYPES, type) ||
    !ofNumbers(shape) ||
    !ofNumbers(data)
  ) {
    throw new TypeError(`Expected array \`${name}\` to have a known type, a shape and finite numbers`);
  }
  return { data: ARRAY_TYPES[type as keyof typeof ARRAY_TYPES].from(data), shape };
}

function record(what: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`Expected ${what} to be an object but received ${describe(value)}`);
  }
  return value as Record<string, unknown>;
}
