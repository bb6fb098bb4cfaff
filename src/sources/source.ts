import type { Matrix } from '../matrix.ts';

/** What made vectors of images. Equal ones make the same vectors of the same images. */
export interface NetworkRecord {
  /** Name of the network's file. */
  readonly file: string;
  /** Hash of the network and its weights. */
  readonly sha256: string;
  /** The layer whose values are the vectors. */
  readonly output: string;
  /** What is done to a picture before. */
  readonly preprocessing: string;
}

/** Objects of one modality with their vectors. */
export interface Gathered {
  /** 'audio', 'text', 'image' or any other name. */
  readonly modality: string;
  /** One name per row, unique within the modality. */
  readonly ids: readonly string[];
  /** Class or name for people, one per row; '' when unknown. */
  readonly labels: readonly string[];
  /** ids.length x columns; every value is finite. */
  readonly vectors: Matrix;
  /** Rows that the source holds; `total - ids.length` were left out by sampling. */
  readonly total: number;
  /** What a user should be told: skipped rows, renamed duplicates. */
  readonly notes: readonly string[];
  /** The network that made the vectors, where one did, and the path of its file. */
  readonly network?: NetworkRecord & { readonly path: string };
}

export interface GatherOptions {
  /** Most rows to keep, at least 1; Infinity for all. */
  readonly limit: number;
  /** Decides which rows are kept: the same rows for the same seed, whatever else changes. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Threads for sources that compute. Default: what their library chooses. */
  readonly threads?: number;
  /** Called now and then with the rows done and, where it is known, their number. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

/** What a source would gather, in two parts: work that only uses the vectors is kept when only names change. */
export interface SourceFingerprint {
  /** Changes with the vectors and their order. */
  readonly vectors: string;
  /** Changes with ids and labels. Vectors that change may change it too. */
  readonly names: string;
}

/** Where the objects of one modality come from. */
export interface Source {
  readonly modality: string;
  /** One line for people: what is read, and from where. */
  readonly description: string;
  /** Whether the objects are invented. */
  readonly synthetic: boolean;
  /**
   * What changes whenever `gather` would return something else for the same options: kind and options of the source, and
   * names, sizes and times of its files. One string stands for vectors and names alike.
   */
  fingerprint(): Promise<string | SourceFingerprint>;
  /**
   * Reads the source and keeps a seeded sample of at most `limit` rows, in the order of the source.
   *
   * @throws DataError for missing or damaged files; the reason of `signal` when it is aborted.
   */
  gather(options: GatherOptions): Promise<Gathered>;
  /** Of a source of images: the same images through this network and layer, as far as its own options name none. */
  through?(network: { readonly model?: string | undefined; readonly output: string }): Source;
}
