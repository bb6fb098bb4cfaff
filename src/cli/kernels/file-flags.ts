import { FORMAT_NAMES } from '../../matrix-files/formats.ts';
import type { ReadMatrixOptions } from '../../matrix-files/index.ts';
import {
  choiceFlag,
  type Flag,
  type FlagTable,
  grouped,
  integerFlag,
  textFlag,
  yesNoFlag,
} from '../flags.ts';

/** How the file of rows is read: all options of readMatrix. */
export const READ_FLAGS: FlagTable<Omit<ReadMatrixOptions, 'signal'>> = grouped('Reading:', {
  format: choiceFlag(FORMAT_NAMES, 'format of the input (default: found from its content, then its ending)'),
  type: choiceFlag(['float32', 'float64'], 'type of its numbers (default: one that does not round them)'),
  limit: integerFlag('rows to read (default: all)'),
  idKey: textFlag('name', 'where rows have names: column or member with the ids (default: id)'),
  labelKey: textFlag('name', 'where rows have names: column or member with the labels (default: label)'),
  vectorKey: textFlag(
    'name',
    'JSON Lines, Parquet, Arrow: member or column with the vector (default: vector, else embedding)',
  ),
  name: textFlag('name', 'safetensors, .npz: the array (default: the only matrix)'),
  delimiter: textFlag('character', 'CSV: what stands between fields (default: found)'),
  header: yesNoFlag('CSV, TSV: whether the first line names the columns (default: found)'),
  names: yesNoFlag('word2vec text: whether each line begins with a name (default: yes)'),
  metadata: textFlag('file', 'Projector: the file of names (default: metadata.tsv beside the vectors)'),
  encoding: choiceFlag(['utf8', 'latin1'], 'word2vec text: how the file is encoded (default: utf8)'),
});

/** How the result is written. */
export const WRITE_FLAGS: Readonly<Record<'outFormat', Flag>> = grouped('Writing:', {
  outFormat: textFlag('name', 'format of the result (default: that of the ending; csv on standard output)'),
});
