import { el, empty, type Markup } from './markup.ts';
import { type paint, paintOnSign, paintSign } from './palette.ts';

/** Side of the square that the glyphs are drawn in. */
export const GLYPH_SIZE = 24;

/** The twelve signs, in sign order, as strokes in a 24 x 24 square: round caps and joins, width 2. */
export const GLYPHS: readonly string[] = [
  // Aries: the ram's horns
  'M12 21V10.5C12 5.8 9.9 3 7.1 3C4.6 3 3 4.8 3 7C3 9.1 4.3 10.5 6.2 10.6M12 10.5C12 5.8 14.1 3 16.9 3C19.4 3 21 4.8 21 7C21 9.1 19.7 10.5 17.8 10.6',
  // Taurus: the bull's head
  'M17.6 15.4A5.6 5.6 0 1 1 6.4 15.4A5.6 5.6 0 1 1 17.6 15.4ZM4 3C4.6 7.4 7.8 9.8 12 9.8C16.2 9.8 19.4 7.4 20 3',
  // Gemini: the pillars of the twins
  'M4.5 3.5C8.5 6 15.5 6 19.5 3.5M4.5 20.5C8.5 18 15.5 18 19.5 20.5M9 5.2V18.8M15 5.2V18.8',
  // Cancer: the claws
  'M9.4 9.4A3 3 0 1 1 3.4 9.4C3.4 6 7.2 4 11.8 4C15.3 4 18.4 5.2 20.6 7.4M9.4 9.4A3 3 0 0 0 3.4 9.4M14.6 14.6A3 3 0 1 1 20.6 14.6C20.6 18 16.8 20 12.2 20C8.7 20 5.6 18.8 3.4 16.6M14.6 14.6A3 3 0 0 0 20.6 14.6',
  // Leo: the mane and tail
  'M8.6 15.4A2.8 2.8 0 1 1 3 15.4A2.8 2.8 0 1 1 8.6 15.4ZM8.1 13.8C7.2 11.6 6 10 6 7.7C6 4.9 8.3 3 11.2 3C14.2 3 16.4 5 16.4 7.9C16.4 11.4 13.6 14.4 13.6 17.8C13.6 19.8 14.8 21 16.8 21C18.8 21 20.4 19.9 21 18',
  // Virgo: the maiden
  'M2.5 4.6C4.2 4.6 5 5.7 5 7.5V17.5M5 7.6C5 5.8 6 4.6 7.4 4.6C8.9 4.6 9.8 5.8 9.8 7.6V17.5M9.8 7.6C9.8 5.8 10.8 4.6 12.2 4.6C13.7 4.6 14.6 5.8 14.6 7.6V15C14.6 18.6 16.8 20.6 20.6 21M14.6 10.6C15.4 9.2 16.6 8.5 17.8 8.5C19.7 8.5 21 9.8 21 11.8C21 15.4 17.4 18.8 12.4 21',
  // Libra: the scales
  'M3 20H21M3 15.6H9.3C7.6 14.6 6.5 12.7 6.5 10.5C6.5 7.3 8.9 4.8 12 4.8C15.1 4.8 17.5 7.3 17.5 10.5C17.5 12.7 16.4 14.6 14.7 15.6H21',
  // Scorpio: the sting
  'M2.5 4.6C4.2 4.6 5 5.7 5 7.5V17.5M5 7.6C5 5.8 6 4.6 7.4 4.6C8.9 4.6 9.8 5.8 9.8 7.6V17.5M9.8 7.6C9.8 5.8 10.8 4.6 12.2 4.6C13.7 4.6 14.6 5.8 14.6 7.6V16C14.6 18.6 16 20 18.4 20H21.4M19.2 17.6L21.6 20L19.2 22.4',
  // Sagittarius: the arrow
  'M4 20L20 4M11.5 4H20V12.5M6 11.6L12.4 18',
  // Capricorn: the sea-goat
  'M2.5 4.6C4.6 4.6 5.8 6.2 5.8 8.6V16M5.8 8.8C5.8 6.2 7.1 4.6 9.1 4.6C11.1 4.6 12.4 6.2 12.4 8.8V16.4C12.4 19.4 10.9 21.2 8.4 21.2M12.4 16A3.9 3.9 0 1 1 16.3 19.6C14.2 19.6 12.4 18.2 12.4 16',
  // Aquarius: the waves
  'M2.6 11L6.8 7.4L9.4 10.6L13.6 7.4L16.2 10.6L19.6 7.8L21.4 10.2M2.6 17.6L6.8 14L9.4 17.2L13.6 14L16.2 17.2L19.6 14.4L21.4 16.8',
  // Pisces: the two fishes
  'M5 3C9.2 8.4 9.2 15.6 5 21M19 3C14.8 8.4 14.8 15.6 19 21M4 12H20',
];

/** A glyph of the given size around a point. A sign of -1 has none. */
export function glyph(
  sign: number,
  [x, y]: readonly [number, number],
  size: number,
  stroke: ReturnType<typeof paint>,
): Markup {
  const path = GLYPHS[sign];
  if (path === undefined) return empty;
  const scale = size / GLYPH_SIZE;
  return el('path', {
    d: path,
    transform: `translate(${round(x - size / 2)} ${round(y - size / 2)}) scale(${round(scale)})`,
    fill: 'none',
    'stroke-width': 2.1,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
    ...stroke,
  });
}

/** A disc in the sign's color that carries its glyph: how every figure and the legends show a cluster. */
export function medallion(sign: number, [x, y]: readonly [number, number], radius: number): Markup {
  return el(
    'g',
    {},
    el('circle', { cx: x, cy: y, r: radius, ...paintSign('fill', sign) }),
    glyph(sign, [x, y], radius * 1.22, paintOnSign('stroke', sign)),
  );
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
