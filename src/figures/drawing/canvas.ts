import { type Attributes, el, empty, type Markup, text } from './markup.ts';
import { paint } from './palette.ts';
import { FONT_FAMILY, fitText, textWidth } from './typography.ts';

/** What every figure has. */
export interface Canvas {
  /** Prefix of every id in the figure, so that a page can contain several. */
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Read by screen readers and shown as a tooltip. */
  readonly title: string;
  /** One or two sentences for those who do not see the figure. */
  readonly description: string;
}

/** Which parts of a figure to draw. */
export interface FigureOptions {
  /** Title, facts and the synthetic badge inside the drawing. Default true. */
  readonly heading?: boolean;
  /** The legend inside the drawing. Default true. */
  readonly legend?: boolean;
}

/** A whole SVG document around its content. */
export function canvas(
  { id, width, height, title, description }: Canvas,
  content: readonly Markup[],
): Markup {
  return el(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-description`,
      'font-family': FONT_FAMILY,
      class: 'figure',
    },
    el('title', { id: `${id}-title` }, text(title)),
    el('desc', { id: `${id}-description` }, text(description)),
    el('rect', { width, height, rx: 10, ...paint('fill', 'paper') }),
    ...content,
  );
}

export interface Lettering {
  readonly size?: number;
  readonly bold?: boolean;
  readonly soft?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
  /** The text is cut with an ellipsis at this width. */
  readonly maxWidth?: number;
  /** A rim in the color of the paper, so that the text stands out from the background. */
  readonly halo?: boolean;
}

/** A line of text with its baseline at y. */
export function label(
  plain: string,
  x: number,
  y: number,
  { size = 14, bold = false, soft = false, anchor = 'start', maxWidth, halo = false }: Lettering = {},
): Markup {
  const shown = maxWidth === undefined ? plain : fitText(plain, maxWidth, size, bold);
  const attributes: Attributes = {
    x,
    y,
    'font-size': size,
    'font-weight': bold ? 700 : undefined,
    'text-anchor': anchor === 'start' ? undefined : anchor,
  };
  const ink = el('text', { ...attributes, ...paint('fill', soft ? 'soft' : 'ink') }, text(shown));
  if (!halo) return ink;
  const rim = { fill: 'none', 'stroke-width': 4, 'stroke-linejoin': 'round', 'aria-hidden': 'true' };
  return el('g', {}, el('text', { ...attributes, ...rim, ...paint('stroke', 'paper') }, text(shown)), ink);
}

/** The figure's heading: a title, a softer line below it, and a badge when the data is synthetic. */
export function heading(title: string, subtitle: string, width: number, synthetic: boolean): Markup {
  const margin = 36;
  const room = width - 2 * margin - (synthetic ? BADGE_WIDTH + 16 : 0);
  return el(
    'g',
    {},
    label(title, margin, 50, { size: 21, bold: true, maxWidth: room }),
    label(subtitle, margin, 74, { size: 14, soft: true, maxWidth: room }),
    synthetic ? syntheticBadge(width - margin, 50) : empty,
  );
}

const BADGE = 'synthetic data';
const BADGE_SIZE = 13;
const BADGE_WIDTH = Math.ceil(textWidth(BADGE, BADGE_SIZE)) + 24;

/** A badge that says that no real object was embedded, at a given right edge and baseline. */
export function syntheticBadge(right: number, baseline: number): Markup {
  const x = right - BADGE_WIDTH;
  return el(
    'g',
    {},
    el('rect', {
      x,
      y: baseline - 17,
      width: BADGE_WIDTH,
      height: 25,
      rx: 12.5,
      fill: 'none',
      ...paint('stroke', 'line'),
    }),
    label(BADGE, right - BADGE_WIDTH / 2, baseline, { size: BADGE_SIZE, soft: true, anchor: 'middle' }),
  );
}
