export { AgglomerativeClustering, type Cut } from './agglomerative/agglomerative.ts';
export { type AgnesOptions, agnes } from './agglomerative/agnes.ts';
export { Cluster } from './agglomerative/cluster.ts';
export type { MergeStatistics } from './agglomerative/inconsistent.ts';
export type { Merges } from './agglomerative/merges.ts';
export type { OptimalOrderOptions, OrderedBy } from './agglomerative/optimal-order.ts';
export type {
  AgglomerativeOptions,
  CenterLinkage,
  Connectivity,
  DistanceLinkageOptions,
  Linkage,
  LinkageMetric,
  PointOptions,
} from './agglomerative/options.ts';
export type { DatasetName } from './datasets/catalogue.ts';
export { type FetchedFile, type FetchOptions, type FetchProgress, fetchDataset } from './datasets/fetch.ts';
export type { TransferProgress } from './datasets/transfer.ts';
export type { DataErrorOptions, DataErrorPlace, RowsErrorPlace } from './errors.ts';
export {
  DataError,
  DisconnectedError,
  FetchError,
  MissingDependencyError,
  NativeLoadError,
  RowsError,
} from './errors.ts';
export type { TextEncoding } from './files/text.ts';
export { type Matrix, type MatrixLike, matrix } from './matrix.ts';
export {
  medoids,
  type Silhouette,
  silhouette,
  trustworthiness,
} from './metrics/metrics.ts';
export type { ClusterMetricOptions, TrustworthinessOptions } from './metrics/options.ts';
export { Model, type ModelClass } from './models/model.ts';
export { readModelState, saveModel } from './models/model-file.ts';
export type { Json, ModelState, StateArray } from './models/model-state.ts';
export {
  type MutualNeighbors,
  MutualProximity,
} from './neighbors/mutual-proximity.ts';
export { type Neighbors, nearestNeighbors } from './neighbors/neighbors.ts';
export type {
  GroupName,
  Metric,
  MutualNeighborsOptions,
  MutualProximityOptions,
  MutualQueryOptions,
  NeighborsOptions,
} from './neighbors/options.ts';
export type { CallOptions, CommonOptions, RowsOptions } from './options.ts';
export type { AccumulateOptions, AddOptions, PCAAccumulator } from './pca/accumulator.ts';
export type { PCAFinishOptions, PCAOptions } from './pca/options.ts';
export { PCA } from './pca/pca.ts';
export type { FittedGOD, FittedModality, RealObject, Thumbnails } from './pipeline/fitted.ts';
export { GOD } from './pipeline/god.ts';
export type { ClusterSpace, GODOptions, Sampling, Settings } from './pipeline/options.ts';
export type { Place, PlaceColumns, PlaceOptions } from './pipeline/place.ts';
export type { ModalityQuality, Quality, VaeQuality } from './pipeline/stages/measure.ts';
export type { FinishedStage, StageCost, StageListener, StageProgress } from './pipeline/stages/stage.ts';
export type { NearObject, NearOfModality, Surroundings } from './pipeline/surroundings.ts';
export type { OnProgress, Progress } from './progress.ts';
export { type AudioSetOptions, audioset } from './sources/audioset.ts';
export {
  type BadImage,
  type EmbeddedImages,
  type EmbedImagesOptions,
  type EmbedImagesProgress,
  embedImages,
} from './sources/embed-images.ts';
export { type FeatureMatrixOptions, featureMatrix } from './sources/feature-matrix.ts';
export { type JsonLinesOptions, jsonLines } from './sources/json-lines.ts';
export type { LabelOptions, NameOptions } from './sources/names.ts';
export { type OpenOptions, openSource } from './sources/open.ts';
export type { PreprocessingName } from './sources/preprocessing.ts';
export type {
  Gathered,
  GatherOptions,
  NetworkRecord,
  Source,
  SourceFingerprint,
  SourceSize,
  ThumbnailOptions,
} from './sources/source.ts';
export { type SyntheticOptions, synthetic } from './sources/synthetic.ts';
export { type TinyImageNetOptions, tinyImageNet } from './sources/tiny-imagenet.ts';
export { type Wikipedia2vecOptions, wikipedia2vec } from './sources/wikipedia2vec.ts';
export type { TSNEDistanceOptions, TSNEOptions, TSNEProgress, TSNETransformOptions } from './tsne/options.ts';
export { TSNE, type TSNEStop } from './tsne/tsne.ts';
export { type InterpolateOptions, interpolate } from './vae/interpolate.ts';
export type {
  Engine,
  EngineChoice,
  TrainingLength,
  TrainingOptions,
  VAECheckpoint,
  VAEOptions,
  VAEProgress,
} from './vae/options.ts';
export type { VAEEpoch, VAEGroupQuality, VAEQuality } from './vae/quality.ts';
export type { VAESpec } from './vae/spec.ts';
export { checkpointFromState, checkpointState } from './vae/state.ts';
export { VAE, type VAEEvaluateOptions, type VAEEvaluation, type VAEPosterior } from './vae/vae.ts';
export { matchZodiac, type ZodiacMatch } from './zodiac/match.ts';
export { type Point, type Sign, type SignElement, signs } from './zodiac/signs.ts';
export { type Claim, type Theology, theology } from './zodiac/theology.ts';
