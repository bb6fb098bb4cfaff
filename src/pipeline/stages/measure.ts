import type { AgglomerativeClustering } from '../../agglomerative/agglomerative.ts';
import type { Matrix } from '../../matrix.ts';
import { silhouette, trustworthiness } from '../../metrics/metrics.ts';
import { nearestNeighbors } from '../../neighbors/neighbors.ts';
import type { OnProgress } from '../../progress.ts';
import { chooseRows } from '../../sources/sampling.ts';
import type { TSNE } from '../../tsne/tsne.ts';
import type { VAE } from '../../vae/vae.ts';
import { type ClusterSpace, type Execution, executionOptions, type Settings } from '../options.ts';
import { modalityOfRows, pickRows, union } from '../rows.ts';
import { labelVote, numberLabels, purity } from '../votes.ts';
import type { Objects } from './gather.ts';
import type { Reduced } from './reduce.ts';
import type { NewReality } from './sample.ts';
import type { Stage, StageResult } from './stage.ts';

/** How well the VAE does on some rows. */
export interface VaeQuality {
  readonly reconstruction: number;
  readonly kl: number;
  readonly r2: number;
  readonly activeUnits: number;
}

export interface ModalityQuality extends VaeQuality {
  readonly modality: string;
  /** Share of variance that PCA kept. */
  readonly kept: number;
  /**
   * Share of rows that have the label of most of their 10 nearest neighbors, before and after the VAE; null if rows have fewer
   * than two labels.
   */
  readonly labelVote: { readonly reduced: number; readonly latent: number } | null;
}

/** All measurements of a run. */
export interface Quality {
  readonly vae: VaeQuality;
  readonly modalities: readonly ModalityQuality[];
  /** Mean share of the 10 nearest neighbors in the latent space that are of the same modality. */
  readonly modalityPurity: number;
  readonly map: {
    readonly klDivergence: number;
    /** Number of neighbors it considers; null for fewer than three rows. */
    readonly trustworthiness: number | null;
    readonly neighbors: number;
  };
  /** Mean silhouette of each clustering in each space; null for a single cluster. */
  readonly silhouette: {
    readonly [clustering in ClusterSpace]: { readonly [space in ClusterSpace]: number | null };
  };
}

/** Neighbors used for trustworthiness and votes. */
const TRUSTWORTHINESS_NEIGHBORS = 15;
const VOTERS = 10;
/** Votes are taken among at most this many rows of a modality: all of them by default, and time stays bounded with more. */
const VOTE_ROWS = 25_000;

export interface Measured {
  readonly gathered: readonly StageResult<Objects>[];
  readonly reduced: readonly StageResult<Reduced>[];
  readonly vae: StageResult<VAE>;
  readonly reality: StageResult<NewReality>;
  readonly tsne: StageResult<TSNE>;
  readonly trees: { readonly [space in ClusterSpace]: StageResult<AgglomerativeClustering> };
}

/** Measures every stage of a run: how much variance was kept, how well neighbors were kept, how distinct the clusters are. */
export function measureStage(run: Measured, { clusters }: Settings, execution: Execution): Stage<Quality> {
  return {
    name: 'measure',
    version: 1,
    parameters: { clusters },
    inputs: [
      ...run.gathered.map(({ keyWithNames }) => keyWithNames),
      ...[run.vae, run.reality, run.tsne, run.trees.map, run.trees.latent].map(({ key }) => key),
    ],
    compute: async (report) => measure(run, clusters, execution, report),
    pack: (quality) => ({ kind: 'quality', version: 1, values: { ...quality } as never, arrays: {} }),
    unpack: ({ values }) => values as unknown as Quality,
  };
}

async function measure(
  run: Measured,
  clusters: number,
  execution: Execution,
  report: OnProgress,
): Promise<Quality> {
  const options = executionOptions(execution);
  const sizes = run.reduced.map(({ value }) => value.vectors.rows);
  const objects = union(run.reduced.map(({ value }) => value.vectors));
  const groups = modalityOfRows(sizes);
  report({ phase: 'reconstruction', fraction: 0 });
  const vae = await run.vae.value.evaluate(objects, { groups, ...options });
  report({ phase: 'neighbors', fraction: 0.1 });
  const { mean } = await run.vae.value.encode(objects, options);
  const kept = await neighborQuality(run, mean, execution);
  report({ phase: 'trustworthiness', fraction: 0.6 });
  const points = run.reality.value.points;
  const map = run.tsne.value.embedding;
  // Defined for less than half of the rows.
  const neighbors = Math.min(TRUSTWORTHINESS_NEIGHBORS, Math.ceil(points.rows / 2) - 1);
  const trust = neighbors < 1 ? null : await trustworthiness(points, map, { neighbors, ...options });
  report({ phase: 'silhouette', fraction: 0.8 });
  const silhouetteOf = async (space: ClusterSpace) => {
    if (clusters < 2) return { map: null, latent: null };
    const labels = run.trees[space].value.labels({ clusters });
    return {
      map: (await silhouette(map, labels, options)).mean,
      latent: (await silhouette(points, labels, options)).mean,
    };
  };
  return {
    vae: qualityOf(vae),
    modalities: run.gathered.map(({ value: { modality } }, m) => ({
      modality,
      kept: keptVariance(run.reduced[m].value),
      ...qualityOf(vae.groups[m]),
      labelVote: kept.votes[m],
    })),
    modalityPurity: kept.purity,
    map: { klDivergence: run.tsne.value.klDivergence, trustworthiness: trust, neighbors },
    silhouette: { map: await silhouetteOf('map'), latent: await silhouetteOf('latent') },
  };
}

function qualityOf({ reconstruction, kl, r2, activeUnits }: VaeQuality): VaeQuality {
  return { reconstruction, kl, r2, activeUnits };
}

function keptVariance({ pca }: Reduced): number {
  return pca.explainedVarianceRatio.reduce((sum, share) => sum + share, 0);
}

/** Label votes of each modality before and after the VAE, and how pure neighborhoods in the latent space are. */
async function neighborQuality(run: Measured, latents: Matrix, execution: Execution) {
  const options = executionOptions(execution);
  const votes: ModalityQuality['labelVote'][] = [];
  const sampled: Int32Array[] = [];
  let offset = 0;
  for (const [m, { value: objects }] of run.gathered.entries()) {
    const rows = Int32Array.from(chooseRows(objects.labels.length, { limit: VOTE_ROWS, seed: 0 }));
    const labels = numberLabels(Array.from(rows, (row) => objects.labels[row]));
    const inUnion = rows.map((row) => row + offset);
    const vote = async (vectors: Matrix) => {
      const k = Math.min(VOTERS, vectors.rows - 1);
      return labelVote((await nearestNeighbors(vectors, { k, ...options })).indices, k, labels);
    };
    const telling = labels.length > 1 && labels.some((label) => label !== labels[0]);
    votes.push(
      telling
        ? {
            reduced: await vote(pickRows(run.reduced[m].value.vectors, rows)),
            latent: await vote(pickRows(latents, inUnion)),
          }
        : null,
    );
    sampled.push(inUnion);
    offset += objects.labels.length;
  }
  const all = pickRows(latents, Int32Array.from(sampled.flatMap((rows) => [...rows])));
  const k = Math.min(VOTERS, all.rows - 1);
  if (k < 1) return { votes, purity: 1 };
  const { indices } = await nearestNeighbors(all, { k, ...options });
  return { votes, purity: purity(indices, k, modalityOfRows(sampled.map((rows) => rows.length))) };
}
