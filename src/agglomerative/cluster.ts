import { describe } from '../errors.ts';

/**
 * A node of a tree, with the members of ml-hclust's `Cluster`. None of its methods recurses, so a tree can be as deep as its
 * number of rows.
 */
export class Cluster {
  /** Two, or none for a leaf. The result of {@link Cluster.group} has as many as were asked for. */
  children: Cluster[] = [];
  /** Distance at which the children were merged; 0 for a leaf. */
  height = 0;
  /** Number of leaves below, 1 for a leaf. */
  size = 1;
  /** Row of a leaf; -1 for others. */
  index = -1;
  isLeaf = false;

  /**
   * The highest nodes with a height of at most `threshold`, nearest to the root first.
   *
   * @param threshold At least 0.
   * @throws TypeError when it is not a number, RangeError when it is negative.
   */
  cut(threshold: number): Cluster[] {
    if (typeof threshold !== 'number') {
      throw new TypeError(`Expected \`threshold\` to be a number but received ${describe(threshold)}`);
    }
    if (threshold < 0) throw new RangeError(`Expected \`threshold\` in [0, inf) but received ${threshold}`);
    const found: Cluster[] = [];
    const seen: Cluster[] = [this];
    for (const node of seen) {
      if (threshold >= node.height) found.push(node);
      else for (const child of node.children) seen.push(child);
    }
    return found;
  }

  /**
   * A new node whose children are `groups` nodes of the tree, from left to right. The highest nodes are split until there are
   * enough. A tree with fewer leaves gives fewer.
   *
   * @param groups An integer of at least 1.
   * @throws RangeError for another value.
   */
  group(groups: number): Cluster {
    if (!Number.isInteger(groups) || groups < 1) {
      throw new RangeError(
        `Expected \`groups\` to be an integer in [1, inf) but received ${describe(groups)}`,
      );
    }
    const opened = new Set<Cluster>();
    const closed: Cluster[] = [];
    push(closed, this);
    while (closed.length < groups && closed[0].children.length > 0) {
      const highest = pop(closed);
      opened.add(highest);
      for (const child of highest.children) push(closed, child);
    }
    const root = new Cluster();
    root.height = this.height;
    root.size = this.size;
    walk(this, (node) => {
      if (opened.has(node)) return true;
      root.children.push(node);
      return false;
    });
    return root;
  }

  /** Calls `visit` with every node, each before its children, from left to right. */
  traverse(visit: (cluster: Cluster) => void): void {
    walk(this, (node) => {
      visit(node);
      return true;
    });
  }

  /** The rows below, from left to right: in this order a dendrogram has no crossing branches. */
  indices(): number[] {
    const rows: number[] = [];
    this.traverse((node) => {
      if (node.isLeaf) rows.push(node.index);
    });
    return rows;
  }
}

/** Depth first, from left to right; `visit` says whether to go below the node. */
function walk(root: Cluster, visit: (node: Cluster) => boolean): void {
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!visit(node)) continue;
    for (let i = node.children.length - 1; i >= 0; i--) open.push(node.children[i]);
  }
}

/** Leaves come after all other nodes, even after those that merge equal rows at height 0. */
const rank = (node: Cluster) => (node.children.length === 0 ? Number.NEGATIVE_INFINITY : node.height);

/** Puts a node into a binary heap with the highest node in front. */
function push(heap: Cluster[], node: Cluster): void {
  let at = heap.push(node) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (rank(heap[above]) >= rank(node)) break;
    heap[at] = heap[above];
    at = above;
  }
  heap[at] = node;
}

/** Takes the highest node out of a heap, which must not be empty. */
function pop(heap: Cluster[]): Cluster {
  const highest = heap[0];
  const last = heap.pop() as Cluster;
  if (heap.length === 0) return highest;
  let at = 0;
  for (let below = 1; below < heap.length; below = 2 * at + 1) {
    if (below + 1 < heap.length && rank(heap[below + 1]) > rank(heap[below])) below++;
    if (rank(heap[below]) <= rank(last)) break;
    heap[at] = heap[below];
    at = below;
  }
  heap[at] = last;
  return highest;
}
