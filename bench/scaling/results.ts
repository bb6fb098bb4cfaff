import type { ScalingSeries } from '../../src/figures/scaling.ts';
import type { Machine } from '../machine.ts';

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
