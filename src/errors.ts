import { types } from 'node:util';

/** Where in a file something is wrong. */
export interface DataErrorPlace {
  readonly file?: string;
  /** Byte offset of the damaged part. */
  readonly offset?: number;
  /** Line number, from 1, for text formats. */
  readonly line?: number;
}

/** What else a {@link DataError} can have. */
export interface DataErrorOptions extends ErrorOptions {
  /** The option that would help. */
  readonly option?: string;
}

/** A file does not hold what its format promises. The message names the file, the place and what is wrong. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly file: string | undefined;
  readonly offset: number | undefined;
  readonly line: number | undefined;
  /** What is wrong, without the place. */
  readonly problem: string;
  /** The option that would help, if there is one, e.g. `encoding`. */
  readonly option: string | undefined;

  constructor(problem: string, place: DataErrorPlace = {}, options: DataErrorOptions = {}) {
    const at = [
      place.file,
      place.line === undefined ? undefined : `line ${place.line}`,
      place.offset === undefined ? undefined : `byte ${place.offset}`,
    ].filter((part) => part !== undefined);
    super(at.length > 0 ? `${at.join(', ')}: ${problem}` : problem, options);
    this.file = place.file;
    this.offset = place.offset;
    this.line = place.line;
    this.problem = problem;
    this.option = options.option;
  }
}

/** A file of rows holds none. */
export class NoRowsError extends DataError {
  constructor(file: string, what = 'rows') {
    super(`holds no ${what}`, { file });
  }
}

/** What a {@link RowsError} is about. */
export interface RowsErrorPlace {
  readonly row?: number | undefined;
  readonly column?: number | undefined;
  readonly value?: unknown;
}

/** Rows of numbers hold something that cannot be used, such as NaN or values too large for float32. */
export class RowsError extends RangeError {
  override readonly name = 'RowsError';
  /** The row at fault, from 0; undefined if it is not one alone. */
  readonly row: number | undefined;
  /** The column at fault, from 0; undefined if it is not one alone. */
  readonly column: number | undefined;
  /** The value at fault; undefined if it is not one alone. */
  readonly value: unknown;

  constructor(message: string, { row, column, value }: RowsErrorPlace = {}, options?: ErrorOptions) {
    super(message, options);
    this.row = row;
    this.column = column;
    this.value = value;
  }
}

/** The given links do not connect all rows: they leave several components. */
export class DisconnectedError extends RangeError {
  override readonly name = 'DisconnectedError';
  /** Number of components, at least 2. */
  readonly components: number;

  constructor(components: number) {
    super(
      `Expected \`connectivity\` to connect all rows but it leaves ${components} components; ` +
        "give more links, or `disconnected: 'join'` to add the shortest ones between them",
    );
    this.components = components;
  }
}

/** The native addon could not be loaded. The message names the platform and says how to fix it. */
export class NativeLoadError extends Error {
  override readonly name = 'NativeLoadError';
}

/** An optional package that a feature needs is not installed. The message gives the command that installs it. */
export class MissingDependencyError extends Error {
  override readonly name = 'MissingDependencyError';

  constructor(packages: readonly string[], feature: string, options?: ErrorOptions) {
    super(
      `${feature} needs ${packages.join(' and ')}. Install with: npm install ${packages.join(' ')}`,
      options,
    );
  }
}

/** A file could not be fetched. The message says why, and where to bring it from by hand. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  /** Where the file belongs. */
  readonly file: string;
  /** The address that was tried last. */
  readonly url: string;

  constructor(problem: string, { file, url }: { file: string; url: string }, options?: ErrorOptions) {
    super(problem, options);
    this.file = file;
    this.url = url;
  }
}

/** The same error, with the name of the option that it is about. */
export function aboutOption<E extends Error>(error: E, option: string): E {
  return Object.defineProperty(error, 'option', { value: option });
}

/** The option that an error is about; undefined if it is not about an option or is not ours. */
export function optionOf(error: unknown): string | undefined {
  if (!types.isNativeError(error) || !('option' in error)) return undefined;
  return typeof error.option === 'string' ? error.option : undefined;
}

/** A call has an option that does not exist. */
export class UnknownOptionError extends TypeError {
  readonly option: string;

  constructor(option: string, known: readonly string[]) {
    super(`Unknown option \`${option}\`. Known options: ${known.join(', ')}`);
    this.option = option;
  }
}

/** A short description of a value for error messages. */
export function describe(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object')
    return value.constructor?.name ? `an instance of ${value.constructor.name}` : 'an object';
  return `a ${typeof value}`;
}
