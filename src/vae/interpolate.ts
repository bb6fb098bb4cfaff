import { describe } from '../errors.ts';
import { isFloats, type Matrix, zeros } from '../matrix.ts';
import { checkInteger, OptionReader } from '../options.ts';

/** Options of {@link interpolate}. */
export interface InterpolateOptions {
  /**
   * 'linear' (default): along the straight line. 'spherical': the direction turns evenly, by the shortest way (Shoemake,
   * "Animating rotation with quaternion curves", SIGGRAPH 1985), while the length changes evenly. Codes of many dimensions that
   * were drawn from the prior all have about the same length; the straight line between two of them leads through shorter codes
   * that the decoder has hardly seen; the spherical path does not (White, "Sampling generative networks", 2016).
   */
  path?: 'linear' | 'spherical';
}

/** Below this sine between two unit vectors, the direction of the turn is only rounding. */
const LEAST_SINE = 1e-6;

/**
 * Codes on the way from `a` to `b`: a steps x latent matrix whose first row is `a` and whose last is `b`, for `VAE.decode`.
 *
 * @throws TypeError when `a` or `b` is not an array of numbers; RangeError when their lengths differ, a value is not finite,
 *   `steps` is not an integer in [2, 1e6], or the path is spherical and one of them is zero or they point in opposite
 *   directions.
 * @example
 * const vae = await VAE.fit(X, { latent: 3, epochs: 2 });
 * const { mean } = await vae.encode(X);
 * const between = interpolate(mean.data.subarray(0, 3), mean.data.subarray(3, 6), 9, { path: 'spherical' });
 * const morph = await vae.decode(between); // 9 x cols
 */
export function interpolate(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  steps: number,
  options: InterpolateOptions = {},
): Matrix {
  const [from, to] = [readCode('a', a), readCode('b', b)];
  if (from.length !== to.length) {
    throw new RangeError(
      `Expected \`a\` and \`b\` to have the same length but received ${from.length} and ${to.length}`,
    );
  }
  checkInteger('steps', steps, { min: 2, max: 1e6 });
  const path = new OptionReader(options, ['path']).oneOf('path', 'linear', ['linear', 'spherical']);
  const at = path === 'linear' ? line(from, to) : turn(from, to);
  const codes = zeros(steps, from.length);
  codes.data.set(from);
  for (let i = 1; i < steps - 1; i++) codes.data.set(at(i / (steps - 1)), i * from.length);
  codes.data.set(to, (steps - 1) * from.length);
  return codes;
}

type Path = (t: number) => Float64Array;

function line(a: Float64Array, b: Float64Array): Path {
  return (t) => a.map((x, j) => (1 - t) * x + t * b[j]);
}

function turn(a: Float64Array, b: Float64Array): Path {
  const [lengthA, lengthB] = [Math.hypot(...a), Math.hypot(...b)];
  if (lengthA === 0 || lengthB === 0) {
    throw new RangeError(
      'Expected `a` and `b` to have a direction but one of them is zero: use a linear path',
    );
  }
  const cosine = a.reduce((sum, x, j) => sum + (x / lengthA) * (b[j] / lengthB), 0);
  const angle = Math.acos(Math.max(-1, Math.min(1, cosine)));
  const sine = Math.sin(angle);
  if (sine < LEAST_SINE && cosine < 0) {
    throw new RangeError(
      'Expected `a` and `b` not to point in opposite directions, between which no shortest turn exists: use a linear path',
    );
  }
  if (sine < LEAST_SINE) return line(a, b);
  return (t) => {
    const length = (1 - t) * lengthA + t * lengthB;
    const ofA = (length * Math.sin((1 - t) * angle)) / (sine * lengthA);
    const ofB = (length * Math.sin(t * angle)) / (sine * lengthB);
    return a.map((x, j) => ofA * x + ofB * b[j]);
  };
}

function readCode(name: string, value: ArrayLike<number>): Float64Array {
  if (!Array.isArray(value) && !isFloats(value)) {
    throw new TypeError(`Expected \`${name}\` to be an array of numbers but received ${describe(value)}`);
  }
  if (value.length === 0) throw new RangeError(`Expected \`${name}\` to have at least one value`);
  return Float64Array.from(value as ArrayLike<number>, (x, j) => {
    if (typeof x === 'number' && Number.isFinite(Math.fround(x))) return x;
    throw new RangeError(
      `Expected \`${name}\` to hold finite float32 numbers but value ${j} is ${describe(x)}`,
    );
  });
}
