/**
 * The one-to-one assignment of rows to columns of least total cost: `result[row]` is the column. The Hungarian
 * method with potentials, one shortest augmenting path per row (Jonker and Volgenant, Computing 38, 1987),
 * O(rows^2 columns). Among assignments of equal cost the same input always gives the same one.
 *
 * @param costs - rows x columns of finite numbers, at least as many columns as rows.
 * @throws RangeError when there are more rows than columns.
 * @example
 * assign([[4, 1], [2, 8]]); // [1, 0]
 */
export function assign(costs: readonly (readonly number[])[]): number[] {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  if (rows > columns) {
    throw new RangeError(`Expected at least as many columns as rows but received ${rows} x ${columns}`);
  }
  const state: State = {
    rowPotential: new Float64Array(rows),
    columnPotential: new Float64Array(columns),
    rowOf: new Int32Array(columns).fill(-1),
  };
  for (let row = 0; row < rows; row++) augment(costs, state, row);

  const result = new Array<number>(rows);
  state.rowOf.forEach((row, column) => {
    if (row >= 0) result[row] = column;
  });
  return result;
}

interface State {
  readonly rowPotential: Float64Array;
  readonly columnPotential: Float64Array;
  /** The row that holds each column, or -1. */
  readonly rowOf: Int32Array;
}

/** Finds the shortest alternating path from a free row to a free column (Dijkstra on reduced costs); flips it. */
function augment(costs: readonly (readonly number[])[], state: State, start: number): void {
  const { rowPotential, columnPotential, rowOf } = state;
  const columns = rowOf.length;
  const distance = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  const before = new Int32Array(columns).fill(-1); // the column before, on the path
  const done = new Uint8Array(columns);
  const visited: number[] = [];

  let row = start;
  let reached = 0;
  let last = -1;
  for (;;) {
    let next = -1;
    for (let column = 0; column < columns; column++) {
      if (done[column]) continue;
      const through = reached + costs[row][column] - rowPotential[row] - columnPotential[column];
      if (through < distance[column]) {
        distance[column] = through;
        before[column] = last;
      }
      if (next < 0 || distance[column] < distance[next]) next = column;
    }
    done[next] = 1;
    reached = distance[next];
    last = next;
    if (rowOf[next] < 0) break;
    visited.push(next);
    row = rowOf[next];
  }

  rowPotential[start] += reached;
  for (const column of visited) {
    rowPotential[rowOf[column]] += reached - distance[column];
    columnPotential[column] -= reached - distance[column];
  }
  for (let column = last; column >= 0; column = before[column]) {
    rowOf[column] = before[column] < 0 ? start : rowOf[before[column]];
  }
}
