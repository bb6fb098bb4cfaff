import { aboutOption, describe, UnknownOptionError } from './errors.ts';
import type { MatrixLike } from './matrix.ts';
import { type OwnOptions, ownedMatrix } from './owned-matrix.ts';

/** Options that every estimator takes. */
export interface CommonOptions {
  /** Seed of everything random, an integer in [0, 2^53). Default 0. */
  seed?: number;
  /**
   * Threads to use, 1 to 256. Default: the processors available to this process; in a container at most its CPU quota, rounded
   * up. Results do not depend on it.
   */
  threads?: number;
  /** Stops the work soon after it is aborted; the promise then rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/** Options of functions without anything random. */
export type CallOptions = Omit<CommonOptions, 'seed'>;

/** Bounds of a numeric option. `min` and `max` are allowed values unless `exclusiveMin` says otherwise. */
interface Range {
  min?: number;
  max?: number;
  exclusiveMin?: boolean;
  /** Appended to the range in messages, e.g. `for 100 rows`. */
  context?: string;
}

type Names<Options> = readonly (keyof Options & string)[];

/** The names of the options that can hold a `Value`. */
type NamesOf<Options, Value> = {
  [Name in keyof Options & string]-?: [Extract<Options[Name], Value>] extends [never] ? never : Name;
}[keyof Options & string];

/** Accepts `Known` if it has every name of the options. Otherwise a type that no array meets, which shows the missing names. */
type Complete<Options, Known extends Names<Options>> = [Exclude<keyof Options, Known[number]>] extends [never]
  ? unknown
  : { lacks: Exclude<keyof Options, Known[number]> };

type Callback = (...args: never[]) => unknown;

/**
 * Reads named options of one call. Every reader returns the default if the option is absent or undefined. Its errors name the
 * option and say what was expected and what came.
 */
export class OptionReader<Options extends object, const Known extends Names<Options> = Names<Options>> {
  readonly #values: Readonly<Record<string, unknown>>;

  /**
   * `known` must list exactly the names in the type of `options`; otherwise it does not compile.
   *
   * @throws TypeError when `options` is not a plain object or has a name that is not in `known`.
   */
  constructor(options: Options | undefined, known: Known & Complete<Options, Known>) {
    const values: unknown = options === undefined ? {} : options;
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      throw new TypeError(`Expected \`options\` to be an object but received ${describe(values)}`);
    }
    const names: readonly string[] = known;
    for (const key of Object.keys(values)) {
      if (!names.includes(key)) {
        throw new UnknownOptionError(key, names);
      }
    }
    this.#values = values as Record<string, unknown>;
  }

  has(name: keyof Options & string): boolean {
    return this.raw(name) !== undefined;
  }

  /** The value as it was given, unchecked. */
  raw(name: keyof Options & string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  number(name: NamesOf<Options, number>, fallback: number, range: Range = {}): number {
    const value = this.raw(name);
    return value === undefined ? fallback : checkNumber(name, value, range);
  }

  integer(name: NamesOf<Options, number>, fallback: number, range: Range = {}): number {
    const value = this.raw(name);
    return value === undefined ? fallback : checkInteger(name, value, range);
  }

  boolean(name: NamesOf<Options, boolean>, fallback: boolean): boolean {
    return this.#value(name, 'true or false', (value) => typeof value === 'boolean') ?? fallback;
  }

  text(name: NamesOf<Options, string>): string | undefined {
    return this.#value(name, 'a string', (value) => typeof value === 'string');
  }

  oneOf<Name extends NamesOf<Options, string>>(
    name: Name,
    fallback: Extract<Options[Name], string>,
    allowed: readonly Extract<Options[Name], string>[],
  ): Extract<Options[Name], string> {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    const found = allowed.find((entry) => entry === value);
    if (found === undefined) {
      const list = allowed.map((entry) => `'${entry}'`).join(', ');
      throw aboutOption(
        new RangeError(`Expected \`${name}\` to be one of ${list} but received ${describe(value)}`),
        name,
      );
    }
    return found;
  }

  callback<Name extends NamesOf<Options, Callback>>(
    name: Name,
  ): Extract<Options[Name], Callback> | undefined {
    type Given = Extract<Options[Name], Callback>;
    return this.#value(name, 'a function', (value): value is Given => typeof value === 'function');
  }

  seed(this: OptionReader<{ seed?: number }>): number {
    return this.integer('seed', 0, { min: 0, max: Number.MAX_SAFE_INTEGER });
  }

  /** 0 means one for each processor available to this process (the addon knows the number). */
  threads(this: OptionReader<{ threads?: number }>): number {
    return this.integer('threads', 0, { min: 1, max: 256 });
  }

  signal(this: OptionReader<{ signal?: AbortSignal }>): AbortSignal | undefined {
    return this.#value('signal', 'an AbortSignal', isAbortSignal);
  }

  #value<T>(
    name: keyof Options & string,
    expected: string,
    isExpected: (value: unknown) => value is T,
  ): T | undefined {
    const value = this.raw(name);
    if (value === undefined || isExpected(value)) return value;
    throw aboutOption(
      new TypeError(`Expected \`${name}\` to be ${expected} but received ${describe(value)}`),
      name,
    );
  }
}

/** Checks the members that we use: a signal of another realm, or of a simulated browser, does not have Node's class. */
function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null || !('aborted' in value)) return false;
  const { throwIfAborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  return [throwIfAborted, addEventListener, removeEventListener].every(
    (method) => typeof method === 'function',
  );
}

/** @throws TypeError when `value` is not a number; RangeError when it lies outside the range. */
export function checkNumber(name: string, value: unknown, range: Range = {}): number {
  if (typeof value !== 'number') {
    throw aboutOption(
      new TypeError(`Expected \`${name}\` to be a number but received ${describe(value)}`),
      name,
    );
  }
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, exclusiveMin = false } = range;
  const above = exclusiveMin ? value > min : value >= min;
  if (!Number.isFinite(value) || !above || value > max) {
    throw aboutOption(new RangeError(`Expected \`${name}\` ${rangeText(range)} but received ${value}`), name);
  }
  return value;
}

/** @throws TypeError when `value` is not a number; RangeError when it is not an integer or lies outside the range. */
export function checkInteger(name: string, value: unknown, range: Range = {}): number {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw aboutOption(
      new RangeError(`Expected \`${name}\` to be an integer ${rangeText(range)} but received ${value}`),
      name,
    );
  }
  return checkNumber(name, value, range);
}

/** The context of a range that depends on the rows; none before they are known, which Infinity stands for. */
export function forRows(rows: number): { context?: string } {
  return Number.isFinite(rows) ? { context: `for ${rows} rows` } : {};
}

function rangeText({ min, max, exclusiveMin, context }: Range): string {
  const low = min === undefined ? '(-inf' : `${exclusiveMin ? '(' : '['}${min}`;
  const high = max === undefined || max === Number.POSITIVE_INFINITY ? 'inf)' : `${max}]`;
  return `in ${low}, ${high}${context === undefined ? '' : ` ${context}`}`;
}

/** Options of calls that take rows of the data that a model was fitted to. */
export interface RowsOptions extends CallOptions {
  /** Move the buffer of the rows instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
}

/** Their names. */
export const ROWS_OPTIONS = ['threads', 'signal', 'transfer'] as const;

/**
 * Reads the arguments of such a call: a private copy of the rows, and the options.
 *
 * @throws RangeError when the rows do not have `cols` columns; also what ownedMatrix and OptionReader throw.
 */
export function readRows(
  name: string,
  input: MatrixLike,
  cols: number,
  read: OptionReader<RowsOptions>,
  own: Pick<OwnOptions, 'offset'> = {},
) {
  const data = ownedMatrix(name, input, { transfer: read.boolean('transfer', false), ...own });
  if (data.cols !== cols && data.rows > 0) {
    throw aboutOption(
      new RangeError(`Expected \`${name}\` to have ${cols} columns but received ${data.cols}`),
      name,
    );
  }
  return { data: { ...data, cols }, threads: read.threads(), signal: read.signal() };
}
