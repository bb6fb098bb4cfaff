import type { AgglomerativeClustering } from '../agglomerative/agglomerative.ts';
import type { Matrix } from '../matrix.ts';
import type { PCA } from '../pca/pca.ts';
import type { NetworkRecord } from '../sources/source.ts';
import type { TSNE } from '../tsne/tsne.ts';
import type { VAE } from '../vae/vae.ts';
import type { ClusterSpace, Settings } from './options.ts';
import type { Quality } from './stages/measure.ts';

/** One modality of a fitted GOD. */
export interface FittedModality {
  readonly name: string;
  /** The source of its objects. */
  readonly description: string;
  readonly synthetic: boolean;
  /** Rows that the source held, and rows that were taken. */
  readonly total: number;
  readonly rows: number;
  readonly notes: readonly string[];
  /** The network that made its vectors, if they are of images that went through one. */
  readonly network?: NetworkRecord;
  readonly pca: PCA;
  /** Projections are multiplied by it before the VAE sees them. */
  readonly scale: number;
}

/** What a row of the New Reality stands for. */
export interface RealObject {
  readonly id: string;
  readonly modality: string;
  readonly label: string;
}

/** The modalities of some objects, in the order in which they first appear. */
export function modalitiesOf(objects: readonly Pick<RealObject, 'modality'>[]): string[] {
  return [...new Set(objects.map(({ modality }) => modality))];
}

/** Small pictures by row of the New Reality: 64 x 64 pixels as WebP. */
export type Thumbnails = ReadonlyMap<number, Uint8Array>;

/** The results of all stages, which make up a GOD. */
export interface FittedGOD {
  readonly settings: Settings;
  readonly modalities: readonly FittedModality[];
  readonly vae: VAE;
  readonly newReality: Matrix;
  readonly errors: Float32Array;
  readonly objects: readonly RealObject[];
  readonly tsne: TSNE;
  readonly trees: { readonly [space in ClusterSpace]: AgglomerativeClustering };
  readonly quality: Quality;
  readonly thumbnails: Thumbnails;
}
