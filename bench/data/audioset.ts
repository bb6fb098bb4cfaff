import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { decodeSequenceExample, maskedCrc, RECORD_FRAME } from '../../src/formats/tfrecord.ts';
import { records } from '../../src/sources/audioset-files.ts';

/** Clips of a file of the generated archive: as many as a file of AudioSet's unbalanced train split has on average. */
const CLIPS_PER_FILE = 499;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

interface Clip {
  readonly data: Uint8Array;
  /** Where the id of the video is in it. */
  readonly id: number;
}

/**
 * Writes a .tar.gz of TFRecords with `clips` clips: those of a real archive again and again, under new ids from then on. A clip comes again
 * after 30 MB, which is beyond what gzip can see, so the file is as compressible as the real one.
 */
export async function writeAudioSet(from: string, clips: number, file: string): Promise<void> {
  const real: Clip[] = [];
  for await (const { record, file: name } of records(from)) {
    const video = decodeSequenceExample(record, name).context.get('video_id');
    if (video?.kind !== 'bytes') throw new Error(`${name} has a record without a video`);
    const id = Buffer.from(record.data).indexOf(video.values[0]);
    real.push({ data: record.data, id });
  }
  const archive = pack();
  const written = pipeline(archive, createGzip({ level: 1 }), createWriteStream(file));
  for (let start = 0; start < clips; start += CLIPS_PER_FILE) {
    const count = Math.min(CLIPS_PER_FILE, clips - start);
    const parts = Array.from({ length: count }, (_, i) => recordOf(real, start + i));
    const name = `audioset_v1_embeddings/unbal_train/${start / CLIPS_PER_FILE}.tfrecord`;
    await new Promise<void>((done, fail) => {
      archive.entry({ name }, Buffer.concat(parts), (error) => (error ? fail(error) : done()));
    });
  }
  archive.finalize();
  await written;
}

/** Clip number i as a record: in each round, the last three characters of the video's id are others. */
function recordOf(real: readonly Clip[], i: number): Buffer {
  const { data, id } = real[i % real.length];
  const round = Math.floor(i / real.length);
  const record = Buffer.alloc(data.length + RECORD_FRAME);
  record.writeUInt32LE(data.length, 0);
  record.writeUInt32LE(maskedCrc(record.subarray(0, 8)), 8);
  record.set(data, 12);
  if (round > 0) {
    for (let digit = 0; digit < 3; digit++) {
      record.write(DIGITS[(round >> (6 * digit)) & 63], 12 + id + 8 + digit, 'latin1');
    }
  }
  record.writeUInt32LE(maskedCrc(record.subarray(12, 12 + data.length)), 12 + data.length);
  return record;
}
