import { csvField, csvLine } from '../formats/csv.ts';
import { decimalOf } from '../formats/decimal.ts';
import type { VectorRow } from '../formats/vector-row.ts';
import type { WordVector } from '../formats/word2vec.ts';
import type { WrittenShape } from './format.ts';
import { type NamedMatrix, typeOf } from './matrix.ts';
import { countedEncoder, type RowEncoder, type Sink, type Writing } from './writing.ts';

/** Encodes rows as lines. */
export function lineEncoder(
  sink: Sink,
  first: string,
  lineOf: (numbers: readonly string[], id: string, label: string) => string,
): RowEncoder {
  let begun = false;
  const begin = () => {
    if (begun) return '';
    begun = true;
    return first;
  };
  return {
    add: (batch) => sink.append(Buffer.from(begin() + linesOf(batch, lineOf))),
    end: () => sink.append(Buffer.from(begin())),
  };
}

function linesOf(
  { data, rows, cols, ids, labels }: NamedMatrix,
  lineOf: (numbers: readonly string[], id: string, label: string) => string,
): string {
  const single = typeOf(data) === 'float32';
  const numbers = new Array<string>(cols);
  let text = '';
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) numbers[j] = decimalOf(data[i * cols + j], single);
    text += lineOf(numbers, ids?.[i] ?? '', labels?.[i] ?? '');
  }
  return text;
}

/** The fields of a table: id, label and x0, x1, ... */
function headingOf(
  { cols, ids, labels }: WrittenShape,
  { idKey = 'id', labelKey = 'label' }: Writing,
): string[] {
  const numbers = Array.from({ length: cols }, (_, col) => `x${col}`);
  return [...(ids ? [idKey] : []), ...(labels ? [labelKey] : []), ...numbers];
}

export function csvEncoder(sink: Sink, shape: WrittenShape, writing: Writing): RowEncoder {
  const { delimiter = ',', header = true } = writing;
  const namesOf = namesFirst(shape);
  return lineEncoder(
    sink,
    header ? csvLine(headingOf(shape, writing), delimiter) : '',
    (numbers, id, label) => {
      const names = namesOf([], id, label).map((name) => `${csvField(name, delimiter)}${delimiter}`);
      return `${names.join('')}${numbers.join(delimiter)}\n`;
    },
  );
}

function namesFirst({ ids, labels }: WrittenShape) {
  return (numbers: readonly string[], id: string, label: string) => [
    ...(ids ? [id] : []),
    ...(labels ? [label] : []),
    ...numbers,
  ];
}

/** Fields have no quotes, so names cannot have TABs or line ends. */
export function tsvEncoder(sink: Sink, shape: WrittenShape, writing: Writing): RowEncoder {
  const fieldsOf = namesFirst(shape);
  const line = (fields: readonly string[]) => `${fields.join('\t')}\n`;
  const heading = writing.header === false ? '' : line(headingOf(shape, writing));
  return lineEncoder(sink, heading, (numbers, id, label) => {
    for (const name of [id, label]) checkName(name, /[\t\r\n]/, 'TABs and line ends, which TSV cannot hold');
    return line(fieldsOf(numbers, id, label));
  });
}

/** @throws RangeError for a name that a format cannot hold. */
export function checkName(name: string, refused: RegExp, without: string): void {
  if (refused.test(name))
    throw new RangeError(`Expected ids and labels without ${without}, but received ${JSON.stringify(name)}`);
}

export function jsonlEncoder(sink: Sink, { ids, labels }: WrittenShape, writing: Writing): RowEncoder {
  const { vectorKey = 'vector', idKey = 'id', labelKey = 'label' } = writing;
  const member = (key: string) => `${JSON.stringify(key)}:`;
  const [idMember, labelMember, vectorMember] = [idKey, labelKey, vectorKey].map(member);
  return lineEncoder(sink, '', (numbers, id, label) => {
    const named = [
      ...(ids ? [`${idMember}${JSON.stringify(id)}`] : []),
      ...(labels ? [`${labelMember}${JSON.stringify(label)}`] : []),
    ];
    return `{${[...named, `${vectorMember}[${numbers.join(',')}]`].join(',')}}\n`;
  });
}

/** A blank ends each name. */
export function word2vecEncoder(sink: Sink, shape: WrittenShape): RowEncoder {
  requireIds(shape, 'word2vec');
  const lineOf = (numbers: readonly string[], id: string) => {
    checkWord(id);
    return `${id} ${numbers.join(' ')}\n`;
  };
  return countedEncoder(
    sink,
    shape.rows,
    (rows) => word2vecHead(rows, shape.cols),
    (batch) => Buffer.from(linesOf(batch, lineOf)),
  );
}

/** @throws TypeError when there are no ids. */
export function requireIds({ ids }: WrittenShape, format: string): void {
  if (!ids) throw new TypeError(`Expected \`ids\`, because each row of a ${format} file begins with a name`);
}

export function checkWord(id: string): void {
  checkName(id, /^$|[ \t\r\n]/, 'blanks, TABs and line ends, which word2vec cannot hold');
}

/** The first line, always as long. */
export function word2vecHead(rows: number, cols: number): Buffer {
  return Buffer.from(`${String(rows).padEnd(16)} ${cols}\n`);
}

/** The rows of a file of word vectors. Without names, ids are ''. */
export async function* wordRows(words: AsyncIterable<WordVector>, named: boolean): AsyncGenerator<VectorRow> {
  for await (const word of words) {
    yield {
      line: word.line,
      id: named ? word.name() : '',
      label: '',
      cols: word.layout.cols,
      read: (out, at) => word.read(out, at),
    };
  }
}
