import { signs } from '../../zodiac/signs.ts';
import { count, decimal, percent } from '../drawing/format.ts';
import { medallion } from '../drawing/glyphs.ts';
import { el, empty, html, join, type Markup, text } from '../drawing/markup.ts';

/** The value of a cell: text, a number (in the format of its column), yes or no, nothing, or a sign with its glyph. */
export type Cell = string | number | boolean | null | { readonly sign: number; readonly text?: string };

/** How the numbers of a column are written. */
export type NumberFormat = 'count' | 'decimal' | 'percent';

export interface Column {
  readonly label: string;
  /** Default: `count` for whole numbers, else `decimal`. Shares in [0, 1] want `percent`. */
  readonly format?: NumberFormat;
  /** Decimals of `decimal` (default 2) and `percent` (default 1). */
  readonly digits?: number;
  /** Draws a thin bar of the number's share of the column's largest behind it. */
  readonly bar?: boolean;
}

export interface Table {
  readonly caption?: string;
  /** Of the box around it, for programs that read the page. */
  readonly id?: string;
  readonly columns: readonly Column[];
  /** One cell per column; the first of a row names it. */
  readonly rows: readonly (readonly Cell[])[];
  /** Shows the caption alone until the reader opens it: for long tables. */
  readonly folded?: boolean;
}

/** A table as HTML, in a box that scrolls sideways by itself when the page is narrow. */
export function tableHtml(table: Table): Markup {
  const { caption, id, columns, rows, folded = false } = table;
  rows.forEach((row, i) => {
    if (row.length !== columns.length) {
      throw new RangeError(`Expected row ${i} to have ${columns.length} cells but it has ${row.length}`);
    }
  });
  const title = caption ?? columns[0]?.label ?? 'Table';
  const box = html(
    'div',
    { id, class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title },
    html(
      'table',
      {},
      caption === undefined || folded ? empty : html('caption', {}, text(caption)),
      ...headAndBody(table),
    ),
  );
  return folded ? html('details', {}, html('summary', {}, text(title)), box) : box;
}

/** Head and body. The first cell of a row names it and keeps to the left; other columns of numbers keep to the right. */
function headAndBody({ columns, rows }: Table): Markup[] {
  const side = columns.map((_, c) =>
    c > 0 && rows.some((row) => typeof row[c] === 'number') ? 'number' : undefined,
  );
  const largest = columns.map((_, c) =>
    rows.reduce((most, row) => (typeof row[c] === 'number' ? Math.max(most, row[c]) : most), 0),
  );
  const head = columns.map(({ label }, c) => html('th', { scope: 'col', class: side[c] }, text(label)));
  const body = rows.map((row) => {
    const cells = row.map((cell, c) => {
      const content = [cellHtml(cell, columns[c]), bar(cell, columns[c], largest[c])];
      return c === 0 ? html('th', { scope: 'row' }, ...content) : html('td', { class: side[c] }, ...content);
    });
    return html('tr', {}, ...cells);
  });
  return [html('thead', {}, html('tr', {}, ...head)), html('tbody', {}, join(body, '\n'))];
}

/** A medallion as a small picture of its own. */
export function badge(sign: number, size = 26): Markup {
  return el(
    'svg',
    { viewBox: '0 0 28 28', width: size, height: size, class: 'badge', 'aria-hidden': 'true' },
    medallion(sign, [14, 14], 14),
  );
}

function cellHtml(cell: Cell, column: Column): Markup {
  if (cell === null) return text('\u2013');
  if (typeof cell === 'boolean') return text(cell ? '\u2713 yes' : '\u2717 no');
  if (typeof cell === 'number') return text(numberText(cell, column));
  if (typeof cell === 'string') return text(cell);
  const name = cell.text ?? signs[cell.sign]?.name ?? 'no sign';
  return html('span', { class: 'sign' }, badge(cell.sign, 24), html('span', {}, text(name)));
}

function bar(cell: Cell, column: Column, largest: number): Markup {
  if (!column.bar || typeof cell !== 'number' || !(largest > 0) || !Number.isFinite(cell)) return empty;
  const share = Math.max(0, Math.min(1, cell / largest));
  return el(
    'svg',
    { class: 'bar', viewBox: '0 0 100 1', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    el('rect', { x: 100 * (1 - share), width: 100 * share, height: 1 }),
  );
}

/** A number as its column says. */
export function numberText(value: number, { format, digits }: Omit<Column, 'label'> = {}): string {
  switch (format ?? (Number.isInteger(value) ? 'count' : 'decimal')) {
    case 'count':
      return count(value);
    case 'percent':
      return percent(value, digits ?? 1);
    default:
      return decimal(value, digits ?? 2);
  }
}
