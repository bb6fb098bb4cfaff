export type { Merges } from './agglomerative/merges.ts';
export {
  AgglomerativeClustering,
  type AgglomerativeOptions,
  type Cut,
  type Linkage,
} from './agglomerative.ts';
export { DataError, MissingDependencyError, NativeLoadError } from './errors.ts';
export { type Matrix, type MatrixLike, matrix } from './matrix.ts';
export type { Json, ModelState, StateArray } from './model-state.ts';
export { type Neighbors, type NeighborsOptions, nearestNeighbors } from './neighbors.ts';
export type { CommonOptions } from './options.ts';
export { PCA, type PCAOptions } from './pca.ts';
export { type Silhouette, silhouette, type TrustworthinessOptions, trustworthiness } from './quality.ts';
export { TSNE, type TSNEOptions, type TSNEProgress } from './tsne.ts';
export type { VAEEpoch, VAEQuality } from './vae/quality.ts';
export { checkpointFromState, checkpointState } from './vae/state.ts';
export type { VAECheckpoint, VAEOptions, VAEProgress } from './vae/training.ts';
export { VAE, type VAEEvaluateOptions, type VAEEvaluation, type VAEPosterior } from './vae/vae.ts';
