/** A point of the plane. */
export type Point = readonly [x: number, y: number];

/** The four elements of the signs. */
export type SignElement = 'fire' | 'earth' | 'air' | 'water';

/** One sign of the zodiac. */
export interface Sign {
  readonly name: string;
  /** The Unicode symbol, with the selector that asks for text, not emoji. */
  readonly symbol: string;
  readonly element: SignElement;
  /** Position on the ecliptic in degrees, counter-clockwise from Aries: 0, 30, ..., 330. */
  readonly angle: number;
}

const NAMES = [
  'Aries',
  'Taurus',
  'Gemini',
  'Cancer',
  'Leo',
  'Virgo',
  'Libra',
  'Scorpio',
  'Sagittarius',
  'Capricorn',
  'Aquarius',
  'Pisces',
];
const ELEMENTS: readonly SignElement[] = ['fire', 'earth', 'air', 'water'];
const FIRST_SYMBOL = 0x2648; // U+2648 ARIES; the other eleven follow in order
const AS_TEXT = '\ufe0e';

/** The twelve signs in the order of the ecliptic, Aries first. */
export const signs: readonly Sign[] = NAMES.map((name, i) => ({
  name,
  symbol: String.fromCodePoint(FIRST_SYMBOL + i) + AS_TEXT,
  element: ELEMENTS[i % ELEMENTS.length],
  angle: 30 * i,
}));

/** Where each sign stands on the unit circle, in sign order: 12 points. */
export const signPoints: readonly Point[] = signs.map(({ angle }) => {
  const radians = (angle * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
});
