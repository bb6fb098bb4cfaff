import { totalmem } from 'node:os';
import { aboutOption } from '../errors.ts';
import { native } from '../native/loader.ts';
import type { Neighbors } from '../neighbors/neighbors.ts';
import { type CallOptions, OptionReader } from '../options.ts';
import type { CallControl, OnProgress } from '../progress.ts';

export const LINKAGES = ['ward', 'single', 'complete', 'average', 'weighted', 'centroid', 'median'] as const;
export const METRICS = ['euclidean', 'cosine', 'cityblock', 'chebyshev'] as const;
const PRECISIONS = ['auto', 'float32', 'float64'] as const;

/** How the distance of two clusters follows from the distances of their rows. */
export type Linkage = (typeof LINKAGES)[number];
/** Distance of two rows. `cosine` is 1 - cos; a row of zeros is at distance 1 from other rows, and at 0 from rows of zeros. */
export type LinkageMetric = (typeof METRICS)[number];

/**
 * Which rows are linked. `{ neighbors }` links each row to that many of its nearest rows. Or give what {@link nearestNeighbors}
 * found, or a list of rows for every row. A link counts in both directions, even if only one of the two rows names it.
 */
export type Connectivity = { readonly neighbors: number } | Neighbors | readonly ArrayLike<number>[];

/** Options of a fit to distances. */
export interface DistanceLinkageOptions extends CallOptions {
  /**
   * - `ward` (default): merges the pair that adds least to the sum of squared distances of rows to the mean of their cluster
   *   (Ward 1963). Makes compact clusters of similar size.
   * - `single`, `complete`, `average`: smallest, largest or mean distance between a row of one and a row of the other.
   * - `weighted`: the mean of the distances of the two merged clusters (WPGMA).
   * - `centroid`, `median`: distance of the means, or of points halfway between those of the merged clusters. Heights can fall.
   *
   * Heights equal those of scipy's linkages of the same names.
   */
  linkage?: Linkage;
  /**
   * Number type of the distance matrix of `single` (from distances), `complete`, `average` and `weighted`: `float64`, or
   * `float32` for half the memory and heights to about six digits. `auto` (default): float64 up to 4096 rows. The others always
   * compute in float64.
   */
  precision?: (typeof PRECISIONS)[number];
  /**
   * Links between rows: only clusters with a link between them are merged. Ward, centroid and median linkage measure linked
   * clusters as they do without links. The others know only the distances of linked rows. If a cluster is linked to both parts
   * of a merged one, its distance follows from the two parts as usual; if it is linked to one part, that part's distance is
   * kept, as in scikit-learn. `{ neighbors }` searches by the cosine metric when that is the `metric`, else by the Euclidean.
   * Memory is linear in rows and links for all linkages. With given distances, ward, centroid and median are refused, because
   * they need the points; `{ neighbors }` searches by the distances, and memory is that of the matrix.
   */
  connectivity?: Connectivity;
  /**
   * What to do when the links leave several components: throw a {@link DisconnectedError} (`error`, default), or add the fewest
   * and shortest links that connect them (`join`): those of a minimum spanning tree between components.
   */
  disconnected?: 'error' | 'join';
  /** Most bytes that the fit takes beside its input and result. Default: three quarters of the memory. */
  maxMemory?: number;
  /** Called with progress, in the phases 'neighbors' (if `connectivity` is their number) and 'merge'. */
  onProgress?: OnProgress;
}

/** Linkages of the means of clusters, which are Euclidean by definition. */
export type CenterLinkage = 'ward' | 'centroid' | 'median';

/** Options of a fit to points. Ward (the default), centroid and median linkage with another metric do not compile. */
export type AgglomerativeOptions = PointOptions &
  (
    | {
        linkage?: CenterLinkage;
        /** Distance of rows: Euclidean for these linkages. */
        metric?: 'euclidean';
      }
    | {
        linkage: Exclude<Linkage, CenterLinkage>;
        /** Distance of rows, `euclidean` by default. */
        metric?: LinkageMetric;
      }
  );

/** Options of a fit to points that every linkage takes. */
export interface PointOptions extends DistanceLinkageOptions {
  /** Move the buffer of `X` instead of copying it; the caller's array is left empty. Default false. */
  transfer?: boolean;
}

const DISTANCE_OPTIONS = [
  'linkage',
  'precision',
  'connectivity',
  'disconnected',
  'maxMemory',
  'threads',
  'signal',
  'onProgress',
] as const;
/** Up to this many rows, `auto` means float64. */
const FLOAT64_ROWS = 4096;

/** What both kinds of fit read from their options. */
export interface FitPlan {
  readonly linkage: Linkage;
  readonly threads: number;
  readonly control: CallControl;
  /** As it was given, for readConnectivity. */
  readonly connectivity: unknown;
  /** Whether components are joined. */
  readonly join: boolean;
  /** Whether distance matrices of this many rows are float64. */
  float64(rows: number): boolean;
  /** @throws RangeError when the fit, with so many links if it has `connectivity`, would take more memory than allowed. */
  checkMemory(rows: number, cols: number, links?: number): void;
}

/** What a fit to points reads in addition. */
export interface PointsPlan extends FitPlan {
  readonly metric: LinkageMetric;
  readonly transfer: boolean;
}

export function planPoints(options: AgglomerativeOptions): PointsPlan {
  const read = new OptionReader(options, [...DISTANCE_OPTIONS, 'metric', 'transfer']);
  const plan = planFit(read, true);
  const metric = read.oneOf('metric', 'euclidean', METRICS);
  if (metric !== 'euclidean' && native().linkages[plan.linkage].squared) {
    throw aboutOption(
      new RangeError(
        `Expected \`metric\` to be 'euclidean' for ${plan.linkage} linkage but received '${metric}'`,
      ),
      'metric',
    );
  }
  return {
    ...plan,
    metric,
    transfer: read.boolean('transfer', false),
  };
}

export function planDistances(options: DistanceLinkageOptions): FitPlan {
  const plan = planFit(new OptionReader(options, DISTANCE_OPTIONS), false);
  if (plan.connectivity !== undefined && native().linkages[plan.linkage].squared) {
    throw aboutOption(
      new RangeError(
        `Expected \`linkage\` to be single, complete, average or weighted for given distances with \`connectivity\` but received '${plan.linkage}'`,
      ),
      'linkage',
    );
  }
  return plan;
}

function planFit(read: OptionReader<DistanceLinkageOptions>, fromPoints: boolean): FitPlan {
  const linkage = read.oneOf('linkage', 'ward', LINKAGES);
  const precision = read.oneOf('precision', 'auto', PRECISIONS);
  const limit = read.number('maxMemory', defaultMemory(), { min: 0 });
  const float64 = (rows: number) => precision === 'float64' || (precision === 'auto' && rows <= FLOAT64_ROWS);
  return {
    linkage,
    threads: read.threads(),
    control: { signal: read.signal(), onProgress: read.callback('onProgress') },
    connectivity: read.raw('connectivity'),
    join: read.oneOf('disconnected', 'error', ['error', 'join']) === 'join',
    float64,
    checkMemory(rows, cols, links) {
      const { agglomerativeMemory, connectivityMemory } = native();
      const matrix =
        links === undefined || !fromPoints
          ? agglomerativeMemory(linkage, float64(rows), fromPoints, rows, cols)
          : 0;
      const bytes = matrix + (links === undefined ? 0 : connectivityMemory(rows, cols, links));
      const advice =
        links === undefined && fromPoints && !native().linkages[linkage].linear
          ? '; ward and single linkage need no distance matrix'
          : '';
      checkMemory(`${linkage} linkage of ${rows} rows`, bytes, limit, advice);
    },
  };
}

/** @throws RangeError when `what` needs more than `limit` bytes. */
export function checkMemory(what: string, bytes: number, limit: number, advice = ''): void {
  if (bytes <= limit) return;
  throw new RangeError(
    `${what} needs ${megabytes(bytes)} of memory, more than \`maxMemory\` (${megabytes(limit)})${advice}`,
  );
}

/** Three quarters of the memory that this process may have. */
export function defaultMemory(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  const all = totalmem();
  // An unlimited control group reports 0, or more than the machine has.
  return 0.75 * (constrained > 0 ? Math.min(constrained, all) : all);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
