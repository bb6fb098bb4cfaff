import { computed } from '@preact/signals';
import { GLYPHS } from '../src/figures/drawing/glyphs.ts';
import { onSignColor, signColor } from '../src/figures/drawing/palette.ts';
import { textWidth } from '../src/figures/drawing/typography.ts';
import { convexHull } from '../src/zodiac/geometry.ts';
import { type Point, signs } from '../src/zodiac/signs.ts';
import { entryColor } from './coloring.ts';
import { nameOf } from './data.ts';
import { HIDDEN, LIT, nearest } from './grid.ts';
import {
  densestPlaces,
  LABEL_SIZE,
  MEDALLION,
  NAME_SIZE,
  objectLabels,
  placeNames,
  shortened,
} from './names.ts';
import type { State } from './state.ts';
import { projectionOf, toScreen } from './view.ts';

/** From this zoom on single objects have names. */
const LABELLED = 3;
/** So many hits have rings. */
const MOST_RINGED = 40;

/** What lies above the dots: names, the path of the signs, the marks of objects that are looked at. */
export function Overlay({ state }: { state: State }) {
  const { objects, view, frame } = state;
  const { extent } = objects.meta;
  const project = computed(() => projectionOf(view.value, extent, frame.value));
  const labels = computed(() => labelsIn(state, project));
  return (
    <svg class="overlay" aria-hidden="true">
      <Geometry state={state} project={project} />
      <ObjectNames state={state} project={project} labels={labels} />
      <Names state={state} labels={labels} />
      <Marks state={state} project={project} labels={labels} />
    </svg>
  );
}

interface Part {
  state: State;
  project: { value: ReturnType<typeof projectionOf> };
}
interface Labels {
  labels: { value: ReturnType<typeof labelsIn> };
}

/** Hull, ecliptic and path, as Figure 3 has them. */
function Geometry({ state, project }: Part) {
  const { means, signOf, ecliptic } = state.objects.meta;
  const shown = state.overlays.value;
  const at = (place: Point) => toScreen(project.value, place);
  const order = signs.map((_, sign) => signOf.indexOf(sign)).filter((cluster) => cluster >= 0);
  const path = order.map((cluster) => at(means[cluster]));
  const line = (points: readonly Point[]) =>
    `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`;
  if (path.length < 2) return null;
  const [cx, cy] = ecliptic === null ? [0, 0] : at(ecliptic.center);
  return (
    <g class="geometry">
      {shown.has('hull') && <path class="hull" d={line(convexHull(path).map((i) => path[i]))} />}
      {shown.has('ecliptic') && ecliptic !== null && (
        <g class="ecliptic">
          <circle cx={cx} cy={cy} r={ecliptic.radius * project.value.scale} />
          {signs.map(({ name, angle }, sign) => {
            const turn = ((angle + ecliptic.rotation) * Math.PI) / 180;
            const r = ecliptic.radius * project.value.scale + 16;
            return (
              <path
                key={name}
                d={GLYPHS[sign]}
                transform={`translate(${cx + r * Math.cos(turn) - 8} ${cy - r * Math.sin(turn) - 8}) scale(.66)`}
              />
            );
          })}
        </g>
      )}
      {shown.has('path') && <path class="path" d={line(path)} />}
    </g>
  );
}

/** The signs' names, at the densest place of each. */
function Names({ state, labels }: { state: State } & Labels) {
  const { objects, scheme } = state;
  const { signOf } = objects.meta;
  return (
    <g class="names">
      {labels.value.names.map(({ value, name, medallion: [mx, my], x, y, anchor }) => (
        <g key={value}>
          <circle class="rim" cx={mx} cy={my} r={MEDALLION + 2} />
          <circle cx={mx} cy={my} r={MEDALLION} fill={signColor(signOf[value], scheme.value)} />
          <path
            class="glyph"
            stroke={onSignColor(signOf[value], scheme.value)}
            d={GLYPHS[signOf[value]]}
            transform={`translate(${mx - 7} ${my - 7}) scale(.583)`}
          />
          <text x={x} y={y} text-anchor={anchor} font-size={NAME_SIZE}>
            {name}
          </text>
        </g>
      ))}
    </g>
  );
}

/** The names of the signs and of the placed object that is looked at, and where they stand now. */
function labelsIn(state: State, project: Part['project']) {
  const { focus, frame } = state;
  const place = focus.value;
  const marks =
    place === null
      ? []
      : [{ name: shortened(place.name, 24), at: toScreen(project.value, [place.x, place.y]) }];
  return placeNames(namedSigns(state, project), frame.value, marks);
}

function namedSigns(state: State, project: Part['project']) {
  const { objects, off, overlays, view } = state;
  const { signOf } = objects.meta;
  const named = signOf.filter((sign) => sign >= 0);
  if (named.length < 2 || !overlays.value.has('names') || view.value.zoom > 12) return [];
  const hidden = off.value.sign;
  return placesOf(state)
    .map((at, value) => ({ value, at, name: signs[signOf[value]]?.name ?? '' }))
    .filter((entry): entry is { value: number; at: Point; name: string } => entry.at !== null)
    .filter(({ name, value }) => name !== '' && !hidden?.has(value))
    .map((entry) => ({ ...entry, at: toScreen(project.value, entry.at) }));
}

const places = new WeakMap<State, (Point | null)[]>();

function placesOf(state: State): (Point | null)[] {
  const known = places.get(state);
  if (known !== undefined) return known;
  const { objects } = state;
  const found = densestPlaces(objects, objects.cluster, objects.meta.signOf.length);
  places.set(state, found);
  return found;
}

function ObjectNames({ state, project, labels }: Part & Labels) {
  const { objects, grid, shades, view, frame } = state;
  if (view.value.zoom < LABELLED) return null;
  // What is only context has no names.
  const lit = shades.value.map((shade) => (shade === LIT ? LIT : HIDDEN));
  const find = (at: Point, within: number) => nearest(objects, grid, lit, at, within);
  const taken = labels.value.names.map(({ name, medallion: [x, y], anchor }) => {
    const width = textWidth(name, NAME_SIZE) + 2 * MEDALLION + 16;
    return { at: [anchor === 'end' ? x - width : x - MEDALLION, y] as const, width };
  });
  return (
    <g class="object-names">
      {objectLabels(objects, project.value, frame.value, find, taken).map(({ i, name, at: [x, y] }) => (
        <text key={i} x={x + 8} y={y + 4} font-size={LABEL_SIZE}>
          {name}
        </text>
      ))}
    </g>
  );
}

/** Rings around hovered and pinned objects, and lines from the pinned one to its first twins. */
function Marks({ state, project, labels }: Part & Labels) {
  const { objects, hovered, pinned, frame, scheme, coloring } = state;
  const placed = (i: number) => i >= 0 && i < objects.placed;
  const at = (i: number) => toScreen(project.value, [objects.x[i], objects.y[i]]);
  const ring = (i: number, name: string) => {
    const [x, y] = at(i);
    const color = entryColor(coloring.value, coloring.value.column[i], scheme.value);
    return (
      <g key={name} class={name}>
        <circle class="rim" cx={x} cy={y} r={9} />
        <circle cx={x} cy={y} r={7} fill={color} />
      </g>
    );
  };
  const from = pinned.value;
  const twins = placed(from) ? state.nearby.firstTwins(from).filter(placed) : [];
  return (
    <g class="marks">
      {twins.map((i) => {
        const [ax, ay] = at(from);
        const [x, y] = at(i);
        const { width, height } = frame.value;
        const outside = x < 0 || y < 0 || x > width || y > height;
        const [ex, ey] = outside ? clipped([ax, ay], [x, y], width, height) : [x, y];
        return (
          <g key={i} class="twin">
            <path d={`M${ax} ${ay}L${ex} ${ey}`} />
            {outside ? (
              <text
                x={Math.min(width - 8, Math.max(8, ex))}
                y={ey}
                text-anchor={ex > width / 2 ? 'end' : 'start'}
              >
                {`${arrowTo([x, y], width)} ${shortened(nameOf(objects, i), 24)}`}
              </text>
            ) : (
              <circle class="target" cx={x} cy={y} r={6} />
            )}
          </g>
        );
      })}
      <Places state={state} project={project} labels={labels} />
      {ringed(state).map((i) => {
        const [cx, cy] = at(i);
        return <circle key={i} class="hit-ring" cx={cx} cy={cy} r={8} />;
      })}
      {placed(hovered.value) && hovered.value !== from && ring(hovered.value, 'hover')}
      {placed(from) && ring(from, 'pin')}
    </g>
  );
}

/** Hits of a search that has few: single dots are hard to see. */
function ringed({ hits, objects, shades }: State): number[] {
  if (hits.value.length > MOST_RINGED) return [];
  return Array.from(hits.value).filter((i) => i < objects.placed && shades.value[i] === LIT);
}

/** Rings around placed objects; around the one that is looked at the disc that shows how far its nearest objects are spread. */
function Places({ state, project, labels }: Part & Labels) {
  const { placed, focus, scheme, objects } = state;
  return placed.value.map((place) => {
    const [cx, cy] = toScreen(project.value, [place.x, place.y]);
    const looked = place === focus.value;
    const sign = signs.findIndex(({ name }) => name === place.answer.sign);
    const radius = (place.answer.spread / objects.meta.unit) * project.value.scale;
    return (
      <g key={place} class={looked ? 'place looked' : 'place'}>
        {looked && <circle class="spread" cx={cx} cy={cy} r={radius} />}
        <circle class="rim" cx={cx} cy={cy} r={looked ? 8 : 6} />
        <circle class="ring" cx={cx} cy={cy} r={looked ? 12 : 7} />
        <circle cx={cx} cy={cy} r={looked ? 6 : 4} fill={signColor(sign, scheme.value)} />
        {looked &&
          labels.value.marks.map(({ name, x, y, anchor }) => (
            <text key={name} x={x} y={y} text-anchor={anchor} font-size={NAME_SIZE}>
              {name}
            </text>
          ))}
      </g>
    );
  });
}

/** An arrow towards a place outside the frame. */
function arrowTo([x, y]: Point, width: number): string {
  if (x < 0) return '\u2190';
  if (x > width) return '\u2192';
  return y < 0 ? '\u2191' : '\u2193';
}

/** Where the line from a place inside to one outside leaves the frame, a little within its edge. */
function clipped([ax, ay]: Point, [bx, by]: Point, width: number, height: number): Point {
  const edge = 14;
  const share = (a: number, b: number, most: number) =>
    b < edge ? (a - edge) / (a - b) : b > most - edge ? (most - edge - a) / (b - a) : 1;
  const t = Math.max(0, Math.min(share(ax, bx, width), share(ay, by, height), 1));
  return [ax + (bx - ax) * t, ay + (by - ay) * t];
}
