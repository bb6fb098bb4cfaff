import { describe } from '../errors.ts';
import { breathe } from '../files/breathe.ts';
import { matrix } from '../matrix.ts';
import { checkInteger, OptionReader } from '../options.ts';
import { fingerprintOf } from './fingerprint.ts';
import { Random } from './random.ts';
import { chooseRows } from './sampling.ts';
import type { Gathered, GatherOptions, Source } from './source.ts';
import { archetypes, inventedWord, LatentWorld, softStep, View } from './synthetic-world.ts';

export interface SyntheticOptions {
  /** Seed of the whole world, an integer in [0, 2^53). Default 0. */
  seed?: number;
  /** Rows of every modality, or of each. Default 10,000. */
  rows?: number | { readonly audio?: number; readonly text?: number; readonly image?: number };
}

/** How a modality looks: its width, its noise, and values and names like those of real data. */
interface Kind {
  readonly modality: 'audio' | 'text' | 'image';
  readonly cols: number;
  readonly finish: (shown: number, random: Random) => number;
  readonly id: (archetype: string, row: number) => string;
}

const kinds: readonly Kind[] = [
  {
    // VGGish: [-2, 2], stored in a byte.
    modality: 'audio',
    cols: 128,
    finish: (shown, random) =>
      (Math.round((softStep(shown + 0.32 * random.bell()) + 1) * 127.5) * 4) / 255 - 2,
    id: (archetype, row) => `synthetic ${archetype} recording ${row}`,
  },
  {
    // Word vectors: small values around zero.
    modality: 'text',
    cols: 100,
    finish: (shown, random) => 0.3 * (shown + 0.32 * random.bell()),
    id: (_, row) => `${inventedWord(row)} (synthetic)`,
  },
  {
    // The last hidden layer of a network with rectifiers: never negative.
    modality: 'image',
    cols: 512,
    finish: (shown, random) => Math.max(0, shown + 0.4 + 0.32 * random.bell()),
    id: (archetype, row) => `synthetic ${archetype} picture ${row}`,
  },
];

const defaultRows = 10_000;
const maxRows = 10_000_000;

/**
 * Three invented modalities in the shapes of the real ones: audio (n x 128), text (n x 100) and image (n x 512). All
 * are views of the same twelve hidden archetypes, which overlap a little, through different random nonlinear maps,
 * with noise. Labels are the archetypes' names. A row depends only on the seed and its number, so the data are the same on
 * every machine and for every sample.
 *
 * @throws TypeError or RangeError for wrong options.
 * @example
 * const [audio, text, image] = synthetic({ seed: 7, rows: 1000 });
 */
export function synthetic(options: SyntheticOptions = {}): Source[] {
  const reader = new OptionReader(options, ['seed', 'rows']);
  const seed = reader.seed();
  const counts = rowCounts(reader.raw('rows'));
  return kinds.map((kind) => source(kind, seed, counts[kind.modality]));
}

type RowCounts = Record<Kind['modality'], number>;

function rowCounts(rows: unknown): RowCounts {
  const count = (name: string, value: unknown): number =>
    value === undefined ? defaultRows : checkInteger(name, value, { min: 1, max: maxRows });
  if (typeof rows !== 'object') {
    const all = count('rows', rows);
    return { audio: all, text: all, image: all };
  }
  if (rows === null)
    throw new TypeError(`Expected \`rows\` to be a number or an object but received ${describe(rows)}`);
  const reader = new OptionReader(rows as Partial<RowCounts>, ['audio', 'text', 'image']);
  const named = (name: Kind['modality']): number => count(`rows.${name}`, reader.raw(name));
  return { audio: named('audio'), text: named('text'), image: named('image') };
}

function source(kind: Kind, seed: number, rows: number): Source {
  return {
    modality: kind.modality,
    description: `synthetic ${kind.modality} vectors, from 12 hidden archetypes (seed ${seed})`,
    synthetic: true,
    fingerprint: async () => fingerprintOf(['synthetic 1', kind.modality, seed, rows]),
    gather: (options) => gather(kind, seed, rows, options),
    size: async () => ({ rows, cols: kind.cols, exact: true }),
  };
}

async function gather(kind: Kind, seed: number, rows: number, options: GatherOptions): Promise<Gathered> {
  const world = new LatentWorld(seed);
  const view = new View(seed, kind.cols);
  const chosen = chooseRows(rows, options);
  const values = new Float32Array(chosen.length * kind.cols);
  const ids: string[] = [];
  const labels: string[] = [];
  for (const [i, row] of chosen.entries()) {
    if (i % 500 === 0) {
      await breathe(options.signal);
      options.onProgress?.(i, chosen.length);
    }
    // Each row has its own generator, so a row does not depend on the sample.
    const random = new Random(seed, 3, kind.cols, row);
    const archetype = random.below(archetypes.length);
    const shown = view.show(world.point(archetype, random));
    for (let col = 0; col < kind.cols; col++) values[i * kind.cols + col] = kind.finish(shown[col], random);
    ids.push(kind.id(archetypes[archetype], row));
    labels.push(archetypes[archetype]);
  }
  const note = `these ${kind.modality} objects are synthetic`;
  return {
    modality: kind.modality,
    ids,
    labels,
    vectors: matrix(values, chosen.length, kind.cols),
    total: rows,
    notes: [note],
  };
}
