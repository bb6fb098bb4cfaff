import { MissingDependencyError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import type { ImageFile } from '../formats/image-folder.ts';
import { loadSharp, MOST_PIXELS, type Sharp } from './sharp.ts';
import type { ThumbnailOptions } from './source.ts';

/** Pixels along each side. */
export const THUMBNAIL_SIDE = 64;
/** WebP's quality: a picture takes about a kilobyte. */
const QUALITY = 50;
/** Pictures that are read before they are scaled together. */
const BATCH = 16;

/**
 * The middle of each picture, as the network sees it, in 64 x 64 pixels as WebP. Pictures that cannot be decoded are left out.
 *
 * @returns for each id its picture.
 * @throws MissingDependencyError without sharp; DataError for a damaged archive; the reason of `signal`.
 */
export async function thumbnailsOf(
  tree: FileTree,
  images: readonly ImageFile[],
  { signal, onProgress }: ThumbnailOptions,
): Promise<Map<string, Uint8Array>> {
  const sharp = await loadSharp().catch((cause) => {
    throw new MissingDependencyError(['sharp'], 'Making thumbnails', { cause });
  });
  const idOf = new Map(images.map(({ name, id }) => [name, id]));
  const found = new Map<string, Uint8Array>();
  let waiting: Promise<void>[] = [];
  let done = 0;
  const make = async (name: string, bytes: Uint8Array) => {
    const picture = await thumbnail(sharp, bytes);
    if (picture !== undefined) found.set(idOf.get(name) as string, picture);
  };
  for await (const { name, bytes } of tree.read(new Set(idOf.keys()))) {
    signal?.throwIfAborted();
    waiting.push(make(name, bytes));
    onProgress?.(++done, images.length);
    if (waiting.length < BATCH) continue;
    await Promise.all(waiting);
    waiting = [];
  }
  await Promise.all(waiting);
  return found;
}

async function thumbnail(sharp: Sharp, bytes: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await sharp(bytes, { limitInputPixels: MOST_PIXELS })
      .rotate()
      .toColourspace('srgb')
      .flatten({ background: '#fff' })
      .resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, { fit: 'cover', kernel: 'cubic' })
      .webp({ quality: QUALITY })
      .toBuffer();
  } catch {
    return undefined;
  }
}
