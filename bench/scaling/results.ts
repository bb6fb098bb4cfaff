import type { Machine } from '../harness/machine.ts';
import type { ScalingSeries } from '../report/scaling-figure.ts';

/** What bench/scaling.ts writes. */
export interface ScalingResults {
  readonly command: string;
  readonly machine: Machine;
  readonly scaling: readonly (ScalingSeries & {
    readonly estimator: string;
    readonly on: string;
    readonly cols: number;
  })[];
}
