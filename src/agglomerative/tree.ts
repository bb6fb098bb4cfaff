import { Cluster } from './cluster.ts';
import type { Merges } from './merges.ts';

/** The tree as nodes, built from the leaves up. */
export function toCluster(merges: Merges): Cluster {
  const rows = merges.rows + 1;
  const nodes: Cluster[] = [];
  for (let row = 0; row < rows; row++) {
    const leaf = new Cluster();
    leaf.isLeaf = true;
    leaf.index = row;
    nodes.push(leaf);
  }
  for (let i = 0; i < merges.rows; i++) {
    const cluster = new Cluster();
    cluster.children.push(nodes[merges.data[i * 4]], nodes[merges.data[i * 4 + 1]]);
    cluster.height = merges.data[i * 4 + 2];
    cluster.size = merges.data[i * 4 + 3];
    nodes.push(cluster);
  }
  return nodes[nodes.length - 1];
}

/** The tree in Newick format; the length of a branch is the height of its upper end less that of its lower end. */
export function toNewick(merges: Merges, names: (row: number) => string): string {
  const rows = merges.rows + 1;
  const height = (node: number) => (node < rows ? 0 : merges.data[(node - rows) * 4 + 2]);
  const pieces: string[] = [];
  // Text still to be written, and nodes still to be opened, last first.
  const open: (string | number)[] = [';', rows + merges.rows - 1];
  while (open.length > 0) {
    const next = open.pop() as string | number;
    if (typeof next === 'string') {
      pieces.push(next);
    } else if (next < rows) {
      pieces.push(quoted(names(next)));
    } else {
      const i = next - rows;
      const [left, right] = [merges.data[i * 4], merges.data[i * 4 + 1]];
      const length = (node: number) => `:${height(next) - height(node)}`;
      open.push(')', length(right), right, ',', length(left), left, '(');
    }
  }
  return pieces.join('');
}

/** Names with a character that means something in Newick are quoted; a quote inside is doubled. */
function quoted(name: string): string {
  return /^[^\s()[\]{}'":;,_/\\<>]+$/.test(name) ? name : `'${name.replaceAll("'", "''")}'`;
}
