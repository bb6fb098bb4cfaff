import type { Point } from '../../zodiac/signs.ts';
import { medallion } from './glyphs.ts';
import { el, empty, type Markup } from './markup.ts';
import { paint } from './palette.ts';

/** Moves points apart, in small equal steps, until none is nearer to another than `gap` (or patience ends). */
export function spreadApart(points: readonly Point[], gap: number): Point[] {
  const placed = points.map(([x, y]): [number, number] => [x, y]);
  for (let round = 0; round < 200; round++) {
    let moved = false;
    for (let i = 0; i < placed.length; i++) {
      for (let j = 0; j < i; j++) {
        let dx = placed[i][0] - placed[j][0];
        let dy = placed[i][1] - placed[j][1];
        let distance = Math.hypot(dx, dy);
        if (distance >= gap - 1e-6) continue;
        // Coinciding points move apart in a direction that depends only on their indices.
        if (distance === 0) [dx, dy, distance] = [Math.cos(i), Math.sin(i), 1];
        const push = Math.max(
          0.25,
          (gap - Math.hypot(placed[i][0] - placed[j][0], placed[i][1] - placed[j][1])) / 2,
        );
        placed[i][0] += (dx / distance) * push;
        placed[i][1] += (dy / distance) * push;
        placed[j][0] -= (dx / distance) * push;
        placed[j][1] -= (dy / distance) * push;
        moved = true;
      }
    }
    if (!moved) break;
  }
  return placed;
}

/** A medallion with a rim; a thin line leads to the mean it stands for when it had to move away. */
export function marker(sign: number, mean: Point, place: Point, radius: number): Markup {
  const away = Math.hypot(mean[0] - place[0], mean[1] - place[1]) > 2;
  const leader = away
    ? el('path', {
        d: `M${mean[0].toFixed(1)} ${mean[1].toFixed(1)}L${place[0].toFixed(1)} ${place[1].toFixed(1)}`,
        'stroke-width': 1.5,
        fill: 'none',
        ...paint('stroke', 'ink'),
      })
    : empty;
  const rim = el('circle', { cx: place[0], cy: place[1], r: radius + 2.5, ...paint('fill', 'paper') });
  return el('g', {}, leader, el('g', { class: 'marker' }, rim, medallion(sign, place, radius)));
}
