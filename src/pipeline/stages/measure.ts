import type { AgglomerativeClustering } from '../../agglomerative/agglomerative.ts';
import { numberLabels } from '../../groups.ts';
import type { Matrix } from '../../matrix.ts';
import { silhouettes, trustworthiness } from '../../metrics/metrics.ts';
import { type Neighbors, nearestNeighbors } from '../../neighbors/neighbors.ts';
import type { CallOptions } from '../../options.ts';
import type { OnProgress } from '../../progress.ts';
import { chooseRows } from '../../sources/sampling.ts';
import type { TSNE } from '../../tsne/tsne.ts';
import type { VAE } from '../../vae/vae.ts';
import { type ClusterSpace, type Execution, executionOptions, type Settings } from '../options.ts';
import { partNeighbors } from '../part-neighbors.ts';
import { modalityOfRows, pickRows, union } from '../rows.ts';
import { labelVote, purity } from '../votes.ts';
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
    version: 2,
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
  const silhouette = await silhouettesOf(run, map, points, clusters, options);
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
    silhouette,
  };
}

function qualityOf({ reconstruction, kl, r2, activeUnits }: VaeQuality): VaeQuality {
  return { reconstruction, kl, r2, activeUnits };
}

function keptVariance({ pca }: Reduced): number {
  return pca.explainedVarianceRatio.reduce((sum, share) => sum + share, 0);
}

/** The clusters of both trees in both spaces. */
async function silhouettesOf(
  { trees }: Measured,
  map: Matrix,
  latent: Matrix,
  clusters: number,
  options: CallOptions,
): Promise<Quality['silhouette']> {
  if (clusters < 2) return { map: { map: null, latent: null }, latent: { map: null, latent: null } };
  const labels = [trees.map.value.labels({ clusters }), trees.latent.value.labels({ clusters })];
  const onMap = await silhouettes(map, labels, options);
  const inLatent = await silhouettes(latent, labels, options);
  const ofTree = (tree: number) => ({ map: onMap[tree].mean, latent: inLatent[tree].mean });
  return { map: ofTree(0), latent: ofTree(1) };
}

/**
 * Label votes of each modality before and after the VAE, and how pure neighborhoods in the latent space are. One search of the
 * latent space serves both.
 */
async function neighborQuality(run: Measured, latents: Matrix, execution: Execution) {
  const options = executionOptions(execution);
  const sampled = run.gathered.map(({ value: { labels } }) =>
    Int32Array.from(chooseRows(labels.length, { limit: VOTE_ROWS, seed: 0 })),
  );
  let offset = 0;
  const parts = run.gathered.map(({ value: { labels } }, m) => {
    const inUnion = sampled[m].map((row) => row + offset);
    offset += labels.length;
    return pickRows(latents, inUnion);
  });
  const latent = await partNeighbors(parts, VOTERS, options);
  const votes: ModalityQuality['labelVote'][] = [];
  for (const [m, { value: objects }] of run.gathered.entries()) {
    const labels = numberLabels(Array.from(sampled[m], (row) => objects.labels[row]));
    const vote = ({ indices, k }: Neighbors) => labelVote(indices, k, labels.ofRow);
    if (labels.names.length < 2) {
      votes.push(null);
      continue;
    }
    const reduced = pickRows(run.reduced[m].value.vectors, sampled[m]);
    const k = Math.min(VOTERS, reduced.rows - 1);
    votes.push({
      reduced: vote(await nearestNeighbors(reduced, { k, ...options })),
      latent: vote(latent.own[m]),
    });
  }
  const groups = modalityOfRows(parts.map(({ rows }) => rows));
  return { votes, purity: latent.k < 1 ? 1 : purity(latent.indices, latent.k, groups) };
}
