import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npyFile, npyHeader } from '../support/npy.ts';
import { audiosetClip, tfrecords } from '../support/tfrecord.ts';

/** An empty project with a small file of every corpus format, and the script that calls every function. */
export function writeProject(folder: string): void {
  mkdirSync(join(folder, 'pictures/cats'), { recursive: true });
  const manifest = { name: 'empty', version: '1.0.0', private: true, type: 'module' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const clip = (video: string) => audiosetClip({ video, frames: [new Uint8Array(128).fill(7)] });
  writeFileSync(join(folder, 'clips.tfrecord'), tfrecords(clip('one'), clip('two')));
  writeFileSync(join(folder, 'words.txt'), '2 3\nthe 0.1 0.2 0.3\nENTITY/The_End 1 2 3\n');
  writeFileSync(join(folder, 'smells.jsonl'), '{"vector": [1, 2]}\n{"id": "rose", "vector": [3, 4]}\n');
  const values = Float32Array.from({ length: 3 * 4 }, (_, i) => i);
  const header = npyHeader('<f4', [3, 4]);
  writeFileSync(join(folder, 'features.npy'), npyFile(header, new Uint8Array(values.buffer)));
  writeFileSync(join(folder, 'pictures/cats/tom.png'), onePixel);
  for (const script of ['every-function.mjs', 'calls.mjs'])
    cpSync(join(import.meta.dirname, script), join(folder, script));
}

const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
