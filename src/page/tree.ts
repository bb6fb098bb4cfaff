import { layoutDendrogram } from '../figures/dendrogram/dendrogram-layout.ts';
import type { TreeMerges } from '../node-clusters.ts';

/** Which objects lie below each node of the drawn tree. */
export interface PageTree {
  /** For each row the lowest node that is drawn above it, numbered from the left. */
  readonly leaf: Uint32Array;
  /** For each node, by its number in the tree, the first of its leaves and the one after the last. */
  readonly nodes: { readonly [node: number]: readonly [first: number, end: number] };
}

/** The top of a cluster tree, as far down as the widest dendrogram draws it. */
export function pageTree(merges: TreeMerges, clusters: number, leaves: number): PageTree {
  const rows = merges.rows + 1;
  const leaf = new Uint32Array(rows);
  const nodes: Record<number, [number, number]> = {};
  let next = 0;
  for (const { node, parts } of layoutDendrogram(merges, clusters, leaves).nodes) {
    if (parts.length > 0) {
      nodes[node] = [nodes[parts[0].node][0], nodes[parts[1].node][1]];
      continue;
    }
    for (const row of rowsBelow(merges, node)) leaf[row] = next;
    nodes[node] = [next, ++next];
  }
  return { leaf, nodes };
}

function rowsBelow({ data, rows: merges }: TreeMerges, node: number): number[] {
  const found: number[] = [];
  const open = [node];
  while (open.length > 0) {
    const one = open.pop() as number;
    if (one <= merges) found.push(one);
    else open.push(data[4 * (one - merges - 1)], data[4 * (one - merges - 1) + 1]);
  }
  return found;
}
