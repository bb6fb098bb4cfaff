import { DataError } from '../errors.ts';
import { abortable } from '../files/breathe.ts';
import { checkUtf8, type LinesRead, lineAt, readLineBlocks } from '../files/lines.ts';
import type { TextEncoding } from '../files/text.ts';
import { DECIMAL } from './decimal.ts';
import { ParsedLines } from './vector-lines.ts';
import { PlainRow, type Word2vecLayout, type WordVector } from './word2vec-line.ts';
import { type LineReader, NamedLines, NamelessLines } from './word2vec-rows.ts';

export type { Word2vecLayout, WordVector };

export interface Word2vecOptions {
  /**
   * Whether each line begins with a name. Default: yes, but a file without header in which all names are numbers is refused.
   */
  names?: boolean | undefined;
  /** Encoding of a file without a byte order mark. Default 'utf8'. */
  encoding?: TextEncoding | undefined;
  /** Ends the reading, also while data are decompressed. */
  signal?: AbortSignal | undefined;
}

/**
 * Reads word vectors as text, plain, gzip or bzip2, in the variants that word2vec, fastText, GloVe and wikipedia2vec
 * write: with or without a first line `rows cols`, with a blank or a TAB after the name.
 *
 * Lines are split from the end, at ASCII blanks and TABs only: names can contain, or be, any other white space.
 *
 * @throws DataError with the line for a wrong number of values, an unreadable number, an empty line, or fewer or more
 * rows than the header says.
 * @example
 * for await (const word of readWord2vec('vectors.txt.gz')) word.read(row, 0);
 */
export async function* readWord2vec(file: string, options: Word2vecOptions = {}): AsyncGenerator<WordVector> {
  const reader = options.names === false ? new NamelessLines(file) : new NamedLines(file);
  // Rows whose names are still to be judged.
  let first: WordVector[] | undefined = options.names === undefined ? [] : undefined;
  for await (const rows of readRows(file, reader, options)) {
    for (const row of rows) {
      if (first === undefined) yield row;
      else if (first.push(row) === NAMES_JUDGED) {
        yield* checkNames(first, file);
        first = undefined;
      }
    }
  }
  if (first !== undefined) yield* checkNames(first, file);
}

/** The rows of a file, in pieces that must be read to their end before the next is requested. */
async function* readRows(
  file: string,
  reader: LineReader,
  { encoding, signal }: Word2vecOptions,
): AsyncGenerator<Iterable<WordVector>> {
  const read: LinesRead = { line: 0 };
  const blocks = readLineBlocks(file, read, { encoding });
  for await (const block of signal === undefined ? blocks : abortable(blocks, signal)) {
    for (let from = 0; from < block.bytes.length; ) {
      if (reader.layout !== undefined && block.utf8) {
        const { named, layout } = reader;
        const lines = await ParsedLines.read(block, from, { ...layout, named });
        yield parsedRows(lines, layout, reader, read);
        from = lines.end;
      } else {
        const { line, next } = lineAt(block, from);
        read.line++;
        if (!block.utf8) checkUtf8(line, file, read.line, { encoding });
        yield reader.accept(line, read.line);
        from = next;
      }
    }
  }
  reader.end(read.line);
}

function* parsedRows(
  lines: ParsedLines,
  layout: Word2vecLayout,
  reader: LineReader,
  read: LinesRead,
): Generator<WordVector> {
  for (let i = 0; i < lines.count; i++) {
    read.line++;
    if (lines.plain(i)) {
      reader.count(read.line);
      yield new PlainRow(lines, i, layout, read.line);
    } else yield* reader.accept(lines.bytes(i), read.line);
  }
}

/** Rows whose names are checked. */
const NAMES_JUDGED = 100;

/** @throws DataError when all names are numbers in a file without header: they could be the first column of the vectors. */
function checkNames(words: readonly WordVector[], file: string): readonly WordVector[] {
  if (words.length === 0 || words[0].layout.rows !== undefined) return words;
  if (!words.every((word) => DECIMAL.test(word.name()))) return words;
  const all = words.length < NAMES_JUDGED ? 'every row' : `each of the first ${NAMES_JUDGED} rows`;
  throw new DataError(
    `${all} begins with a number, e.g. ${words[0].name()}: say whether these are names (\`names: true\`) or the first column of ` +
      'vectors without names (`names: false`)',
    { file, line: words[0].line },
    { option: 'names' },
  );
}
