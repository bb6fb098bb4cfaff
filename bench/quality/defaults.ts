import type { VAE } from '../../src/vae/vae.ts';

/** The options by which a model was fitted, for a table. */
export type Defaults = Readonly<Record<string, string | number>>;

export function defaultsOf({ spec, training }: VAE): Defaults {
  const { latent, hidden } = spec;
  const { beta, warmup, epochs, patience, validation, batch, learningRate, freeBits, clipNorm } = training;
  return {
    ...{ latent, hidden: hidden.join('-'), beta, warmup, epochs, patience, validation },
    ...{ batch, learningRate, freeBits, clipNorm },
  };
}
