import { PbfWriter } from 'pbf';

/** CRC-32C bit by bit from its polynomial: slow, and independent of the package's. */
function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

function masked(bytes: Uint8Array): number {
  const crc = BigInt(crc32c(bytes));
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

/** A TFRecord file of these records. */
export function tfrecords(...records: Uint8Array[]): Buffer {
  return Buffer.concat(
    records.flatMap((data) => {
      const header = Buffer.alloc(12);
      header.writeBigUInt64LE(BigInt(data.length));
      header.writeUInt32LE(masked(header.subarray(0, 8)), 8);
      const footer = Buffer.alloc(4);
      footer.writeUInt32LE(masked(data));
      return [header, data, footer];
    }),
  );
}

type WriteFeature = (feature: PbfWriter) => void;

/** tf.train.Feature with a bytes_list. */
export function bytesFeature(...values: Uint8Array[]): WriteFeature {
  return (feature) =>
    feature.writeMessage(
      1,
      (_: null, list) => {
        for (const value of values) list.writeBytesField(1, value);
      },
      null,
    );
}

/** tf.train.Feature with a float_list; both encodings that protocol buffers allow. */
export function floatFeature(values: number[], packed = true): WriteFeature {
  return (feature) =>
    feature.writeMessage(
      2,
      (_: null, list) => {
        if (packed) list.writePackedFloat(1, values);
        else for (const value of values) list.writeFloatField(1, value);
      },
      null,
    );
}

/** tf.train.Feature with an int64_list. */
export function intFeature(values: number[], packed = true): WriteFeature {
  return (feature) =>
    feature.writeMessage(
      3,
      (_: null, list) => {
        if (packed) list.writePackedVarint(1, values);
        else for (const value of values) list.writeVarintField(1, value);
      },
      null,
    );
}

/** One entry of a protocol buffer map, key or value first. */
function writeEntry(map: PbfWriter, key: string, value: WriteFeature, valueFirst: boolean): void {
  map.writeMessage(
    1,
    (_: null, entry) => {
      if (!valueFirst) entry.writeStringField(1, key);
      entry.writeMessage(2, (_none: null, inner) => value(inner), null);
      if (valueFirst) entry.writeStringField(1, key);
    },
    null,
  );
}

/** The bytes of a tf.train.SequenceExample. */
export function sequenceExample(
  context: Record<string, WriteFeature>,
  lists: Record<string, WriteFeature[]>,
  { valueFirst = false } = {},
): Uint8Array {
  const writer = new PbfWriter();
  writer.writeMessage(
    1,
    (_: null, map) => {
      for (const [key, value] of Object.entries(context)) writeEntry(map, key, value, valueFirst);
    },
    null,
  );
  writer.writeMessage(
    2,
    (_: null, map) => {
      for (const [key, features] of Object.entries(lists)) {
        const list: WriteFeature = (out) => {
          for (const feature of features) out.writeMessage(1, (_none: null, inner) => feature(inner), null);
        };
        writeEntry(map, key, list, valueFirst);
      }
    },
    null,
  );
  return writer.finish();
}

/** A clip as AudioSet stores it. */
export interface TestClip {
  video: string;
  start?: number;
  labels?: number[];
  frames: readonly Uint8Array[];
}

export function audiosetClip({ video, start = 0, labels = [0], frames }: TestClip): Uint8Array {
  return sequenceExample(
    {
      video_id: bytesFeature(Buffer.from(video)),
      start_time_seconds: floatFeature([start]),
      end_time_seconds: floatFeature([start + 10]),
      labels: intFeature(labels),
    },
    { audio_embedding: frames.map((frame) => bytesFeature(frame)) },
  );
}
