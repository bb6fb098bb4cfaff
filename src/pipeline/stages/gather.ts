import { types } from 'node:util';
import { describe } from '../../errors.ts';
import { isFloats } from '../../matrix.ts';
import type { ModelState } from '../../models/model-state.ts';
import { stateArray } from '../../models/model-state.ts';
import type { Progress } from '../../progress.ts';
import { splitFingerprint } from '../../sources/fingerprint.ts';
import type { Gathered, Source } from '../../sources/source.ts';
import { type Execution, executionOptions, type Settings } from '../options.ts';
import type { Stage } from './stage.ts';

/** The gathered objects without their vectors. */
export type Objects = Omit<Gathered, 'vectors'>;

/** Gathers the objects of one modality: a seeded sample of its source's rows. */
export async function gatherStage(
  source: Source,
  { seed, perModality, perModalityFirst }: Settings,
  execution: Execution,
): Promise<Stage<Gathered>> {
  const { vectors, names } = splitFingerprint(await source.fingerprint());
  return {
    name: `gather-${source.modality}`,
    version: 4,
    parameters: { source: vectors, seed, limit: perModality, first: perModalityFirst },
    names,
    inputs: [],
    ...(source.check !== undefined && { check: source.check.bind(source) }),
    async compute(report) {
      const gathered = await source.gather({
        limit: perModality === 0 ? Number.POSITIVE_INFINITY : perModality,
        seed,
        first: perModalityFirst,
        ...executionOptions(execution),
        onProgress: (rows, total) => report(gathering(rows, total)),
      });
      checkGathered(gathered, source.modality);
      return gathered;
    },
    pack,
    unpack,
  };
}

/** Progress of a source, which does not always know its number of rows. */
export function gathering(rows: number, total: number | undefined): Progress & { readonly rows: number } {
  return { phase: 'read', fraction: total !== undefined && total > 0 ? rows / total : 0, rows };
}

/** Checks a source's result, because sources can be the user's own. PCA checks that values are finite. */
function checkGathered({ modality, ids, labels, vectors, total, notes }: Gathered, expected: string): void {
  const fail = (problem: string): never => {
    throw new TypeError(`Expected the source of ${expected} to gather ${problem}`);
  };
  if (modality !== expected) fail(`objects of ${expected} but it gathered ${describe(modality)}`);
  if (!isFloats(vectors?.data) || vectors.data.length !== vectors.rows * vectors.cols)
    fail('`vectors` as a matrix of float32 or float64');
  if (vectors.rows === 0 || vectors.cols === 0)
    fail(`at least one row and column but it gathered ${vectors.rows} x ${vectors.cols}`);
  for (const [name, list] of Object.entries({ ids, labels })) {
    if (!Array.isArray(list) || list.length !== vectors.rows || list.some((text) => typeof text !== 'string'))
      fail(`\`${name}\`, a string for each of its ${vectors.rows} rows`);
  }
  if (!Number.isSafeInteger(total) || total < vectors.rows)
    fail(`a \`total\` of at least its ${vectors.rows} rows but it gave ${describe(total)}`);
  if (!Array.isArray(notes)) fail('an array of `notes`');
}

function pack({ modality, ids, labels, vectors, total, notes, network }: Gathered): ModelState {
  return {
    kind: 'gathered',
    version: 1,
    values: { modality, ids, labels, total, notes, ...(network && { network: { ...network } }) },
    arrays: { vectors: { data: vectors.data, shape: [vectors.rows, vectors.cols] } },
  };
}

function unpack(state: ModelState): Gathered {
  const type = types.isFloat64Array(state.arrays.vectors?.data) ? Float64Array : Float32Array;
  const { data, shape } = stateArray<Float32Array | Float64Array>(state, 'vectors', type, 2);
  const values = state.values as unknown as Omit<Gathered, 'vectors'>;
  return { ...values, vectors: { data, rows: shape[0], cols: shape[1] } };
}
