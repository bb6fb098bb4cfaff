import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { ZipWriter } from '../../src/formats/zip-write.ts';
import { normals, uniforms } from './random.ts';

export const COLS = 100;
/** Rows of numbers that are made; the file repeats them under other names. */
const MADE = 20_000;
const ENTITY_SHARE = 0.4;

/** Rows of word and entity vectors as wikipedia2vec writes them, without the header: a name, and COLS numbers with four decimals. */
export async function writeWords(file: string, rows: number): Promise<void> {
  const normal = normals(1);
  const made = Array.from({ length: Math.min(rows, MADE) }, () =>
    Array.from({ length: COLS }, () => (normal() * 0.3).toFixed(4)).join(' '),
  );
  const letter = letters(2);
  const out = createWriteStream(file);
  const write = async (text: string) => {
    if (!out.write(text)) await once(out, 'drain');
  };
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    const entity = letter.share() < ENTITY_SHARE;
    const name = `${entity ? 'ENTITY/' : ''}${letter.word()}${row}`;
    lines.push(`${name} ${made[row % MADE]}\n`);
    if (lines.length < 500 && row + 1 < rows) continue;
    await write(lines.join(''));
    lines.length = 0;
  }
  out.end();
  await finished(out);
}

function letters(seed: number): { share: () => number; word: () => string } {
  const share = uniforms(seed);
  const letter = () => String.fromCharCode(97 + Math.floor(share() * 26));
  return { share, word: () => Array.from({ length: 3 + Math.floor(share() * 8) }, letter).join('') };
}

/** A zip archive with the names of tiny-imagenet-200.zip and as many bytes, which are not images. */
export async function writePictures(file: string, count: number): Promise<void> {
  const out = createWriteStream(file);
  const zip = new ZipWriter(async (bytes) => {
    if (!out.write(bytes)) await once(out, 'drain');
  });
  const share = uniforms(3);
  for (let i = 0; i < count; i++) {
    const folder = `n${String(1_000_000 + Math.floor(i / 500))}`;
    const member = await zip.begin(`tiny-imagenet-200/train/${folder}/images/${folder}_${i % 500}.JPEG`);
    await member.write(noise(i, 1500 + Math.floor(share() * 1300)));
    await member.end();
  }
  await zip.finish();
  out.end();
  await finished(out);
}

function noise(seed: number, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(String(seed)).digest();
}
