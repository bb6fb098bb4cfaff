import { types } from 'node:util';
import type { OwnedDistances } from '../distances.ts';
import { DisconnectedError, describe } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import { type JobControl, type RawJob, runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { type Neighbors, searchNeighbors } from '../neighbors/neighbors.ts';
import { checkInteger, forRows, OptionReader } from '../options.ts';
import { phaseControl } from '../progress.ts';
import type { FitPlan, PointsPlan } from './options.ts';

/** For each row, the `counts[row]` rows that it is linked to; the lists of all rows one after another. */
interface Links {
  readonly targets: Uint32Array;
  readonly counts: Uint32Array;
}

/** Links as a private copy, or the number of neighbors to search for. */
function readConnectivity(input: unknown, rows: number): Links | number {
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
export function checkOptions({ connectivity }: FitPlan): void {
  if (connectivity !== undefined) readConnectivity(connectivity, Number.POSITIVE_INFINITY);
}

/** A fit whose links are found and whose memory is checked. */
interface LinkedFit {
  readonly rows: number;
  readonly cols: number;
  /** The `k` nearest rows of each row. */
  nearest(k: number, control: JobControl): Promise<Uint32Array>;
  merge(links: Links, outputs: { merges: Float64Array; components: Float64Array }): () => RawJob;
}

/**
 * Clusters `data`, which nobody else writes to, merging linked clusters only.
 *
 * @throws DisconnectedError when the links leave several components, unless these are to be joined.
 */
export function fitConnectivity(data: Matrix, plan: PointsPlan, merges: Float64Array): Promise<void> {
  const { linkage, metric, threads, join } = plan;
  return fitLinked(plan, merges, {
    rows: data.rows,
    cols: data.cols,
    async nearest(k, control) {
      const search = { data, k, metric: metric === 'cosine' ? metric : 'euclidean', threads } as const;
      return (await searchNeighbors(search, control)).indices;
    },
    merge: (links, outputs) => () =>
      native().connectivityFit({ X: data, ...links }, { linkage, metric, join, threads }, outputs),
  });
}

/** The same for given distances. */
export function fitDistanceConnectivity(
  { data: distances, rows, square }: OwnedDistances,
  plan: FitPlan,
  merges: Float64Array,
): Promise<void> {
  const { linkage, threads, join } = plan;
  return fitLinked(plan, merges, {
    rows,
    cols: 0,
    async nearest(k, control) {
      if (k === 0) return new Uint32Array(0);
      const found = { indices: new Uint32Array(rows * k), distances: new Float32Array(rows * k) };
      await runJob(
        () => native().distanceNeighbors({ distances }, { rows, square, k, threads }, found),
        control,
      );
      return found.indices;
    },
    merge: (links, outputs) => () =>
      native().connectivityFitDistances(
        { distances, ...links },
        { rows, square, float64: plan.float64(rows), linkage, join, threads },
        outputs,
      ),
  });
}

async function fitLinked(plan: FitPlan, merges: Float64Array, fit: LinkedFit): Promise<void> {
  const { rows, cols } = fit;
  const connectivity = readConnectivity(plan.connectivity, rows);
  const search = typeof connectivity === 'number';
  plan.checkMemory(rows, cols, search ? rows * connectivity : connectivity.targets.length);
  const links = search ? await nearestLinks(fit, connectivity, plan) : connectivity;
  const components = new Float64Array(1);
  await runJob(
    fit.merge(links, { merges, components }),
    phaseControl(plan.control, 'merge', search ? 0.5 : 0),
  );
  if (components[0] > 1) throw new DisconnectedError(components[0]);
}

async function nearestLinks(
  { rows, nearest }: LinkedFit,
  neighbors: number,
  { control }: FitPlan,
): Promise<Links> {
  const k = Math.min(neighbors, rows - 1);
  const targets = await nearest(k, phaseControl(control, 'neighbors', 0, 0.5));
  return { targets, counts: new Uint32Array(rows).fill(k) };
}
