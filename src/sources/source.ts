/** The network that made vectors of images. Equal records mean equal vectors for the same images. */
export interface NetworkRecord {
  /** Name of the network's file. */
  readonly file: string;
  /** Hash of the network and its weights. */
  readonly sha256: string;
  /** The layer whose values are the vectors. */
  readonly output: string;
  /** How a picture is prepared. */
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
  /** ids.length x columns; every value is finite in float32. They are doubles if float32 would round them. */
  readonly vectors: {
    readonly data: Float32Array | Float64Array;
    readonly rows: number;
    readonly cols: number;
  };
  /** Rows that the source holds; `total - ids.length` were left out by sampling. */
  readonly total: number;
  /** Notes for the user: skipped rows, renamed duplicates. */
  readonly notes: readonly string[];
  /** The network that made the vectors, if one did, and the path of its file. */
  readonly network?: NetworkRecord & { readonly path: string };
}

export interface GatherOptions {
  /** Most rows to keep, at least 1; Infinity for all. */
  readonly limit: number;
  /** Decides which rows are kept. The same seed keeps the same rows, whatever else changes. */
  readonly seed: number;
  /** Keep the first rows instead of an evenly drawn sample. Default false. */
  readonly first?: boolean;
  readonly signal?: AbortSignal;
  /** Threads for sources that compute. Default: what their library chooses. */
  readonly threads?: number;
  /** Called now and then with the number of rows done and, if known, the number of all rows. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

export type ThumbnailOptions = Pick<GatherOptions, 'signal' | 'onProgress'>;

/** Identifies what a source would gather: vectors and names apart, so that work on the vectors is kept if only names change. */
export interface SourceFingerprint {
  /** Changes with the vectors and their order. */
  readonly vectors: string;
  /** Changes with ids and labels; it can also change with the vectors. */
  readonly names: string;
}

/** How much a source holds. */
export interface SourceSize {
  readonly rows: number;
  /** Values of each row. */
  readonly cols: number;
  /** Whether `rows` is counted; otherwise it is estimated from the first rows. */
  readonly exact: boolean;
}

/** Where the objects of one modality come from. */
export interface Source {
  readonly modality: string;
  /** One line for people: what is read and from where. */
  readonly description: string;
  /** Whether the objects are invented. */
  readonly synthetic: boolean;
  /**
   * Changes whenever `gather` would return something else for the same options. It covers the kind and options of the source,
   * and names, sizes and times of its files. A single string stands for both vectors and names.
   */
  fingerprint(): Promise<string | SourceFingerprint>;
  /**
   * Reads the source and keeps a seeded sample of at most `limit` rows, in the order of the source.
   *
   * @throws DataError for missing or damaged files; the reason of `signal` when it is aborted.
   */
  gather(options: GatherOptions): Promise<Gathered>;
  /**
   * Only sources of pictures have it: small pictures of the objects with these ids, 64 x 64 pixels as WebP, by id. Those that cannot
   * be decoded are left out.
   */
  thumbnails?(ids: readonly string[], options: ThumbnailOptions): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * What the source holds, found quickly: from a header, or from the first rows. Undefined if that does not show it.
   *
   * @throws DataError for missing or damaged files.
   */
  size?(): Promise<SourceSize | undefined>;
  /**
   * Only sources that need optional packages have it. A run calls it before anything is gathered, unless it has kept what this source
   * gathered.
   *
   * @throws MissingDependencyError when `gather` would.
   */
  check?(): Promise<void>;
  /**
   * Only sources of images have it: the same source with this network, layer and preprocessing (of a record), unless its own options
   * name others.
   */
  through?(
    network: Pick<NetworkRecord, 'output' | 'preprocessing'> & { readonly model?: string | undefined },
  ): Source;
}
