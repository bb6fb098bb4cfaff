import { basename, resolve } from 'node:path';
import { types } from 'node:util';
import { DataError, MissingDependencyError } from '../errors.ts';
import { sha256 } from '../files/hash.ts';
import { penultimate, readOnnxGraph, readOnnxNetwork, withOutput } from '../formats/onnx.ts';
import { native } from '../native/loader.ts';
import { importAtRunTime } from '../runtime.ts';
import {
  NetworkFailure,
  type NetworkTensor,
  NetworkThreads,
  type ThreadedNetwork,
} from './network-threads.ts';
import { type PictureSize, type PreprocessingName, preprocessingOf } from './preprocessing.ts';
import { loadSharp, type Sharp } from './sharp.ts';
import type { NetworkRecord } from './source.ts';

/** A network that turns pictures into vectors. It computes on threads of its own. */
export interface ImageNetwork {
  /** The network and layer that make the vectors. */
  readonly record: NetworkRecord & { readonly path: string };
  /** Pictures that are best computed together. */
  readonly batch: number;
  /** Batches that can be computed at the same time. */
  readonly parallel: number;
  /** A picture file's pixels as the network wants them; undefined when it cannot be decoded. */
  prepare(bytes: Uint8Array): Promise<Float32Array | undefined>;
  /** Numbers of each vector, which a black picture shows. */
  columns(): Promise<number>;
  /** One vector per prepared picture, whose pixels are empty afterwards. */
  run(pictures: readonly Float32Array[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

export interface ImageNetworkOptions {
  output?: string | undefined;
  /** Where the weights are that are not in the network's file: a file, or a folder. Default: the folder of the network. */
  externalData?: string | undefined;
  /** How pictures are prepared. Default 'cover'. */
  preprocessing?: PreprocessingName | undefined;
  /** Default: one for each processor. */
  threads?: number | undefined;
}

const defaultSize = 224;
/** Pictures that are computed together, if any number will do: 5 % faster than one at a time, while an abort need not wait long. */
const BATCH = 4;
/** Operators whose result for a picture depends on the others of its batch. */
const ENTANGLING = ['DynamicQuantizeLinear'];

/**
 * Loads an ONNX network with one float32 input [b, 3, height, width]. The vectors are taken from the layer `output`,
 * any tensor of the graph; by default from the input of the last fully connected layer, or from the first output if the network
 * does not end in one. Maps [b, C, H, W] are averaged over H and W.
 *
 * @throws MissingDependencyError when onnxruntime-node or sharp is not installed; DataError when the file is not such a network
 *   or does not have a layer of that name.
 */
export async function openImageNetwork(file: string, options: ImageNetworkOptions): Promise<ImageNetwork> {
  const sharp = await loadNetworkPackages();
  const { model, externalData } = await readOnnxNetwork(file, options.externalData);
  const graph = readOnnxGraph(model, file);
  const output = options.output ?? penultimate(graph) ?? graph.outputs[0];
  const declared = graph.outputs.includes(output);
  if (!declared && !graph.producers.has(output)) {
    const names = graph.outputs.join(', ');
    throw new DataError(`the network has no layer ${JSON.stringify(output)}; its outputs: ${names}`, {
      file,
    });
  }
  const threads = await openThreads(
    {
      model: declared ? model : withOutput(model, output),
      externalData,
      threads: options.threads ?? native().processors,
    },
    file,
  );
  const shape = await shapeOf(threads, file);
  const preprocessing = preprocessingOf(options.preprocessing ?? 'cover', shape);
  const runBatch = async (pictures: readonly Float32Array[]): Promise<Float32Array[]> => {
    const { data, dims } = stacked(pictures, shape);
    const result = await aboutNetwork(file, 'fails', () => threads.run(data, dims, output));
    return rows(result, dims[0], file).slice(0, pictures.length);
  };
  const record = {
    file: basename(file),
    sha256: await sha256(model, ...externalData.map(({ data }) => data)),
    output,
    preprocessing: preprocessing.description,
    path: resolve(file),
  };
  const entangled = [...graph.producers.values()].some(({ operator }) => ENTANGLING.includes(operator));
  const each = shape.batch ?? (entangled ? 1 : BATCH);
  const run = async (pictures: readonly Float32Array[]): Promise<Float32Array[]> => {
    const batches: Promise<Float32Array[]>[] = [];
    for (let at = 0; at < pictures.length; at += each) batches.push(runBatch(pictures.slice(at, at + each)));
    return (await Promise.all(batches)).flat();
  };
  return {
    record,
    batch: each,
    parallel: threads.parallel,
    prepare: (bytes) => preprocessing.prepare(sharp, bytes),
    columns: async () => (await run([new Float32Array(3 * shape.height * shape.width)]))[0].length,
    run,
    close: () => threads.close(),
  };
}

type Ort = typeof import('onnxruntime-node');

/**
 * Loads the packages that networks need, and returns sharp. Any failure counts as missing: a package without its binary part throws
 * errors of many kinds.
 *
 * @throws MissingDependencyError
 */
export async function loadNetworkPackages(): Promise<Sharp> {
  const [ort, sharp] = await Promise.allSettled([
    importAtRunTime('onnxruntime-node') as Promise<Ort>,
    loadSharp(),
  ]);
  if (ort.status === 'fulfilled' && sharp.status === 'fulfilled') return sharp.value;
  const failures = [
    { name: 'onnxruntime-node', result: ort },
    { name: 'sharp', result: sharp },
  ].filter(({ result }) => result.status === 'rejected');
  const cause = failures.map(({ result }) => (result.status === 'rejected' ? result.reason : undefined))[0];
  const names = failures.map(({ name }) => name);
  throw new MissingDependencyError(names, 'Embedding images with a network', { cause });
}

function openThreads(network: ThreadedNetwork, file: string): Promise<NetworkThreads> {
  return aboutNetwork(file, 'cannot be loaded', () => NetworkThreads.open(network));
}

/** Does something with a network's threads. @throws DataError that names the file when the network is to blame. */
async function aboutNetwork<T>(file: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NetworkFailure)) throw error;
    throw new DataError(`the network ${what} (${error.message})`, { file }, { cause: error });
  }
}

interface InputShape extends PictureSize {
  /** The only batch size that the network takes; undefined when any will do. */
  readonly batch: number | undefined;
}

async function shapeOf(threads: NetworkThreads, file: string): Promise<InputShape> {
  try {
    return inputShape(threads, file);
  } catch (error) {
    await threads.close();
    throw error;
  }
}

function inputShape({ inputs }: NetworkThreads, file: string): InputShape {
  const [input, ...others] = inputs;
  if (input?.isTensor && others.length === 0 && input.type === 'float32' && input.shape?.length === 4) {
    // An extent is a number when it is fixed, else a name or -1.
    const [batch, channels, height, width] = input.shape.map((extent) =>
      typeof extent === 'number' && extent > 0 ? extent : undefined,
    );
    if (channels === undefined || channels === 3) {
      return { batch, height: height ?? defaultSize, width: width ?? defaultSize };
    }
  }
  throw new DataError('the network does not take one float32 input [batch, 3, height, width]', { file });
}

/** Prepared pictures as one input; a batch of a fixed size is filled up with zeros. */
function stacked(
  pictures: readonly Float32Array[],
  { batch, height, width }: InputShape,
): { data: Float32Array; dims: number[] } {
  const count = batch ?? pictures.length;
  const dims = [count, 3, height, width];
  if (count === 1) return { data: pictures[0], dims };
  const each = 3 * height * width;
  const data = new Float32Array(count * each);
  pictures.forEach((picture, i) => {
    data.set(picture, i * each);
  });
  return { data, dims };
}

/** [b, C], or [b, C, ...] averaged over the dimensions after C. */
function rows(tensor: NetworkTensor, count: number, file: string): Float32Array[] {
  const [batch, channels = 0, ...rest] = tensor.dims;
  const { data } = tensor;
  if (!types.isFloat32Array(data) || batch !== count || channels < 1) {
    const shape = tensor.dims.join(', ');
    throw new DataError(`the layer gives ${tensor.type} [${shape}] for ${count} images, expected vectors`, {
      file,
    });
  }
  const area = rest.reduce((product, extent) => product * extent, 1);
  return Array.from({ length: count }, (_, i) => {
    const row = data.slice(i * channels * area, (i + 1) * channels * area);
    return area === 1 ? row : Float32Array.from({ length: channels }, (_, c) => mean(row, c * area, area));
  });
}

function mean(values: Float32Array, start: number, count: number): number {
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += values[i];
  return sum / count;
}
