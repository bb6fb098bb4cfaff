import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { type ScalingSeries, scalingFigure } from '../../bench/report/scaling-figure.ts';

/** Coordinates of the dots of a series, by panel. Dots are paths of width 7. */
function dots(svg: string): number[][][] {
  return [...svg.matchAll(/<path d="([^"]+)" stroke-width="7"/g)].map(([, d]) =>
    [...d.matchAll(/M([\d.]+) ([\d.]+)h0/g)].map(([, x, y]) => [Number(x), Number(y)]),
  );
}

const series: ScalingSeries[] = [
  {
    name: 'linear',
    points: [1e3, 1e4, 1e5, 1e6].map((rows) => ({ rows, seconds: rows / 1e6, bytes: rows * 100 })),
  },
  {
    name: 'square <&>',
    points: [1e3, 1e4].map((rows) => ({ rows, seconds: (rows / 1e4) ** 2, bytes: rows * 1000 })),
  },
];

test('both axes are logarithmic: powers of the rows are straight, their slopes the exponents', () => {
  const [linear, square, linearBytes] = dots(scalingFigure(series, []));
  const steps = (places: number[][]) =>
    places.slice(1).map(([x, y], i) => [x - places[i][0], places[i][1] - y]);
  const [[dx, dy], ...others] = steps(linear);
  for (const [x, y] of others) {
    expect(x).toBeCloseTo(dx, 1);
    expect(y).toBeCloseTo(dy, 1);
  }
  expect(steps(square)[0][1] / dy).toBeCloseTo(2, 1);
  expect(steps(square)[0][0]).toBeCloseTo(dx, 1);
  expect(linearBytes).toHaveLength(4);
});

test('the figure is well-formed, names every series and tick, and escapes names', () => {
  const svg = scalingFigure(series, ['2 processors']);
  const texts: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('text', (text) => texts.push(text));
  parser.write(svg).close();
  for (const text of [
    'linear',
    'square <&>',
    '1,000',
    '1,000,000',
    '1 ms',
    '1 s',
    '100 kB',
    '100 MB',
    '2 processors',
  ]) {
    expect(texts).toContain(text);
  }
});

test('labels at the ends of lines do not overlap', () => {
  const same = ['a', 'b', 'c'].map((name) => ({ ...series[0], name }));
  const svg = scalingFigure(same, []);
  const heights = ['a', 'b', 'c'].map((name) =>
    Number(new RegExp(`y="([\\d.]+)" font-size="13"[^>]*>${name}<`).exec(svg)?.[1]),
  );
  const sorted = heights.toSorted((a, b) => a - b);
  expect(sorted[1] - sorted[0]).toBeGreaterThan(16);
  expect(sorted[2] - sorted[1]).toBeGreaterThan(16);
});

test.each([
  ['no points', []],
  ['no time', [{ rows: 1, seconds: 0, bytes: 1 }]],
  ['no number', [{ rows: 1, seconds: Number.NaN, bytes: 1 }]],
])('a series with %s is refused', (_, points) => {
  expect(() => scalingFigure([{ name: 'bad', points }], [])).toThrow('Expected `bad` to have points');
});
