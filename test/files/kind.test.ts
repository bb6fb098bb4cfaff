import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fileKind } from '../../src/files/kind.ts';
import { zipOf } from '../support/archives.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

test.each([
  ['an .npy array', latin1('\x93NUMPY\x01\0')],
  ['an xz file', latin1('\xfd7zXZ\0\0\x04')],
  ['a zstd file', latin1('\x28\xb5\x2f\xfd\0')],
  ['zlib data', deflateSync('hello')],
  ['a pickle of Python', latin1('\x80\x04\x95\x0c\0\0\0')],
  ['a Parquet file', latin1('PAR1\x15\x04\x15\x10')],
  ['an Arrow file', latin1('ARROW1\0\0')],
  ['an HDF5 file', latin1('\x89HDF\r\n\x1a\n\0')],
  ['an SQLite database', latin1('SQLite format 3\0')],
  ['a PNG image', latin1('\x89PNG\r\n\x1a\n')],
  ['a JPEG image', latin1('\xff\xd8\xff\xe0')],
  ['a WAV sound', latin1('RIFF\x24\0\0\0WAVEfmt ')],
  ['a PDF document', latin1('%PDF-1.7\n%\xe2\xe3')],
  ['an HTML page', latin1('\n<!DOCTYPE html>\n<html>')],
  ['an XML document', latin1('<?xml version="1.0"?>')],
  ['a safetensors file', Buffer.concat([Buffer.from([8, 0, 0, 0, 0, 0, 0, 0]), latin1('{"a":{}}')])],
  [
    'a binary word2vec file',
    Buffer.concat([latin1('2 2\nking '), Buffer.from(Float32Array.of(1, 2).buffer)]),
  ],
  [
    'a binary word2vec file',
    Buffer.concat([latin1('1 3\nking '), Buffer.from(Float32Array.of(0.1, 0.2, 0.3).buffer), latin1('\n')]),
  ],
  ['a Git LFS pointer', latin1('version https://git-lfs.github.com/spec/v1\noid sha256:00\n')],
])('%s is known by its first bytes', (name, bytes) => {
  expect(fileKind(bytes)).toContain(name);
});

test.each([
  ['an .npz archive', { 'arr_0.npy': 'x' }],
  ['a PyTorch checkpoint', { 'net/data.pkl': 'x' }],
  ['an Office document', { '[Content_Types].xml': 'x' }],
  ['a zip archive', { 'words.txt': 'x' }],
])('%s is recognized by the names in the zip archive', (name, files) => {
  expect(fileKind(zipOf(files))).toContain(name);
});

test.each([
  'ORC 0.1 0.2\n',
  'ID3\nORC\n',
  'PAR1 1 2\n',
  'BZhang 1 2\n',
  '2 2\nking 1 2\n',
  '2 2\nnew york 1 2\n',
  '<s> 1 2\n',
  '1 3\nla se\u00f1ora 0.1 0.2 0.3\n',
  '%PDF 1 2\n',
  '',
])('%j is text, though it begins like something else', (text) => {
  expect(fileKind(Buffer.from(text))).toBeUndefined();
});
