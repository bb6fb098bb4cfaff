import { extname } from 'node:path';
import { formatByName } from '../../matrix-files/detect.ts';
import { FORMAT_NAMES, FORMATS } from '../../matrix-files/formats.ts';
import { UsageError } from '../failure.ts';
import type { KernelCommand } from './job.ts';

/** The formats of tables. */
export const TABLE_FORMATS = ['csv', 'tsv', 'jsonl'];

/**
 * The format of a result: what was asked for, else what the ending of its name says.
 *
 * @param kernel its formats, unless the result is a matrix.
 * @throws UsageError for another one.
 */
export function resultFormat(
  path: string,
  asked: string | undefined,
  { name, formats: known }: Pick<KernelCommand<never>, 'name' | 'formats'>,
): string {
  const ending = extname(path).slice(1).toLowerCase();
  const format = asked ?? (known === undefined ? formatByName(path)?.name : ending);
  if (format !== undefined && (known ?? (FORMAT_NAMES as readonly string[])).includes(format)) return format;
  if (asked !== undefined)
    throw new UsageError(
      `Expected --out-format to be one of ${(known ?? FORMAT_NAMES).join(', ')} but received ${asked}. See god ${name} --help`,
    );
  const endings = known ?? FORMATS.flatMap((one) => one.endings);
  throw new UsageError(
    `Expected -o to end with one of ${endings.map((one) => `.${one}`).join(', ')}, or --out-format, but received ${JSON.stringify(ending)}. See god ${name} --help`,
  );
}
