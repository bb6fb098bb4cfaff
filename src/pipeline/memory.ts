import { getHeapStatistics } from 'node:v8';
import { aboutOption } from '../errors.ts';
import type { Source, SourceSize } from '../sources/source.ts';
import type { Settings } from './options.ts';

/** Bytes of a row's name, label and place in the sample, in the JavaScript heap. */
const NAME_BYTES = 400;
/** Bytes of the process itself, and of what does not grow with the rows. */
const PROCESS_BYTES = 0.3e9;
/** Columns that a row has after PCA unless the settings say otherwise. */
const USUAL_COMPONENTS = 100;
/** Rows of one modality: names are written as one text, which cannot be longer. */
const MOST_ROWS = 10_000_000;
/** Share of the heap that names can fill. */
const HEAP_SHARE = 0.8;
const GB = 1e9;

/** Bytes of a run at its peak. */
export interface MemoryPlan {
  readonly bytes: number;
  /** Of these, bytes in the JavaScript heap, which has a limit of its own. */
  readonly heap: number;
}

/**
 * The memory of a run over so many rows. It is largest during PCA: all vectors, PCA's copy of the largest modality, and the reduced ones.
 * Before that, a source that is read holds its vectors twice while their array grows; afterwards, the VAE needs the reduced vectors and
 * their union.
 */
export function planMemory(sizes: readonly SourceSize[], components: number): MemoryPlan {
  const sum = (of: (size: SourceSize) => number) => sizes.reduce((total, size) => total + of(size), 0);
  const vectors = sum(({ rows, cols }) => 4 * rows * cols);
  const largest = Math.max(0, ...sizes.map(({ rows, cols }) => 4 * rows * cols));
  const shared = Math.min(components || USUAL_COMPONENTS, ...sizes.map(({ cols }) => cols));
  const reduced = sum(({ rows }) => 4 * rows * shared);
  const heap = sum(({ rows }) => rows * NAME_BYTES);
  return { bytes: PROCESS_BYTES + heap + vectors + largest + reduced, heap };
}

/**
 * For a run over all rows (`perModality` 0): says how many there are and what they take, before anything is read.
 *
 * @throws RangeError when they do not fit; DataError for missing or damaged files.
 */
export async function checkMemory(
  sources: readonly Source[],
  { perModality, components }: Pick<Settings, 'perModality' | 'components'>,
  onNote: (note: string) => void,
  { free, heapLimit }: { free: number; heapLimit: number } = limits(),
): Promise<void> {
  if (perModality !== 0) return;
  const sizes: SourceSize[] = [];
  const told: string[] = [];
  for (const source of sources) {
    const size = await source.size?.();
    if (size === undefined) told.push(`${source.modality}: unknown`);
    else {
      sizes.push(size);
      told.push(`${source.modality}: ${size.exact ? '' : 'about '}${size.rows} x ${size.cols}`);
    }
  }
  const { bytes, heap } = planMemory(sizes, components);
  const plan = `all rows (${told.join('; ')}) need about ${(bytes / GB).toFixed(1)} GB of memory`;
  const most = sizes.find(({ rows }) => rows > MOST_ROWS);
  if (most !== undefined) throw tooMany(`${plan}, and a modality can have ${MOST_ROWS} rows at most`);
  if (bytes > free) throw tooMany(`${plan}, and ${(free / GB).toFixed(1)} GB are free`);
  if (heap > HEAP_SHARE * heapLimit) {
    const megabytes = Math.ceil(heap / HEAP_SHARE / 2 ** 20);
    throw tooMany(
      `${plan}, of which names are ${(heap / GB).toFixed(1)} GB, and the JavaScript heap has ${(heapLimit / GB).toFixed(1)} GB ` +
        `(NODE_OPTIONS=--max-old-space-size=${megabytes} raises that)`,
    );
  }
  onNote(`${plan[0].toUpperCase()}${plan.slice(1)}; ${(free / GB).toFixed(1)} GB are free`);
}

function limits(): { free: number; heapLimit: number } {
  return { free: process.availableMemory(), heapLimit: getHeapStatistics().heap_size_limit };
}

function tooMany(problem: string): RangeError {
  return aboutOption(
    new RangeError(`Expected \`perModality\` to be a number of rows that fits: ${problem}`),
    'perModality',
  );
}
