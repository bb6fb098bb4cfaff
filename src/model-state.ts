/** An array of a model's state with its shape, row-major. */
export interface StateArray {
  readonly data: Float32Array | Float64Array | Int32Array;
  readonly shape: readonly number[];
}

/** Values that JSON carries unchanged. */
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
 * @throws TypeError naming what is wrong.
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
  if (!(array?.data instanceof type) || array.shape.length !== dimensions || array.data.length !== size) {
    throw new TypeError(
      `Expected the state of a ${state.kind} to have a ${dimensions}-dimensional ${type.name} \`${name}\``,
    );
  }
  return { data: array.data as T, shape: array.shape };
}
