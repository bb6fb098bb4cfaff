import { basename, resolve } from 'node:path';
import { types } from 'node:util';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { DataError, MissingDependencyError } from '../errors.ts';
import { messageOf } from '../files/file-error.ts';
import { sha256 } from '../files/hash.ts';
import {
  type OnnxNetwork,
  penultimate,
  readOnnxGraph,
  readOnnxNetwork,
  withOutput,
} from '../formats/onnx.ts';
import { importAtRunTime } from '../runtime.ts';
import { loadSharp, MOST_PIXELS, type Sharp } from './sharp.ts';
import type { NetworkRecord } from './source.ts';

/** A network that turns pictures into vectors. */
export interface ImageNetwork {
  /** The network and layer that make the vectors. */
  readonly record: NetworkRecord & { readonly path: string };
  /** A picture file's pixels as the network wants them; undefined when it cannot be decoded. */
  prepare(bytes: Uint8Array): Promise<Float32Array | undefined>;
  /** One vector per prepared picture. */
  run(pictures: readonly Float32Array[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

export interface ImageNetworkOptions {
  output?: string | undefined;
  /** Where the weights are that are not in the network's file: a file, or a folder. Default: the folder of the network. */
  externalData?: string | undefined;
  threads?: number | undefined;
}

const defaultSize = 224;
/** Mean and standard deviation of ImageNet's red, green and blue, as networks trained on it expect. */
const means = [0.485, 0.456, 0.406];
const deviations = [0.229, 0.224, 0.225];

/**
 * Loads an ONNX network with one float32 input [b, 3, height, width]. The vectors are taken from the layer `output`,
 * any tensor of the graph; by default from the input of the last fully connected layer, or from the first output if the network
 * does not end in one. Maps [b, C, H, W] are averaged over H and W.
 *
 * @throws MissingDependencyError when onnxruntime-node or sharp is not installed; DataError when the file is not such a network
 *   or does not have a layer of that name.
 */
export async function openImageNetwork(file: string, options: ImageNetworkOptions): Promise<ImageNetwork> {
  const { ort, sharp } = await loadPackages();
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
  const session = await createSession(
    ort,
    { model: declared ? model : withOutput(model, output), externalData },
    file,
    options.threads,
  );
  const shape = inputShape(session, file);
  const runBatch = async (pictures: readonly Float32Array[]): Promise<Float32Array[]> => {
    const { [output]: result } = await session.run({ [session.inputNames[0]]: stack(ort, pictures, shape) }, [
      output,
    ]);
    return rows(result, shape.batch ?? pictures.length, file).slice(0, pictures.length);
  };
  const record = {
    file: basename(file),
    sha256: await sha256(model, ...externalData.map(({ data }) => data)),
    output,
    preprocessing: preprocessingFor(shape),
    path: resolve(file),
  };
  return {
    record,
    prepare: (bytes) => pixels(sharp, bytes, shape),
    run: async (pictures) => {
      const each = shape.batch ?? pictures.length;
      const vectors: Float32Array[] = [];
      for (let at = 0; at < pictures.length; at += each)
        vectors.push(...(await runBatch(pictures.slice(at, at + each))));
      return vectors;
    },
    close: () => session.release(),
  };
}

type Ort = typeof import('onnxruntime-node');

/** Any failure counts as missing: a package without its binary part throws errors of many kinds. */
async function loadPackages(): Promise<{ ort: Ort; sharp: Sharp }> {
  const [ort, sharp] = await Promise.allSettled([
    importAtRunTime('onnxruntime-node') as Promise<Ort>,
    loadSharp(),
  ]);
  if (ort.status === 'fulfilled' && sharp.status === 'fulfilled')
    return { ort: ort.value, sharp: sharp.value };
  const failures = [
    { name: 'onnxruntime-node', result: ort },
    { name: 'sharp', result: sharp },
  ].filter(({ result }) => result.status === 'rejected');
  const cause = failures.map(({ result }) => (result.status === 'rejected' ? result.reason : undefined))[0];
  const names = failures.map(({ name }) => name);
  throw new MissingDependencyError(names, 'Embedding images with a network', { cause });
}

async function createSession(
  ort: Ort,
  { model, externalData }: { model: Uint8Array; externalData: OnnxNetwork['externalData'] },
  file: string,
  threads: number | undefined,
): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      // A user cannot act on the optimizer's warnings about the model.
      logSeverityLevel: 3,
      ...(externalData.length > 0 ? { externalData: [...externalData] } : {}),
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
  } catch (error) {
    throw new DataError(`the network cannot be loaded (${messageOf(error)})`, { file }, { cause: error });
  }
}

interface InputShape {
  /** The only batch size that the network takes; undefined when any will do. */
  readonly batch: number | undefined;
  readonly height: number;
  readonly width: number;
}

function inputShape(session: InferenceSession, file: string): InputShape {
  const [input, ...others] = session.inputMetadata;
  if (input?.isTensor && others.length === 0 && input.type === 'float32' && input.shape.length === 4) {
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

/** Describes what `pixels` does, for the network's record. Change both together. */
function preprocessingFor({ height, width }: InputShape): string {
  return `upright, ${width} x ${height}: cubic and cut to the middle, sRGB / 255, ImageNet's mean and deviation`;
}

/**
 * The shorter side is scaled to the network's size (cubic), the middle is cut out, and RGB / 255 is normalized with
 * ImageNet's mean and deviation; planes in the order red, green, blue. Gray pictures get three equal planes.
 */
async function pixels(
  sharp: Sharp,
  bytes: Uint8Array,
  { height, width }: InputShape,
): Promise<Float32Array | undefined> {
  const area = height * width;
  let data: Uint8Array;
  try {
    data = await sharp(bytes, { limitInputPixels: MOST_PIXELS })
      // Upright first, as people see the picture: cameras store pictures on their side and say so in EXIF.
      .rotate()
      .toColourspace('srgb')
      .removeAlpha()
      .resize(width, height, { fit: 'cover', kernel: 'cubic' })
      .raw({ depth: 'uchar' })
      .toBuffer();
  } catch {
    return undefined;
  }
  if (data.length !== 3 * area) return undefined;
  const planes = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < area; i++) {
      planes[channel * area + i] = (data[3 * i + channel] / 255 - means[channel]) / deviations[channel];
    }
  }
  return planes;
}

function stack(ort: Ort, pictures: readonly Float32Array[], { batch, height, width }: InputShape): Tensor {
  const each = 3 * height * width;
  const count = batch ?? pictures.length;
  const data = new Float32Array(count * each);
  pictures.forEach((picture, i) => {
    data.set(picture, i * each);
  });
  return new ort.Tensor('float32', data, [count, 3, height, width]);
}

/** [b, C], or [b, C, ...] averaged over the dimensions after C. */
function rows(tensor: Tensor, count: number, file: string): Float32Array[] {
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
