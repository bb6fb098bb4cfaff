/** Widths of a variational autoencoder: input -> hidden... -> latent -> hidden reversed... -> input. */
export interface VAESpec {
  readonly input: number;
  readonly hidden: readonly number[];
  readonly latent: number;
}

/**
 * One affine layer y = x W + b: W (inputs x outputs, row-major) begins at `weights` of the flat parameters and b at
 * `bias`.
 */
export interface Layer {
  /** Name in a model's state: `encoder.0`, ..., `posterior` (means and log variances), `decoder.0`, ..., `output`. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: number;
  readonly bias: number;
  readonly relu: boolean;
}

/** The layers in the order of the data flow, which is also their order in the flat parameters. */
export function layersOf({ input, hidden, latent }: VAESpec): Layer[] {
  const layers: Layer[] = [];
  let end = 0;
  const add = (name: string, inputs: number, outputs: number, relu: boolean) => {
    const bias = end + inputs * outputs;
    layers.push({ name, inputs, outputs, weights: end, bias, relu });
    end = bias + outputs;
  };
  const encoder = [input, ...hidden];
  hidden.forEach((width, i) => {
    add(`encoder.${i}`, encoder[i], width, true);
  });
  add('posterior', encoder[hidden.length], 2 * latent, false);
  const decoder = [latent, ...[...hidden].reverse()];
  for (let i = 0; i < hidden.length; i++) add(`decoder.${i}`, decoder[i], decoder[i + 1], true);
  add('output', decoder[hidden.length], input, false);
  return layers;
}

/** Length of the flat array of parameters. */
export function parameterCount(spec: VAESpec): number {
  return layersOf(spec).reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs, 0);
}
