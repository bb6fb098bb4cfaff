import { ArrowWriter } from '../formats/arrow/write.ts';
import type { WrittenShape } from './format.ts';
import { nameColumns } from './parquet.ts';
import type { RowEncoder, Sink, Writing } from './writing.ts';

/** A column of lists of numbers and, if there are names, columns of text. */
export function arrowEncoder(sink: Sink, shape: WrittenShape, writing: Writing): RowEncoder {
  const { vector, id, label } = nameColumns(shape, writing);
  const writer = new ArrowWriter((bytes) => sink.append(bytes));
  let begun = false;
  const add: RowEncoder['add'] = ({ data, rows, cols, ids = [], labels = [] }) => {
    begun = true;
    const texts = [
      ...(id === undefined ? [] : [{ name: id, values: ids }]),
      ...(label === undefined ? [] : [{ name: label, values: labels }]),
    ];
    return writer.add({ data, rows, cols, vector, texts });
  };
  return {
    add,
    end: async () => {
      if (!begun) await add({ data: new Float32Array(0), rows: 0, cols: shape.cols });
      await writer.finish();
    },
  };
}
