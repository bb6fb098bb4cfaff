import { count, decimal, percent } from '../../figures/drawing/format.ts';
import type { Fact, ReportData } from '../../figures/report/report.ts';
import type { Cell, Table } from '../../figures/report/report-table.ts';
import type { MutualNeighbors } from '../../neighbors/mutual-proximity.ts';
import { signs } from '../../zodiac/signs.ts';
import { modalitiesOf } from '../fitted.ts';
import type { GOD } from '../god.ts';
import { dendrogramData, figure1Data, figure2Data, figure3Data } from './figure-data.ts';
import {
  MAP_SECTION,
  mapSection,
  modalitySection,
  parameterSection,
  VAE_SECTION,
  vaeSection,
} from './report-sections.ts';
import { twinsSection } from './twins-section.ts';

/**
 * Everything that report.html shows, with a section on twins if `neighbors` are given. Times and memory are not part of it: the
 * same run gives the same page.
 */
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
    id: 'signs-modalities',
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
