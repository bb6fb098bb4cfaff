import { readFile } from 'node:fs/promises';
import { PbfReader, PbfWriter } from 'pbf';
import { DataError } from '../errors.ts';
import { asDataError, messageOf } from '../files/file-error.ts';
import { statPath } from '../files/read.ts';
import { eachField, readText } from './protobuf.ts';

/** The little of an ONNX graph that is needed to find its layers. */
export interface OnnxGraph {
  readonly outputs: readonly string[];
  /** The node that makes each tensor, by the tensor's name. */
  readonly producers: ReadonlyMap<string, OnnxNode>;
}

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Protocol buffers can not be larger. */
const maxModelBytes = 2 ** 31 - 1;

/** Reads an ONNX file. @throws DataError when it is missing or too large. */
export async function readOnnx(file: string): Promise<Buffer> {
  const { size } = await statPath(file);
  if (size > maxModelBytes) throw new DataError('is too large for an ONNX model', { file });
  try {
    return await readFile(file);
  } catch (error) {
    throw asDataError(error, file);
  }
}

/**
 * Reads the names of an ONNX model's nodes and outputs (ModelProto.graph = 7; GraphProto.node = 1, output = 12;
 * NodeProto.input = 1, output = 2, op_type = 4; ValueInfoProto.name = 1).
 *
 * @throws DataError when the bytes are no ONNX model.
 */
export function readOnnxGraph(model: Uint8Array, file: string): OnnxGraph {
  const outputs: string[] = [];
  const producers = new Map<string, OnnxNode>();
  try {
    const pbf = new PbfReader(model);
    eachField(pbf, pbf.length, (modelField, graphEnd) => {
      if (modelField !== 7) return;
      eachField(pbf, graphEnd(), (field, end) => {
        if (field === 12) outputs.push(readValueName(pbf, end()));
        if (field !== 1) return;
        const node = readNode(pbf, end());
        for (const output of node.outputs) producers.set(output, node);
      });
    });
  } catch (error) {
    throw new DataError(`is no ONNX model (${messageOf(error)})`, { file }, { cause: error });
  }
  if (outputs.length === 0) throw new DataError('is no ONNX model (it has no outputs)', { file });
  return { outputs, producers };
}

function readValueName(pbf: PbfReader, valueEnd: number): string {
  let name = '';
  eachField(pbf, valueEnd, (field, end) => {
    if (field === 1) name = readText(pbf, end());
  });
  return name;
}

function readNode(pbf: PbfReader, nodeEnd: number): OnnxNode {
  let operator = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  eachField(pbf, nodeEnd, (field, end) => {
    if (field === 1) inputs.push(readText(pbf, end()));
    else if (field === 2) outputs.push(readText(pbf, end()));
    else if (field === 4) operator = readText(pbf, end());
  });
  return { operator, inputs, outputs };
}

/**
 * The model with one more output: any tensor inside the graph. A message that comes twice in a protocol buffer is
 * merged, so it is enough to append a graph that has only this output.
 */
export function withOutput(model: Uint8Array, name: string): Uint8Array {
  const writer = new PbfWriter();
  const writeOutput = (_: null, output: PbfWriter): void => output.writeStringField(1, name);
  writer.writeMessage(7, (_: null, graph) => graph.writeMessage(12, writeOutput, null), null);
  return Buffer.concat([model, writer.finish()]);
}

const passing = new Set(['Softmax', 'LogSoftmax', 'Identity', 'Add', 'QuantizeLinear', 'DequantizeLinear']);

/**
 * The tensor that enters the last fully connected layer of a classifier: the features that the classes are told from.
 * Undefined when the graph does not end in such a layer.
 */
export function penultimate({ outputs, producers }: OnnxGraph): string | undefined {
  let tensor: string | undefined = outputs[0];
  for (let step = 0; step < 16 && tensor !== undefined; step++) {
    const node = producers.get(tensor);
    if (node === undefined) return undefined;
    if (node.operator === 'Gemm' || node.operator === 'MatMul') return node.inputs[0];
    // The bias that is added has no producer, or is added as the second operand.
    tensor = passing.has(node.operator) ? node.inputs.find((input) => producers.has(input)) : undefined;
  }
  return undefined;
}
