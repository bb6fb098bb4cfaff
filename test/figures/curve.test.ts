import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { type CurveData, curve } from '../../src/figures/curve.ts';
import { hostileLabels } from './scenes.ts';

function paths(svg: string): string[] {
  const found: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'path' && attributes['stroke-width'] === '2') found.push(attributes.d);
  });
  parser.write(svg).close();
  return found;
}

const base: CurveData = { id: 'c', title: 't', x: 'x', y: 'y', series: [] };

describe('curve', () => {
  it('spans the box from the smallest to the largest values, upwards', () => {
    const points = [
      [0, 0],
      [5, 10],
      [10, 5],
    ] as const;
    expect(paths(curve({ ...base, series: [{ name: 'a', points }] }))).toEqual(['M70 240L280 24L490 132']);
  });

  it('draws every line, a single point, constant values and no values', () => {
    const one = { name: 'one', points: [[3, 4]] as const };
    const flat = {
      name: 'flat',
      points: [
        [1, 4],
        [2, 4],
      ] as const,
    };
    const none = { name: 'none', points: [] };
    const svg = curve({ ...base, series: [one, flat, none], mark: { x: 1, name: 'kept' } });
    expect(paths(svg)).toHaveLength(2);
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(curve(base)).not.toMatch(/NaN|Infinity/);
  });

  it('leaves out values that are not finite', () => {
    const points = [
      [0, Number.NaN],
      [1, 1],
      [2, Infinity],
      [3, 3],
    ] as const;
    expect(paths(curve({ ...base, series: [{ name: 'a', points }] }))).toEqual(['M70 240L490 24']);
  });

  it('is well-formed for any names', () => {
    for (const name of hostileLabels(200)) {
      const points = [
        [0, 1],
        [1, 0],
      ] as const;
      expect(paths(curve({ ...base, title: name, series: [{ name, points }] }))).toHaveLength(1);
    }
  });
});
