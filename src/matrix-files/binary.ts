import { npyHead, npyTexts } from '../formats/npy.ts';
import { ZipWriter } from '../formats/zip-write.ts';
import type { WrittenShape } from './format.ts';
import type { NamedMatrix } from './matrix.ts';
import { checkWord, requireIds, word2vecHead } from './text.ts';
import { bytesOf, countedEncoder, type RowEncoder, type Sink, type Writing } from './writing.ts';

/** An array named `vectors`, or as the options say, and the arrays `ids` and `labels`. */
export function npzEncoder(sink: Sink, shape: WrittenShape, { name = 'vectors' }: Writing): RowEncoder {
  const { rows, cols, type } = shape;
  if (rows === undefined)
    throw new TypeError('Expected `rows`, because an .npz archive holds the checksum of its arrays');
  if (name === '' || /[/\\]|^(ids|labels)$/.test(name))
    throw new RangeError(
      `Expected another \`name\` than ids, labels and paths but received ${JSON.stringify(name)}`,
    );
  const zip = new ZipWriter((bytes) => sink.append(bytes));
  const names: Record<'ids' | 'labels', string[]> = { ids: [], labels: [] };
  const begun = begin();
  async function begin() {
    const member = await zip.begin(`${name}.npy`);
    await member.write(npyHead(type === 'float32' ? 'f4' : 'f8', [rows ?? 0, cols]));
    return member;
  }
  return {
    add: async (batch) => {
      const member = await begun;
      await member.write(bytesOf(batch));
      for (const id of batch.ids ?? []) names.ids.push(id);
      for (const label of batch.labels ?? []) names.labels.push(label);
    },
    end: async () => {
      await (await begun).end();
      for (const what of ['ids', 'labels'] as const) {
        if (!shape[what]) continue;
        const member = await zip.begin(`${what}.npy`);
        for (const part of npyTexts(names[what])) await member.write(part);
        await member.end();
      }
      await zip.finish();
    },
  };
}

/** A line `rows cols`, then each word, a blank, its numbers and a line feed. */
export function word2vecBinaryEncoder(sink: Sink, shape: WrittenShape): RowEncoder {
  requireIds(shape, 'word2vec');
  return countedEncoder(
    sink,
    shape.rows,
    (rows) => word2vecHead(rows, shape.cols),
    ({ data, rows, cols, ids }) => {
      const parts: Uint8Array[] = [];
      const floats = new Float32Array(data);
      for (let i = 0; i < rows; i++) {
        const id = ids?.[i] ?? '';
        checkWord(id);
        parts.push(Buffer.from(`${id} `), new Uint8Array(floats.buffer, 4 * i * cols, 4 * cols), LINE_FEED);
      }
      return Buffer.concat(parts);
    },
  );
}

const LINE_FEED = Buffer.from('\n');

/** For each row its number of columns, then its values, of `width` bytes. */
export function vecsEncoder(sink: Sink, width: 4 | 1): RowEncoder {
  return {
    add: ({ data, rows, cols }: NamedMatrix) => {
      const bytes = Buffer.alloc(rows * (4 + width * cols));
      const floats = new Float32Array(data);
      for (let i = 0; i < rows; i++) {
        const at = i * (4 + width * cols);
        bytes.writeInt32LE(cols, at);
        const row = floats.subarray(i * cols, (i + 1) * cols);
        if (width === 4) bytes.set(new Uint8Array(row.buffer, row.byteOffset, row.byteLength), at + 4);
        else bytes.set(bytesIn(row), at + 4);
      }
      return sink.append(bytes);
    },
    end: async () => {},
  };
}

/** @throws RangeError for a value that is not a byte. */
function bytesIn(row: Float32Array): Uint8Array {
  const bytes = Uint8Array.from(row);
  const wrong = row.findIndex((value, i) => value !== bytes[i]);
  if (wrong === -1) return bytes;
  throw new RangeError(`Expected integers from 0 to 255 for .bvecs but column ${wrong} is ${row[wrong]}`);
}
