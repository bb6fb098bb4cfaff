import { runJob } from '../native/job.ts';
import { native } from '../native/loader.ts';
import { MOST_PIXELS, type Sharp } from './sharp.ts';

/**
 * How a picture becomes what a network sees. 'torchvision' is what the weights of torchvision were trained for: the shorter side is scaled
 * to 8/7 of the network's size (256 for 224), bilinear with antialiasing, and the middle is cut out. 'cover' scales the shorter side to
 * the network's size, cubic, and so keeps more of the picture.
 */
export type PreprocessingName = 'torchvision' | 'cover';

export const PREPROCESSINGS: readonly PreprocessingName[] = ['torchvision', 'cover'];

/** The preprocessing of a network's record, which describes it. */
export function preprocessingIn(description: string): PreprocessingName {
  return description.startsWith(TORCHVISION) ? 'torchvision' : 'cover';
}

/** How its description begins. */
const TORCHVISION = 'upright, shorter side';

/** Pixels that the network takes. */
export interface PictureSize {
  readonly height: number;
  readonly width: number;
}

export interface Preprocessing {
  /** One line, for the network's record. */
  readonly description: string;
  /**
   * Three planes of height x width: red, green and blue / 255, normalized with ImageNet's mean and deviation. Undefined if the picture
   * cannot be decoded.
   */
  prepare(sharp: Sharp, bytes: Uint8Array): Promise<Float32Array | undefined>;
}

export function preprocessingOf(name: PreprocessingName, size: PictureSize): Preprocessing {
  return name === 'torchvision' ? likeTorchvision(size) : covering(size);
}

/** Mean and standard deviation of ImageNet's red, green and blue, as networks trained on it expect. */
const MEANS = [0.485, 0.456, 0.406];
const DEVIATIONS = [0.229, 0.224, 0.225];

/** What each byte of each channel becomes, for the kernel. */
function tableOf(value: (byte: number, channel: number) => number): Float32Array {
  return Float32Array.from({ length: 3 * 256 }, (_, i) => value(i % 256, Math.floor(i / 256)));
}

function covering({ height, width }: PictureSize): Preprocessing {
  const values = tableOf((byte, channel) => (byte / 255 - MEANS[channel]) / DEVIATIONS[channel]);
  const window = { resizedWidth: width, resizedHeight: height, left: 0, top: 0, cols: width, rows: height };
  return {
    description: `upright, ${width} x ${height}: cubic and cut to the middle, sRGB / 255, ImageNet's mean and deviation`,
    prepare: async (sharp, bytes) => {
      const pixels = await decoded(() =>
        upright(sharp, bytes, false).resize(width, height, { fit: 'cover', kernel: 'cubic' }),
      );
      return pixels && planesOf(pixels, values, () => window);
    },
  };
}

function likeTorchvision({ height, width }: PictureSize): Preprocessing {
  // In float32 step by step, as ToTensor and Normalize compute.
  const { fround } = Math;
  const values = tableOf((byte, channel) => {
    const centered = fround(fround(byte / 255) - fround(MEANS[channel]));
    return fround(centered / fround(DEVIATIONS[channel]));
  });
  const shorter = Math.round((Math.max(height, width) * 8) / 7);
  return {
    description:
      `${TORCHVISION} ${shorter}: bilinear as by Pillow, the middle ${width} x ${height}, ` +
      "RGB / 255, ImageNet's mean and deviation",
    prepare: async (sharp, bytes) => {
      const pixels = await decoded(() => upright(sharp, bytes, true));
      return (
        pixels && planesOf(pixels, values, (picture) => middleOf(scaled(picture, shorter), { height, width }))
      );
    },
  };
}

/** Size of the picture when its shorter side is scaled; the other one is rounded down, as by torchvision's Resize. */
function scaled({ width, height }: PictureSize, shorter: number): PictureSize {
  return width <= height
    ? { width: shorter, height: Math.floor((shorter * height) / width) }
    : { width: Math.floor((shorter * width) / height), height: shorter };
}

/** The kernel's window in the middle, where torchvision's CenterCrop has it. */
function middleOf(resized: PictureSize, { width, height }: PictureSize) {
  return {
    resizedWidth: resized.width,
    resizedHeight: resized.height,
    left: halfToEven(resized.width - width),
    top: halfToEven(resized.height - height),
    cols: width,
    rows: height,
  };
}

/** Half of a number as Python rounds it: of two integers that are as near, the even one. */
function halfToEven(count: number): number {
  const half = Math.floor(count / 2);
  return count % 2 !== 0 && half % 2 !== 0 ? half + 1 : half;
}

interface Pixels extends PictureSize {
  readonly data: Uint8Array;
}

/** Pictures as people see them: cameras store them on their side and say so in EXIF. Gray ones get three equal channels. */
function upright(sharp: Sharp, bytes: Uint8Array, ignoreIcc: boolean) {
  return sharp(bytes, { limitInputPixels: MOST_PIXELS, ignoreIcc })
    .rotate()
    .toColourspace('srgb')
    .removeAlpha();
}

/** Undefined for a picture that cannot be decoded. */
async function decoded(pipeline: () => ReturnType<Sharp>): Promise<Pixels | undefined> {
  try {
    const { data, info } = await pipeline().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    return data.length === 3 * width * height ? { data, width, height } : undefined;
  } catch {
    return undefined;
  }
}

async function planesOf(
  { data, width, height }: Pixels,
  values: Float32Array,
  windowOf: (picture: PictureSize) => ReturnType<typeof middleOf>,
): Promise<Float32Array> {
  const window = windowOf({ width, height });
  const planes = new Float32Array(3 * window.cols * window.rows);
  const options = { width, height, ...window, threads: 1 };
  await runJob(() => native().resample({ pixels: data, values }, options, { planes }));
  return planes;
}
