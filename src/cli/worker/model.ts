import { DataError } from '../../errors.ts';
import { sha256 } from '../../files/hash.ts';
import { readWhole } from '../../files/read.ts';
import { stateFromBytes } from '../../models/model-file.ts';
import type { ModelState } from '../../models/model-state.ts';
import { UsageError } from '../failure.ts';
import type { WorkerJob } from './job.ts';

/** The file that `--model` names. */
export function modelFlag({ flags }: WorkerJob): string {
  if (typeof flags.model === 'string' && flags.model !== '') return flags.model;
  throw new UsageError('name the model: --model FILE');
}

/** The state in a model's file. @throws DataError when it is not of this kind, or not the file that `--sha256` names. */
export async function readModel(job: WorkerJob, kind: string): Promise<ModelState> {
  const file = modelFlag(job);
  const bytes = await readChecked(job, file);
  const state = stateFromBytes(bytes, file);
  if (state.kind === kind) return state;
  throw new DataError(`holds a model of ${state.kind}: expected ${kind}`, { file });
}

/** The bytes of a file. @throws DataError when it is not the one that `--sha256` names. */
export async function readChecked({ flags }: WorkerJob, file: string): Promise<Buffer> {
  const bytes = await readWhole(file);
  if (flags.sha256 === undefined) return bytes;
  const hash = await sha256(bytes);
  if (hash === String(flags.sha256).toLowerCase()) return bytes;
  throw new DataError(`is another model: expected the SHA-256 ${flags.sha256}, not ${hash}`, { file });
}
