import { signs } from '../../zodiac/signs.ts';
import { label } from './canvas.ts';
import { count } from './format.ts';
import { medallion } from './glyphs.ts';
import { el, join, type Markup } from './markup.ts';
import { paint } from './palette.ts';
import type { ClusteredMap, Frame } from './scatter.ts';

/** One line of a legend: a cluster, or all clusters without a sign together. */
export interface LegendEntry {
  /** -1 for clusters without a sign. */
  readonly sign: number;
  readonly name: string;
  readonly objects: number;
}

/** The clusters in sign order with their sizes; those without a sign come last, as one line. */
export function legendEntries({ clusters, signOf }: ClusteredMap): LegendEntry[] {
  const sizes = new Array<number>(signOf.length).fill(0);
  for (let i = 0; i < clusters.length; i++) sizes[clusters[i]]++;
  const entries = signs
    .map(({ name }, sign) => ({ name, sign, cluster: signOf.indexOf(sign) }))
    .filter(({ cluster }) => cluster >= 0)
    .map(({ name, sign, cluster }) => ({ name, sign, objects: sizes[cluster] }));
  const rest = sizes.filter((_, cluster) => signOf[cluster] < 0);
  if (rest.length === 0) return entries;
  const objects = rest.reduce((sum, size) => sum + size, 0);
  return [...entries, { sign: -1, name: `no sign (${rest.length})`, objects }];
}

/** A column of medallions with names and, right-aligned, numbers of objects. */
export function legend(scene: ClusteredMap, frame: Frame): Markup {
  const entries = legendEntries(scene);
  const step = Math.min(46, (frame.height - 40) / Math.max(1, entries.length));
  const top = frame.y + (frame.height - step * entries.length - 40) / 2;
  const right = frame.x + frame.width;
  const head = el(
    'g',
    {},
    label('Sign', frame.x, top + 10, { size: 13, soft: true }),
    label('Objects', right, top + 10, { size: 13, soft: true, anchor: 'end' }),
    el('path', { d: `M${frame.x} ${top + 21}H${right}`, fill: 'none', ...paint('stroke', 'line') }),
  );
  const rows = entries.map(({ sign, name, objects }, i) => {
    const y = top + 40 + step * (i + 0.5);
    return el(
      'g',
      {},
      medallion(sign, [frame.x + 14, y], Math.min(14, step * 0.42)),
      label(name, frame.x + 40, y + 5, { size: 16, maxWidth: frame.width - 100 }),
      label(count(objects), right, y + 5, { size: 16, anchor: 'end' }),
    );
  });
  return join([head, ...rows]);
}
