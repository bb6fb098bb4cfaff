import type { AgglomerativeClustering } from '../agglomerative.ts';
import type { Matrix } from '../matrix.ts';
import type { Gathered, Source } from '../sources/source.ts';
import type { TSNE } from '../tsne.ts';
import type { VAE } from '../vae/vae.ts';
import { matchZodiac, type ZodiacMatch } from '../zodiac/match.ts';
import { clusterMeans } from '../zodiac/means.ts';
import { signs } from '../zodiac/signs.ts';
import { type Theology, theology } from '../zodiac/theology.ts';
import { sampleStage } from './draw-reality.ts';
import { embedStage } from './embed.ts';
import { gatherStage } from './gather.ts';
import { clusterStage, mapStage } from './map.ts';
import { measureStage, type Quality } from './measure.ts';
import { loadGod, saveGod } from './model-directory.ts';
import { type ClusterSpace, type Execution, type GODOptions, readOptions, type Settings } from './options.ts';
import type { FittedModality, GODParts, RealObject } from './parts.ts';
import { type Place, placeObjects } from './place.ts';
import { commonDimension, type Reduced, reduceStage } from './reduce.ts';
import { type StageResult, StageRunner } from './stage.ts';

/**
 * The Global Object EmbeDder of "Universal Insights with Multi-layered Embeddings" (SIGBOVIK 2021): embeddings of several
 * media go through PCA to a common dimension, a VAE embeds their union, samples of its latent space are the New Reality,
 * t-SNE brings it to the plane, Ward's clustering finds clusters, and the zodiac names them. Immutable: made by
 * {@link GOD.fit} or {@link GOD.load}.
 */
export class GOD {
  readonly settings: Settings;
  readonly modalities: readonly FittedModality[];
  readonly vae: VAE;
  /** samples x latent. */
  readonly newReality: Matrix;
  /** For each row of the New Reality the object it stands for. */
  readonly objects: readonly RealObject[];
  readonly tsne: TSNE;
  /** The trees of Ward's clustering on the map and in the latent dimensions. */
  readonly trees: { readonly [space in ClusterSpace]: AgglomerativeClustering };
  /** Labels in [0, clusters) for each row, from both trees. */
  readonly labels: { readonly [space in ClusterSpace]: Int32Array };
  /** How the clusters of the chosen space and the signs go together. */
  readonly match: ZodiacMatch;
  readonly theology: Theology;
  readonly quality: Quality;

  constructor(parts: GODParts) {
    this.settings = parts.settings;
    this.modalities = parts.modalities;
    this.vae = parts.vae;
    this.newReality = parts.newReality;
    this.objects = parts.objects;
    this.tsne = parts.tsne;
    this.trees = parts.trees;
    this.quality = parts.quality;
    const clusters = Math.min(parts.settings.clusters, parts.newReality.rows);
    this.labels = {
      map: parts.trees.map.labels({ clusters }),
      latent: parts.trees.latent.labels({ clusters }),
    };
    const means = clusterMeans(this.map, this.clusters, clusters);
    this.match = matchZodiac(means);
    this.theology = theology(means, this.match);
  }

  /** samples x 2: the New Reality in the plane. */
  get map(): Matrix {
    return this.tsne.embedding;
  }

  /** Cluster of each row in the chosen space. */
  get clusters(): Int32Array {
    return this.labels[this.settings.clusterSpace];
  }

  /** Sign of each row; '' where its cluster has none, which only more than twelve clusters bring about. */
  get signs(): string[] {
    const names = this.match.signOf.map((sign) => signs[sign]?.name ?? '');
    return Array.from(this.clusters, (cluster) => names[cluster]);
  }

  /** Whether any of the objects are invented. */
  get synthetic(): boolean {
    return this.modalities.some(({ synthetic }) => synthetic);
  }

  /**
   * Runs the whole of the paper on the given sources, one per modality.
   *
   * @throws RangeError or TypeError for options out of range; DataError for bad files; the reason of `signal`.
   * @example
   * const god = await GOD.fit(synthetic({ rows: 1000 }), { samples: 600, epochs: 5 });
   * god.signs[0]; // the sign of the first object
   */
  static async fit(sources: readonly Source[], options: GODOptions = {}): Promise<GOD> {
    const { settings, execution } = readOptions(options);
    return fitWith(sources, settings, execution, new StageRunner(undefined, options.listener));
  }

  /**
   * Finds the place of objects that were not fitted.
   *
   * @param modality - the name of a fitted modality.
   * @param vectors - n rows with as many values as that modality had.
   * @throws RangeError for an unknown modality or another number of columns.
   */
  place(modality: string, vectors: Matrix, execution: Partial<Execution> = {}): Promise<Place[]> {
    return placeObjects(this, modality, vectors, { threads: 0, signal: undefined, ...execution });
  }

  /** Writes the model into a directory (made, if need be), for {@link GOD.load}. */
  save(directory: string): Promise<void> {
    return saveGod(this, directory);
  }

  /** @throws DataError when the directory does not hold a whole model. */
  static async load(directory: string): Promise<GOD> {
    return new GOD(await loadGod(directory));
  }
}

/** The pipeline: Figure 1 of the paper as code. */
export async function fitWith(
  sources: readonly Source[],
  settings: Settings,
  execution: Execution,
  runner: StageRunner,
): Promise<GOD> {
  checkSources(sources);
  const gathered: StageResult<Gathered>[] = [];
  for (const source of sources)
    gathered.push(await runner.run(await gatherStage(source, settings, execution)));

  const components = commonDimension(
    gathered.map(({ value }) => value),
    settings.components,
  );
  const parts: StageResult<Reduced>[] = [];
  for (const one of gathered) parts.push(await runner.run(reduceStage(one, components, execution)));

  const vae = await runner.run(embedStage(parts, settings, execution));
  const reality = await runner.run(sampleStage(parts, vae, settings, execution));
  const { points, rows } = reality.value;
  checkClusters(settings.clusters, points.rows);
  const map = await runner.run(mapStage(reality, settings, execution));
  const trees = {
    map: await runner.run(clusterStage('map', map.value.embedding, map.key, execution)),
    latent: await runner.run(clusterStage('latent', points, reality.key, execution)),
  };
  const quality = await runner.run(
    measureStage({ gathered, parts, vae, reality, map, trees }, settings, execution),
  );

  const objects = gathered.flatMap(({ value }) =>
    value.ids.map((id, i) => ({ id, modality: value.modality, label: value.labels[i] })),
  );
  return new GOD({
    settings: { ...settings, components },
    modalities: gathered.map(({ value }, m) => ({
      name: value.modality,
      description: sources[m].description,
      synthetic: sources[m].synthetic,
      total: value.total,
      rows: value.ids.length,
      notes: value.notes,
      pca: parts[m].value.pca,
      scale: parts[m].value.scale,
    })),
    vae: vae.value,
    newReality: points,
    objects: Array.from(rows, (row, i) =>
      row < 0 ? { id: `dream ${i}`, modality: 'prior', label: '' } : objects[row],
    ),
    tsne: map.value,
    trees: { map: trees.map.value, latent: trees.latent.value },
    quality: quality.value,
  });
}

function checkSources(sources: readonly Source[]): void {
  if (!Array.isArray(sources) || sources.length === 0) {
    throw new RangeError('Expected `sources` to be an array of at least one source');
  }
  const names = sources.map(({ modality }) => modality);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new RangeError(`Expected one source per modality but received two of ${twice}`);
}

function checkClusters(clusters: number, rows: number): void {
  if (clusters > rows) {
    throw new RangeError(
      `Expected \`clusters\` in [1, ${rows}] for a New Reality of ${rows} rows but received ${clusters}`,
    );
  }
}
