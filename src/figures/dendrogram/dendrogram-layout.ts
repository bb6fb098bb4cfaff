import { nodeClusters, type TreeMerges } from '../../node-clusters.ts';

/** A node that is drawn. Places are in leaves from the left, heights in the tree's unit. */
export interface DrawnNode {
  /** Its number in the tree: rows come first, then merges. */
  readonly node: number;
  readonly place: number;
  readonly height: number;
  /** Rows below it. */
  readonly size: number;
  /** Its cluster; -1 for merges that the cut undoes. */
  readonly cluster: number;
  /** Two parts; none for the lowest nodes that are drawn. */
  readonly parts: readonly DrawnNode[];
}

export interface DendrogramLayout {
  readonly root: DrawnNode;
  /** All nodes, parts before wholes. */
  readonly nodes: readonly DrawnNode[];
  readonly leaves: number;
  /** Between the highest merge that is made and the lowest that is undone. */
  readonly cutHeight: number;
}

/**
 * Places the top of a tree: its last `leaves` - 1 merges, or all if there are fewer. Clusters are those of the cut into
 * `clusters`, numbered by their lowest rows.
 */
export function layoutDendrogram(merges: TreeMerges, clusters: number, leaves: number): DendrogramLayout {
  const rows = merges.rows + 1;
  const shown = Math.min(rows, Math.max(leaves, clusters));
  const firstShown = rows + (rows - shown); // nodes from here on are drawn with their parts
  const clusterOf = nodeClusters(merges, (merge) => merge < rows - clusters);
  const part = (node: number, which: 0 | 1) => merges.data[(node - rows) * 4 + which];
  const nodes: DrawnNode[] = [];
  const finished: DrawnNode[] = [];
  let places = 0;
  // Depth first, left part first; a node returns as its complement when its parts are drawn.
  const open = [2 * rows - 2];
  while (open.length > 0) {
    const next = open.pop() as number;
    if (next >= firstShown) {
      open.push(~next, part(next, 1), part(next, 0));
      continue;
    }
    const node = next < 0 ? ~next : next;
    const parts = next < 0 ? finished.splice(-2) : [];
    const place = parts.length === 0 ? places++ : (parts[0].place + parts[1].place) / 2;
    const inner = node >= rows;
    const height = inner ? merges.data[(node - rows) * 4 + 2] : 0;
    const size = inner ? merges.data[(node - rows) * 4 + 3] : 1;
    const drawn = { node, place, height, size, cluster: clusterOf[node], parts };
    finished.push(drawn);
    nodes.push(drawn);
  }
  const heightAt = (merge: number) => (merge < 0 ? 0 : merges.data[merge * 4 + 2]);
  const highest = nodes.reduce((most, { height }) => Math.max(most, height), 0);
  const below = heightAt(rows - clusters - 1);
  const above = clusters > 1 ? heightAt(rows - clusters) : Math.max(below, highest) * 1.08;
  return { root: finished[0], nodes, leaves: places, cutHeight: (below + above) / 2 };
}
