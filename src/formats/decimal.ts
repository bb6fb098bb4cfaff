const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** A number in decimal notation, as programs write it. */
export const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * The number written in `raw[start, end)`, or NaN. Up to 15 digits, the integer of the digits and the power of ten are both
 * exact, so one division or product rounds correctly (Clinger 1990); everything else goes to `Number`.
 */
export function parseDecimal(raw: Uint8Array, start: number, end: number): number {
  let position = start;
  const negative = raw[position] === 0x2d;
  if (negative) position++;
  let digits = 0;
  let count = 0;
  let point = -1;
  for (; position < end; position++) {
    const digit = raw[position] - 0x30;
    if (digit >= 0 && digit <= 9) {
      digits = digits * 10 + digit;
      count++;
    } else if (raw[position] === 0x2e && point === -1) point = count;
    else break;
  }
  if (count === 0 || count > 15) return parseLong(raw, start, end);
  const exponent = position < end ? exponentAt(raw, position, end) : 0;
  const scale = exponent - (point === -1 ? 0 : count - point);
  // NaN, too, if there is no plain exponent.
  if (!(Math.abs(scale) < powersOfTen.length)) return parseLong(raw, start, end);
  const value = scale < 0 ? digits / powersOfTen[-scale] : digits * powersOfTen[scale];
  return negative ? -value : value;
}

/** An exponent of one or two digits, such as e-05; NaN for anything else. */
function exponentAt(raw: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  const sign = raw[at];
  if (sign === 0x2b || sign === 0x2d) at++;
  const length = end - at;
  if ((raw[start] | 0x20) !== 0x65 || length < 1 || length > 2) return Number.NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = raw[at] - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = 10 * value + digit;
  }
  return sign === 0x2d ? -value : value;
}

function parseLong(raw: Uint8Array, start: number, end: number): number {
  if (end - start > 400) return Number.NaN;
  const text = Buffer.from(raw.buffer, raw.byteOffset + start, end - start).toString('latin1');
  return DECIMAL.test(text) ? Number(text) : Number.NaN;
}

/** The decimal text of a number with digits that give it back: nine at most of a float32 if `single`, else the fewest of a double. */
export function decimalOf(value: number, single: boolean): string {
  if (!single || Number.isInteger(value)) return String(value);
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  for (let digits = 7; digits < 9; digits++) {
    const candidate = rounded(value, digits, exponent);
    if (Math.fround(candidate) === value) return String(candidate);
  }
  // Nine digits distinguish all float32 numbers.
  return String(Number(value.toPrecision(9)));
}

/** With so many digits. An integer divided by a power of ten is the double next to that decimal (see `parseDecimal`). */
function rounded(value: number, digits: number, exponent: number): number {
  const places = digits - 1 - exponent;
  if (places < 0 || places > 22) return Number(value.toPrecision(digits));
  return Math.round(value * powersOfTen[places]) / powersOfTen[places];
}
