import { percent } from '../src/figures/drawing/format.ts';
import { modalityColor, rampColor, rimColor, roleColor, signColor } from '../src/figures/drawing/palette.ts';
import { signs } from '../src/zodiac/signs.ts';
import { type Column, type Objects, textAt } from './data.ts';
import type { Inks } from './raster.ts';

export type ColorBy = 'modality' | 'sign' | 'latent' | 'label' | 'error' | 'outside';
export type Scheme = 'light' | 'dark';

/** One value of a coloring: a line of the legend. */
export interface Entry {
  readonly name: string;
  readonly count: number;
  /** Index of the sign, or -1; undefined if the values are not clusters. */
  readonly sign?: number;
}

/** What decides the color of an object. */
export interface Coloring {
  readonly by: ColorBy;
  readonly title: string;
  /** For each object which entry it belongs to. */
  readonly column: Column;
  readonly entries: readonly Entry[];
}

export const COLOR_BY: readonly { by: ColorBy; title: string }[] = [
  { by: 'modality', title: 'Modality' },
  { by: 'sign', title: 'Sign' },
  { by: 'latent', title: 'Latent cluster' },
  { by: 'label', title: 'Label' },
  { by: 'error', title: 'Error' },
  { by: 'outside', title: 'Outlyingness' },
];

/** The properties that tell the objects of this page apart. */
export function offeredBy({ meta, labels }: Objects): typeof COLOR_BY {
  return COLOR_BY.filter(
    ({ by }) =>
      (by !== 'modality' || meta.modalities.length > 1) &&
      (by !== 'label' || labels.offsets.length > 2) &&
      ((by !== 'error' && by !== 'outside') || meta.bounds[by] !== undefined),
  );
}

/** Labels that get a color of their own; the rest are "other". */
const OWN_COLORS = 10;

export function coloringOf(objects: Objects, by: ColorBy): Coloring {
  const { meta, modality, cluster, latentCluster } = objects;
  const title = COLOR_BY.find((choice) => choice.by === by)?.title ?? '';
  if (by === 'label') return { by, title, ...byLabel(objects) };
  if (by === 'error' || by === 'outside') return { by, title, ...byClass(objects, by) };
  const [column, named]: [Column, Omit<Entry, 'count'>[]] =
    by === 'modality'
      ? [modality, meta.modalities.map((name) => ({ name }))]
      : by === 'sign'
        ? [cluster, meta.signOf.map((sign, i) => ({ name: signs[sign]?.name ?? `cluster ${i + 1}`, sign }))]
        : [
            latentCluster,
            Array.from({ length: meta.latentClusters }, (_, i) => ({ name: `cluster ${i + 1}` })),
          ];
  const counts = countsOf(column, named.length);
  return { by, title, column, entries: named.map((entry, i) => ({ ...entry, count: counts[i] })) };
}

export function countsOf(column: Column, values: number): Uint32Array {
  const counts = new Uint32Array(values);
  for (let i = 0; i < column.length; i++) counts[column[i]]++;
  return counts;
}

/** The classes of a measure. */
function byClass(objects: Objects, by: 'error' | 'outside'): Pick<Coloring, 'column' | 'entries'> {
  const bounds = objects.meta.bounds[by] ?? [];
  const text = (value: number) => (by === 'outside' ? percent(value, 0) : `${value}`);
  const counts = countsOf(objects[by], bounds.length + 1);
  const entries = Array.from(counts, (count, i) => ({
    name:
      i === 0
        ? `below ${text(bounds[0])}`
        : i === bounds.length
          ? `from ${text(bounds[i - 1])}`
          : `${text(bounds[i - 1])} to ${text(bounds[i])}`,
    count,
  }));
  return { column: objects[by], entries };
}

/** The ten labels that most objects have, and the others together. */
function byLabel({ label, labels, count }: Objects): Pick<Coloring, 'column' | 'entries'> {
  const counts = countsOf(label, labels.offsets.length - 1);
  const largest = Array.from(counts.keys())
    .filter((i) => textAt(labels, i) !== '')
    .sort((a, b) => counts[b] - counts[a] || a - b)
    .slice(0, OWN_COLORS);
  const entryOf = new Uint8Array(counts.length).fill(largest.length);
  largest.forEach((i, entry) => {
    entryOf[i] = entry;
  });
  const column = Uint8Array.from({ length: count }, (_, i) => entryOf[label[i]]);
  const rest = count - largest.reduce((sum, i) => sum + counts[i], 0);
  const entries = largest.map((i) => ({ name: textAt(labels, i), count: counts[i] }));
  return { column, entries: rest > 0 ? [...entries, { name: 'other', count: rest }] : entries };
}

/** The color of an entry, as #rrggbb. */
export function entryColor({ by, entries }: Coloring, entry: number, scheme: Scheme): string {
  if (by === 'modality') return modalityColor(entry, scheme);
  if (by === 'sign') return signColor(entries[entry]?.sign ?? -1, scheme);
  if (by === 'error' || by === 'outside') return rampColor(entry, scheme);
  if (by === 'label' && entry >= OWN_COLORS) return signColor(-1, scheme);
  return signColor(entry % signs.length, scheme);
}

export function inksOf(coloring: Coloring, scheme: Scheme): Inks {
  const paper = roleColor('paper', scheme);
  const fills = coloring.entries.map((_, i) => entryColor(coloring, i, scheme));
  return {
    paper: pixelColor(paper),
    fills: fills.map(pixelColor),
    rims: fills.map((fill) => pixelColor(rimColor(fill, paper))),
  };
}

/** #rrggbb as a canvas pixel has it, 0xBBGGRR. */
function pixelColor(color: string): number {
  const value = Number.parseInt(color.slice(1), 16);
  return ((value & 255) << 16) | (value & 0xff00) | (value >>> 16);
}
