import { convexHull, distance } from '../zodiac/geometry.ts';
import { signPosition, type ZodiacMatch } from '../zodiac/match.ts';
import { type Point, signs } from '../zodiac/signs.ts';
import type { Theology } from '../zodiac/theology.ts';
import { canvas, type FigureOptions, heading, label } from './drawing/canvas.ts';
import { decimal, percent, plural } from './drawing/format.ts';
import { glyph } from './drawing/glyphs.ts';
import { placeLabels } from './drawing/label-placement.ts';
import { marker, spreadApart } from './drawing/markers.ts';
import { type Attributes, el, empty, join, type Markup, short } from './drawing/markup.ts';
import { paint } from './drawing/palette.ts';
import {
  bounds,
  type ClusteredMap,
  dotRadius,
  type Frame,
  frameFor,
  meansOf,
  type Projection,
  plainDots,
  projection,
} from './drawing/scatter.ts';

const DOTTED: Attributes = { 'stroke-dasharray': '0.1 4.5', 'stroke-linecap': 'round' };
const HULL_STYLE: Attributes = {
  ...paint('fill', 'hull'),
  stroke: paint('stroke', 'line').stroke,
  class: `${paint('fill', 'hull').class} ${paint('stroke', 'line').class}`,
  'stroke-width': 1,
};

/** What Figure 3 shows: the path through the cluster means in the order of the signs. */
export interface Figure3Data extends Omit<ClusteredMap, 'signOf'> {
  /** The match of the cluster means with the signs. */
  readonly match: ZodiacMatch;
  /** The geometry of the means. */
  readonly theology: Theology;
  /** Whether the objects are made up; the figure then says so. */
  readonly synthetic: boolean;
}

const PLOT = 860;
const LOWEST = 620;
const MARGIN = 40;
const HEADING_HEIGHT = 104;
const KEY_HEIGHT = 40;
const RADIUS = 16;
const NAME_SIZE = 16;
// A circle far larger than the map would shrink the map to a dot: it is then left out.
const LARGEST_CIRCLE = 1.5;

/**
 * Figure 3 of the paper as SVG text: the cluster means joined in sign order, their convex hull, and the ecliptic of
 * the match, on which every sign has its place.
 *
 * @throws RangeError when the map is not n x 2, or the labels do not belong to it.
 * @example
 * await writeFile('figure-3.svg', figure3({ map, clusters, match, theology: theology(means, match), synthetic: false }));
 */
export function figure3(
  data: Figure3Data,
  { heading: headed = true, legend: keyed = true }: FigureOptions = {},
): Markup {
  const { match, map } = data;
  const scene = { ...data, signOf: match.signOf };
  const means = meansOf(scene);
  const whole = bounds(map);
  const circle = match.scale <= LARGEST_CIRCLE * Math.max(whole.width, whole.height) ? ecliptic(match) : [];
  const box = closeUp(bounds([...means, ...circle]), whole);
  const top = headed ? HEADING_HEIGHT : MARGIN / 2;
  const frame = frameFor(box, [MARGIN, top], PLOT, LOWEST);
  const width = PLOT + 2 * MARGIN;
  const height = frame.y + frame.height + (keyed ? KEY_HEIGHT : 0) + MARGIN;
  const project = projection(box, frame);
  const drawn = means.map(project);

  const order = signs.map((_, sign) => match.clusterOf[sign]).filter((cluster) => cluster >= 0);
  const path = order.map((cluster) => drawn[cluster]);
  const title = 'The path of the signs';
  const facts = factsOf(data);
  const names = order.map((cluster) => signs[match.signOf[cluster]].name).join(', ');
  const description =
    `A closed path joins the cluster means in the order of their signs: ${names}. ${facts.join('; ')}.` +
    `${data.synthetic ? ' The data is synthetic.' : ''}`;
  const dots = { radius: dotRadius(map.rows, frame) * 0.7, within: frame };
  return canvas({ id: 'figure-3', width, height, title: `Figure 3: ${title}`, description }, [
    headed ? heading(title, facts.join(' \u00b7 '), width, data.synthetic) : empty,
    hullArea(path),
    plainDots(map, project, dots, paint('stroke', 'faint')),
    circle.length > 0 ? eclipticCircle(match, project, drawn) : empty,
    join(path.map((mean, i) => bond(mean, project(signPosition(match, match.signOf[order[i]]))))),
    closedPath(path),
    namedMarkers(match, drawn, frame),
    keyed ? key(width / 2, height - MARGIN + 4) : empty,
  ]);
}

/** What the line below the title says. */
function factsOf({ match, theology: found }: Figure3Data): string[] {
  return [
    `${found.hull.length} means on the hull, ${found.interior.length} inside`,
    `path length ${decimal(found.pathLength, 1)}`,
    plural(found.selfCrossings, 'crossing'),
    `${percent(match.residual)} unexplained by the ecliptic`,
  ];
}

/** The box around the means and the circle with room around it, as far as the map reaches. */
function closeUp(core: Frame, whole: Frame): Frame {
  const room = 0.3 * Math.max(core.width, core.height);
  const left = Math.min(core.x, Math.max(core.x - room, whole.x));
  const bottom = Math.min(core.y, Math.max(core.y - room, whole.y));
  const right = Math.max(core.x + core.width, Math.min(core.x + core.width + room, whole.x + whole.width));
  const top = Math.max(core.y + core.height, Math.min(core.y + core.height + room, whole.y + whole.height));
  return { x: left, y: bottom, width: right - left, height: top - bottom };
}

/** The four outermost points of the match's circle. */
function ecliptic({ translation: [x, y], scale }: ZodiacMatch): Point[] {
  return scale > 0
    ? [
        [x - scale, y],
        [x + scale, y],
        [x, y - scale],
        [x, y + scale],
      ]
    : [];
}

function hullArea(points: readonly Point[]): Markup {
  const hull = convexHull(points).map((i) => points[i]);
  return hull.length < 3 ? empty : el('path', { d: `${polyline(hull)}Z`, ...HULL_STYLE });
}

/** The circle with a tick for every ten degrees, a longer one at each sign, and the sign's glyph outside, where free. */
function eclipticCircle(match: ZodiacMatch, project: Projection, markers: readonly Point[]): Markup {
  const [cx, cy] = project(match.translation);
  const r = match.scale * project.scale;
  const at = (degrees: number, radius: number): Point => {
    const angle = ((degrees + match.rotation) * Math.PI) / 180;
    return [cx + radius * Math.cos(angle), cy - radius * Math.sin(angle)];
  };
  const ticks = Array.from({ length: 36 }, (_, i) =>
    polyline([at(10 * i, r), at(10 * i, r + (i % 3 === 0 ? 8 : 4))]),
  );
  return el(
    'g',
    {},
    el('circle', { cx, cy, r, fill: 'none', 'stroke-width': 1.2, ...paint('stroke', 'soft') }),
    el('path', { d: ticks.join(''), fill: 'none', 'stroke-width': 1.2, ...paint('stroke', 'soft') }),
    join(
      signs.map(({ angle }, sign) => {
        const place = at(angle, r + 20);
        const isFree = markers.every((marker) => distance(marker, place) > RADIUS + 12);
        return isFree ? glyph(sign, place, 15, paint('stroke', 'soft')) : empty;
      }),
    ),
  );
}

/** From a mean to the place of its sign: what the match leaves unexplained. */
function bond(mean: Point, place: Point): Markup {
  return el('path', {
    d: polyline([mean, place]),
    fill: 'none',
    'stroke-width': 2,
    ...paint('stroke', 'ink'),
    ...DOTTED,
  });
}

function closedPath(points: readonly Point[]): Markup {
  if (points.length < 2) return empty;
  const arrows = points.map((from, i) => arrow(from, points[(i + 1) % points.length]));
  return el(
    'g',
    {},
    el('path', {
      d: `${polyline(points)}Z`,
      fill: 'none',
      'stroke-width': 2.4,
      'stroke-linejoin': 'round',
      ...paint('stroke', 'ink'),
    }),
    join(arrows),
  );
}

/** A small head in the middle of an edge that is long enough to show one. */
function arrow(from: Point, to: Point): Markup {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  if (length < 2 * RADIUS + 30) return empty;
  const [ux, uy] = [dx / length, dy / length];
  const [x, y] = [from[0] + dx * 0.5 + ux * 6, from[1] + dy * 0.5 + uy * 6];
  const back = (side: number): Point => [x - 12 * ux - side * 5 * uy, y - 12 * uy + side * 5 * ux];
  return el('path', { d: `${polyline([[x, y], back(1), back(-1)])}Z`, ...paint('fill', 'ink') });
}

function namedMarkers(match: ZodiacMatch, drawn: readonly Point[], frame: Frame): Markup {
  const places = spreadApart(drawn, 2 * RADIUS + 6);
  const named = places
    .map((place, cluster) => ({ place, cluster, sign: match.signOf[cluster] }))
    .filter(({ sign }) => sign >= 0)
    .sort((a, b) => a.sign - b.sign);
  const names = placeLabels(
    named.map(({ sign, place }) => ({ name: signs[sign].name, at: place })),
    { size: NAME_SIZE, clearance: RADIUS + 6, frame },
  );
  return join([
    ...places.map((place, cluster) => marker(match.signOf[cluster], drawn[cluster], place, RADIUS)),
    ...names.map(({ name, x, y, anchor }) =>
      label(name, x, y, { size: NAME_SIZE, bold: true, anchor, halo: true }),
    ),
  ]);
}

/** What the lines mean. */
function key(center: number, y: number): Markup {
  const entries: readonly [string, (x: number) => Markup][] = [
    ['path in sign order', (x) => sample(x, y, 2.4, paint('stroke', 'ink'))],
    ['hull of the means', (x) => el('rect', { x, y: y - 11, width: 30, height: 13, rx: 2, ...HULL_STYLE })],
    ['ecliptic of the match', (x) => sample(x, y, 1.2, paint('stroke', 'soft'))],
    ['from a mean to its sign', (x) => sample(x, y, 2, { ...paint('stroke', 'ink'), ...DOTTED })],
  ];
  const step = 196;
  return join(
    entries.flatMap(([text, draw], i) => {
      const x = center + (i - entries.length / 2) * step;
      return [draw(x), label(text, x + 40, y, { size: 13, soft: true })];
    }),
  );
}

function sample(x: number, y: number, width: number, style: Attributes): Markup {
  return el('path', { d: `M${short(x)} ${short(y - 4)}h30`, fill: 'none', 'stroke-width': width, ...style });
}

function polyline(points: readonly Point[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${short(x, 1)} ${short(y, 1)}`).join('');
}
