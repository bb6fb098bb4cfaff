// A table of bad and unusual inputs, for every function that takes a matrix and options.
import { RowsError, type RowsErrorPlace } from '../../src/index.ts';

type ErrorClass = typeof TypeError | typeof RangeError | typeof RowsError;

/** A value that must be refused with an error of the given class whose message says what is wrong. */
export interface BadInput {
  readonly name: string;
  /** Makes a new value for each use, because some uses detach or move it. */
  readonly make: () => unknown;
  readonly throws: ErrorClass;
  readonly says: RegExp;
  /** Where the error says the value stands. */
  readonly place?: RowsErrorPlace;
}

/** A value that is either refused with a TypeError or RangeError, or gives finite results. */
export interface OddInput {
  readonly name: string;
  readonly make: () => unknown;
}

const ROWS = 12;
const COLS = 3;

/** 12 x 3 values without structure, in [-1, 1). */
export function plainValues(rows = ROWS, cols = COLS): Float32Array {
  return Float32Array.from({ length: rows * cols }, (_, i) => ((i * 7919 + 13) % 101) / 50.5 - 1);
}

const plain = (rows = ROWS, cols = COLS) => ({ data: plainValues(rows, cols), rows, cols });

const plainRows = () => Array.from({ length: ROWS }, (_, i) => [i % 5, (i * i) % 7, (3 * i) % 4]);

function withValue(at: number, value: number) {
  const X = plain();
  X.data[at] = value;
  return X;
}

function detached() {
  const X = plain();
  structuredClone(X.data.buffer, { transfer: [X.data.buffer as ArrayBuffer] });
  return X;
}

const bad = (name: string, throws: ErrorClass, says: RegExp, make: () => unknown): BadInput => ({
  name,
  make,
  throws,
  says,
});

const notFinite = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].flatMap((value) =>
  Object.entries({ first: 0, middle: 17, last: ROWS * COLS - 1 }).map(([where, at]) => {
    const place = { row: Math.floor(at / COLS), column: at % COLS, value };
    const says = new RegExp(`row ${place.row}, column ${place.column}`);
    return { ...bad(`${value} as the ${where} value`, RowsError, says, () => withValue(at, value)), place };
  }),
);

const wrongKinds = [
  undefined,
  null,
  true,
  7,
  7n,
  'matrix',
  Symbol('matrix'),
  () => plain(),
  {},
  new Map(),
  new Float32Array(ROWS * COLS),
  new ArrayBuffer(144),
  Promise.resolve(plain()),
].map((value) =>
  bad(
    `${typeof value} ${String(value)}`.slice(0, 60),
    TypeError,
    /Expected `.*` to be a matrix/,
    () => value,
  ),
);

const wrongData = [
  undefined,
  null,
  [1, 2, 3],
  new Array(ROWS * COLS).fill(1),
  new Int32Array(ROWS * COLS),
  new Uint8Array(ROWS * COLS),
  new Uint8ClampedArray(ROWS * COLS),
  new BigInt64Array(ROWS * COLS),
  new DataView(new ArrayBuffer(144)),
  new ArrayBuffer(144),
  'data',
].map((data) =>
  bad(`data is ${Object.prototype.toString.call(data)}`, TypeError, /Float32Array or Float64Array/, () => ({
    data,
    rows: ROWS,
    cols: COLS,
  })),
);

const wrongShapes = [
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  '12',
  null,
  undefined,
  12n,
  {},
].flatMap((value) =>
  ['rows', 'cols'].map((key) =>
    bad(`${key} is ${typeof value} ${String(value)}`, RangeError, new RegExp(`\\.${key}\``), () => ({
      ...plain(),
      [key]: value,
    })),
  ),
);

const wrongLengths = [
  bad('one value too few', RangeError, /its length is 35/, () => ({
    ...plain(),
    data: new Float32Array(35),
  })),
  bad('one value too many', RangeError, /its length is 37/, () => ({
    ...plain(),
    data: new Float32Array(37),
  })),
  bad('no values', RangeError, /its length is 0/, () => ({ ...plain(), data: new Float32Array(0) })),
  bad('a detached buffer', RangeError, /its length is 0/, detached),
  bad('rows x cols beyond 2^53', RangeError, /values but its length/, () => ({
    ...plain(),
    rows: 2 ** 40,
    cols: 2 ** 40,
  })),
];

/** What JSON, forms and databases can have in the place of a number. */
const notNumbers = [null, undefined, '', ' ', '4', 'two', true, [], [7], {}, new Date(5), 3n, Symbol('x')];

const numbers = (rows: number, cols: number): unknown[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: cols }, (_, j) => Math.abs(i - j) % 5));

/**
 * Rows of numbers in which one value, at the beginning, middle or end, is not a number, or is a hole. If the matrix is square,
 * the others are distances.
 */
export function badNumbers(rows: number, cols: number): BadInput[] {
  const places = [
    [0, cols > 1 ? 1 : 0],
    [Math.floor(rows / 2) + 1, Math.floor(cols / 2)],
    [rows - 1, cols - 1],
  ];
  return places.flatMap(([row, col]) => {
    const says = new RegExp(`row ${row}, column ${col} is `);
    const kinds = notNumbers.map((value) =>
      bad(
        `${typeof value} ${Object.prototype.toString.call(value)} ${String(value)} at ${row}, ${col}`,
        RangeError,
        says,
        () => {
          const X = numbers(rows, cols);
          X[row][col] = value;
          return X;
        },
      ),
    );
    const hole = bad(`a hole at ${row}, ${col}`, RangeError, says, () => {
      const X = numbers(rows, cols);
      delete X[row][col];
      return X;
    });
    return [...kinds, hole];
  });
}

const wrongRows = [
  bad('rows of different lengths', RangeError, /row 2 has 1/, () => [[1, 2], [3, 4], [5]]),
  bad('a row that is a number', TypeError, /row 1/, () => [[1, 2], 3]),
  bad('a row that is null', TypeError, /row 0/, () => [null]),
  bad('a row that is a string', TypeError, /row 0/, () => ['12']),
  bad('a row of another typed array', TypeError, /row 0/, () => [new Int32Array(3)]),
  bad('a hole among the rows', TypeError, /row 1/, () => Object.assign([[1, 2]], { 2: [3, 4], length: 3 })),
  ...badNumbers(ROWS, COLS),
  bad('a float64 beyond float32', RangeError, /row 1, column 0/, () => ({
    data: Float64Array.from({ length: 36 }, (_, i) => (i === 3 ? 1e200 : i)),
    rows: ROWS,
    cols: COLS,
  })),
];

/** What no function accepts as its matrix. */
export const badMatrices: readonly BadInput[] = [
  ...wrongKinds,
  ...wrongData,
  ...wrongShapes,
  ...wrongLengths,
  ...wrongRows,
  ...notFinite,
];

const filled = (rows: number, cols: number, value: (i: number) => number) => ({
  data: Float32Array.from({ length: rows * cols }, (_, i) => value(i)),
  rows,
  cols,
});

function offsetView() {
  const all = new Float32Array(ROWS * COLS + 9);
  all.set(plainValues(), 5);
  return { data: all.subarray(5, 5 + ROWS * COLS), rows: ROWS, cols: COLS };
}

function shared() {
  const data = new Float32Array(new SharedArrayBuffer(4 * ROWS * COLS));
  data.set(plainValues());
  return { data, rows: ROWS, cols: COLS };
}

function resizable() {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
  const data = new Float32Array(new Resizable(4 * ROWS * COLS, { maxByteLength: 4096 }));
  data.set(plainValues());
  return { data, rows: ROWS, cols: COLS };
}

/** Values that are unusual but valid. */
export const oddMatrices: readonly OddInput[] = [
  ...[0, 1, 2, 3, 4]
    .flatMap((rows) => [0, 1, 2, 5].map((cols) => ({ rows, cols })))
    .map(({ rows, cols }) => ({
      name: `${rows} x ${cols}`,
      make: () => plain(rows, cols),
    })),
  { name: 'an empty array', make: () => [] },
  { name: 'an array of empty rows', make: () => [[], [], []] },
  { name: 'all zeros', make: () => filled(ROWS, COLS, () => 0) },
  { name: 'all equal', make: () => filled(ROWS, COLS, () => 4.25) },
  { name: 'a constant column', make: () => filled(ROWS, COLS, (i) => (i % COLS === 1 ? 7 : i * i)) },
  { name: 'every row twice', make: () => filled(ROWS, COLS, (i) => (i % (COLS * 6)) ** 1.5) },
  { name: 'all rows equal', make: () => filled(200, COLS, (i) => i % COLS) },
  { name: 'all rows equal except one', make: () => filled(50, COLS, (i) => (i < COLS ? 100 : 1)) },
  { name: 'one column', make: () => filled(40, 1, (i) => i % 9) },
  { name: 'wider than tall', make: () => plain(5, 40) },
  { name: 'values of 1e30', make: () => filled(ROWS, COLS, (i) => (i % 2 ? 1e30 : -1e30) * (1 + (i % 5))) },
  { name: 'values of 3e38', make: () => filled(ROWS, COLS, (i) => (i % 2 ? 3.3e38 : -3.3e38)) },
  { name: 'one value of 1e30', make: () => withValue(8, 1e30) },
  { name: 'values of 1e-30', make: () => filled(ROWS, COLS, (i) => 1e-30 * (i % 7)) },
  { name: 'the smallest float32', make: () => filled(ROWS, COLS, (i) => (i % 3) * 1.4e-45) },
  { name: 'negative zeros', make: () => filled(ROWS, COLS, () => -0) },
  {
    name: 'float64 of 1e-320',
    make: () => ({ data: new Float64Array(36).fill(1e-320), rows: ROWS, cols: COLS }),
  },
  { name: 'a view at an offset', make: offsetView },
  { name: 'a shared buffer', make: shared },
  { name: 'a resizable buffer', make: resizable },
  { name: 'arrays of numbers', make: plainRows },
  { name: 'times in milliseconds', make: () => plainRows().map((row) => row.map((v) => 1.7e12 + 1000 * v)) },
  { name: 'a time beside small values', make: () => plainRows().map(([a, b, c]) => [1.7e12 + a, b, c]) },
  {
    name: 'a row far from the others',
    make: () => plainRows().map((row, i) => (i === 5 ? [1.7e12, 1, 1e9] : row)),
  },
  {
    name: 'differences at the end of a double',
    make: () => plainRows().map((row) => row.map((v) => 1 + v * 2 ** -52)),
  },
  {
    name: 'rows of Float32Array and of numbers',
    make: () => plainRows().map((row, i) => (i % 2 ? Float32Array.from(row) : row)),
  },
  { name: 'rows of Float64Array', make: () => plainRows().map((row) => Float64Array.from(row)) },
  { name: 'an object without prototype', make: () => Object.assign(Object.create(null), plain()) },
  { name: 'a frozen matrix', make: () => Object.freeze(plain()) },
];

const badOption = (name: string, value: unknown, throws: ErrorClass) =>
  bad(`${name}: ${typeof value} ${String(value)}`, throws, new RegExp(name), () => ({ [name]: value }));

/** Options that every estimator refuses; `known` are the options that it has. */
export function badOptions(known: readonly string[]): readonly BadInput[] {
  const named = [
    ...[0, -1, 1.5, Number.NaN, 257, 2 ** 53, Number.POSITIVE_INFINITY].map((value) =>
      badOption('threads', value, RangeError),
    ),
    ...['2', null, 2n, [], {}, true].map((value) => badOption('threads', value, TypeError)),
    ...[{}, null, 'abort', 1].map((value) => badOption('signal', value, TypeError)),
    ...[{}, null, 'call', 1].map((value) => badOption('onProgress', value, TypeError)),
    ...[1, null, 'true', {}].map((value) => badOption('transfer', value, TypeError)),
    ...[-1, 0.5, Number.NaN, 2 ** 53].map((value) => badOption('seed', value, RangeError)),
    ...['1', null, {}].map((value) => badOption('seed', value, TypeError)),
  ].filter(({ name }) => known.includes(name.split(':')[0]));
  const own = Object.defineProperty({}, '__proto__', { value: 1, enumerable: true });
  return [
    ...named,
    ...[null, 1, 'options', [], true, Symbol('options')].map((value) =>
      bad(`options are ${typeof value} ${String(value)}`, TypeError, /options/, () => value),
    ),
    bad('an unknown option', TypeError, /Unknown option `sead`/, () => ({ sead: 1 })),
    bad('an option named __proto__', TypeError, /Unknown option `__proto__`/, () => own),
    bad('an option named constructor', TypeError, /Unknown option `constructor`/, () => ({ constructor: 1 })),
  ];
}

/** Every number in a result, at any depth, that is NaN or infinite. Accessors are not read. */
export function notFiniteNumbers(value: unknown, path = 'result'): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`];
  if (typeof value !== 'object' || value === null) return [];
  if (ArrayBuffer.isView(value)) {
    const wrong = Array.from(value as unknown as ArrayLike<number>).findIndex((n) => !Number.isFinite(n));
    return wrong < 0 ? [] : [`${path}[${wrong}] is ${(value as Float32Array)[wrong]}`];
  }
  return Object.entries(value).flatMap(([key, inner]) => notFiniteNumbers(inner, `${path}.${key}`));
}
