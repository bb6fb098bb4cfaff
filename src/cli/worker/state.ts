import { binary, field, int32, int64, utf8 } from '@uwdata/flechette/src/data-types.js';
import {
  ArrowStreamWriter,
  bytesColumn,
  numberColumn,
  textColumn,
} from '../../formats/arrow/stream-write.ts';
import type { WorkerJob } from './job.ts';

/** The moments of a partition, with what merging needs to know of them. */
export interface PartState {
  readonly partition: number;
  readonly rows: number;
  readonly columns: number;
  /** What `toBytes` of an accumulator gave. */
  readonly state: Uint8Array;
  /** The instruction sets of the kernels and of BLAS. */
  readonly simd: string;
  readonly blas: string;
}

const FIELDS = [
  field('partition', int32(), false),
  field('rows', int64(), false),
  field('columns', int32(), false),
  field('state', binary(), false),
  field('simd', utf8(), false),
  field('blas', utf8(), false),
];

/** Writes a stream of one state, or of none. */
export function writeState(job: Pick<WorkerJob, 'write'>, part: PartState | undefined): void {
  const writer = new ArrowStreamWriter({ fields: FIELDS, metadata: null }, job.write);
  if (part !== undefined)
    writer.batch([
      numberColumn(Int32Array.of(part.partition)),
      numberColumn(BigInt64Array.of(BigInt(part.rows))),
      numberColumn(Int32Array.of(part.columns)),
      bytesColumn([part.state]),
      textColumn([part.simd]),
      textColumn([part.blas]),
    ]);
  writer.end();
}
