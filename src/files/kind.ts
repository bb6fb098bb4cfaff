/** The first bytes of some format. */
interface Magic {
  /** The name in messages, with its article. */
  readonly name: string;
  /** Latin-1 characters. */
  readonly bytes: string;
  readonly offset?: number;
}

/** What `fileKind` needs to see of a file. */
export const HEAD_BYTES = 4096;

// biome-ignore lint/suspicious/noControlCharactersInRegex: characters that do not occur in text
const CONTROLS = /[\x00-\x08\x0e-\x1f]/;

const MAGIC: readonly Magic[] = [
  { name: 'an .npy array', bytes: '\x93NUMPY' },
  { name: 'a gzip file', bytes: '\x1f\x8b' },
  { name: 'a bzip2 file', bytes: 'BZh' },
  { name: 'an xz file', bytes: '\xfd7zXZ\0' },
  { name: 'a zstd file', bytes: '\x28\xb5\x2f\xfd' },
  { name: 'an lz4 file', bytes: '\x04\x22\x4d\x18' },
  { name: 'an lzip file', bytes: 'LZIP' },
  { name: 'a snappy file', bytes: '\xff\x06\0\0sNaPpY' },
  { name: 'a file of Unix compress (.Z)', bytes: '\x1f\x9d' },
  { name: 'zlib data', bytes: '\x78\x9c' },
  { name: 'zlib data', bytes: '\x78\x01' },
  { name: 'zlib data', bytes: '\x78\xda' },
  { name: 'a 7z archive', bytes: '7z\xbc\xaf\x27\x1c' },
  { name: 'a RAR archive', bytes: 'Rar!\x1a\x07' },
  { name: 'a tar archive', bytes: 'ustar', offset: 257 },
  { name: 'a pickle of Python', bytes: '\x80\x02' },
  { name: 'a pickle of Python', bytes: '\x80\x03' },
  { name: 'a pickle of Python', bytes: '\x80\x04' },
  { name: 'a pickle of Python', bytes: '\x80\x05' },
  { name: 'a Parquet file', bytes: 'PAR1' },
  { name: 'an Arrow file', bytes: 'ARROW1' },
  { name: 'an Arrow stream', bytes: '\xff\xff\xff\xff' },
  { name: 'a Feather file', bytes: 'FEA1' },
  { name: 'an ORC file', bytes: 'ORC' },
  { name: 'an Avro file', bytes: 'Obj\x01' },
  { name: 'an HDF5 file', bytes: '\x89HDF\r\n\x1a\n' },
  { name: 'a NetCDF file', bytes: 'CDF\x01' },
  { name: 'a NetCDF file', bytes: 'CDF\x02' },
  { name: 'an SQLite database', bytes: 'SQLite format 3\0' },
  { name: 'a MATLAB file', bytes: 'MATLAB 5.0 MAT-file' },
  { name: 'a GGUF model', bytes: 'GGUF' },
  { name: 'a fastText .bin model', bytes: '\xba\x16\x4f\x2f' },
  { name: 'a PNG image', bytes: '\x89PNG' },
  { name: 'a JPEG image', bytes: '\xff\xd8\xff' },
  { name: 'a GIF image', bytes: 'GIF8' },
  { name: 'a TIFF image', bytes: 'II*\0' },
  { name: 'a TIFF image', bytes: 'MM\0*' },
  { name: 'a WebP image', bytes: 'WEBP', offset: 8 },
  { name: 'a WAV sound', bytes: 'WAVE', offset: 8 },
  { name: 'an Ogg sound', bytes: 'OggS' },
  { name: 'a FLAC sound', bytes: 'fLaC' },
  { name: 'an MP3 sound', bytes: 'ID3' },
  { name: 'an MP4, HEIC or AVIF file', bytes: 'ftyp', offset: 4 },
  { name: 'a PDF document', bytes: '%PDF-1.' },
  { name: 'an ELF program', bytes: '\x7fELF' },
  {
    name: 'a Git LFS pointer (`git lfs pull` fetches the file itself)',
    bytes: 'version https://git-lfs.github.com/',
  },
];

/**
 * The kind of file that begins with these bytes, with its article, e.g. 'a PNG image'; undefined for other kinds, such as plain
 * text. `head` is the whole file or its first `HEAD_BYTES` bytes, not decompressed.
 */
export function fileKind(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  return (
    zipKind(text) ??
    MAGIC.find((magic) => beginsWith(text, magic))?.name ??
    markupKind(text) ??
    (isSafetensors(head) ? 'a safetensors file' : undefined) ??
    (isWord2vecBinary(text) ? 'a binary word2vec file (.bin), not its text format' : undefined)
  );
}

/** Letters alone prove nothing, because a list of words could begin with them. Something that is not text must follow. */
function beginsWith(text: string, { bytes, offset = 0 }: Magic): boolean {
  if (!text.startsWith(bytes, offset)) return false;
  return bytes.length > 6 || /[^ -~]/.test(bytes) || CONTROLS.test(text.slice(0, 512));
}

/** Several formats are zip archives; the names of their members distinguish them. */
function zipKind(text: string): string | undefined {
  if (text.startsWith('PK\x05\x06')) return 'an empty zip archive';
  if (!text.startsWith('PK\x03\x04')) return undefined;
  const name = text.slice(30, 30 + text.charCodeAt(26) + 256 * text.charCodeAt(27));
  if (name.endsWith('.npy')) return 'an .npz archive; save one of its arrays by numpy.save';
  if (/(^|\/)data\.pkl$/.test(name)) return 'a PyTorch checkpoint';
  if (/^(\[Content_Types\]\.xml$|_rels\/|xl\/|word\/)/.test(name)) return 'an Office document';
  return 'a zip archive';
}

function markupKind(text: string): string | undefined {
  const start = text
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .slice(0, 64)
    .toLowerCase();
  if (/^<(!doctype html|html|head|body)[\s>]/.test(start)) return 'an HTML page';
  return start.startsWith('<?xml') ? 'an XML document' : undefined;
}

export function isSafetensors(head: Uint8Array): boolean {
  if (head.length < 10 || head[8] !== 0x7b || head[9] !== 0x22) return false;
  return head[4] === 0 && head[5] === 0 && head[6] === 0 && head[7] === 0;
}

/** The header `rows cols`, a word, a blank, and then bytes that do not occur in written numbers. */
function isWord2vecBinary(text: string): boolean {
  const header = /^(\d{1,15}) (\d{1,5})\n([^ \n]{0,200}) /.exec(text);
  if (header === null) return false;
  const values = text.slice(header[0].length, header[0].length + 4 * Number(header[2]));
  if (CONTROLS.test(values)) return true;
  // In text the line ends with a number, in whatever encoding its name is.
  const line = text.slice(header[0].length).split('\n', 1)[0];
  return /[\x80-\xff]/.test(values) && !/[-+.\deE]\s*$/.test(line);
}
