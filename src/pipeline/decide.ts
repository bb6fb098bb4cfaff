import { aboutOption } from '../errors.ts';
import type { Gathered } from '../sources/source.ts';
import type { Settings } from './options.ts';

const DEFAULT_COMPONENTS = 100;
const DEFAULT_PERPLEXITY = 30;
const DEFAULT_CLUSTERS = 12;

/**
 * The settings, with everything decided that was left to the data. Comes before any other work.
 *
 * @throws RangeError when the data do not allow a setting: more components than a modality has, too large a perplexity, more
 *   clusters than rows.
 */
export function decideSettings(settings: Settings, gathered: readonly Gathered[]): Settings {
  const samples = realityRows(settings, gathered);
  return {
    ...settings,
    samples,
    components: commonDimension(gathered, settings.components),
    perplexity: atMost(
      'perplexity',
      settings.perplexity,
      DEFAULT_PERPLEXITY,
      largestPerplexity(samples),
      samples,
    ),
    clusters: atMost('clusters', settings.clusters, DEFAULT_CLUSTERS, samples, samples),
  };
}

/** Rows of the New Reality: as many as there are objects, unless it is drawn from the prior. */
function realityRows({ samples, sampling }: Settings, gathered: readonly Gathered[]): number {
  if (sampling === 'prior') return samples;
  const rows = gathered.reduce((sum, { vectors }) => sum + vectors.rows, 0);
  if (rows < 2) throw new RangeError('Expected the sources to hold at least two rows but they hold one');
  return Math.min(samples, rows);
}

/**
 * The common dimension: the requested one; or 100, or less if the smallest modality has less.
 *
 * @throws RangeError when more is requested than a modality has.
 */
function commonDimension(gathered: readonly Gathered[], wanted: number): number {
  const ranks = gathered.map(({ vectors }) => Math.min(vectors.rows, vectors.cols));
  const least = Math.min(...ranks);
  if (wanted > least) {
    const { modality, vectors } = gathered[ranks.indexOf(least)];
    const size = `${vectors.rows} rows of ${vectors.cols} values`;
    const problem = `Expected \`components\` in [1, ${least}], for ${modality} has ${size}, but received ${wanted}`;
    throw aboutOption(new RangeError(problem), 'components');
  }
  return wanted > 0 ? wanted : Math.min(DEFAULT_COMPONENTS, least);
}

/** t-SNE looks at three times as many neighbors as its perplexity, and a row has n - 1. */
function largestPerplexity(rows: number): number {
  return (rows - 1) / 3;
}

function atMost(name: string, wanted: number, standard: number, largest: number, rows: number): number {
  if (wanted > largest) {
    const bound = Math.floor(largest * 100) / 100;
    const problem = `Expected \`${name}\` to be at most ${bound} for a New Reality of ${rows} rows but received ${wanted}`;
    throw aboutOption(new RangeError(problem), name);
  }
  return wanted > 0 ? wanted : Math.min(standard, largest);
}
