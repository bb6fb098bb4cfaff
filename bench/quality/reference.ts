import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Matrix } from '../../src/matrix.ts';
import { fileBuffer, fileMatrix } from '../data/files.ts';

/** What the reference's zodiac says of the means of one clustering. */
export interface ReferenceZodiac {
  readonly means: readonly (readonly [number, number])[];
  readonly residual: number;
  readonly rotation_deg: number;
  readonly scale: number;
  /** For each sign the number of its cluster, from 1. */
  readonly cluster_of_sign: readonly number[];
  readonly open: number;
  readonly closed: number;
  readonly cross_closed: number;
  /** How many of the means lie on the convex hull. */
  readonly hull: number;
}

/** Fixed inputs and results of every stage, made once with other implementations from real corpora. */
export interface Reference {
  readonly modalities: readonly string[];
  /** The VAE's input: all rows of the modalities one after another. */
  readonly union: Matrix;
  /** First row of each modality in the union, and the number of rows at the end. */
  readonly offsets: readonly number[];
  /** For each row of the union its label; '' where the corpus has none. */
  readonly labels: readonly string[];
  /** A New Reality and two maps of it: one to be clustered, and scikit-learn's, to be compared with. */
  readonly reality: Matrix;
  readonly map: Matrix;
  readonly sklearnMap: Matrix;
  /** Twelve clusters of the New Reality and of `map`, by Ward's linkage in scipy. */
  readonly clusters: { readonly latent: Int32Array; readonly map: Int32Array };
  readonly zodiac: { readonly latent: ReferenceZodiac; readonly map: ReferenceZodiac };
}

const FILES = [
  'union_c100_scalar.f32.bin',
  'union_c100_scalar.json',
  'union_labels.csv.gz',
  'newreality_s0.bin',
  'newreality_s0.Y.bin',
  'newreality_s0.Ysk.bin',
  'newreality_s0.labels_lat_map_mod.i32.bin',
  'zodiac_s0.json',
];

/** Names of the files that `folder` lacks. */
export function absentFiles(folder: string): string[] {
  return FILES.filter((file) => !existsSync(join(folder, file)));
}

export function readReference(folder: string): Reference {
  const json = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const floats = (file: string, cols: number) => fileMatrix(join(folder, file), cols);
  const shape = json('union_c100_scalar.json');
  const table = new Int32Array(fileBuffer(join(folder, 'newreality_s0.labels_lat_map_mod.i32.bin')));
  const column = (at: number) => table.filter((_, i) => i % 3 === at);
  const zodiac = json('zodiac_s0.json');
  return {
    modalities: shape.modalities.map(({ name }: { name: string }) => name),
    union: floats('union_c100_scalar.f32.bin', shape.cols),
    offsets: shape.offsets,
    labels: readLabels(join(folder, 'union_labels.csv.gz')),
    reality: floats('newreality_s0.bin', 42),
    map: floats('newreality_s0.Y.bin', 2),
    sklearnMap: floats('newreality_s0.Ysk.bin', 2),
    clusters: { latent: column(0), map: column(1) },
    zodiac: { latent: zodiac.lat, map: zodiac.map },
  };
}

/** Lines `modality,label` after a header; labels hold no commas. */
function readLabels(file: string): string[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split(/\r?\n/);
  return lines.slice(1).map((line) => line.slice(line.indexOf(',') + 1));
}
