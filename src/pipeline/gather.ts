import type { ModelState } from '../model-state.ts';
import { stateArray } from '../model-state.ts';
import type { Gathered, Source } from '../sources/source.ts';
import { type Execution, executionOptions, type Settings } from './options.ts';
import type { Stage } from './stage.ts';

/** Gathers the objects of one modality: a seeded sample of its source's rows. */
export async function gatherStage(
  source: Source,
  { seed, perModality }: Settings,
  execution: Execution,
): Promise<Stage<Gathered>> {
  return {
    name: `gather-${source.modality}`,
    version: 1,
    parameters: { source: await source.fingerprint(), seed, limit: perModality },
    inputs: [],
    compute: (report) =>
      source.gather({
        limit: perModality,
        seed,
        ...executionOptions(execution),
        onProgress: (done, total) => {
          if (total !== undefined && total > 0) report(Math.min(1, done / total));
        },
      }),
    pack,
    unpack,
  };
}

function pack({ vectors, ...values }: Gathered): ModelState {
  return {
    kind: 'gathered',
    version: 1,
    values,
    arrays: { vectors: { data: vectors.data, shape: [vectors.rows, vectors.cols] } },
  };
}

function unpack(state: ModelState): Gathered {
  const { data, shape } = stateArray(state, 'vectors', Float32Array, 2);
  const values = state.values as unknown as Omit<Gathered, 'vectors'>;
  return { ...values, vectors: { data, rows: shape[0], cols: shape[1] } };
}
