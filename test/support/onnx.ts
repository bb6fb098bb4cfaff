import { PbfWriter } from 'pbf';

/** Writes a nested message. */
function message(writer: PbfWriter, field: number, write: (inner: PbfWriter) => void): void {
  writer.writeMessage(field, (_: null, inner) => write(inner), null);
}

/** Attributes of a node: a list of integers, or one integer. */
export type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** AttributeProto: name = 1, i = 3, ints = 8, type = 20 (2 is INT, 7 is INTS). */
function attribute(node: PbfWriter, name: string, value: number | readonly number[]): void {
  message(node, 5, (inner) => {
    inner.writeStringField(1, name);
    if (typeof value === 'number') inner.writeVarintField(3, value);
    else for (const one of value) inner.writeVarintField(8, one);
    inner.writeVarintField(20, typeof value === 'number' ? 2 : 7);
  });
}

export function node(
  graph: PbfWriter,
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: Attributes = {},
): void {
  message(graph, 1, (inner) => {
    for (const input of inputs) inner.writeStringField(1, input);
    inner.writeStringField(2, output);
    inner.writeStringField(4, operator);
    for (const [name, value] of Object.entries(attributes)) attribute(inner, name, value);
  });
}

/** An ONNX model of operator set 13 with the graph that `write` writes. */
export function onnxModel(write: (graph: PbfWriter) => void): Uint8Array {
  const model = new PbfWriter();
  model.writeVarintField(1, 8);
  message(model, 7, write);
  message(model, 8, (opset) => {
    opset.writeStringField(1, '');
    opset.writeVarintField(2, 13);
  });
  return model.finish();
}

/** A tensor whose values are in a file: external_data = 13 (key = 1, value = 2), data_location = 14, 1 for EXTERNAL. */
function external(graph: PbfWriter, name: string, dims: number[], entries: Record<string, string>): void {
  message(graph, 5, (tensor) => {
    for (const dim of dims) tensor.writeVarintField(1, dim);
    tensor.writeVarintField(2, 1);
    tensor.writeStringField(8, name);
    for (const [key, value] of Object.entries(entries)) {
      message(tensor, 13, (entry) => {
        entry.writeStringField(1, key);
        entry.writeStringField(2, value);
      });
    }
    tensor.writeVarintField(14, 1);
  });
}

export function floats(
  graph: PbfWriter,
  name: string,
  dims: readonly number[],
  values: ArrayLike<number>,
): void {
  message(graph, 5, (tensor) => {
    for (const dim of dims) tensor.writeVarintField(1, dim);
    tensor.writeVarintField(2, 1);
    tensor.writeStringField(8, name);
    tensor.writeBytesField(9, new Uint8Array(new Float32Array(values).buffer));
  });
}

/** Declares an input, field 11, or an output, field 12. */
export function value(graph: PbfWriter, field: number, name: string, dims: (number | string)[]): void {
  message(graph, field, (info) => {
    info.writeStringField(1, name);
    message(info, 2, (type) =>
      message(type, 1, (tensor) => {
        tensor.writeVarintField(1, 1);
        message(tensor, 2, (shape) => {
          for (const dim of dims) {
            message(shape, 1, (extent) => {
              if (typeof dim === 'number') extent.writeVarintField(1, dim);
              else extent.writeStringField(2, dim);
            });
          }
        });
      }),
    );
  });
}

export const tinyWeights = [1, 2, 3, 4, 5, 6];

/**
 * A tiny classifier as an ONNX file: input [b, 3, size, size] -> Relu `map` -> GlobalAveragePool `pooled` [b, 3, 1, 1]
 * -> Flatten `features` [b, 3] -> Gemm `classes` [b, 2], the only declared output. The Relu is of twice the input
 * plus one, so that features are not only the means of the pixels: features = mean(max(0, 2 x + 1)).
 * With `location`, the weights of the Gemm are expected in a file of that name, `tinyWeights` as float32.
 */
export function tinyClassifier(size = 8, batch: number | string = 'batch', location?: string): Uint8Array {
  return onnxModel((graph) => {
    node(graph, 'Mul', ['input', 'two'], 'doubled');
    node(graph, 'Add', ['doubled', 'one'], 'raised');
    node(graph, 'Relu', ['raised'], 'map');
    node(graph, 'GlobalAveragePool', ['map'], 'pooled');
    node(graph, 'Flatten', ['pooled'], 'features');
    node(graph, 'Gemm', ['features', 'weights'], 'classes');
    graph.writeStringField(2, 'tiny');
    floats(graph, 'two', [], [2]);
    floats(graph, 'one', [], [1]);
    if (location === undefined) floats(graph, 'weights', [3, 2], tinyWeights);
    else external(graph, 'weights', [3, 2], { location, offset: '0', length: '24' });
    value(graph, 11, 'input', [batch, 3, size, size]);
    value(graph, 12, 'classes', [batch, 2]);
  });
}
