import { describe } from './errors.ts';
import { type CopyArray, copyOf, type MatrixLike, ownedMatrix } from './matrix.ts';

/** Options that every estimator takes. */
export interface CommonOptions {
  /** Seed of everything random, an integer in [0, 2^53). Default 0. */
  seed?: number;
  /** Threads to use, 1 to 256. Default: the number of available processors. Results do not depend on it. */
  threads?: number;
  /** Stops the work soon after it is aborted; the promise then rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/** Bounds of a numeric option. `min` and `max` are allowed values unless `exclusiveMin` says otherwise. */
interface Range {
  min?: number;
  max?: number;
  exclusiveMin?: boolean;
  /** Appended to the range in messages, e.g. `for 100 rows`. */
  context?: string;
}

/**
 * Reads named options of one call. Every reader returns the default when the option is absent or undefined, and
 * throws an error that says what was expected, for which name, and what came.
 */
export class OptionReader {
  readonly #values: Record<string, unknown>;

  /** @throws TypeError when `options` is no plain object or has a name that is not in `known`. */
  constructor(options: unknown, known: readonly string[]) {
    if (options === undefined) options = {};
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw new TypeError(`Expected \`options\` to be an object but received ${describe(options)}`);
    }
    for (const key of Object.keys(options)) {
      if (!known.includes(key)) {
        throw new TypeError(`Unknown option \`${key}\`. Known options: ${known.join(', ')}`);
      }
    }
    this.#values = options as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  raw(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  number(name: string, fallback: number, range: Range = {}): number {
    const value = this.raw(name);
    return value === undefined ? fallback : checkNumber(name, value, range);
  }

  integer(name: string, fallback: number, range: Range = {}): number {
    const value = this.raw(name);
    return value === undefined ? fallback : checkInteger(name, value, range);
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    if (typeof value !== 'boolean') {
      throw new TypeError(`Expected \`${name}\` to be true or false but received ${describe(value)}`);
    }
    return value;
  }

  oneOf<const T extends string>(name: string, fallback: NoInfer<T>, allowed: readonly T[]): T {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    if (!allowed.includes(value as T)) {
      const list = allowed.map((entry) => `'${entry}'`).join(', ');
      throw new RangeError(`Expected \`${name}\` to be one of ${list} but received ${describe(value)}`);
    }
    return value as T;
  }

  callback<F extends (...args: never[]) => void>(name: string): F | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'function') {
      throw new TypeError(`Expected \`${name}\` to be a function but received ${describe(value)}`);
    }
    return value as F;
  }

  seed(): number {
    return this.integer('seed', 0, { min: 0, max: Number.MAX_SAFE_INTEGER });
  }

  /** 0 means: as many as there are processors (the addon knows the number). */
  threads(): number {
    return this.integer('threads', 0, { min: 1, max: 256 });
  }

  signal(): AbortSignal | undefined {
    const value = this.raw('signal');
    if (value === undefined) return undefined;
    if (!isAbortSignal(value)) {
      throw new TypeError(`Expected \`signal\` to be an AbortSignal but received ${describe(value)}`);
    }
    return value;
  }
}

/** By what we call: a signal of another realm, or of a simulated browser, does not have Node's class. */
function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null || !('aborted' in value)) return false;
  const { throwIfAborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  return [throwIfAborted, addEventListener, removeEventListener].every(
    (method) => typeof method === 'function',
  );
}

/** @throws TypeError when `value` is no number; RangeError when it lies outside the range. */
export function checkNumber(name: string, value: unknown, range: Range = {}): number {
  if (typeof value !== 'number') {
    throw new TypeError(`Expected \`${name}\` to be a number but received ${describe(value)}`);
  }
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, exclusiveMin = false } = range;
  const above = exclusiveMin ? value > min : value >= min;
  if (!Number.isFinite(value) || !above || value > max) {
    throw new RangeError(`Expected \`${name}\` ${rangeText(range)} but received ${value}`);
  }
  return value;
}

/** @throws TypeError when `value` is no number; RangeError when it is no integer or outside the range. */
export function checkInteger(name: string, value: unknown, range: Range = {}): number {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new RangeError(`Expected \`${name}\` to be an integer ${rangeText(range)} but received ${value}`);
  }
  return checkNumber(name, value, range);
}

function rangeText({ min, max, exclusiveMin, context }: Range): string {
  const low = min === undefined ? '(-inf' : `${exclusiveMin ? '(' : '['}${min}`;
  const high = max === undefined ? 'inf)' : `${max}]`;
  return `in ${low}, ${high}${context === undefined ? '' : ` ${context}`}`;
}

/** Options of calls that take rows of the data that a model was fitted to. */
export interface RowsOptions extends Pick<CommonOptions, 'threads' | 'signal'> {
  /** Move the buffer of the rows instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
}

/**
 * Reads such a call: the rows, owned, and its options.
 *
 * @throws RangeError when the rows do not have `cols` columns; whatever ownedMatrix and OptionReader throw.
 */
export function readRows(
  name: string,
  input: MatrixLike,
  cols: number,
  options: RowsOptions,
  copy: CopyArray = copyOf,
) {
  const read = new OptionReader(options, ['threads', 'signal', 'transfer']);
  const data = ownedMatrix(name, input, { transfer: read.boolean('transfer', false), copy });
  if (data.cols !== cols && data.rows > 0) {
    throw new RangeError(`Expected \`${name}\` to have ${cols} columns but received ${data.cols}`);
  }
  return { data: { ...data, cols }, threads: read.threads(), signal: read.signal() };
}
