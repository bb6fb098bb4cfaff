import type { Matrix } from '../matrix.ts';
import { type Neighbors, nearestNeighbors } from '../neighbors/neighbors.ts';
import type { CallOptions } from '../options.ts';
import { union } from './rows.ts';

/** The nearest rows in a union of parts. */
export interface PartNeighbors {
  /** For each part, the nearest rows within it. */
  readonly own: readonly Neighbors[];
  /** For each row of the union, the `k` nearest others as rows of the union, in the order of `nearestNeighbors`. */
  readonly indices: Uint32Array;
  readonly k: number;
}

/**
 * The nearest rows within each part and in the union of all parts: `most` of them, or as many as there are. Each part is
 * searched among itself and among the others, so that every pair of rows is looked at once.
 */
export async function partNeighbors(
  parts: readonly Matrix[],
  most: number,
  options: CallOptions,
): Promise<PartNeighbors> {
  const all = union(parts);
  const k = Math.min(most, all.rows - 1);
  const indices = new Uint32Array(all.rows * k);
  const own: Neighbors[] = [];
  let begin = 0;
  for (const part of parts) {
    const end = begin + part.rows;
    const inside = await nearestNeighbors(part, { k: Math.min(k, part.rows - 1), ...options });
    const others = without(all, begin, end);
    const outside = await nearestNeighbors(others, { query: part, k: Math.min(k, others.rows), ...options });
    merge(inside, outside, begin, end, indices.subarray(begin * k, end * k));
    own.push(inside);
    begin = end;
  }
  return { own, indices, k };
}

function without({ data, rows, cols }: Matrix, begin: number, end: number): Matrix {
  const rest = new Float32Array((rows - (end - begin)) * cols);
  rest.set(data.subarray(0, begin * cols));
  rest.set(data.subarray(end * cols), begin * cols);
  return { data: rest, rows: rows - (end - begin), cols };
}

/** By distance, then by row of the union: the part has the rows [begin, end). */
function merge(
  inside: Neighbors,
  outside: Neighbors,
  begin: number,
  end: number,
  indices: Uint32Array,
): void {
  const rows = end - begin;
  const k = indices.length / rows;
  for (let i = 0; i < rows; i++) {
    const [stopInside, stopOutside] = [(i + 1) * inside.k, (i + 1) * outside.k];
    let [a, b] = [i * inside.k, i * outside.k];
    for (let at = i * k; at < (i + 1) * k; at++) {
      const difference = a < stopInside && b < stopOutside ? inside.distances[a] - outside.distances[b] : 0;
      const isInside =
        b === stopOutside ||
        (a < stopInside && (difference < 0 || (difference === 0 && outside.indices[b] >= begin)));
      if (isInside) {
        indices[at] = begin + inside.indices[a++];
      } else {
        const row = outside.indices[b++];
        indices[at] = row < begin ? row : row + rows;
      }
    }
  }
}
