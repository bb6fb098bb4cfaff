import { isSafetensors } from '../files/kind.ts';
import { readVectorLines } from '../formats/jsonl.ts';
import { npyHead, readNpyRows } from '../formats/npy.ts';
import { NPY_MAGIC } from '../formats/npy-header.ts';
import { readParquetRows } from '../formats/parquet/read.ts';
import { safetensorsHead } from '../formats/safetensors.ts';
import { readTensorRows } from '../formats/safetensors-matrix.ts';
import { readVectorCsv, readVectorTsv } from '../formats/vector-table.ts';
import { readWord2vec } from '../formats/word2vec.ts';
import { batchesOf } from './batches.ts';
import type { Format } from './format.ts';
import { parquetEncoder } from './parquet.ts';
import { csvEncoder, jsonlEncoder, tsvEncoder, word2vecEncoder, wordRows } from './text.ts';
import { bytesOf, countedEncoder } from './writing.ts';

const npy: Format = {
  name: 'npy',
  endings: ['npy'],
  recognises: (head) => head.subarray(0, NPY_MAGIC.length).equals(NPY_MAGIC),
  readOptions: [],
  writeOptions: [],
  names: [],
  read: (file) => readNpyRows(file),
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
  recognises: (head) => /^\s*\{\s*"/.test(head.toString('latin1')),
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
  recognises: isSafetensors,
  readOptions: ['name'],
  writeOptions: ['name'],
  names: [],
  read: (file, { name }) => readTensorRows(file, name),
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
  recognises: (head) => head.toString('latin1', 0, 4) === 'PAR1',
  readOptions: ['vectorKey', 'idKey', 'labelKey'],
  writeOptions: ['vectorKey', 'idKey', 'labelKey'],
  names: ['ids', 'labels'],
  read: (file, reading) => readParquetRows(file, reading),
  encoder: parquetEncoder,
};

/** All formats; that of a file is the first that recognises it. */
export const FORMATS: readonly Format[] = [npy, safetensors, parquet, jsonl, csv, tsv, word2vec];

export const FORMAT_NAMES = FORMATS.map(({ name }) => name);
