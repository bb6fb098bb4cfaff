import { fileKind, isSafetensors } from '../files/kind.ts';
import { readArrowRows } from '../formats/arrow/read.ts';
import { readVectorLines } from '../formats/jsonl.ts';
import { npyHead, readNpyRows } from '../formats/npy.ts';
import { NPY_MAGIC } from '../formats/npy-header.ts';
import { readNpzRows } from '../formats/npz.ts';
import { readParquetRows } from '../formats/parquet/read.ts';
import { safetensorsHead } from '../formats/safetensors.ts';
import { readTensorRows } from '../formats/safetensors-matrix.ts';
import { readVecs } from '../formats/vecs.ts';
import { readVectorCsv, readVectorTsv } from '../formats/vector-table.ts';
import { readWord2vec } from '../formats/word2vec.ts';
import { readWord2vecBinary } from '../formats/word2vec-binary.ts';
import { arrowEncoder } from './arrow.ts';
import { batchesOf } from './batches.ts';
import { npzEncoder, vecsEncoder, word2vecBinaryEncoder } from './binary.ts';
import type { Format } from './format.ts';
import { parquetEncoder } from './parquet.ts';
import { metadataFile, projectorEncoder, readProjector } from './projector.ts';
import { csvEncoder, jsonlEncoder, tsvEncoder, word2vecEncoder, wordRows } from './text.ts';
import { bytesOf, countedEncoder } from './writing.ts';

const npy: Format = {
  name: 'npy',
  endings: ['npy'],
  recognizes: (head) => head.subarray(0, NPY_MAGIC.length).equals(NPY_MAGIC),
  readOptions: [],
  writeOptions: [],
  names: [],
  read: (file, reading) => readNpyRows(file, reading),
  encoder: (sink, { cols, type, rows }) =>
    countedEncoder(sink, rows, (count) => npyHead(type === 'float32' ? 'f4' : 'f8', [count, cols]), bytesOf),
};

const csv: Format = {
  name: 'csv',
  endings: ['csv'],
  readOptions: ['idKey', 'labelKey', 'delimiter', 'header'],
  writeOptions: ['idKey', 'labelKey', 'delimiter', 'header'],
  names: ['ids', 'labels'],
  read: (file, reading) => batchesOf(readVectorCsv(file, reading), reading.type ?? 'float64', reading.limit),
  encoder: csvEncoder,
};

const tsv: Format = {
  name: 'tsv',
  endings: ['tsv', 'tab'],
  readOptions: ['idKey', 'labelKey', 'header'],
  writeOptions: ['idKey', 'labelKey', 'header'],
  names: ['ids', 'labels'],
  read: (file, reading) => batchesOf(readVectorTsv(file, reading), reading.type ?? 'float64', reading.limit),
  encoder: tsvEncoder,
};

const jsonl: Format = {
  name: 'jsonl',
  endings: ['jsonl', 'ndjson'],
  recognizes: (head) => /^\s*\{\s*"/.test(head.toString('latin1')),
  readOptions: ['vectorKey', 'idKey', 'labelKey'],
  writeOptions: ['vectorKey', 'idKey', 'labelKey'],
  names: ['ids', 'labels'],
  read: (file, reading) =>
    batchesOf(readVectorLines(file, reading), reading.type ?? 'float64', reading.limit),
  encoder: jsonlEncoder,
};

const safetensors: Format = {
  name: 'safetensors',
  endings: ['safetensors'],
  random: true,
  recognizes: isSafetensors,
  readOptions: ['name'],
  writeOptions: ['name'],
  names: [],
  read: (file, reading) => readTensorRows(file, reading.name, reading),
  encoder: (sink, { cols, type, rows }, { name = 'vectors' }) => {
    const dtype = type === 'float32' ? 'F32' : 'F64';
    return countedEncoder(sink, rows, (count) => safetensorsHead(name, dtype, count, cols), bytesOf);
  },
};

/** float32, as the programs that write it hold the numbers. */
const word2vec: Format = {
  name: 'word2vec',
  endings: ['txt', 'vec'],
  readOptions: ['names', 'encoding'],
  writeOptions: [],
  names: ['ids'],
  read: (file, reading) => {
    const words = readWord2vec(file, reading);
    return batchesOf(wordRows(words, reading.names !== false), reading.type ?? 'float32', reading.limit);
  },
  encoder: word2vecEncoder,
};

const parquet: Format = {
  name: 'parquet',
  endings: ['parquet'],
  random: true,
  recognizes: (head) => head.toString('latin1', 0, 4) === 'PAR1',
  readOptions: ['vectorKey', 'idKey', 'labelKey'],
  writeOptions: ['vectorKey', 'idKey', 'labelKey'],
  names: ['ids', 'labels'],
  read: (file, reading) => readParquetRows(file, reading),
  encoder: parquetEncoder,
};

const npz: Format = {
  name: 'npz',
  endings: ['npz'],
  random: true,
  recognizes: (head) => fileKind(head)?.startsWith('an .npz archive') === true,
  readOptions: ['name'],
  writeOptions: ['name'],
  names: ['ids', 'labels'],
  read: (file, { name }) => readNpzRows(file, name),
  encoder: npzEncoder,
};

const arrow: Format = {
  name: 'arrow',
  endings: ['arrow', 'feather', 'arrows', 'ipc'],
  recognizes: (head) => ['an Arrow file', 'an Arrow stream'].includes(fileKind(head) ?? ''),
  readOptions: ['vectorKey', 'idKey', 'labelKey'],
  writeOptions: ['vectorKey', 'idKey', 'labelKey'],
  names: ['ids', 'labels'],
  read: (file, reading) => readArrowRows(file, reading),
  encoder: arrowEncoder,
};

const word2vecBinary: Format = {
  name: 'word2vec-binary',
  endings: ['bin'],
  recognizes: (head) => fileKind(head)?.startsWith('a binary word2vec file') === true,
  readOptions: ['encoding'],
  writeOptions: [],
  numbers: 'float32',
  names: ['ids'],
  read: (file, { encoding, limit }) => readWord2vecBinary(file, encoding, limit),
  encoder: word2vecBinaryEncoder,
};

const fvecs: Format = {
  name: 'fvecs',
  endings: ['fvecs'],
  readOptions: [],
  writeOptions: [],
  numbers: 'float32',
  names: [],
  read: (file) => readVecs(file, 4),
  encoder: (sink) => vecsEncoder(sink, 4),
};

const bvecs: Format = {
  ...fvecs,
  name: 'bvecs',
  endings: ['bvecs'],
  read: (file) => readVecs(file, 1),
  encoder: (sink) => vecsEncoder(sink, 1),
};

const projector: Format = {
  name: 'projector',
  endings: [],
  readOptions: ['idKey', 'labelKey', 'metadata'],
  writeOptions: ['idKey', 'labelKey', 'metadata'],
  beside: (path, { metadata }) => metadataFile(path, metadata),
  names: ['ids', 'labels'],
  read: readProjector,
  encoder: projectorEncoder,
};

/** All formats; that of a file is the first that recognizes it. */
export const FORMATS: readonly Format[] = [
  npy,
  npz,
  safetensors,
  parquet,
  arrow,
  word2vecBinary,
  jsonl,
  csv,
  tsv,
  word2vec,
  fvecs,
  bvecs,
  projector,
];

export const FORMAT_NAMES = FORMATS.map(({ name }) => name);
