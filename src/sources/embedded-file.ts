import { aboutOption } from '../errors.ts';
import { formatByName } from '../matrix-files/detect.ts';
import type { FormatName } from '../matrix-files/index.ts';

/** The formats that vectors with any ids can be written in, and whether they hold ids and labels. */
const FORMATS = new Map<FormatName, boolean>([
  ['npy', false],
  ['npz', true],
  ['parquet', true],
  ['arrow', true],
  ['csv', true],
  ['tsv', true],
  ['jsonl', true],
  ['safetensors', false],
]);

/** Their names. */
export const VECTOR_FORMATS: readonly FormatName[] = [...FORMATS.keys()];

/**
 * The format of a file of vectors: what was asked for, else what its name says.
 *
 * @throws RangeError for another one.
 */
export function formatOfVectors(out: string, asked: FormatName | undefined): FormatName {
  const format = asked ?? formatByName(out)?.name;
  if (format !== undefined && FORMATS.has(format)) return format;
  const expected = `one of ${VECTOR_FORMATS.join(', ')}`;
  if (asked !== undefined)
    throw aboutOption(
      new RangeError(`Expected \`format\` to be ${expected} but received ${JSON.stringify(asked)}`),
      'format',
    );
  throw aboutOption(
    new RangeError(`Expected \`out\` to end with ${expected} but received ${JSON.stringify(out)}`),
    'out',
  );
}

/** The table of ids and labels beside a file that cannot hold them: `features.names.csv` for `features.npy`. */
export function namesFile(out: string, format: FormatName): string | undefined {
  return FORMATS.get(format) ? undefined : `${out.replace(/(\.[^./\\]+)?(\.(gz|zst))?$/, '')}.names.csv`;
}
