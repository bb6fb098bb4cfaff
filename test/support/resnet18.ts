import type { PbfWriter } from 'pbf';
import { hashed } from './hashed.ts';
import { floats, node, onnxModel, value } from './onnx.ts';

/**
 * ResNet-18 as an ONNX file, layer by layer as torchvision has it: 11,689,512 parameters that follow from a formula, BatchNormalization in
 * nodes of its own, input `data` [N, 3, 224, 224], output `scores` [N, 1000]. The input of the last layer, Gemm, is `features`
 * [N, 512]. Its names and its output are like those of the file that `god fetch resnet18` gets.
 */
export function resnet18(): Uint8Array {
  return onnxModel((graph) => {
    graph.writeStringField(2, 'resnet18');
    value(graph, 11, 'data', ['N', 3, 224, 224]);
    value(graph, 12, 'scores', ['N', 1000]);
    const layers = new Layers(graph);
    let x = layers.relu(layers.normalized('data', 3, 64, { kernel: 7, stride: 2 }));
    x = layers.node('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
    let channels = 64;
    for (const wide of [64, 128, 256, 512]) {
      x = layers.block(x, channels, wide);
      x = layers.block(x, wide, wide);
      channels = wide;
    }
    node(graph, 'Flatten', [layers.node('GlobalAveragePool', [x])], 'features');
    const gemm = [layers.weights([1000, 512]), layers.small(1000)];
    node(graph, 'Gemm', ['features', ...gemm], 'scores', { transB: 1 });
  });
}

/** Layers in the order of their parameters in torchvision's state_dict: each tensor has the next seed. */
class Layers {
  readonly #graph: PbfWriter;
  #seed = 1;
  #nodes = 0;

  constructor(graph: PbfWriter) {
    this.#graph = graph;
  }

  node(operator: string, inputs: readonly string[], attributes = {}): string {
    const output = `${operator.toLowerCase()}${this.#nodes++}`;
    node(this.#graph, operator, inputs, output, attributes);
    return output;
  }

  relu(x: string): string {
    return this.node('Relu', [x]);
  }

  /** A convolution and the normalization of its batches. */
  normalized(x: string, from: number, to: number, { kernel, stride }: { kernel: number; stride: number }) {
    const padding = (kernel - 1) / 2;
    const convolved = this.node('Conv', [x, this.weights([to, from, kernel, kernel])], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
    });
    const scale = this.#tensor([to], (u) => 0.25 + 0.5 * u);
    const [bias, mean] = [this.small(to), this.small(to)];
    const variance = this.#tensor([to], (u) => 0.5 + u);
    return this.node('BatchNormalization', [convolved, scale, bias, mean, variance]);
  }

  /** A basic block: two convolutions, and a way past them. */
  block(x: string, from: number, to: number): string {
    const stride = from === to ? 1 : 2;
    const first = this.relu(this.normalized(x, from, to, { kernel: 3, stride }));
    const second = this.normalized(first, to, to, { kernel: 3, stride: 1 });
    const past = from === to ? x : this.normalized(x, from, to, { kernel: 1, stride });
    return this.relu(this.node('Add', [second, past]));
  }

  weights(dims: readonly number[]): string {
    const fanIn = dims.slice(1).reduce((product, dim) => product * dim, 1);
    const width = 2 * Math.sqrt(6 / fanIn);
    return this.#tensor(dims, (u) => (u - 0.5) * width);
  }

  small(count: number): string {
    return this.#tensor([count], (u) => 0.2 * (u - 0.5));
  }

  #tensor(dims: readonly number[], of: (u: number) => number): string {
    const name = `parameter${this.#seed}`;
    const count = dims.reduce((product, dim) => product * dim, 1);
    floats(this.#graph, name, dims, new Float32Array(hashed(count, this.#seed++).map(of)));
    return name;
  }
}
