import { endianness } from 'node:os';
import { types } from 'node:util';
import { NPY_MAGIC } from './npy-header.ts';

/** An array to write: row-major values with their shape, or a matrix. */
export type NpyArray = { readonly data: Float32Array | Float64Array | Int32Array } & (
  | { readonly shape: readonly number[] }
  | { readonly rows: number; readonly cols: number }
);

/**
 * The bytes of an .npy file (version 1.0) for an array of float32, float64 or int32; numpy.load reads it.
 *
 * @throws RangeError when the length of the data is not the product of the shape.
 * @example
 * await writeFile('map.npy', npyBytes(map.embedding));
 */
export function npyBytes(array: NpyArray): Buffer {
  const { data } = array;
  const shape = 'shape' in array ? array.shape : [array.rows, array.cols];
  const product = shape.reduce((total, extent) => total * extent, 1);
  if (product !== data.length || shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) {
    throw new RangeError(
      `Expected \`data\` to hold ${shape.join(' x ')} values but its length is ${data.length}`,
    );
  }
  const kind = types.isInt32Array(data) ? 'i' : 'f';
  const header = npyHead(`${kind}${data.BYTES_PER_ELEMENT}`, shape);
  return Buffer.concat([header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}

/**
 * The bytes before the elements of an .npy file (version 1.0). A matrix has 128 of them, whatever its shape.
 *
 * @param type kind and width, e.g. `f4`; the elements have the byte order of this machine.
 */
export function npyHead(type: string, shape: readonly number[]): Buffer {
  const order = endianness() === 'LE' ? '<' : '>';
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${order}${type}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The data start on a multiple of 64 bytes; the line feed is the last byte of the header.
  const dataOffset = Math.ceil((NPY_MAGIC.length + 4 + text.length + 1) / 64) * 64;
  const header = Buffer.alloc(dataOffset, ' ');
  NPY_MAGIC.copy(header);
  header.set([1, 0], 6);
  header.writeUInt16LE(dataOffset - 10, 8);
  header.write(text, 10, 'latin1');
  header[dataOffset - 1] = 10;
  return header;
}

/** The bytes of an .npy file of texts (`<U`), in parts. Texts must not end with U+0000, which numpy cuts off. */
export function* npyTexts(texts: readonly string[]): Generator<Uint8Array> {
  const characters = texts.reduce((most, text) => Math.max(most, [...text].length), 1);
  yield npyHead(`U${characters}`, [texts.length]);
  const step = Math.max(1, Math.floor((1 << 20) / (4 * characters)));
  for (let start = 0; start < texts.length; start += step) {
    const part = texts.slice(start, start + step);
    const codes = new Uint32Array(part.length * characters);
    for (const [i, text] of part.entries()) codes.set(Array.from(text, codeOf), i * characters);
    yield new Uint8Array(codes.buffer);
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
