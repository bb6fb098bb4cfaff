import { readFile } from 'node:fs/promises';
import { MOST_LEAVES } from '../../figures/dendrogram/dendrogram.ts';
import type { Explorer } from '../../figures/report/report.ts';
import { reportHtml } from '../../figures/report/report.ts';
import type { MutualNeighbors } from '../../neighbors/mutual-proximity.ts';
import type { CommonOptions } from '../../options.ts';
import { KIN, type PageScene } from '../../page/format.ts';
import { type PageObjects, packPage } from '../../page/pack.ts';
import { pageTree } from '../../page/tree.ts';
import { MOST_TWINNED, pageTwins } from '../../page/twins.ts';
import { packageFile } from '../../runtime.ts';
import { clusterMeans } from '../../zodiac/means.ts';
import { modalitiesOf } from '../fitted.ts';
import type { GOD } from '../god.ts';
import { reportData } from './report-data.ts';

/** Above this share of neighbors of the same modality, the map is colored by modality first. */
const DIVIDED = 0.8;

interface PageOptions extends Pick<CommonOptions, 'threads' | 'signal'> {
  /** Whether the page comes from `god serve` and can place new objects there. Default false. */
  served?: boolean;
  /** Those of {@link pageNeighbors}, if they are known. */
  neighbors?: MutualNeighbors | undefined;
}

/**
 * The page of a run: its report, with a map that can be explored. The same run gives the same bytes.
 *
 * @throws Error when the page's program is missing from the package; the reason of `signal`.
 */
export async function pageOf(
  god: GOD,
  version: string,
  { served = false, neighbors: known, ...options }: PageOptions = {},
): Promise<string> {
  const neighbors = known ?? (await pageNeighbors(god, options));
  const explorer = await explorerOf(god, neighbors, served);
  return reportHtml({ ...reportData(god, version, neighbors), explorer });
}

/** The neighbors by mutual proximity that a page shows; undefined if there are too many objects. */
export async function pageNeighbors(
  god: GOD,
  options: Pick<CommonOptions, 'threads' | 'signal'> = {},
): Promise<MutualNeighbors | undefined> {
  const n = god.objects.length;
  return n > 1 && n <= MOST_TWINNED ? await god.neighbors({ ...options, k: Math.min(KIN, n) }) : undefined;
}

async function explorerOf(
  god: GOD,
  neighbors: MutualNeighbors | undefined,
  served: boolean,
): Promise<Explorer> {
  const scene = { ...sceneOf(god), served };
  const { meta, data } = await packPage(
    { ...objectsOf(god, scene.modalities, neighbors), outside: await god.outlyingness() },
    scene,
  );
  return { ...(await pageProgram()), data: { meta, data }, served };
}

/** What runs in the page. */
export async function pageProgram(): Promise<Pick<Explorer, 'script' | 'style'>> {
  const [script, style] = await Promise.all(['explorer.js', 'explorer-style.css'].map(program));
  return { script, style };
}

/** A file that scripts/page.mjs made. */
async function program(name: string): Promise<string> {
  const file = packageFile([`page/${name}`, `dist/page/${name}`]);
  if (file === undefined)
    throw new Error(
      `Expected the file ${name} of global-object-embedder in a folder page beside the program`,
    );
  return (await readFile(file, 'utf8')).trimEnd();
}

function sceneOf({ objects, match, settings, synthetic, map, clusters, quality }: GOD): PageScene {
  const modalities = modalitiesOf(objects);
  return {
    title: 'The New Reality',
    synthetic,
    modalities,
    signOf: match.signOf,
    clusterSpace: settings.clusterSpace,
    latentClusters: settings.clusters,
    colorBy: modalities.length > 1 && quality.modalityPurity > DIVIDED ? 'modality' : 'sign',
    ecliptic:
      match.scale > 0 ? { center: match.translation, radius: match.scale, rotation: match.rotation } : null,
    means: clusterMeans(map, clusters, settings.clusters),
  };
}

function objectsOf(
  god: GOD,
  modalities: readonly string[],
  neighbors: MutualNeighbors | undefined,
): PageObjects {
  const { objects, map, labels } = god;
  const { clusterSpace, clusters } = god.settings;
  const numberOf = new Map(modalities.map((name, m) => [name, m]));
  const modality = objects.map((object) => numberOf.get(object.modality) as number);
  return {
    map,
    ids: objects.map(({ id }) => id),
    labels: objects.map(({ label }) => label),
    modality,
    mapClusters: labels.map,
    latentClusters: labels.latent,
    tree: pageTree(god.trees[clusterSpace].merges, clusters, MOST_LEAVES),
    ...(god.errors.every((error) => !Number.isNaN(error)) && { error: god.errors }),
    thumbnails: god.thumbnails,
    twins: neighbors ? pageTwins(neighbors, modality, modalities) : undefined,
  };
}
