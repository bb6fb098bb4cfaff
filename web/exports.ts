import { signs } from '../src/zodiac/signs.ts';
import { entryColor } from './coloring.ts';
import { idOf, labelOf, mapPlaceOf, type Objects } from './data.ts';
import { HIDDEN } from './grid.ts';
import { paintScene, putPicture } from './painter.ts';
import type { Placed } from './placing.ts';
import type { State } from './state.ts';
import { markRadius, projectionOf, toScreen } from './view.ts';

export const FORMATS = ['CSV', 'JSON', 'ids'] as const;
export type Format = (typeof FORMATS)[number];

/** The columns of objects.csv that the page has; coordinates to six digits. */
export const EXPORTED = [
  'id',
  'modality',
  'label',
  'x',
  'y',
  'cluster_map',
  'cluster_latent',
  'sign',
] as const;

export type ExportedRow = readonly [string, string, string, number | '', number | '', number, number, string];

export function exportedRow(objects: Objects, i: number): ExportedRow {
  const { meta, modality, mapCluster, latentCluster, cluster } = objects;
  const [x, y] = mapPlaceOf(objects, i) ?? (['', ''] as const);
  const sign = signs[meta.signOf[cluster[i]]]?.name ?? '';
  return [
    idOf(objects, i),
    meta.modalities[modality[i]],
    labelOf(objects, i),
    x,
    y,
    mapCluster[i],
    latentCluster[i],
    sign,
  ];
}

/**
 * CSV (RFC 4180) with a head. With `spreadsheet`, text that a spreadsheet would take for a formula gets an apostrophe in front.
 */
export function csvOf(objects: Objects, rows: Uint32Array, spreadsheet = false): string {
  return csvText(
    EXPORTED,
    Array.from(rows, (i) => exportedRow(objects, i)),
    spreadsheet,
  );
}

type Row = readonly (string | number)[];

function csvText(head: readonly string[], rows: readonly Row[], spreadsheet: boolean): string {
  const field = (value: string | number): string => {
    const text =
      typeof value === 'string' && spreadsheet && /^[=+\-@\t\r]/.test(value) ? `'${value}` : `${value}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [head, ...rows].map((values) => `${values.map(field).join(',')}\n`).join('');
}

export function jsonOf(objects: Objects, rows: Uint32Array): string {
  return jsonText(
    EXPORTED,
    Array.from(rows, (i) => exportedRow(objects, i)),
  );
}

function jsonText(head: readonly string[], rows: readonly Row[]): string {
  const entries = rows.map((values) => Object.fromEntries(head.map((name, c) => [name, values[c]])));
  return `${JSON.stringify(entries, null, 1)}\n`;
}

export function saveObjects(state: State, rows: Uint32Array, format: Format, spreadsheet: boolean): void {
  const { objects } = state;
  if (format === 'CSV') save('objects.csv', 'text/csv', csvOf(objects, rows, spreadsheet));
  else if (format === 'JSON') save('objects.json', 'application/json', jsonOf(objects, rows));
  else save('ids.txt', 'text/plain', Array.from(rows, (i) => `${idOf(objects, i)}\n`).join(''));
}

/** Columns of exported places: those that `god place` prints, but for neighbors. */
const PLACE_COLUMNS = [
  ...['id', 'modality', 'x', 'y', 'cluster', 'sign', 'spread', 'outside'],
  ...['nearest_id', 'nearest_modality'],
];

export function savePlaced(placed: readonly Placed[], format: Format): void {
  const rows = placed.map(({ name, modality, answer }): Row => {
    const { x, y, cluster, sign, spread, outside, nearest } = answer;
    return [name, modality, x, y, cluster, sign, spread, outside, nearest.id, nearest.modality];
  });
  if (format === 'CSV') save('places.csv', 'text/csv', csvText(PLACE_COLUMNS, rows, false));
  else save('places.json', 'application/json', jsonText(PLACE_COLUMNS, rows));
}

function save(name: string, type: string, content: string | Blob): void {
  const blob = typeof content === 'string' ? new Blob([content], { type: `${type};charset=utf-8` }) : content;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function sceneOf(state: State) {
  return {
    view: state.view.value,
    frame: state.frame.value,
    coloring: state.coloring.value,
    shades: state.shades.value,
    scheme: state.scheme.value,
    density: state.overlays.value.has('density'),
  };
}

/** The map as it is seen, with its legend and title, as PNG; `scale` pixels for each CSS pixel. */
export async function savePng(state: State, scale: number): Promise<void> {
  const { objects, grid, frame, coloring, scheme } = state;
  const { width, height } = frame.value;
  const dots = document.createElement('canvas');
  const made = paintScene(objects, grid, sceneOf(state), scale, { width: 0, height: 0 });
  putPicture(dots, made.picture);
  const canvas = document.createElement('canvas');
  const [head, side] = [48, 190];
  canvas.width = (width + side) * scale;
  canvas.height = (height + head) * scale;
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('This browser gives no canvas to draw on.');
  const style = getComputedStyle(document.documentElement);
  pen.scale(scale, scale);
  pen.fillStyle = style.getPropertyValue('--paper');
  pen.fillRect(0, 0, width + side, height + head);
  pen.drawImage(dots, 0, head, width, height);
  pen.fillStyle = style.getPropertyValue('--ink');
  pen.font = '600 18px system-ui, sans-serif';
  pen.fillText(objects.meta.title, 16, 31);
  pen.font = '13px system-ui, sans-serif';
  coloring.value.entries.slice(0, Math.floor((height - 20) / 24)).forEach(({ name }, entry) => {
    const y = head + 24 * entry + 20;
    pen.fillStyle = entryColor(coloring.value, entry, scheme.value);
    pen.beginPath();
    pen.arc(width + 16, y, 7, 0, 7);
    pen.fill();
    pen.fillStyle = style.getPropertyValue('--ink');
    pen.fillText(name.slice(0, 24), width + 30, y + 4.5, side - 40);
  });
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('The picture is too large for this browser.');
  save('map.png', 'image/png', blob);
}

/** Most objects that an SVG holds. */
export const MOST_SVG = 10_000;

/** The visible part of the map as SVG, one circle for each object; undefined where there are too many. */
export function svgOf(state: State): string | undefined {
  const { objects, frame, view, shades, coloring, scheme } = state;
  const { width, height } = frame.value;
  const projection = projectionOf(view.value, objects.meta.extent, frame.value);
  const radius = markRadius(objects.placed, frame.value, view.value.zoom);
  const circles: string[] = [];
  for (let i = 0; i < objects.placed; i++) {
    if (shades.value[i] === HIDDEN) continue;
    const [x, y] = toScreen(projection, [objects.x[i], objects.y[i]]);
    if (x < -radius || y < -radius || x > width + radius || y > height + radius) continue;
    const color = entryColor(coloring.value, coloring.value.column[i], scheme.value);
    circles.push(
      `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius.toFixed(1)}" fill="${color}"/>`,
    );
    if (circles.length > MOST_SVG) return undefined;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">${circles.join('')}</svg>\n`;
}

export function saveSvg(state: State): void {
  const svg = svgOf(state);
  if (svg === undefined)
    state.message.value = `An SVG holds at most ${MOST_SVG} objects: zoom in, or hide some`;
  else save('map.svg', 'image/svg+xml', svg);
}
