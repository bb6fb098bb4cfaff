import type { Point } from '../zodiac/signs.ts';

/** Version of {@link PageMeta} and the packed bytes. A page reads only its own version. */
export const PAGE_FORMAT = 1;

/** Coordinates of packed objects are whole numbers in [0, PAGE_SIDE]; the longer side of the map takes all of them. */
export const PAGE_SIDE = 65535;

/** How many neighbors of its own kind, and twins in each other modality, a page stores for an object. */
export const KIN = 5;
export const TWINS = 3;

/** A packed column: `values` numbers of `planes` bytes each, lowest byte first, all lowest bytes before all next ones. */
export interface PageColumn {
  readonly name: ColumnName;
  readonly values: number;
  readonly planes: number;
}

/** `picture` holds the length of each object's picture, 0 for none. `kin` and `twins` hold indices plus one, 0 for none; `kinFar` and `twinsFar` what {@link packFarness} makes. */
export type ColumnName =
  | 'x'
  | 'y'
  | 'modality'
  | 'mapCluster'
  | 'latentCluster'
  | 'label'
  | 'row'
  | 'leaf'
  | 'error'
  | 'outside'
  | 'idLength'
  | 'labelLength'
  | 'picture'
  | 'kin'
  | 'kinFar'
  | 'twins'
  | 'twinsFar';

/** A number of the trust line: its name, its text, and the part of the page that explains it. */
export interface TrustFact {
  readonly label: string;
  readonly value: string;
  readonly link?: string;
}

/** What the page knows about a run in addition to its objects. */
export interface PageScene {
  readonly title: string;
  readonly synthetic: boolean;
  /** Whether the page comes from `god serve`; it then has the objects' rows, by which the server names them. */
  readonly served?: boolean;
  readonly modalities: readonly string[];
  /** For each cluster that is shown the index of its sign, or -1. */
  readonly signOf: readonly number[];
  /** Which of the two clusterings is shown. */
  readonly clusterSpace: 'map' | 'latent';
  readonly latentClusters: number;
  readonly colorBy: 'modality' | 'sign';
  /** The ecliptic of the match, in page units, y downwards; null where the means coincide or it dwarfs the map. */
  readonly ecliptic: { readonly center: Point; readonly radius: number; readonly rotation: number } | null;
  /** Means of the shown clusters, in page units. */
  readonly means: readonly Point[];
}

/** Everything that is read before the packed bytes. */
export interface PageMeta extends PageScene {
  readonly format: number;
  /** Number of objects, and how many have a place on the map; those come first. */
  readonly objects: number;
  readonly placed: number;
  /** Cells along each side of the grid that sorts the placed objects. */
  readonly grid: number;
  /** The map's extent in page units. */
  readonly extent: Point;
  /** Map coordinates of the page's upper left corner, and map units for each page unit. */
  readonly origin: Point;
  readonly unit: number;
  /** For each node of the drawn tree the first of its leaves, numbers in the column `leaf`, and the one after the last. */
  readonly tree?: { readonly [node: number]: readonly [first: number, end: number] };
  /** Values between the classes in the columns of these names. */
  readonly bounds: { readonly [name in 'error' | 'outside']?: readonly number[] };
  readonly columns: readonly PageColumn[];
  /** Bytes when unpacked, and their CRC-32. */
  readonly size: number;
  readonly crc: number;
}

// 1 - proximity is kept as 40 steps for each power of ten, down to 4e-7.
const STEPS = 40;

/** A proximity in [0, 1] as one byte, fine where it is near 1. */
export function packFarness(proximity: number): number {
  return Math.max(0, Math.min(255, Math.round(-Math.log10(Math.max(1e-9, 1 - proximity)) * STEPS)));
}

/** The proximity that {@link packFarness} packed, within 3 % of its distance from 1. */
export function unpackFarness(packed: number): number {
  return 1 - 10 ** (-packed / STEPS);
}

/** The grid's cell of a coordinate. */
export function cellOf(coordinate: number, grid: number): number {
  return (coordinate * grid) >>> 16;
}
