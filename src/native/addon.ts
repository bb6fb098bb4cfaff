import type { Matrix } from '../matrix.ts';
import type { RawJob } from './job.ts';

/** One function of the addon: reads `inputs` and `options`, writes into the arrays of `outputs`. */
type Kernel<Inputs, Options, Outputs> = (inputs: Inputs, options: Options, outputs: Outputs) => RawJob;

interface Threads {
  threads: number;
}

interface PcaRotation {
  mean: Float64Array;
  components: Matrix;
  scale: Float64Array;
}

interface PcaMoments {
  mean: Float64Array;
  scatter: Float64Array;
}

interface PcaFitted {
  mean: Float64Array;
  components: Matrix;
  explainedVariance: Float64Array;
  deviation?: Float64Array;
}

interface NeighborArrays {
  indices: Uint32Array;
  distances: Float32Array;
}

/** Mean and standard deviation of each row's distances to each group: see mutual_proximity.hpp. */
interface DistanceMoments {
  means: Float64Array;
  deviations: Float64Array;
}

/** The model of a VAE call: `parameters` is flat, as src/vae/spec.ts lays it out. */
interface VaeModel {
  hidden: Uint32Array;
  parameters: Float32Array;
}

/** A fitted model, with the mean of each column. */
interface FittedVae extends VaeModel {
  offset: Float64Array;
}

interface VaeWidths extends Threads {
  input: number;
  latent: number;
}

interface VaeWeighing {
  beta: number;
  freeBits: number;
  seed: number;
}

interface LinkageOfPoints extends Threads {
  linkage: string;
  metric: string;
  float64: boolean;
}

interface LinkageOfDistances extends Threads {
  linkage: string;
  rows: number;
  square: boolean;
  unsquared: boolean;
  float64: boolean;
}

/** The addon as C++ exports it. Each entry is described in native/binding/<kernel>.cpp. */
export interface NativeAddon {
  /** The instruction sets of the kernels and of BLAS. If machines differ in them, results differ in rounding. */
  readonly simd: string;
  readonly blas: string;
  readonly processors: number;
  readonly pcaFit: Kernel<{ X: Matrix }, Threads, PcaFitted & { seconds?: Float64Array }>;
  /** Which linkages use squared Euclidean distances, and which need no matrix of distances for points. */
  readonly linkages: Readonly<Record<string, { readonly squared: boolean; readonly linear: boolean }>>;
  /** Copies all of `from` into the fresh array `to` of the same length, before it returns. */
  readonly copyFloats: (from: Float32Array, to: Float32Array) => void;
  readonly pcaAccumulate: Kernel<
    PcaMoments & { pending: Matrix; X: Matrix },
    Threads & { count: number },
    PcaMoments & { added: Float64Array }
  >;
  readonly pcaMerge: Kernel<
    PcaMoments & {
      pending: Matrix;
      otherMean: Float64Array;
      otherScatter: Float64Array;
      otherPending: Matrix;
    },
    Threads & { count: number; otherCount: number },
    PcaMoments
  >;
  readonly pcaFinish: Kernel<PcaMoments & { pending: Matrix }, Threads & { count: number }, PcaFitted>;
  readonly pcaTransform: Kernel<{ X: Matrix } & PcaRotation, Threads, { Z: Matrix; seconds?: Float64Array }>;
  readonly pcaInverseTransform: Kernel<{ Z: Matrix } & PcaRotation, Threads, { X: Matrix }>;
  readonly nearestNeighbors: Kernel<
    { X: Matrix; query?: Matrix },
    Threads & { k: number; cosine: boolean; approximate: boolean },
    NeighborArrays
  >;
  readonly distanceNeighbors: Kernel<
    { distances: Float32Array | Float64Array },
    Threads & { rows: number; square: boolean; k: number },
    NeighborArrays
  >;
  readonly distanceMoments: Kernel<
    { X: Matrix; groups: Int32Array; query?: Matrix },
    Threads & { count: number },
    DistanceMoments
  >;
  readonly mutualNeighbors: Kernel<
    { X: Matrix; groups: Int32Array } & DistanceMoments &
      (
        | object
        | {
            query: Matrix;
            queryGroups: Int32Array;
            queryMeans: Float64Array;
            queryDeviations: Float64Array;
          }
      ),
    Threads & { count: number; k: number },
    { indices: Int32Array; proximities: Float64Array; distances: Float32Array }
  >;
  readonly tsneFit: Kernel<
    { X: Matrix } & NeighborArrays,
    Threads & {
      k: number;
      init: 'pca' | 'random' | 'given';
      seed: number;
      perplexity: number;
      theta: number;
      repulsion: 'auto' | 'barnes-hut' | 'fft';
      iterations: number;
      earlyExaggeration: number;
      exaggerationIterations: number;
      lateExaggeration: number;
      learningRate: number;
      momentum: number;
      reportEvery: number;
      exactKL: boolean;
      iterationsWithoutProgress: number;
      minProgress: number;
    },
    { Y: Matrix; history: Float64Array; outcome: Float64Array; seconds?: Float64Array }
  >;
  readonly tsneTransform: Kernel<
    { map: Matrix } & NeighborArrays,
    Threads & { k: number; perplexity: number; iterations: number },
    { Y: Matrix }
  >;
  /** Writes the means of the columns to `offset`, unless they are known, and takes them from X. */
  readonly vaeCenter: Kernel<object, Threads & { known: boolean }, { X: Matrix; offset: Float64Array }>;
  readonly vaeFit: Kernel<
    { X: Matrix; hidden: Uint32Array; groups: Uint32Array | undefined },
    VaeWidths &
      VaeWeighing & {
        warmup: number;
        learningRate: number;
        validation: number;
        clipNorm: number;
        epochs: number;
        patience: number;
        batch: number;
        groupCount: number;
        done: number;
      },
    {
      parameters: Float32Array;
      firstMoment: Float32Array;
      secondMoment: Float32Array;
      best: Float32Array;
      history: Float64Array;
      groupHistory: Float64Array;
      /** Epochs done; 1 or 2 if the training or the validation loss is not finite any more; the step in which that happened. */
      outcome: Float64Array;
    }
  >;
  /** Centers `X` in place, and so does `vaeEvaluate`. */
  readonly vaeEncode: Kernel<FittedVae, VaeWidths, { X: Matrix; mean: Matrix; logVariance: Matrix }>;
  readonly vaeDecode: Kernel<{ Z: Matrix } & FittedVae, VaeWidths, { X: Matrix }>;
  readonly vaeEvaluate: Kernel<
    { groups: Uint32Array } & FittedVae,
    VaeWidths & VaeWeighing & { groupCount: number },
    { X: Matrix; quality: Float64Array }
  >;
  readonly vaeGradient: Kernel<
    { X: Matrix; rows: Uint32Array } & VaeModel,
    VaeWidths & VaeWeighing,
    { gradient: Float32Array; loss: Float64Array }
  >;
  readonly agglomerativeFit: Kernel<{ X: Matrix }, LinkageOfPoints, { merges: Float64Array }>;
  readonly agglomerativeFitDistances: Kernel<
    { distances: Float32Array | Float64Array },
    LinkageOfDistances,
    { merges: Float64Array }
  >;
  /** Like the two above, on the calling thread. */
  readonly agglomerativeFitNow: (
    inputs: { X: Matrix },
    options: LinkageOfPoints,
    outputs: { merges: Float64Array },
  ) => void;
  readonly agglomerativeFitDistancesNow: (
    inputs: { distances: Float32Array | Float64Array },
    options: LinkageOfDistances,
    outputs: { merges: Float64Array },
  ) => void;
  readonly agglomerativeMemory: (
    linkage: string,
    float64: boolean,
    fromPoints: boolean,
    rows: number,
    cols: number,
  ) => number;
  readonly connectivityFit: Kernel<
    { X: Matrix; targets: Uint32Array; counts: Uint32Array },
    Threads & { linkage: string; metric: string; join: boolean },
    { merges: Float64Array; components: Float64Array }
  >;
  readonly connectivityFitDistances: Kernel<
    { distances: Float32Array | Float64Array; targets: Uint32Array; counts: Uint32Array },
    Threads & { rows: number; square: boolean; float64: boolean; linkage: string; join: boolean },
    { merges: Float64Array; components: Float64Array }
  >;
  readonly connectivityMemory: (rows: number, cols: number, links: number) => number;
  readonly optimalLeafOrder: Kernel<
    { merges: Float64Array; X?: Matrix; distances?: Float32Array | Float64Array },
    Threads & { rows: number; metric?: string; square?: boolean },
    { order: Uint32Array }
  >;
  readonly optimalLeafOrderMemory: (rows: number, cols: number) => number;
  readonly trustworthiness: Kernel<
    { X: Matrix; Y: Matrix },
    Threads & { neighbors: number },
    { value: Float64Array }
  >;
  readonly silhouette: Kernel<
    { X: Matrix; labels: Int32Array },
    Threads & { ways: number; clusters: number; cosine: boolean },
    { values: Float64Array }
  >;
  readonly medoids: Kernel<
    { X: Matrix; labels: Int32Array },
    Threads & { clusters: number; cosine: boolean },
    { rows: Int32Array }
  >;
  /** Lines with a vector on each: see vector_lines.hpp. */
  readonly vectorLines: Kernel<
    { bytes: Uint8Array },
    Threads & {
      most: number;
      cols: number;
      named: boolean;
      tab: boolean;
      lineEnd: number;
    },
    { lines: Uint32Array; values: Float64Array; done: Float64Array }
  >;
  /** Blocks from `place` on, into `texts`: see bzip2.hpp. `place` moves. */
  readonly bzip2Decode: Kernel<
    { bytes: Uint8Array },
    Threads & { complete: boolean; most: number },
    { texts: Uint8Array; lengths: Uint32Array; place: Float64Array; batch: Float64Array }
  >;
  /** Expands the runs of these texts from `cursor` on, which moves. */
  readonly bzip2Expand: Kernel<
    { texts: Uint8Array; lengths: Uint32Array },
    Threads & { blocks: number },
    { out: Uint8Array; cursor: Float64Array }
  >;
  /** A window of a picture that is resized, as three planes: see resample.hpp. */
  readonly resample: Kernel<
    { pixels: Uint8Array; values: Float32Array },
    Threads & {
      width: number;
      height: number;
      resizedWidth: number;
      resizedHeight: number;
      left: number;
      top: number;
      cols: number;
      rows: number;
    },
    { planes: Float32Array }
  >;
}
