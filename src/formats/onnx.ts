import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { PbfReader, PbfWriter } from 'pbf';
import { DataError } from '../errors.ts';
import { asDataError, messageOf } from '../files/file-error.ts';
import { fileKind, HEAD_BYTES } from '../files/kind.ts';
import { isFile, readWhole, statPath } from '../files/read.ts';
import { eachField, readText } from './protobuf.ts';

/** The parts of an ONNX graph that are needed to find its layers. */
export interface OnnxGraph {
  readonly outputs: readonly string[];
  /** The node that makes each tensor, by the tensor's name. */
  readonly producers: ReadonlyMap<string, OnnxNode>;
  /** Files that hold weights, relative to the folder of the model, sorted. */
  readonly externalFiles: readonly string[];
}

/** A network with the files that hold its weights. */
export interface OnnxNetwork {
  readonly model: Buffer;
  /** As onnxruntime's `externalData` takes them. */
  readonly externalData: readonly { readonly path: string; readonly data: Buffer }[];
}

/**
 * Reads an ONNX network whose weights are inside it or in separate files, as PyTorch's exporter writes them.
 *
 * @param external the file with the weights, or the folder of these files, if it is not the folder of the network.
 * @throws DataError when a file is missing, or the bytes are not an ONNX network.
 */
export async function readOnnxNetwork(file: string, external?: string): Promise<OnnxNetwork> {
  const model = await readOnnx(file);
  const { externalFiles } = readOnnxGraph(model, file);
  const isFolder = external === undefined || (await statPath(external)).isDirectory();
  const folder = external ?? dirname(file);
  if (!isFolder && externalFiles.length !== 1) {
    const found = externalFiles.length === 0 ? 'no other file' : `${externalFiles.length} files`;
    throw new DataError(`keeps its weights in ${found}, expected one for \`externalData\``, { file });
  }
  const externalData: { path: string; data: Buffer }[] = [];
  for (const path of externalFiles) {
    const from = isFolder ? join(folder, safeLocation(path, file)) : folder;
    if (!(await isFile(from))) {
      throw new DataError(
        `weights of ${basename(file)} lie in this file, and it is missing; put it beside the network, or name it as \`externalData\``,
        { file: from },
        { option: 'externalData' },
      );
    }
    externalData.push({ path, data: await readWhole(from) });
  }
  return { model, externalData };
}

/** A name from the network can only lead to a file beside it. */
function safeLocation(path: string, file: string): string {
  if (isAbsolute(path) || /^[A-Za-z]:/.test(path) || path.split(/[\\/]/).includes('..'))
    throw new DataError(`keeps weights outside its folder, in ${JSON.stringify(path)}`, { file });
  return path;
}

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Protocol buffers cannot be larger. */
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
 * @throws DataError when the bytes are not an ONNX model.
 */
export function readOnnxGraph(model: Uint8Array, file: string): OnnxGraph {
  const outputs: string[] = [];
  const producers = new Map<string, OnnxNode>();
  const external = new Set<string>();
  const kind = fileKind(model.subarray(0, HEAD_BYTES));
  if (kind !== undefined) throw new DataError(`is ${kind}, expected an ONNX network`, { file });
  try {
    const pbf = new PbfReader(model);
    eachField(pbf, pbf.length, (modelField, graphEnd) => {
      if (modelField !== 7) return;
      eachField(pbf, graphEnd(), (field, end) => {
        if (field === 12) outputs.push(readValueName(pbf, end()));
        if (field === 5) readTensor(pbf, end(), external);
        if (field !== 1) return;
        const node = readNode(pbf, end(), external);
        for (const output of node.outputs) producers.set(output, node);
      });
    });
  } catch (error) {
    throw new DataError(`is not an ONNX model (${messageOf(error)})`, { file }, { cause: error });
  }
  if (outputs.length === 0) throw new DataError('is not an ONNX model (it has no outputs)', { file });
  return { outputs, producers, externalFiles: [...external].sort() };
}

function readValueName(pbf: PbfReader, valueEnd: number): string {
  let name = '';
  eachField(pbf, valueEnd, (field, end) => {
    if (field === 1) name = readText(pbf, end());
  });
  return name;
}

/** TensorProto.external_data = 13, entries of key = 1 and value = 2; the key `location` names the file. */
function readTensor(pbf: PbfReader, tensorEnd: number, external: Set<string>): void {
  eachField(pbf, tensorEnd, (field, end) => {
    if (field !== 13) return;
    const entry = { key: '', value: '' };
    eachField(pbf, end(), (part, partEnd) => {
      if (part === 1) entry.key = readText(pbf, partEnd());
      else if (part === 2) entry.value = readText(pbf, partEnd());
    });
    if (entry.key === 'location') external.add(entry.value);
  });
}

/** Tensors of constants: NodeProto.attribute = 5; AttributeProto.t = 5. */
function readAttribute(pbf: PbfReader, attributeEnd: number, external: Set<string>): void {
  eachField(pbf, attributeEnd, (field, end) => {
    if (field === 5) readTensor(pbf, end(), external);
  });
}

function readNode(pbf: PbfReader, nodeEnd: number, external: Set<string>): OnnxNode {
  let operator = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  eachField(pbf, nodeEnd, (field, end) => {
    if (field === 1) inputs.push(readText(pbf, end()));
    else if (field === 2) outputs.push(readText(pbf, end()));
    else if (field === 4) operator = readText(pbf, end());
    else if (field === 5) readAttribute(pbf, end(), external);
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
 * The input of a classifier's last fully connected layer: the features from which it decides the class. Undefined if the graph
 * does not end in such a layer.
 */
export function penultimate({
  outputs,
  producers,
}: Pick<OnnxGraph, 'outputs' | 'producers'>): string | undefined {
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
