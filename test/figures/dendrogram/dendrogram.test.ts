import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { AgglomerativeClustering } from '../../../src/agglomerative/agglomerative.ts';
import { dendrogram } from '../../../src/figures/dendrogram/dendrogram.ts';
import { layoutDendrogram } from '../../../src/figures/dendrogram/dendrogram-layout.ts';
import { matrix } from '../../../src/matrix.ts';
import { signs } from '../../../src/zodiac/signs.ts';
import { seededRandom } from '../../support/bytes.ts';

const random = seededRandom(4);
const X = matrix(
  Float32Array.from({ length: 600 }, (_, i) => random() + 10 * (Math.floor(i / 2) % 7)),
  300,
  2,
);
const tree = await AgglomerativeClustering.fit(X);

/** Parses the figure as XML; throws if it is not well-formed. */
function textsOf(svg: string): string[] {
  const texts: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('text', (piece) => {
    if (piece.trim()) texts.push(piece);
  });
  parser.write(svg).close();
  return texts;
}

describe('layoutDendrogram', () => {
  it.each([
    [1, 1],
    [7, 20],
    [12, 5],
    [300, 300],
    [7, 1000],
  ])(
    'cut into %i clusters with %i leaves gives every cluster the rows that labels give it',
    (clusters, leaves) => {
      const { nodes, root } = layoutDendrogram(tree.merges, clusters, leaves);
      const lowest = nodes.filter(({ parts }) => parts.length === 0);
      expect(lowest).toHaveLength(Math.min(300, Math.max(clusters, leaves)));
      expect(lowest.map(({ place }) => place)).toEqual([...lowest.keys()]);
      const sizes = new Array(clusters).fill(0);
      for (const { cluster, size } of lowest) sizes[cluster] += size;
      const expected = new Array(clusters).fill(0);
      for (const label of tree.labels({ clusters })) expected[label]++;
      expect(sizes).toEqual(expected);
      expect(root.size).toBe(300);
    },
  );

  it('draws the cut between the highest merge below it and the lowest one above', () => {
    const { heights } = tree;
    const { cutHeight } = layoutDendrogram(tree.merges, 7, 20);
    expect(cutHeight).toBe((heights[299 - 7] + heights[299 - 6]) / 2);
    expect(tree.labels({ distance: cutHeight })).toEqual(tree.labels({ clusters: 7 }));
  });
});

describe('dendrogram', () => {
  it.each([1, 2, 7, 12, 40, 300])('is well-formed with %i clusters, and says how many', (clusters) => {
    const signOf = Array.from({ length: clusters }, (_, i) => (i < 12 ? i : -1));
    const wide = textsOf(dendrogram({ merges: tree.merges, signOf, synthetic: true }));
    expect(wide).toContain('synthetic data');
    expect(wide).toContain(clusters === 1 ? '1 cluster' : `${clusters} clusters`);
    const tall = textsOf(dendrogram({ merges: tree.merges, signOf, synthetic: true }, { layout: 'tall' }));
    expect(tall).toContain(clusters === 1 ? 'cut into 1 cluster' : `cut into ${clusters} clusters`);
  });

  it.each(['wide', 'tall'] as const)('names sign and size of every cluster in the %s layout', (layout) => {
    const signOf = [3, 1, 4, 0, 5, 9, 2];
    const texts = textsOf(dendrogram({ merges: tree.merges, signOf, synthetic: false }, { layout }));
    const sizes = new Array(7).fill(0);
    for (const cluster of tree.labels({ clusters: 7 })) sizes[cluster]++;
    signOf.forEach((sign, cluster) => {
      expect(texts).toContain(`${signs[sign].name}: ${sizes[cluster]} objects`);
      expect(texts).toContain(`${sizes[cluster]}`);
      if (layout === 'tall') expect(texts).toContain(signs[sign].name);
    });
  });

  it.each([
    ['wide', 1],
    ['tall', 0],
  ] as const)('%s: every bar lies where its height says', (layout, axis) => {
    const svg = dendrogram(
      { merges: tree.merges, signOf: [0, 1, 2], synthetic: false },
      { layout, leaves: 20 },
    );
    // Bars have two points in a row at the same height; stems and wedges have points at different heights.
    const levels = [...svg.matchAll(/<g data-node="\d+">(.*?)<\/g>/gs)]
      .flatMap(([, branch]) => [...branch.matchAll(/ d="M([\d. L-]+)"/g)])
      .map(([, line]) => line.split('L').map((point) => point.split(' ').map(Number)))
      .flatMap((points) =>
        points.slice(1).flatMap((point, i) => (point[axis] === points[i][axis] ? [point[axis]] : [])),
      )
      .sort((a, b) => b - a);
    const heights = [...tree.heights.slice(-19)];
    expect(levels).toHaveLength(19);
    const unit = (levels[0] - levels[18]) / (heights[18] - heights[0]);
    heights.forEach((height, i) => {
      expect(levels[0] - levels[i]).toBeCloseTo((height - heights[0]) * unit, 1);
    });
  });

  it('draws one row, equal rows, and only the tree on request', async () => {
    for (const rows of [1, 2, 50]) {
      const equal = await AgglomerativeClustering.fit(matrix(new Float32Array(rows), rows, 1));
      const svg = dendrogram({ merges: equal.merges, signOf: [3], synthetic: false });
      expect(textsOf(svg)).toContain('height of the merge');
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
    const bare = dendrogram(
      { merges: tree.merges, signOf: [0], synthetic: true },
      { heading: false, legend: false },
    );
    expect(textsOf(bare)).not.toContain('synthetic data');
  });

  it('refuses less than one cluster and more clusters than rows', () => {
    expect(() => dendrogram({ merges: tree.merges, signOf: [], synthetic: false })).toThrow(RangeError);
    const signOf = new Array(301).fill(-1);
    expect(() => dendrogram({ merges: tree.merges, signOf, synthetic: false })).toThrow(RangeError);
  });
});
