import type { DataError } from '../errors.ts';
import { abortable } from '../files/breathe.ts';
import type { FileTree, TreeFile } from '../files/file-tree.ts';
import type { ImageNetwork } from './image-network.ts';

/** A picture of a tree with its vector, or undefined when it cannot be decoded. */
export interface PictureVector {
  readonly name: string;
  readonly vector: Float32Array | undefined;
  /** Why the file could not even be read. */
  readonly error?: DataError;
}

/**
 * The vectors of pictures, in the order in which the tree reads them. Pictures are read and decoded while the network computes; few are
 * in memory at a time.
 *
 * @throws DataError for a damaged archive, and when the network fails; the reason of `signal` when it is aborted.
 */
export function vectorsOf(
  tree: FileTree,
  names: ReadonlySet<string>,
  network: ImageNetwork,
  signal: AbortSignal | undefined,
): AsyncGenerator<PictureVector> {
  const vectors = inOrder(tree, names, network);
  return signal === undefined ? vectors : abortable(vectors, signal);
}

async function* inOrder(
  tree: FileTree,
  names: ReadonlySet<string>,
  network: ImageNetwork,
): AsyncGenerator<PictureVector> {
  // More than are computed, so that the next ones are decoded in time.
  const most = network.parallel + Math.ceil(network.parallel / network.batch);
  const started: Promise<PictureVector[]>[] = [];
  const start = (vectors: Promise<PictureVector[]>) => {
    // Awaited below. Until then, a failure must not count as unhandled.
    vectors.catch(() => {});
    started.push(vectors);
  };
  const onBad = (name: string, error: DataError) =>
    start(Promise.resolve([{ name, vector: undefined, error }]));
  let files: TreeFile[] = [];
  for await (const file of tree.read(names, onBad)) {
    files.push(file);
    if (files.length < network.batch) continue;
    start(embedded(files, network));
    files = [];
    while (started.length >= most) yield* await (started.shift() as Promise<PictureVector[]>);
  }
  if (files.length > 0) start(embedded(files, network));
  for (const vectors of started) yield* await vectors;
}

/**
 * A batch is filled up with black pictures: a result can depend, in its last bits, on the size of the batch, but must not depend on
 * which pictures are missing.
 */
async function embedded(files: readonly TreeFile[], network: ImageNetwork): Promise<PictureVector[]> {
  const pictures = await Promise.all(files.map(({ bytes }) => network.prepare(bytes)));
  const there = pictures.filter((picture) => picture !== undefined);
  if (there.length === 0) return files.map(({ name }) => ({ name, vector: undefined }));
  const black = Array.from({ length: network.batch - there.length }, () => new Float32Array(there[0].length));
  const vectors = (await network.run([...there, ...black])).values();
  return files.map(({ name }, i) => ({
    name,
    vector: pictures[i] && (vectors.next().value as Float32Array),
  }));
}

/** Closes a network. After an abort nobody waits until it has computed the last picture. */
export async function closeNetwork(
  network: Pick<ImageNetwork, 'close'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const closed = network.close();
  if (!signal?.aborted) await closed;
}
