import type { AgglomerativeClustering } from '../agglomerative/agglomerative.ts';
import type { Matrix, MatrixLike } from '../matrix.ts';
import type { MutualNeighbors } from '../neighbors/mutual-proximity.ts';
import type { MutualNeighborsOptions } from '../neighbors/options.ts';
import type { CallOptions } from '../options.ts';
import type { Source } from '../sources/source.ts';
import type { TSNE } from '../tsne/tsne.ts';
import type { VAE } from '../vae/vae.ts';
import { matchZodiac, type ZodiacMatch } from '../zodiac/match.ts';
import { clusterMeans } from '../zodiac/means.ts';
import { signs } from '../zodiac/signs.ts';
import { type Theology, theology } from '../zodiac/theology.ts';
import { fitStages } from './fit.ts';
import type { FittedGOD, FittedModality, RealObject, Thumbnails } from './fitted.ts';
import { loadGod, saveGod } from './model-directory.ts';
import { type ClusterSpace, type GODOptions, readOptions, type Settings } from './options.ts';
import { listenerOf } from './overall.ts';
import { type Place, type PlaceColumns, type PlaceOptions, placeAsColumns, placeObjects } from './place.ts';
import type { Quality } from './stages/measure.ts';
import { StageRunner } from './stages/stage.ts';
import { SurroundingsFinder } from './surroundings.ts';

/**
 * The Global Object EmbeDder of "Universal Insights with Multi-layered Embeddings" (SIGBOVIK 2021): embeddings of several
 * media go through PCA to a common dimension, a VAE embeds their union, samples of its latent space are the New Reality,
 * t-SNE brings it to the plane, Ward's clustering finds clusters, and the zodiac names them. Immutable: made by
 * {@link GOD.fit} or {@link GOD.load}.
 */
export class GOD implements FittedGOD {
  readonly settings: Settings;
  readonly modalities: readonly FittedModality[];
  readonly vae: VAE;
  /** samples x latent. */
  readonly newReality: Matrix;
  /**
   * How well the VAE knows each object: the mean squared difference between its components after PCA and what the VAE makes of its
   * posterior mean. NaN for draws from the prior.
   */
  readonly errors: Float32Array;
  /** For each row of the New Reality, the object for which it stands. */
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
  /** With the option `thumbnails`, small pictures of objects by their rows of the New Reality; else empty. */
  readonly thumbnails: Thumbnails;
  /** @internal */
  readonly surroundings: SurroundingsFinder;

  constructor(fitted: FittedGOD) {
    this.settings = fitted.settings;
    this.modalities = fitted.modalities;
    this.vae = fitted.vae;
    this.newReality = fitted.newReality;
    this.errors = fitted.errors;
    this.objects = fitted.objects;
    this.tsne = fitted.tsne;
    this.trees = fitted.trees;
    this.quality = fitted.quality;
    this.thumbnails = fitted.thumbnails;
    this.surroundings = new SurroundingsFinder(fitted);
    const { clusters } = fitted.settings;
    this.labels = {
      map: fitted.trees.map.labels({ clusters }),
      latent: fitted.trees.latent.labels({ clusters }),
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

  /** Sign of each row; '' if its cluster has none, which happens only with more than twelve clusters. */
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
   * @throws RangeError or TypeError for options out of range or of the wrong kind, and for anything that is not a source;
   *   DataError for bad files; the reason of `signal`; what `listener` throws.
   * @example
   * const god = await GOD.fit(synthetic({ rows: 1000 }), { samples: 600, epochs: 5 });
   * god.signs[0]; // the sign of the first object
   */
  static async fit(sources: readonly Source[], options: GODOptions = {}): Promise<GOD> {
    const { settings, execution, watch, moments } = readOptions(options);
    const runner = new StageRunner(undefined, listenerOf(watch, sources?.length, false));
    return new GOD(await fitStages(sources, settings, execution, runner, moments));
  }

  /**
   * For each row of the New Reality and each modality, the `k` objects that are nearest in the latent space as seen from both
   * ends: see {@link MutualProximity}. Nothing aligns the modalities: a neighbor of another modality means as much as the sign
   * does.
   *
   * @throws RangeError when `k` is not an integer in [1, samples]; the reason of `signal`.
   * @example
   * const { indices, groups, k } = await god.neighbors({ k: 3 });
   * god.objects[indices[0]].id; // the nearest object of modality groups[0] to row 0
   */
  neighbors(options: MutualNeighborsOptions = {}): Promise<MutualNeighbors> {
    const { k = 3, ...execution } = options;
    return this.surroundings.ofAll(k, execution);
  }

  /**
   * How far outside each object lies: the share of all objects, in [0, 1), whose nearest other object in the latent space is
   * nearer than this object's. The same measure as `outside` of a {@link Place}.
   *
   * @example
   * const outside = await god.outlyingness();
   * god.objects[outside.indexOf(Math.max(...outside))].id; // the most remote object
   */
  outlyingness(): Promise<Float32Array> {
    return this.surroundings.outlyingness();
  }

  /**
   * Finds the places of objects that were not fitted.
   *
   * @param modality - the name of a fitted modality.
   * @param vectors - n rows with as many values as that modality had.
   * @throws RangeError for an unknown modality, another number of columns or a value that is not finite; TypeError for
   *   arguments of the wrong kind; the reason of `signal`.
   * @example
   * const [place] = await god.place('text', [vector]);
   * place.sign;
   */
  place(modality: string, vectors: MatrixLike, options: PlaceOptions = {}): Promise<Place[]> {
    return placeObjects(this, modality, vectors, options);
  }

  /**
   * Finds the places of many objects, as columns: points, clusters and codes are those of {@link place}, in less time.
   *
   * @param modality - the name of a fitted modality.
   * @param vectors - n rows with as many values as that modality had.
   * @throws as {@link place}.
   * @example
   * const { map, nearest } = await god.placeColumns('text', [vector]);
   * god.signs[nearest[0]];
   */
  placeColumns(modality: string, vectors: MatrixLike, options: CallOptions = {}): Promise<PlaceColumns> {
    return placeAsColumns(this, modality, vectors, options);
  }

  /**
   * Writes the model into a directory, which is made if needed, for {@link GOD.load}. An older model there stays whole until
   * the new one replaces it.
   *
   * @throws the error of the file system.
   */
  save(directory: string): Promise<void> {
    return saveGod(this, directory);
  }

  /**
   * Reads a model that {@link GOD.save} wrote, or the one in the directory of a run of `god run`.
   *
   * @throws DataError when the directory does not hold a whole model.
   */
  static async load(directory: string): Promise<GOD> {
    return new GOD(await loadGod(directory));
  }
}
