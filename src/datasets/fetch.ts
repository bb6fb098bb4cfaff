import { dirname, join } from 'node:path';
import { aboutOption, describe, FetchError } from '../errors.ts';
import { makeFolder } from '../files/atomic-file.ts';
import { lockDirectory } from '../files/folder-lock.ts';
import { hashOfFile } from '../files/hash.ts';
import { isFile } from '../files/read.ts';
import { OptionReader } from '../options.ts';
import type { Progress } from '../progress.ts';
import { DATASET_NAMES, DATASETS, type Dataset, type DatasetFile, type DatasetName } from './catalogue.ts';
import { download } from './download.ts';
import { RequestError } from './request.ts';
import type { Patience, TransferProgress } from './transfer.ts';

/** Options of `fetchDataset`. */
export interface FetchOptions {
  /** The folder for the files; it is made if it is missing. Default: the working directory. */
  to?: string;
  /** Another address of the data set's largest file. It must be the same file: its checksum is compared. */
  url?: string;
  /** The address of a folder that has the files under their names. It replaces the publishers' addresses. */
  mirror?: string;
  /** Failures in a row after which an address is given up, 1 to 100. Default 8. */
  attempts?: number;
  /** Seconds without a byte after which a connection counts as broken, (0, 3600]. Default 30. */
  stall?: number;
  /** Stops the transfer; what came is kept, and the next call continues there. */
  signal?: AbortSignal;
  /** Called as bytes come. */
  onProgress?: (progress: FetchProgress) => void;
  /** Called with one line for people when something is tried again, or a file is there already. */
  onNote?: (note: string) => void;
}

/** The progress of `fetchDataset`; the phase is the name of a file, and `fraction` that of all files. */
export interface FetchProgress extends Progress, TransferProgress {}

/** A file that is there. */
export interface FetchedFile {
  readonly name: string;
  readonly path: string;
  /** It was there before. */
  readonly kept: boolean;
}

const NAMES = ['to', 'url', 'mirror', 'attempts', 'stall', 'signal', 'onProgress', 'onNote'] as const;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 120_000;
const PROGRESS_MILLISECONDS = 50;

/**
 * Fetches a corpus of the paper, or the network for its images, from its publisher. Files that are there are kept. A transfer that was
 * interrupted continues where it stopped; connections that break are opened again; lengths and checksums are compared. A file appears
 * under its name when it is complete and right.
 *
 * @param name 'audioset', 'wikipedia2vec', 'tiny-imagenet' or 'resnet18'.
 * @throws TypeError or RangeError for wrong options; FetchError when a file cannot be had, which says where to bring it from;
 *   RunInProgressError while another call fetches to the folder; the reason of `signal`; the error of the file system.
 * @example
 * const [classes, vectors] = await fetchDataset('audioset', { to: 'data' });
 */
export async function fetchDataset(name: DatasetName, options: FetchOptions = {}): Promise<FetchedFile[]> {
  const { to, addresses, patience, signal, onProgress, onNote } = readFetchOptions(options);
  const dataset = datasetOf(name);
  signal?.throwIfAborted();
  await makeFolder(to);
  const release = await lockDirectory(to);
  try {
    const fetched: FetchedFile[] = [];
    const report = reporting(dataset, onProgress);
    for (const file of dataset.files) {
      const path = join(to, file.name);
      const kept = await isFile(path);
      if (kept) {
        await checkKept(path, dataset, file, signal);
        onNote(`${file.name} is there`);
      } else {
        const urls = addresses(file, dataset);
        const progressed = report(file);
        await withAdvice(path, dataset, file, (tried) =>
          download(
            { file: path, urls, expected: file, patience, signal, onProgress: progressed, onNote },
            tried,
          ),
        );
      }
      fetched.push({ name: file.name, path, kept });
    }
    return fetched;
  } finally {
    await release();
  }
}

function readFetchOptions(options: FetchOptions) {
  const read = new OptionReader(options, NAMES);
  const [url, mirror] = [webAddress('url', read.text('url')), webAddress('mirror', read.text('mirror'))];
  const patience: Patience = {
    attempts: read.integer('attempts', 8, { min: 1, max: 100 }),
    firstWait: FIRST_WAIT,
    longestWait: LONGEST_WAIT,
    stall: 1000 * read.number('stall', 30, { min: 0, exclusiveMin: true, max: 3600 }),
  };
  return {
    to: read.text('to') ?? '.',
    patience,
    signal: read.signal(),
    onProgress: read.callback('onProgress') ?? (() => {}),
    onNote: read.callback('onNote') ?? (() => {}),
    addresses: (file: DatasetFile, { files }: Dataset): readonly string[] => {
      const isLargest = files.every(({ bytes }) => bytes <= file.bytes);
      if (url !== undefined && isLargest) return [url];
      return mirror === undefined ? file.urls : [`${mirror.replace(/\/+$/, '')}/${file.name}`];
    },
  };
}

function webAddress(name: string, text: string | undefined): string | undefined {
  if (text === undefined || /^https?:\/\/[^/]/.test(URL.canParse(text) ? text : '')) return text;
  throw aboutOption(
    new RangeError(
      `Expected \`${name}\` to be an address with http: or https: but received ${describe(text)}`,
    ),
    name,
  );
}

function datasetOf(name: DatasetName): Dataset {
  if (Object.hasOwn(DATASETS, name)) return DATASETS[name];
  const known = DATASET_NAMES.map((one) => `'${one}'`).join(', ');
  throw new RangeError(`Expected \`name\` to be one of ${known} but received ${describe(name)}`);
}

/** Makes of the progress of each file that of all; it never falls, even if a file is fetched anew. */
function reporting({ files }: Dataset, onProgress: (progress: FetchProgress) => void) {
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let most = 0;
  let last = 0;
  return ({ name, bytes: size }: DatasetFile) => {
    const before = files.slice(
      0,
      files.findIndex((file) => file.name === name),
    );
    const done = before.reduce((sum, { bytes }) => sum + bytes, 0);
    return (progress: TransferProgress): void => {
      const now = performance.now();
      const ends = progress.bytes === progress.total;
      if (now - last < PROGRESS_MILLISECONDS && !ends) return;
      last = now;
      most = Math.max(most, (done + (size * progress.bytes) / progress.total) / all);
      onProgress({ phase: name, fraction: most, ...progress });
    };
  };
}

/** A file that somebody brought must be the right one, as far as a checksum says. */
async function checkKept(
  path: string,
  dataset: Dataset,
  { name, checksum }: DatasetFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (checksum === undefined) return;
  const found = await hashOfFile(path, checksum.algorithm, signal);
  if (found === checksum.value) return;
  const problem = `${path} has the ${checksum.algorithm} ${found}, where ${name} has ${checksum.value}`;
  throw new FetchError(`${problem}. Remove it, and fetch it again or bring it from ${dataset.page}`, {
    file: path,
    url: dataset.page,
  });
}

/** Adds to a failure what the user can do: bring the files that are missing. */
async function withAdvice(
  path: string,
  { files, page }: Dataset,
  { name }: DatasetFile,
  transfer: (tried: (url: string) => void) => Promise<void>,
): Promise<void> {
  let url = page;
  try {
    await transfer((tried) => {
      url = tried;
    });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const folder = dirname(path);
    const missing: DatasetFile[] = [];
    for (const file of files) if (!(await isFile(join(folder, file.name)))) missing.push(file);
    const list = missing.map((file) => `${file.name} (${inBytes(file.bytes)})`).join(' and ');
    throw new FetchError(
      `${name} cannot be fetched: ${error.message}. Bring ${list} from ${page} and put ` +
        `${missing.length > 1 ? 'them' : 'it'} into ${folder}`,
      { file: path, url },
      { cause: error },
    );
  }
}

/** 2400000000 is 2.4 GB. */
export function inBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
