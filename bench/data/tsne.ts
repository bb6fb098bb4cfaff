import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Matrix, matrix, PCA } from '../../src/index.ts';
import { fileMatrix } from './files.ts';
import { normals } from './random.ts';

/** Where the real data is; its cases are left out without it. */
export const DATA = process.env.GOD_DATA ?? '';

export function newReality(): Matrix | undefined {
  const file = join(DATA, 'reference/newreality_s0.bin');
  return existsSync(file) ? fileMatrix(file, 42) : undefined;
}

/** The 10,000 digits of MNIST's test set in 50 principal components, and `copies` more of each, moved and blurred. */
export async function mnist(copies: number): Promise<Matrix | undefined> {
  const file = join(DATA, 'bench/mnist/t10k-images-idx3-ubyte.gz');
  if (!existsSync(file)) return undefined;
  const pixels = gunzipSync(readFileSync(file)).subarray(16);
  const images = matrix(
    Float32Array.from(pixels, (value) => value / 255),
    pixels.length / 784,
    784,
  );
  const pca = await PCA.fit(images, { components: 50 });
  const digits = await pca.transform(images);
  const data = new Float32Array(digits.data.length * (copies + 1));
  const normal = normals(2);
  for (let copy = 0; copy <= copies; copy++) {
    const shift = Float32Array.from({ length: 50 }, () => (copy === 0 ? 0 : 0.6 * normal()));
    const blur = copy === 0 ? 0 : 0.35;
    digits.data.forEach((value, e) => {
      data[copy * digits.data.length + e] = value + shift[e % 50] + blur * normal();
    });
  }
  return matrix(data, digits.rows * (copies + 1), 50);
}

/** Twelve lumps of normal points. */
export function blobs(rows: number, cols: number): Matrix {
  const normal = normals(1);
  const centers = Array.from({ length: 12 * cols }, () => 4 * normal());
  const data = new Float32Array(rows * cols);
  for (let e = 0; e < data.length; e++)
    data[e] = centers[(Math.floor(e / cols) % 12) * cols + (e % cols)] + normal();
  return matrix(data, rows, cols);
}
