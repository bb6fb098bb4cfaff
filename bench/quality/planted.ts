import { VAE } from '../../src/vae/vae.ts';
import { factorRows } from '../data/planted.ts';
import { defaultsOf } from './defaults.ts';
import { figure, type Measured } from './figure.ts';

/** All 20 factors are there to be found: a constant beta of 1 finds none of them. */
const BARS = { r2: { atLeast: 0.75 }, activeUnits: { atLeast: 16, atMost: 24 } };
const [ROWS, COLS] = [40_000, 100];

/** The VAE by the library's defaults on rows of 20 hidden factors, measured on all of them. */
export async function measurePlanted(seed: number, threads: number): Promise<Measured> {
  const X = factorRows(ROWS, COLS);
  const vae = await VAE.fit(X, { seed, threads });
  const { r2, activeUnits } = await vae.evaluate(X, { threads });
  const stage = `vae on planted factors, seed ${seed}`;
  return {
    figures: [
      figure(stage, 'R^2', r2, BARS.r2),
      figure(stage, 'active units', activeUnits, BARS.activeUnits),
    ],
    defaults: { 'library, on planted factors': defaultsOf(vae) },
  };
}
