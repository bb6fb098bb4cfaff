import { Resvg } from '@resvg/resvg-js';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { GLYPHS } from '../../src/figures/drawing/glyphs.ts';
import { figure1 } from '../../src/figures/figure-1.ts';
import { figure2 } from '../../src/figures/figure-2.ts';
import { figure3 } from '../../src/figures/figure-3.ts';
import { signs } from '../../src/zodiac/signs.ts';
import { hostileLabels, pipelineOf, ringScene } from './scenes.ts';

interface Parsed {
  readonly tags: readonly { name: string; attributes: Record<string, string> }[];
  readonly texts: readonly string[];
}

/** Parses the figure as XML; throws if it is not well-formed. */
function parse(svg: string): Parsed {
  const tags: Parsed['tags'][number][] = [];
  const texts: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => tags.push({ name, attributes }));
  parser.on('text', (piece) => {
    if (piece.trim()) texts.push(piece);
  });
  parser.write(svg).close();
  return { tags, texts };
}

/** Centers of the dots of a figure: each is one move in a path with round caps. Rims below them do not count. */
function dots({ tags }: Parsed): string[] {
  const fills = tags.filter(({ attributes }) => !attributes.class?.includes('rim-'));
  return fills.flatMap(({ attributes }) => attributes.d?.match(/M[\d.-]+ [\d.-]+h0/g) ?? []);
}

describe.each([1, 2, 3, 7, 12, 13, 30])('with %i clusters', (k) => {
  const scene = ringScene(600, k);
  const details = { synthetic: true };

  it('figure 2 draws every object once and names every sign that has a cluster', () => {
    const parsed = parse(figure2({ ...scene, ...details }));
    expect(dots(parsed)).toHaveLength(600);
    const named = signs.filter((_, sign) => scene.signOf.includes(sign)).map(({ name }) => name);
    expect(parsed.texts).toEqual(expect.arrayContaining(named));
    expect(parsed.texts.some((line) => line === `no sign (${k - 12})`)).toBe(k > 12);
    expect(parsed.texts).toContain('synthetic data');
  });

  it('figure 3 joins the means in sign order and names them', () => {
    const parsed = parse(figure3({ ...scene, ...details }));
    const named = signs.filter((_, sign) => scene.signOf.includes(sign)).map(({ name }) => name);
    expect(parsed.texts).toEqual(expect.arrayContaining(named));
    const path = parsed.tags.find(
      ({ attributes }) => attributes['stroke-width'] === '2.4' && attributes.d.endsWith('Z'),
    );
    expect(path?.attributes.d.match(/[ML]/g)?.length ?? 1).toBe(Math.min(k, 12));
    expect(parsed.texts).toContain('synthetic data');
  });

  it('figure 1 is well-formed in both layouts', () => {
    const data = pipelineOf(scene, ['audio', 'text']);
    for (const layout of ['wide', 'tall'] as const) parse(figure1(data, { layout }));
  });
});

describe('figure 1', () => {
  const scene = ringScene(300, 12);

  it.each([1, 2, 3, 4, 5])('shows the numbers of %i modalities', (m) => {
    const names = ['audio', 'text', 'image', 'touch', 'smell'].slice(0, m);
    const { texts } = parse(figure1(pipelineOf(scene, names)));
    const all = texts.join('\n').replaceAll('\u202f', ' ');
    names.forEach((name, i) => {
      expect(texts).toContain(name);
      expect(all).toContain(`${(1000 * (i + 1)).toLocaleString('en-US')} \u00d7 ${64 * (i + 1)}`);
    });
    expect(all).toContain(`${((m * (m + 1)) / 2) * 1000}`.replace(/(\d)(\d{3})$/, '$1,$2'));
    expect(all).toContain('300 \u00d7 42');
    expect(all).toContain('perplexity 30');
    expect(texts).toContain('synthetic data');
  });

  it('refuses a run without modalities', () => {
    expect(() => figure1(pipelineOf(scene, []))).toThrow('Expected at least one modality in `modalities`');
  });
});

describe('the figures', () => {
  it('stay below 400 kB for 7,183 objects', () => {
    const scene = { ...ringScene(7183, 12), synthetic: false };
    for (const svg of [figure1(pipelineOf(scene, ['a'])), figure2(scene), figure3(scene)]) {
      expect(Buffer.byteLength(svg)).toBeLessThan(400_000);
    }
  });

  it('do not mention synthetic data if the data is real', () => {
    const scene = { ...ringScene(60, 12), synthetic: false };
    const all = figure1({ ...pipelineOf(scene, ['a']), synthetic: false }) + figure2(scene) + figure3(scene);
    expect(all).not.toContain('synthetic');
  });

  it('are well-formed and have the same elements for any labels', () => {
    const scene = ringScene(24, 12);
    const labels = hostileLabels(10_000);
    const count = (names: readonly string[]) => {
      const data = pipelineOf(scene, names);
      const modalities = data.modalities.map((modality, i) => ({
        ...modality,
        source: names[names.length - 1 - i],
      }));
      return parse(figure1({ ...data, modalities })).tags.length;
    };
    const expected = count(Array.from({ length: 100 }, (_, i) => `name ${i}`));
    for (let i = 0; i < labels.length; i += 100) {
      // If the source is empty, its element is left out.
      expect(count(labels.slice(i, i + 100).map((label) => label || '-'))).toBe(expected);
    }

    const lines = (detail: string) =>
      parse(figure2({ ...scene, synthetic: true, details: [detail] })).tags.length;
    for (const label of labels.slice(0, 200)) expect(lines(label)).toBe(lines('fact'));
  });

  it('draw maps without extent, of a single line, and with rows that are not finite', () => {
    const base = ringScene(24, 12);
    const maps = [
      base.map.data.map(() => 3),
      base.map.data.map((value, i) => (i % 2 === 0 ? value : 1)),
      base.map.data.map((value, i) => (i < 6 ? [Number.NaN, Number.POSITIVE_INFINITY][i % 2] : value)),
      base.map.data.map((value) => value * 1e30),
    ];
    for (const data of maps) {
      const scene = {
        ...ringScene(24, 2),
        map: { ...base.map, data },
        clusters: ringScene(24, 2).clusters,
      };
      for (const svg of [
        figure1(pipelineOf(scene, ['a'])),
        figure2({ ...scene, synthetic: false }),
        figure3({ ...scene, synthetic: false }),
      ]) {
        parse(svg);
        expect(svg).not.toMatch(/NaN|Infinity|\de[+-]?\d/);
      }
    }
  });

  it('refuse labels that do not match the map', () => {
    const scene = { ...ringScene(24, 12), synthetic: false };
    expect(() => figure2({ ...scene, clusters: [0] })).toThrow(
      'Expected 24 labels in `clusters` but received 1',
    );
    expect(() => figure3({ ...scene, clusters: new Int32Array(24).fill(99) })).toThrow(RangeError);
  });

  it('have a title and a description that they refer to', () => {
    const scene = { ...ringScene(24, 12), synthetic: false };
    for (const svg of [figure1(pipelineOf(scene, ['a'])), figure2(scene), figure3(scene)]) {
      const { tags } = parse(svg);
      const [title, description] = tags[0].attributes['aria-labelledby'].split(' ');
      expect(tags.find(({ attributes }) => attributes.id === title)?.name).toBe('title');
      expect(tags.find(({ attributes }) => attributes.id === description)?.name).toBe('desc');
    }
  });
});

describe('the glyphs', () => {
  it('are twelve different drawings that fill their squares', () => {
    expect(new Set(GLYPHS).size).toBe(12);
    for (const path of GLYPHS) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="${path}"/></svg>`;
      const box = new Resvg(svg).getBBox();
      if (box === undefined) throw new Error('the glyph draws nothing');
      expect(box.x).toBeGreaterThanOrEqual(2);
      expect(box.y).toBeGreaterThanOrEqual(2);
      expect(box.x + box.width).toBeLessThanOrEqual(22);
      expect(box.y + box.height).toBeLessThanOrEqual(22.5);
      expect(Math.max(box.width, box.height)).toBeGreaterThan(15);
    }
  });
});
