import type { DendrogramData } from '../../figures/dendrogram/dendrogram.ts';
import { decimal } from '../../figures/drawing/format.ts';
import type { Figure1Data } from '../../figures/figure-1.ts';
import type { Figure2Data } from '../../figures/figure-2.ts';
import type { Figure3Data } from '../../figures/figure-3.ts';
import type { GOD } from '../god.ts';
import type { Settings } from '../options.ts';

/** The numbers of a run as Figure 1 shows them. */
export function figure1Data(god: GOD): Figure1Data {
  const { settings, quality, modalities, match, map, clusters, synthetic } = god;
  return {
    modalities: modalities.map(({ name, description, rows, pca }, m) => ({
      name,
      source: briefly(description),
      rows,
      columns: pca.components.cols,
      kept: quality.modalities[m].kept,
      sampled: god.objects.filter(({ modality }) => modality === name).length,
    })),
    components: settings.components,
    hidden: god.vae.spec.hidden,
    latent: settings.latent,
    r2: quality.vae.r2,
    perplexity: god.tsne.perplexity,
    klDivergence: quality.map.klDivergence,
    clusterSpace: settings.clusterSpace,
    residual: match.residual,
    scene: { map, clusters, signOf: match.signOf },
    synthetic,
  };
}

/** The first words of a description: what it is, but not where it comes from. */
function briefly(description: string): string {
  return description.split(/, | from /, 1)[0];
}

export function figure2Data({ map, clusters, match, synthetic, tsne, settings }: GOD): Figure2Data {
  const details = [`t-SNE, perplexity ${decimal(tsne.perplexity, 0)}`, method(settings)];
  return { map, clusters, signOf: match.signOf, details, synthetic };
}

function method({ clusterSpace, latent }: Settings): string {
  return clusterSpace === 'map' ? 'Ward on the map' : `Ward in ${latent} dimensions`;
}

export function figure3Data({ map, clusters, match, theology, synthetic }: GOD): Figure3Data {
  return { map, clusters, match, theology, synthetic };
}

/** The tree from which the figures' clusters are cut. */
export function dendrogramData({ trees, match, synthetic, settings }: GOD): DendrogramData {
  const { merges } = trees[settings.clusterSpace];
  return { merges, signOf: match.signOf, details: [method(settings)], synthetic };
}
