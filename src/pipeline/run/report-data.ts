import type { DendrogramData } from '../../figures/dendrogram/dendrogram.ts';
import { count, decimal, percent } from '../../figures/drawing/format.ts';
import type { Figure1Data } from '../../figures/figure-1.ts';
import type { Figure2Data } from '../../figures/figure-2.ts';
import type { Figure3Data } from '../../figures/figure-3.ts';
import type { Fact, ReportData, Section } from '../../figures/report/report.ts';
import type { Cell, Table } from '../../figures/report/report-table.ts';
import type { MutualNeighbors } from '../../neighbors/mutual-proximity.ts';
import { signs } from '../../zodiac/signs.ts';
import { modalitiesOf } from '../fitted.ts';
import type { GOD } from '../god.ts';
import { settingNotes } from '../notes.ts';
import type { Settings } from '../options.ts';
import { twinsSection } from './twins-section.ts';

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

/** Everything that report.html shows. Times and memory are not part of it: the same run gives the same page. Twins stand in it where `neighbors` are given. */
export function reportData(god: GOD, version: string, neighbors?: MutualNeighbors): ReportData {
  const { settings, quality, modalities, map, synthetic } = god;
  const twins = neighbors && twinsSection(god, neighbors);
  const objects = modalities.reduce((sum, { rows }) => sum + rows, 0);
  return {
    title: 'The New Reality',
    summary:
      `${count(objects)} objects of ${modalities.length === 1 ? 'one modality' : `${modalities.length} modalities`}, embedded and ` +
      `embedded again: ${count(map.rows)} of them in ${settings.latent} dimensions, on a map, and under the zodiac.`,
    synthetic,
    ...trustLine(god),
    figure1: figure1Data(god),
    figure2: figure2Data(god),
    newReality: [modalityTable(god)],
    figure3: figure3Data(god),
    dendrogram: dendrogramData(god),
    sections: [
      ...(twins === undefined ? [] : [twins]),
      modalitySection(god),
      vaeSection(god),
      mapSection(god),
      parameterSection(god),
    ],
    footer: `Made by global-object-embedder ${version}.`,
    data: { version, settings, quality },
  };
}

/** How many objects of each modality each sign has. */
function modalityTable({ objects, clusters, match, modalities }: GOD): Table {
  const names = modalitiesOf(objects);
  const cells = match.signOf.map(() => names.map(() => 0));
  objects.forEach(({ modality }, row) => {
    cells[clusters[row]][names.indexOf(modality)]++;
  });
  const order = match.signOf.map((_, cluster) => cluster);
  const rank = (cluster: number) => (match.signOf[cluster] < 0 ? signs.length : match.signOf[cluster]);
  order.sort((a, b) => rank(a) - rank(b) || a - b);
  return {
    caption: modalities.length > 1 ? 'Signs and modalities: numbers of objects' : 'Signs: numbers of objects',
    columns: [
      { label: 'Sign' },
      ...names.map((label) => ({ label, format: 'count', bar: true }) as const),
      { label: 'all', format: 'count' },
    ],
    rows: order.map((cluster): Cell[] => [
      { sign: match.signOf[cluster] },
      ...cells[cluster],
      cells[cluster].reduce((sum, n) => sum + n, 0),
    ]),
  };
}

const MAP_SECTION = 'Map and clusters';
const VAE_SECTION = 'Variational autoencoder';
/** Below this mean silhouette in the latent space, clusters are parts of one whole. */
const SEPARATE = 0.1;

/** How far to trust the map, in one line. */
function trustLine({ quality, settings, modalities }: GOD): Pick<ReportData, 'facts' | 'verdict'> {
  const { trustworthiness } = quality.map;
  const silhouette = quality.silhouette[settings.clusterSpace];
  const facts: Fact[] = [{ label: 'R²', value: percent(quality.vae.r2), section: VAE_SECTION }];
  if (trustworthiness !== null) {
    facts.unshift({
      label: 'Trustworthiness',
      value: decimal(trustworthiness, 3),
      section: MAP_SECTION,
    });
  }
  if (modalities.length > 1) {
    const value = percent(quality.modalityPurity);
    facts.push({ label: 'same-modality neighbors', value, section: VAE_SECTION });
  }
  if (silhouette.map === null || silhouette.latent === null) return { facts };
  facts.push(
    { label: 'silhouette on the map', value: decimal(silhouette.map, 2), section: MAP_SECTION },
    { label: 'in the latent space', value: decimal(silhouette.latent, 2), section: MAP_SECTION },
  );
  if (silhouette.latent >= SEPARATE) return { facts };
  return { facts, verdict: 'the signs divide the map; they are not separate groups' };
}

function modalitySection({ modalities, quality }: GOD): Section {
  const vote = (m: number, when: 'reduced' | 'latent'): Cell =>
    quality.modalities[m].labelVote?.[when] ?? null;
  return {
    title: 'Modalities',
    intro:
      'What came in, what PCA kept of it, and how well the VAE gives it back. The label vote is the share of objects ' +
      'whose label is the one that most of their 10 nearest neighbours have, before the VAE and in its latent space.',
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

function vaeSection({ vae, quality }: GOD): Section {
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

function mapSection({ quality, tsne, settings }: GOD): Section {
  const { silhouette, map } = quality;
  return {
    title: MAP_SECTION,
    intro: `The figures show the clusters found ${settings.clusterSpace === 'map' ? 'on the map' : 'in the latent space'}.`,
    curves: [
      {
        id: 'curve-kl',
        title: 'Divergence of the map as it was made; early on attraction is exaggerated',
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

function parameterSection(god: GOD): Section {
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
