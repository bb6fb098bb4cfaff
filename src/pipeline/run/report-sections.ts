import { percent } from '../../figures/drawing/format.ts';
import type { Section } from '../../figures/report/report.ts';
import type { Cell } from '../../figures/report/report-table.ts';
import type { GOD } from '../god.ts';
import { settingNotes } from '../notes.ts';

/** Titles that facts under the report's title refer to. */
export const MAP_SECTION = 'Map and clusters';
export const VAE_SECTION = 'Variational autoencoder';

/** What came in, and how well each stage kept it. */
export function modalitySection({ modalities, quality }: GOD): Section {
  const vote = (m: number, when: 'reduced' | 'latent'): Cell =>
    quality.modalities[m].labelVote?.[when] ?? null;
  return {
    title: 'Modalities',
    intro:
      'What came in, what PCA kept of it, and how well the VAE restores it. The label vote is the share of objects whose ' +
      'label is the most frequent one among their 10 nearest neighbors, before the VAE and in its latent space.',
    curves: [
      {
        id: 'curve-pca',
        title: 'Share of variance that the first components keep',
        x: 'components',
        y: 'share',
        series: modalities.map(({ name, pca }) => {
          let sum = 0;
          const shares = Array.from(pca.explainedVarianceRatio, (share) => {
            sum += share;
            return sum;
          });
          return { name, points: shares.map((share, i) => [i + 1, share] as const) };
        }),
      },
    ],
    tables: [
      {
        caption: 'From source to common dimension',
        columns: [
          { label: 'Modality' },
          { label: 'Source' },
          { label: 'Rows held' },
          { label: 'Rows taken' },
          { label: 'Columns' },
          { label: 'Variance kept', format: 'percent' },
        ],
        rows: modalities.map(({ name, description, total, rows, pca }, m) => [
          name,
          description,
          total,
          rows,
          pca.components.cols,
          quality.modalities[m].kept,
        ]),
      },
      {
        caption: 'Quality in the latent space',
        columns: [
          { label: 'Modality' },
          { label: 'R²', digits: 3 },
          { label: 'Reconstruction, nats' },
          { label: 'KL, nats' },
          { label: 'Active units', format: 'count' },
          { label: 'Label vote before', format: 'percent' },
          { label: 'Label vote after', format: 'percent' },
        ],
        rows: [
          ...quality.modalities.map(({ modality, r2, reconstruction, kl, activeUnits }, m) => [
            modality,
            r2,
            reconstruction,
            kl,
            activeUnits,
            vote(m, 'reduced'),
            vote(m, 'latent'),
          ]),
          [
            'all',
            quality.vae.r2,
            quality.vae.reconstruction,
            quality.vae.kl,
            quality.vae.activeUnits,
            null,
            null,
          ],
        ],
      },
    ],
    notes: modalities.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`)),
  };
}

/** How the training went. */
export function vaeSection({ vae, quality }: GOD): Section {
  const judged = vae.history.map(({ training, validation }) => validation ?? training);
  const over = (value: (epoch: number) => number) =>
    judged.map((_, epoch) => [epoch + 1, value(epoch)] as const);
  const mark = { x: vae.bestEpoch + 1, name: 'kept' };
  return {
    title: VAE_SECTION,
    intro:
      `Trained for ${vae.history.length} epochs; the weights of epoch ${vae.bestEpoch + 1} are kept. The loss is half the sum of ` +
      'squared errors plus beta times the KL divergence, in nats per row. Neighbors in the latent space are of the same ' +
      `modality in ${percent(quality.modalityPurity)} of cases.`,
    curves: [
      {
        id: 'curve-loss',
        title: 'Loss by epoch',
        x: 'epoch',
        y: 'nats per row',
        mark,
        series: [
          { name: 'training', points: over((epoch) => vae.history[epoch].training.loss) },
          ...(vae.history[0]?.validation
            ? [{ name: 'validation', points: over((epoch) => judged[epoch].loss) }]
            : []),
          { name: 'KL divergence', points: over((epoch) => judged[epoch].kl) },
        ],
      },
      {
        id: 'curve-r2',
        title: 'Share of variance reconstructed, by epoch',
        x: 'epoch',
        y: 'R²',
        mark,
        series: [{ name: 'R²', points: over((epoch) => judged[epoch].r2) }],
      },
    ],
    tables: [
      {
        caption: 'Training',
        folded: true,
        columns: [
          { label: 'Epoch' },
          { label: 'Loss' },
          { label: 'Validation loss' },
          { label: 'Reconstruction' },
          { label: 'KL' },
          { label: 'R²', digits: 3 },
          { label: 'Active units', format: 'count' },
        ],
        rows: vae.history.map(({ training, validation }, epoch) => {
          const judged = validation ?? training;
          return [
            epoch + 1,
            training.loss,
            validation?.loss ?? null,
            judged.reconstruction,
            judged.kl,
            judged.r2,
            judged.activeUnits,
          ];
        }),
      },
    ],
    notes: vae.warnings,
  };
}

/** How good the map and the clusterings are. */
export function mapSection({ quality, tsne, settings }: GOD): Section {
  const { silhouette, map } = quality;
  return {
    title: MAP_SECTION,
    intro: `The figures show the clusters found ${settings.clusterSpace === 'map' ? 'on the map' : 'in the latent space'}.`,
    curves: [
      {
        id: 'curve-kl',
        title: 'Divergence of the map during its descent; attraction is exaggerated at first',
        x: 'iteration',
        y: 'Kullback-Leibler divergence, nats',
        series: [
          {
            name: 'divergence',
            points: Array.from(tsne.history, (value, i) => [(i + 1) * tsne.historyInterval, value] as const),
          },
        ],
      },
    ],
    tables: [
      {
        caption: 'The map',
        columns: [{ label: 'Measure' }, { label: 'Value', digits: 3 }],
        rows: [
          ['Kullback-Leibler divergence (exact)', map.klDivergence],
          [`Trustworthiness, ${map.neighbors} neighbors`, map.trustworthiness],
          ['Perplexity', tsne.perplexity],
        ],
      },
      {
        caption: 'Mean silhouette of each clustering in each space',
        columns: [
          { label: "Ward's clusters" },
          { label: 'on the map', digits: 3 },
          { label: 'in the latent space', digits: 3 },
        ],
        rows: [
          ['of the map', silhouette.map.map, silhouette.map.latent],
          ['of the latent space', silhouette.latent.map, silhouette.latent.latent],
        ],
      },
    ],
  };
}

/** The settings of the run. */
export function parameterSection(god: GOD): Section {
  const { settings } = god;
  return {
    title: 'Parameters',
    tables: [
      {
        columns: [{ label: 'Parameter' }, { label: 'Value' }],
        rows: Object.entries(settings).map(([name, value]): Cell[] => [name, String(value)]),
      },
    ],
    notes: settingNotes(god),
  };
}
