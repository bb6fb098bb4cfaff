import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { GOD } from '../../src/pipeline/god.ts';
import { pageOf } from '../../src/pipeline/run/page.ts';
import { synthetic } from '../../src/sources/synthetic.ts';
import { idOf, labelOf, type Objects } from '../../web/data.ts';
import { csvOf, EXPORTED, jsonOf } from '../../web/exports.ts';
import { gridOf, LIT } from '../../web/grid.ts';
import { hashOf, type Link, parseHash } from '../../web/link.ts';
import { shortened } from '../../web/names.ts';
import {
  cellOrigin,
  hitsOrigin,
  idsOrigin,
  lassoOrigin,
  nodeOrigin,
  type Origin,
  selectedBy,
} from '../../web/origin.ts';
import { overRepresented } from '../../web/panels/selection.tsx';
import { hostileLabels } from '../figures/scenes.ts';
import { blobs, objectsOf } from '../page/scene.ts';

/** A reader of CSV by RFC 4180, but for lines that end with LF, character by character, independent of the program's own. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') field += text[++i];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',' || c === '\n') {
      rows[rows.length - 1].push(field);
      field = '';
      if (c === '\n') rows.push([]);
    } else field += c;
  }
  return rows.slice(0, -1);
}

describe('exports', () => {
  let objects: Objects;
  let rows: Uint32Array;
  beforeAll(async () => {
    const labels = [...hostileLabels(300), '=cmd()', '+1', '-1', '@x', 'a,"b"\r\nc'];
    objects = await objectsOf({ ...blobs(labels.length), labels });
    rows = Uint32Array.from({ length: objects.count }, (_, i) => i);
  });

  it('contain every object, as CSV and as JSON', () => {
    const [head, ...lines] = readCsv(csvOf(objects, rows));
    expect(head).toEqual([...EXPORTED]);
    expect(lines.map((line) => [line[0], line[2]])).toEqual(
      Array.from(rows, (i) => [idOf(objects, i), labelOf(objects, i)]),
    );
    const entries = JSON.parse(jsonOf(objects, rows)) as { label: string }[];
    expect(entries.map(({ label }) => label)).toEqual(Array.from(rows, (i) => labelOf(objects, i)));
  });

  it('for spreadsheets have no field that begins like a formula', () => {
    for (const line of readCsv(csvOf(objects, rows, true)).slice(1)) {
      for (const field of [line[0], line[2]]) expect(field).not.toMatch(/^[=+\-@\t\r]/);
    }
  });
});

describe('a link', () => {
  const link: fc.Arbitrary<Link> = fc.record({
    view: fc.record({
      x: fc.integer({ min: 0, max: 65535 }),
      y: fc.integer({ min: 0, max: 65535 }),
      zoom: fc.integer({ min: 1, max: 400 }),
    }),
    by: fc.constantFrom('modality', 'sign', 'latent', 'label'),
    query: fc.string({ maxLength: 30 }),
    pinned: fc.tuple(fc.string({ maxLength: 10 }), fc.string({ maxLength: 40 })),
  });

  it('restores the state that it was made from', () => {
    fc.assert(
      fc.property(link, (made) => {
        const read = parseHash(hashOf(made));
        expect(read.by).toBe(made.by);
        expect(read.query).toBe(made.query);
        expect(read.pinned).toEqual(made.pinned);
        expect(read.view?.x).toBeCloseTo(made.view?.x ?? 0, 3);
        expect(read.view?.zoom).toBe(made.view?.zoom);
      }),
    );
  });

  it('stores a lasso of a thousand corners in 2,000 characters', () => {
    const lasso = Array.from({ length: 1000 }, (_, i) => [i * 60, (i * i) % 65535] as const);
    const origin = lassoOrigin(lasso);
    expect(origin[1].split('.').length).toBe(200);
    const hash = hashOf({ origin });
    expect(hash.length).toBeLessThanOrEqual(2000);
    expect(parseHash(hash).origin).toEqual(origin);
  });

  it('selects the same objects again, however they were selected', async () => {
    const given = blobs(600);
    const objects = await objectsOf({
      ...given,
      tree: { leaf: Uint32Array.from({ length: 600 }, (_, i) => i % 10), nodes: { 7: [2, 5] } },
      ids: given.ids.map((id, i) => (i % 50 === 0 ? `${id} \u00e4,:&=\u{1f468}` : id)),
    });
    const grid = gridOf(objects);
    const shades = new Uint8Array(600).fill(LIT);
    const all = Array.from({ length: 600 }, (_, i) => i);
    const odd = Uint32Array.from(all.filter((i) => idOf(objects, i).includes('\u00e4')));
    expect(odd).toHaveLength(12);
    const left = [
      [0, 0],
      [30_000.4, 0],
      [30_000.4, 65_535],
      [0, 65_535],
    ] as const;
    const { signOf, modalities } = objects.meta;
    const cases: [Origin | undefined, (i: number) => boolean][] = [
      [lassoOrigin(left), (i) => objects.x[i] < 30_000],
      [hitsOrigin('T 1'), (i) => idOf(objects, i).includes('t 1')],
      [nodeOrigin(7), (i) => objects.leaf[i] >= 2 && objects.leaf[i] < 5],
      [
        cellOrigin('Leo', 'text'),
        (i) => signOf[objects.cluster[i]] === 4 && modalities[objects.modality[i]] === 'text',
      ],
      [cellOrigin('Leo', ''), (i) => signOf[objects.cluster[i]] === 4],
      [idsOrigin(objects, odd), (i) => odd.includes(i)],
    ];
    for (const [origin, isIn] of cases) {
      const read = parseHash(hashOf({ query: 'a', origin })).origin as Origin;
      expect(read).toEqual(origin);
      const expected = all.filter(isIn);
      expect(expected.length).toBeGreaterThan(5);
      expect([...selectedBy(objects, grid, shades, read)]).toEqual(expected);
    }
    expect(idsOrigin(objects, Uint32Array.from(all))).toBeUndefined();
    for (const damaged of ['lasso=1.x.2', 'node=99', 'cell=Dog:text', 'ids=text', 'hits=%E0%A4%A']) {
      const { origin } = parseHash(`#v=1&${damaged}`);
      expect([...selectedBy(objects, grid, shades, origin as Origin)]).toEqual([]);
    }
  });

  it('that is invalid or damaged is ignored', () => {
    for (const hash of ['', '#', '#part-3', '#v=9&q=a', `#v=1&q=${'x'.repeat(9000)}`]) {
      expect(parseHash(hash)).toEqual({});
    }
    expect(parseHash(hashOf({ query: '\ud800' })).query).toBe('\ufffd');
    expect(parseHash('#v=1&at=a,b&by=nothing&q=%E0%A4%A').by).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => void parseHash(`#v=1&${text}`)));
  });
});

describe('a selection', () => {
  it('names the frequent labels in it', async () => {
    const objects = await objectsOf(blobs(400));
    const dogs = Uint32Array.from({ length: objects.count }, (_, i) => i).filter(
      (i) => labelOf(objects, i) === 'dog',
    );
    const [first, ...rest] = overRepresented(objects, dogs);
    expect(first).toEqual({ label: 'dog', objects: 100, lift: 4 });
    expect(rest).toEqual([]);
  });
});

describe('text of strangers', () => {
  it('is cut between graphemes, and invisible characters are shown', () => {
    expect(shortened('a\nb\u0000')).toBe('a\u240ab\u2400');
    expect(shortened('\u202egnirts')).toBe('\u27e8U+202E\u27e9gnirts');
    const family = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}';
    expect(shortened(family.repeat(3), 2).endsWith('\u2026')).toBe(true);
    expect([...shortened('x'.repeat(1e6), 24)]).toHaveLength(25);
  });
});

describe('the page of a run', () => {
  it('has the same bytes for any number of threads', async () => {
    const god = await GOD.fit(synthetic({ rows: 150 }), {
      samples: 200,
      epochs: 2,
      components: 20,
      iterations: 50,
    });
    expect((await pageOf(god, '0', { threads: 1 })) === (await pageOf(god, '0', { threads: 2 }))).toBe(true);
  });
});
