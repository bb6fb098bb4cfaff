import { describe, expect, expectTypeOf, it } from 'vitest';
import { checkInteger, checkNumber, OptionReader } from '../src/options.ts';

/** Its options can be of any kind, for the tests. */
interface Options {
  a?: number | boolean | string | (() => void);
  b?: Options['a'];
  seed?: number;
  threads?: number;
  signal?: AbortSignal;
}

const NAMES = ['a', 'b', 'seed', 'threads', 'signal'] as const;
const reader = (options: unknown) => new OptionReader(options as Options, NAMES);

describe('OptionReader', () => {
  it('returns the default for options that are absent or undefined', () => {
    for (const read of [reader(undefined), reader({}), reader({ a: undefined, seed: undefined })]) {
      expect(read.number('a', 1.5)).toBe(1.5);
      expect(read.integer('a', 3)).toBe(3);
      expect(read.boolean('a', true)).toBe(true);
      expect(read.oneOf('a', 'x', ['x', 'y'])).toBe('x');
      expect(read.callback('a')).toBeUndefined();
      expect(read.has('a')).toBe(false);
      expect([read.seed(), read.threads(), read.signal()]).toEqual([0, 0, undefined]);
    }
  });

  it('returns the given values', () => {
    const call = () => {};
    const { signal } = new AbortController();
    const read = reader({ a: 2, b: call, seed: 2 ** 53 - 1, threads: 256, signal });
    expect(read.integer('a', 0)).toBe(2);
    expect(read.callback('b')).toBe(call);
    expect([read.seed(), read.threads(), read.signal()]).toEqual([2 ** 53 - 1, 256, signal]);
    expect(reader({ a: 'y' }).oneOf('a', 'x', ['x', 'y'])).toBe('y');
    expect(reader({ a: false }).boolean('a', true)).toBe(false);
  });

  it('does not compile if a name is missing, unknown or of another kind', () => {
    const options: { n?: number; mode?: 'fast' | 'slow' } = {};
    const read = new OptionReader(options, ['mode', 'n']);
    expectTypeOf(read.oneOf('mode', 'fast', ['fast', 'slow'])).toEqualTypeOf<'fast' | 'slow'>();
    // @ts-expect-error `mode` is missing
    new OptionReader(options, ['n']);
    // @ts-expect-error `size` is not an option
    expect(() => new OptionReader({ size: 1 }, ['n'])).toThrow('Unknown option `size`');
    // @ts-expect-error `mode` is not a number
    read.number('mode', 1);
    // @ts-expect-error 'slowly' is not a mode
    read.oneOf('mode', 'fast', ['fast', 'slowly']);
    // @ts-expect-error there is no seed
    expect(read.seed()).toBe(0);
  });

  it('reads own properties only', () => {
    expect(reader(Object.create({ a: 5, unknown: 1 })).number('a', 1)).toBe(1);
    expect(() => reader({}).oneOf('toString' as 'a', 'x', ['x'])).not.toThrow();
  });

  it.each([
    ['an unknown name', () => reader({ c: 1 }), TypeError, 'Unknown option `c`. Known options: a, b, seed'],
    ['null', () => reader(null), TypeError, 'Expected `options` to be an object but received null'],
    ['an array', () => reader([]), TypeError, 'Expected `options` to be an object'],
    ['a string', () => reader('seed'), TypeError, 'received "seed"'],
    [
      'a word for a number',
      () => reader({ a: 'one' }).number('a', 1),
      TypeError,
      '`a` to be a number but received "one"',
    ],
    [
      'a long word',
      () => reader({ a: 'x'.repeat(100) }).number('a', 1),
      TypeError,
      `received "${'x'.repeat(40)}..."`,
    ],
    [
      'NaN',
      () => reader({ a: Number.NaN }).number('a', 1),
      RangeError,
      '`a` in (-inf, inf) but received NaN',
    ],
    [
      'too small a number',
      () =>
        reader({ a: 0 }).number('a', 1, { min: 0, exclusiveMin: true, max: 2394, context: 'for 7183 rows' }),
      RangeError,
      'Expected `a` in (0, 2394] for 7183 rows but received 0',
    ],
    [
      'too large a number',
      () => reader({ a: 5000 }).number('a', 1, { min: 0, max: 2394 }),
      RangeError,
      'in [0, 2394] but received 5000',
    ],
    [
      'half an integer',
      () => reader({ a: 0.5 }).integer('a', 1, { min: 0 }),
      RangeError,
      '`a` to be an integer in [0, inf) but received 0.5',
    ],
    [
      '1 for true',
      () => reader({ a: 1 }).boolean('a', true),
      TypeError,
      '`a` to be true or false but received 1',
    ],
    [
      'another word',
      () => reader({ a: 'z' }).oneOf('a', 'x', ['x', 'y']),
      RangeError,
      "`a` to be one of 'x', 'y' but received \"z\"",
    ],
    ['a number for a text', () => reader({ a: 1 }).text('a'), TypeError, '`a` to be a string but received 1'],
    [
      'no function',
      () => reader({ a: {} }).callback('a'),
      TypeError,
      '`a` to be a function but received an instance',
    ],
    ['a negative seed', () => reader({ seed: -1 }).seed(), RangeError, '`seed` in [0, 9007199254740991]'],
    [
      '257 threads',
      () => reader({ threads: 257 }).threads(),
      RangeError,
      '`threads` in [1, 256] but received 257',
    ],
    [
      'a fake signal',
      () => reader({ signal: { aborted: true } }).signal(),
      TypeError,
      'to be an AbortSignal',
    ],
  ])('refuses %s', (_, call, kind, says) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(says);
  });
});

describe('checkNumber and checkInteger', () => {
  it('return values in the range, including its ends', () => {
    expect(checkNumber('x', 1, { min: 1, max: 1 })).toBe(1);
    expect(checkInteger('x', -0, { min: 0 })).toBe(-0);
    expect(() => checkNumber('x', 1, { min: 1, exclusiveMin: true })).toThrow(RangeError);
    expect(() => checkInteger('x', 2 ** 53)).toThrow(RangeError);
    expect(() => checkInteger('x', 1n)).toThrow(TypeError);
  });
});
