import { extname } from 'node:path';
import type { Command } from 'commander';
import { renderPng } from '../../figures/drawing/png.ts';
import { scatterFigure } from '../../figures/scatter-figure.ts';
import { writeFileAtomically } from '../../files/atomic-file.ts';
import type { NamedMatrix } from '../../matrix-files/index.ts';
import {
  checkDistanceOptions,
  checkOptions,
  type TSNEDistanceOptions,
  type TSNEOptions,
} from '../../tsne/options.ts';
import { TSNE } from '../../tsne/tsne.ts';
import { UsageError } from '../failure.ts';
import {
  choiceFlag,
  type FlagTable,
  integerFlag,
  numberFlag,
  numberOrFlag,
  SEED_FLAG,
  switchFlag,
  THREADS_FLAG,
  textFlag,
} from '../flags.ts';
import { readInput } from './input.ts';
import { type Done, type Job, kernelCommand, sharing } from './job.ts';
import { writeNamed, wrote } from './streams.ts';

type Options = Omit<TSNEOptions, 'neighbors' | 'transfer' | 'progressInterval' | 'signal' | 'onProgress'>;

const TABLE: FlagTable<Options> = {
  perplexity: numberFlag('effective number of neighbors (default: 30, or a third of the rows)'),
  dimensions: integerFlag('columns of the map: 1, 2 or 3 (default: 2)'),
  metric: choiceFlag(['euclidean', 'cosine'], 'distance between rows (default: euclidean)'),
  iterations: integerFlag('iterations (default: 750)'),
  iterationsWithoutProgress: integerFlag('stop after so many without progress (default: never)'),
  minProgress: numberFlag('what counts as progress there, in nats (default: 0.01)'),
  theta: numberFlag('accuracy, 0 to 1; smaller is more accurate and slower (default: 0.5)'),
  repulsion: choiceFlag(['auto', 'barnes-hut', 'fft'], 'how the far forces are computed (default: auto)'),
  earlyExaggeration: numberFlag('factor on the attraction at the start (default: 12)'),
  exaggerationIterations: integerFlag('iterations in which it falls (default: 150)'),
  lateExaggeration: numberFlag('what it falls to; 2 to 4 make dense groups (default: 1)'),
  learningRate: numberOrFlag(['auto'], 'step size (default: auto)'),
  momentum: numberFlag('share of the previous step that is kept (default: 0.9)'),
  init: choiceFlag(['pca', 'random'], 'where to start (default: pca; with --distances random)'),
  exactKL: switchFlag('compute the final divergence exactly'),
  seed: SEED_FLAG,
  threads: THREADS_FLAG,
};

/** The command `god tsne`. */
export function tsneCommand(): Command {
  return kernelCommand<Options>({
    name: 'tsne',
    summary: 'map rows by t-SNE',
    description: 'A map of the rows by t-SNE',
    examples: [
      '  god tsne vectors.npy -o map.csv --figure map.png',
      '  god tsne words.vec --metric cosine --perplexity 15 -o map.jsonl --save map.safetensors',
      '  god tsne distances.npy --distances -o map.csv',
    ].join('\n'),
    table: TABLE,
    more: {
      distances: switchFlag('the input is a square matrix of distances'),
      figure: textFlag('file', 'draw the map, one color for each label: a .png or .svg file'),
    },
    results: ['figure'],
    saves: 'god apply and TSNE.load',
    check,
    work,
  });
}

function check(options: Partial<Options>, flags: Job<Options>['flags']): void {
  const figure = flags.figure as string | undefined;
  if (figure !== undefined && !/\.(png|svg)$/i.test(figure))
    throw new UsageError(
      `Expected --figure to end with .png or .svg but received ${figure}. See god tsne --help`,
    );
  if (figure !== undefined && options.dimensions !== undefined && options.dimensions !== 2)
    throw new UsageError('--figure draws maps of two dimensions. See god tsne --help');
  if (flags.distances) checkDistanceOptions(options as TSNEDistanceOptions);
  else checkOptions(options);
}

async function work(job: Job<Partial<Options>>): Promise<Done> {
  const { reading, options, flags, target, stage, note } = job;
  const X = await readInput(job);
  const map = await stage('tsne', (report) => {
    const watched = { ...options, onProgress: sharing(report) };
    return flags.distances
      ? TSNE.fitDistances(X, watched as Omit<typeof watched, 'metric' | 'init'>)
      : TSNE.fit(X, { ...watched, transfer: true });
  });
  const output = target && (await writeNamed(target, reading, map.embedding, X));
  if (typeof flags.figure === 'string') await draw(flags.figure, map, X);
  const summary = {
    rows: map.embedding.rows,
    perplexity: map.perplexity,
    klDivergence: map.klDivergence,
    klExact: map.klExact,
    ...(output && { output: wrote(output, note) }),
  };
  return { summary, model: map };
}

async function draw(file: string, map: TSNE, { labels }: Pick<NamedMatrix, 'labels'>): Promise<void> {
  const details = [`t-SNE, perplexity ${Number(map.perplexity.toPrecision(3))}`];
  const svg = scatterFigure({ map: map.embedding, labels, details });
  const isPng = extname(file).toLowerCase() === '.png';
  await writeFileAtomically(file, isPng ? await renderPng(svg) : svg);
}
