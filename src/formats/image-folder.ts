import { basename } from 'node:path';
import { DataError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';

/** One image of a folder with its class. */
export interface ImageFile {
  /** Name in the tree. */
  readonly name: string;
  /** Name from the folder that holds the classes, e.g. `train/n02124075/images/n02124075_0.JPEG`. */
  readonly id: string;
  /** The name of the class for people. */
  readonly label: string;
}

/** Which part of a data set in Tiny ImageNet's layout: its training or its validation images. */
export type ImageSplit = 'train' | 'val';

/**
 * The images of a tree, ordered by id. Two layouts are known: Tiny ImageNet's (`train/<wnid>/images/*.JPEG`, or
 * `val/images/*.JPEG` with `val_annotations.txt`; names of classes from `words.txt`), and a plain folder with one
 * subfolder for each class.
 *
 * @throws DataError when there are no images, or a list of classes is damaged.
 */
export async function listImages(
  tree: FileTree,
  path: string,
  split: ImageSplit = 'train',
): Promise<ImageFile[]> {
  const pictures = tree.names.filter((name) => isImage(name));
  const training = pictures.find((name) => trainPath.test(name));
  const images =
    training === undefined
      ? plainImages(pictures, commonFolder(pictures))
      : await tinyImages(tree, pictures, training.slice(0, training.search(trainPath)), split);
  if (images.length === 0)
    throw new DataError('holds no images (.jpeg, .jpg, .png or .webp)', { file: path });
  return images.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const trainPath = /(?<=^|\/)train\/[^/]+\/images\/[^/]+$/;

function isImage(name: string): boolean {
  return /\.(jpe?g|png|webp)$/i.test(name) && !basename(name).startsWith('.');
}

/** Endings of pictures that are not read, each once, and how many files have them. */
export function picturesNotRead(names: readonly string[]): { endings: string[]; count: number } {
  const found = names
    .filter((name) => !basename(name).startsWith('.'))
    .map((name) => /\.(avif|bmp|gif|hei[cf]|jp2|jxl|svg|tiff?)$/i.exec(name)?.[0].toLowerCase())
    .filter((ending) => ending !== undefined);
  return { endings: [...new Set(found)].sort(), count: found.length };
}

function plainImages(pictures: readonly string[], root: string): ImageFile[] {
  return pictures.map((name) => {
    const id = name.slice(root.length);
    return { name, id, label: id.includes('/') ? id.slice(0, id.indexOf('/')) : '' };
  });
}

/** The folder that holds all others, which archives usually have; ends with `/`. */
function commonFolder(names: readonly string[]): string {
  const [first = [], ...others] = names.map((name) => name.split('/').slice(0, -1));
  let depth = first.length;
  for (const folders of others) {
    while (depth > 0 && folders.slice(0, depth).join('/') !== first.slice(0, depth).join('/')) depth--;
  }
  // With a single class, the common folder is the class itself.
  if (depth > 0 && depth === first.length && others.every((folders) => folders.length === depth)) depth--;
  return first
    .slice(0, depth)
    .map((folder) => `${folder}/`)
    .join('');
}

async function tinyImages(
  tree: FileTree,
  pictures: readonly string[],
  root: string,
  split: ImageSplit,
): Promise<ImageFile[]> {
  const annotations = `${root}val/val_annotations.txt`;
  const tables = await readTables(tree, [`${root}words.txt`, annotations]);
  const classOf = tables.get(annotations) ?? new Map<string, string>();
  const prefix = `${root}${split}/`;
  const found = pictures
    .filter((name) => name.startsWith(prefix))
    .map((name) => {
      const wnid = split === 'val' ? classOf.get(basename(name)) : name.slice(prefix.length).split('/')[0];
      return { name, id: name.slice(root.length), wnid: wnid ?? '' };
    });
  // Uses all classes, so that a class has the same name in both splits.
  const trained = pictures
    .filter((name) => trainPath.test(name))
    .map((name) => name.slice(root.length).split('/')[1]);
  const wnids = new Set([...trained, ...found.map(({ wnid }) => wnid)]);
  const labels = classNames(wnids, tables.get(`${root}words.txt`) ?? new Map());
  return found.map(({ name, id, wnid }) => ({ name, id, label: labels.get(wnid) ?? wnid }));
}

/** Files of lines `key TAB value [TAB ...]`; a missing file is left out. */
async function readTables(
  tree: FileTree,
  names: readonly string[],
): Promise<Map<string, Map<string, string>>> {
  const there = new Set(names.filter((name) => tree.names.includes(name)));
  const tables = new Map<string, Map<string, string>>();
  for await (const { name, bytes } of there.size > 0 ? tree.read(there) : []) {
    const table = new Map<string, string>();
    bytes
      .toString()
      .split(/\r?\n/)
      .forEach((text, index) => {
        if (text === '') return;
        const [key, value] = text.split('\t');
        if (value === undefined)
          throw new DataError('expected two columns with a TAB between', { file: name, line: index + 1 });
        table.set(key, value);
      });
    tables.set(name, table);
  }
  return tables;
}

/** `goldfish` for "goldfish, Carassius auratus"; the whole text if two classes would get the same name. */
function classNames(wnids: ReadonlySet<string>, words: ReadonlyMap<string, string>): Map<string, string> {
  const short = new Map<string, string>();
  const uses = new Map<string, number>();
  for (const wnid of wnids) {
    const name = (words.get(wnid) ?? wnid).split(',')[0].trim();
    short.set(wnid, name);
    uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  for (const [wnid, name] of short) {
    if ((uses.get(name) ?? 0) > 1) short.set(wnid, words.get(wnid) ?? wnid);
  }
  return short;
}
