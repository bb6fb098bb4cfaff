import fc from 'fast-check';
import { Cluster as Original } from 'ml-hclust';
import { describe, expect, it } from 'vitest';
import { Cluster } from '../../src/agglomerative/cluster.ts';
import { runs } from '../support/gate.ts';

/** The same tree of both classes: pairs of open nodes, chosen by number, are merged at different heights. */
function trees(choices: readonly number[], heights: readonly number[]): [Cluster, Original] {
  return [Cluster, Original].map((Node: typeof Cluster) => {
    const open = Array.from({ length: heights.length + 1 }, (_, index) =>
      Object.assign(new Node(), { index, isLeaf: true }),
    );
    heights.forEach((height, i) => {
      const children = [0, 1].map((side) => open.splice(choices[2 * i + side] % open.length, 1)[0]);
      const size = children[0].size + children[1].size;
      open.push(Object.assign(new Node(), { children, height, size }));
    });
    return open[0];
  }) as [Cluster, Original];
}

const heights = fc.uniqueArray(fc.double({ min: 0.1, max: 100, noNaN: true }), { maxLength: 40 });
const choices = fc.array(fc.nat(1000), { minLength: 80, maxLength: 80 });
const rowsOf = (nodes: readonly { indices(): number[] }[]) => nodes.map((node) => node.indices());
const unordered = (groups: number[][]) => groups.map(String).sort();

describe('a node of a tree', () => {
  it('agrees with ml-hclust, also with inversions of heights', () => {
    fc.assert(
      fc.property(
        heights,
        choices,
        fc.double({ min: 0, max: 110, noNaN: true }),
        (merged, pairs, threshold) => {
          const [mine, theirs] = trees(pairs, merged);
          expect(mine.indices()).toEqual(theirs.indices());
          expect(rowsOf(mine.cut(threshold))).toEqual(rowsOf(theirs.cut(threshold)));
          const visits = [mine, theirs].map((root: Cluster | Original) => {
            const seen: number[] = [];
            root.traverse(({ height }: { height: number }) => seen.push(height));
            return seen;
          });
          expect(visits[0]).toEqual(visits[1]);
          for (let groups = 1; groups <= merged.length; groups++) {
            const [ours, other] = [mine.group(groups), theirs.group(groups)];
            expect(unordered(rowsOf(ours.children))).toEqual(unordered(rowsOf(other.children)));
            expect(ours.height).toBe(other.height);
            expect(ours.indices()).toEqual(mine.indices()); // ours are from left to right
          }
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it('gives every leaf if more groups are requested than there are leaves', () => {
    const [mine] = trees([0, 0, 0, 0], [1, 2]);
    expect(rowsOf(mine.group(7).children).flat()).toEqual(mine.indices());
  });

  it('refuses invalid thresholds and numbers of groups', () => {
    const node = new Cluster();
    expect(() => node.cut('1' as never)).toThrow(TypeError);
    expect(() => node.cut(-1)).toThrow(RangeError);
    for (const groups of [0, -1, 1.5, Number.NaN, '2' as never])
      expect(() => node.group(groups)).toThrow(RangeError);
  });
});
