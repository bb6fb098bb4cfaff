import { types } from 'node:util';
import { DisconnectedError, describe } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import { type JobControl, runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { type Neighbors, searchNeighbors } from '../neighbors/neighbors.ts';
import { checkInteger, forRows, OptionReader } from '../options.ts';
import { phaseControl } from '../progress.ts';
import { type AgglomerativeOptions, type PointsPlan, planPoints } from './options.ts';

/** For each row, the `counts[row]` rows that it is linked to; the lists of all rows one after another. */
interface Links {
  readonly targets: Uint32Array;
  readonly counts: Uint32Array;
}

/** Links as a private copy, or the number of neighbors to search for. */
export function readConnectivity(input: unknown, rows: number): Links | number {
  if (Array.isArray(input)) return linksOfLists(input, rows);
  if (typeof input !== 'object' || input === null) throw unexpected(input);
  if ('indices' in input) return linksOfNeighbors(input as Partial<Neighbors>, rows);
  if (!('neighbors' in input)) throw unexpected(input);
  const most = Math.max(rows - 1, 1);
  const read = new OptionReader(input as { neighbors?: number }, ['neighbors']);
  const range = { min: 1, max: most, ...forRows(rows) };
  return checkInteger('connectivity.neighbors', read.raw('neighbors') ?? 0, range);
}

function unexpected(input: unknown): TypeError {
  return new TypeError(
    `Expected \`connectivity\` to be { neighbors }, a result of nearestNeighbors or a list of rows for each row but received ${describe(input)}`,
  );
}

function linksOfNeighbors({ indices, k }: Partial<Neighbors>, rows: number): Links {
  if (!types.isUint32Array(indices) || k === undefined || !Number.isInteger(k)) {
    throw new TypeError('Expected `connectivity` to be a result of nearestNeighbors');
  }
  if (indices.length !== rows * k) {
    throw new RangeError(
      `Expected \`connectivity\` to hold ${k} neighbors of ${rows} rows but received ${indices.length} indices`,
    );
  }
  return { targets: indices.slice(), counts: new Uint32Array(rows).fill(k) };
}

function linksOfLists(lists: readonly unknown[], rows: number): Links {
  if (lists.length !== rows) {
    throw new RangeError(
      `Expected \`connectivity\` to hold a list for each of ${rows} rows but received ${lists.length}`,
    );
  }
  const counts = Uint32Array.from(lists, (list, row) => {
    if (Array.isArray(list) || (ArrayBuffer.isView(list) && 'length' in list)) return list.length as number;
    throw new TypeError(
      `Expected \`connectivity[${row}]\` to be an array of rows but received ${describe(list)}`,
    );
  });
  const targets = new Uint32Array(counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  (lists as readonly ArrayLike<unknown>[]).forEach((list, row) => {
    for (let i = 0; i < list.length; i++) {
      const target = list[i];
      if (typeof target !== 'number' || !Number.isInteger(target) || target < 0 || target >= rows) {
        throw new RangeError(
          `Expected \`connectivity[${row}]\` to hold rows in [0, ${rows - 1}] but received ${describe(target)}`,
        );
      }
      targets[at++] = target;
    }
  });
  return { targets, counts };
}

/** Checks options before there are rows. @throws what a fit throws for options that are wrong for any rows. */
export function checkOptions(options: AgglomerativeOptions): void {
  const { connectivity } = planPoints(options);
  if (connectivity !== undefined) readConnectivity(connectivity, Number.POSITIVE_INFINITY);
}

/**
 * Clusters `data`, which nobody else writes to, merging linked clusters only.
 *
 * @throws DisconnectedError when the links leave several components, unless these are to be joined.
 */
export async function fitConnectivity(
  data: Matrix,
  connectivity: Links | number,
  plan: PointsPlan,
  merges: Float64Array,
): Promise<void> {
  const { linkage, metric, threads, join, control } = plan;
  const search = typeof connectivity === 'number';
  plan.checkMemory(data.rows, data.cols, search ? data.rows * connectivity : connectivity.targets.length);
  const { targets, counts } = search
    ? await nearestLinks(data, connectivity, plan, phaseControl(control, 'neighbors', 0, 0.5))
    : connectivity;
  const components = new Float64Array(1);
  await runJob(
    () =>
      native().connectivityFit(
        { X: data, targets, counts },
        { linkage, metric, join, threads },
        { merges, components },
      ),
    phaseControl(control, 'merge', search ? 0.5 : 0),
  );
  if (components[0] > 1) throw new DisconnectedError(components[0]);
}

async function nearestLinks(
  data: Matrix,
  neighbors: number,
  { metric, threads }: PointsPlan,
  control: JobControl,
): Promise<Links> {
  const k = Math.min(neighbors, data.rows - 1);
  const search = { data, k, metric: metric === 'cosine' ? metric : 'euclidean', threads } as const;
  const { indices } = await searchNeighbors(search, control);
  return { targets: indices, counts: new Uint32Array(data.rows).fill(k) };
}
