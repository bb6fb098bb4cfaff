import type { Command } from 'commander';
import { AgglomerativeClustering } from '../../agglomerative/agglomerative.ts';
import { checkOptions } from '../../agglomerative/connectivity.ts';
import { type Cut, readCut } from '../../agglomerative/cut.ts';
import {
  type AgglomerativeOptions,
  type DistanceLinkageOptions,
  LINKAGES,
  METRICS,
  type PointOptions,
  planDistances,
  planPoints,
} from '../../agglomerative/options.ts';
import { writeFileAtomically } from '../../files/atomic-file.ts';
import { type NamedMatrix, writeMatrix } from '../../matrix-files/index.ts';
import { UsageError } from '../failure.ts';
import {
  choiceFlag,
  type FlagTable,
  givenOptions,
  grouped,
  integerFlag,
  numberFlag,
  switchFlag,
  THREADS_FLAG,
} from '../flags.ts';
import { readInput } from './input.ts';
import { type Done, type Job, kernelCommand, sharing } from './job.ts';
import { TABLE_FORMATS } from './result-format.ts';
import { nameOf, tableText } from './tables.ts';
import type { Target } from './temporary.ts';

type FitOptions = Omit<PointOptions, 'transfer' | 'signal' | 'onProgress'> &
  Pick<AgglomerativeOptions, 'linkage' | 'metric'>;
type Cuts = Pick<Cut, keyof Cut>;
type Options = FitOptions & Cuts;

const CUTS: FlagTable<Cuts> = grouped('Where the tree is cut (one of the first three):', {
  clusters: integerFlag('number of clusters'),
  distance: numberFlag('merges up to this height are made'),
  inconsistency: numberFlag('merges of at most this inconsistency are made'),
  depth: integerFlag('levels that the inconsistency looks at (default: 2)'),
});

const neighbors = integerFlag('link each row to so many nearest rows, and merge linked clusters only');

const FITS: FlagTable<FitOptions> = {
  linkage: choiceFlag(LINKAGES, 'distance of clusters (default: ward)'),
  metric: choiceFlag(METRICS, 'distance of rows (default: euclidean)'),
  connectivity: { ...neighbors, parse: (text) => ({ neighbors: neighbors.parse?.(text) }) },
  disconnected: choiceFlag(['error', 'join'], 'if the links leave several components (default: error)'),
  precision: choiceFlag(['auto', 'float32', 'float64'], 'numbers of a matrix of distances (default: auto)'),
  maxMemory: numberFlag('most bytes that the fit takes (default: three quarters of the memory)'),
  threads: THREADS_FLAG,
};

const FORMATS = [...TABLE_FORMATS, 'npy', 'nwk', 'newick'];

/** The command `god cluster`. */
export function clusterCommand(): Command {
  return kernelCommand<Options>({
    name: 'cluster',
    summary: 'cluster rows, to a table or a tree',
    description:
      'Hierarchical clustering. The result is a table (.csv, .tsv, .jsonl) with the id first and the cluster last, the merges as by scipy (.npy), or the tree (.nwk)',
    examples: [
      '  god cluster vectors.csv --clusters 12 -o clusters.csv',
      '  god cluster vectors.npy --linkage average --metric cosine -o merges.npy',
      '  god cluster vectors.npy --connectivity 10 -o tree.nwk',
    ].join('\n'),
    table: { ...CUTS, ...FITS },
    more: {
      distances: switchFlag('the input is a square matrix of distances'),
    },
    formats: FORMATS,
    saves: 'AgglomerativeClustering.load',
    check,
    work,
  });
}

/** Where the tree is cut, and how it is made. */
function split(options: Partial<Options>): { cut: Cut | undefined; fit: Partial<FitOptions> } {
  const cut = givenOptions(CUTS, options as Readonly<Record<string, unknown>>);
  return {
    cut: Object.keys(cut).length > 0 ? (cut as Cut) : undefined,
    fit: givenOptions(FITS, options as Readonly<Record<string, unknown>>),
  };
}

function check(options: Partial<Options>, flags: Job<Options>['flags'], format: string | undefined): void {
  const { cut, fit } = split(options);
  const cuts = ['clusters', 'distance', 'inconsistency'].filter((name) => name in (cut ?? {}));
  if (format !== undefined && TABLE_FORMATS.includes(format) && cuts.length !== 1)
    throw new UsageError(
      'A table needs one of --clusters, --distance and --inconsistency. See god cluster --help',
    );
  if (cut !== undefined) readCut(cut, Number.POSITIVE_INFINITY);
  checkOptions(
    flags.distances ? planDistances(fit as DistanceLinkageOptions) : planPoints(fit as AgglomerativeOptions),
  );
}

async function work(job: Job<Partial<Options>>): Promise<Done> {
  const { options, flags, target, signal, stage } = job;
  const { cut, fit } = split(options);
  const X = await readInput(job);
  const tree = await stage('cluster', (report) => {
    const watched = { ...fit, signal, onProgress: sharing(report) };
    return flags.distances
      ? AgglomerativeClustering.fitDistances(X, watched)
      : AgglomerativeClustering.fit(X, { ...watched, transfer: true } as AgglomerativeOptions);
  });
  const labels = cut && tree.labels(cut);
  if (target !== undefined) await write(target, tree, labels, X);
  const summary = {
    rows: tree.rows,
    linkage: tree.linkage,
    ...(labels && { sizes: sizesOf(labels) }),
    ...(target && { output: { file: target.path, format: target.format } }),
  };
  return { summary, model: tree };
}

async function write(
  { path, format }: Target,
  tree: AgglomerativeClustering,
  clusters: Int32Array | undefined,
  { ids, labels }: Pick<NamedMatrix, 'ids' | 'labels'>,
): Promise<void> {
  if (format === 'npy') {
    await writeMatrix(path, tree.merges, { format });
  } else if (clusters !== undefined && TABLE_FORMATS.includes(format)) {
    const columns = ['id', ...(labels ? ['label'] : []), 'cluster'];
    const rows = Array.from(clusters, (cluster, row) => [
      nameOf(ids, row),
      ...(labels ? [labels[row]] : []),
      cluster,
    ]);
    await writeFileAtomically(path, tableText(format, columns, rows));
  } else {
    const names = Array.from({ length: tree.rows }, (_, row) => nameOf(ids, row));
    await writeFileAtomically(path, `${tree.toNewick(names)}\n`);
  }
}

function sizesOf(labels: Int32Array): number[] {
  const sizes: number[] = [];
  for (const label of labels) sizes[label] = (sizes[label] ?? 0) + 1;
  return sizes;
}
