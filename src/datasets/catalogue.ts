/** One file of a data set, as its publisher offers it. */
export interface DatasetFile {
  /** Its name there and in the folder that it is fetched to. */
  readonly name: string;
  /** Addresses of the same file; the next one is tried where one fails. */
  readonly urls: readonly string[];
  /** Bytes; rounded unless the publisher or the checksum's source gives all digits. */
  readonly bytes: number;
  readonly exact: boolean;
  readonly checksum?: Checksum;
  /** What `fileKind` says of it; absent for kinds that it does not know. */
  readonly kind?: string;
}

export interface Checksum {
  readonly algorithm: 'md5' | 'sha256';
  /** Hexadecimal. */
  readonly value: string;
}

/** Names of the data sets. */
export type DatasetName = 'audioset' | 'wikipedia2vec' | 'tiny-imagenet' | 'resnet18';

/** A corpus of the paper, or the network for its images. */
export interface Dataset {
  readonly title: string;
  /** The publisher's page. */
  readonly page: string;
  readonly license: string;
  readonly files: readonly DatasetFile[];
}

const AUDIOSET = (region: string) => `https://storage.googleapis.com/${region}_audioset/youtube_corpus/v1`;
const REGIONS = ['us', 'eu', 'asia'];

/**
 * Where the publishers offer their files. Addresses, sizes and checksums were last looked up in November 2026, in the publishers' own pages
 * and in public code that uses them; nothing was fetched. The checksum of ResNet-18 is from its publisher (ONNX_HUB_MANIFEST.json),
 * that of Tiny ImageNet from programs that fetch it. The publishers of the others give none.
 */
export const DATASETS: Readonly<Record<DatasetName, Dataset>> = {
  audioset: {
    title: 'AudioSet, vectors of VGGish',
    page: 'https://research.google.com/audioset/download.html',
    license: 'CC BY 4.0, by Google',
    files: [
      {
        name: 'class_labels_indices.csv',
        urls: REGIONS.map((region) => `${AUDIOSET(region)}/csv/class_labels_indices.csv`),
        bytes: 14_675,
        exact: false,
      },
      {
        name: 'features.tar.gz',
        urls: REGIONS.map((region) => `${AUDIOSET(region)}/features/features.tar.gz`),
        bytes: 2_400_000_000,
        exact: false,
        kind: 'a gzip file',
      },
    ],
  },
  wikipedia2vec: {
    title: 'wikipedia2vec, English Wikipedia of April 2018, 100 dimensions',
    page: 'https://wikipedia2vec.github.io/wikipedia2vec/pretrained/',
    license: 'none stated with the file; the program is Apache 2.0, the text of Wikipedia CC BY-SA',
    files: [
      {
        name: 'enwiki_20180420_100d.txt.bz2',
        urls: ['https', 'http'].map(
          (scheme) =>
            `${scheme}://wikipedia2vec.s3.amazonaws.com/models/en/2018-04-20/enwiki_20180420_100d.txt.bz2`,
        ),
        bytes: 1_000_000_000,
        exact: false,
        kind: 'a bzip2 file',
      },
    ],
  },
  'tiny-imagenet': {
    title: 'Tiny ImageNet',
    page: 'http://cs231n.stanford.edu/',
    license: 'the terms of ImageNet: research and education that are not commercial',
    files: [
      {
        name: 'tiny-imagenet-200.zip',
        urls: ['https', 'http'].map((scheme) => `${scheme}://cs231n.stanford.edu/tiny-imagenet-200.zip`),
        bytes: 248_100_043,
        exact: true,
        checksum: { algorithm: 'md5', value: '90528d7ca1a48142e341f4ef8d21d0de' },
        kind: 'a zip archive',
      },
    ],
  },
  resnet18: {
    title: 'ResNet-18 trained on ImageNet, from the ONNX Model Zoo',
    page: 'https://github.com/onnx/models',
    license: 'Apache 2.0',
    files: [
      {
        name: 'resnet18-v1-7.onnx',
        urls: [
          'https://github.com/onnx/models/raw/main/validated/vision/classification/resnet/model/resnet18-v1-7.onnx',
        ],
        bytes: 46_820_737,
        exact: true,
        checksum: {
          algorithm: 'sha256',
          value: '4e8f8653e7a2222b3904cc3fe8e304cd8b339ce1d05fd24688162f86fb6df52c',
        },
      },
    ],
  },
};

export const DATASET_NAMES = Object.keys(DATASETS) as DatasetName[];
