import { clean } from './markup.ts';

/** The first family is bundled and draws the PNGs; the others are there when an SVG is opened elsewhere. */
export const FONT_FAMILY = "'DejaVu Sans Condensed', 'Helvetica Neue', Helvetica, Arial, sans-serif";

/** Advance widths of U+0020 to U+007E in DejaVu Sans Condensed, in hundredths of the font size. */
const ASCII_WIDTHS = (
  '29 36 41 75 57 85 70 25 35 35 45 75 29 32 29 30 57 57 57 57 57 57 57 57 57 57 30 30 75 75 75 48 90 62 62 63 69 57 ' +
  '52 70 68 27 27 59 50 78 67 71 54 71 63 57 55 66 62 89 62 55 62 35 30 35 75 45 45 55 57 49 57 55 32 57 57 25 25 52 ' +
  '25 88 57 55 57 57 37 47 35 57 53 74 53 53 47 57 30 57 75'
)
  .split(' ')
  .map(Number);
const BOLD = 1.11; // mean ratio of the bold widths to these
const NARROW_SPACE = 0x202f;
const NARROW_WIDTH = 18;
const FULL_WIDTH = 100; // Chinese, Japanese, Korean, emoji
const OTHER_WIDTH = 75;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** About how wide a text is in DejaVu Sans Condensed, in the unit of `size`. */
export function textWidth(plain: string, size: number, bold = false): number {
  let width = 0;
  for (const character of plain) width += characterWidth(character.codePointAt(0) ?? 0);
  return (width / 100) * size * (bold ? BOLD : 1);
}

function characterWidth(code: number): number {
  if (code === NARROW_SPACE) return NARROW_WIDTH;
  return ASCII_WIDTHS[code - 0x20] ?? (code >= 0x2e80 ? FULL_WIDTH : OTHER_WIDTH);
}

/** The text on one line, cut with an ellipsis so that it is at most `width` wide. */
export function fitText(plain: string, width: number, size: number, bold = false): string {
  const line = clean(plain.slice(0, 2000))
    .replace(/[\t\n\r ]+/g, ' ')
    .trim();
  if (textWidth(line, size, bold) <= width) return line;
  let fitted = '';
  let left = width - textWidth('\u2026', size, bold);
  for (const { segment } of graphemes.segment(line)) {
    left -= textWidth(segment, size, bold);
    if (left < 0) break;
    fitted += segment;
  }
  return `${fitted.trimEnd()}\u2026`;
}
