import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { libc } from '../../src/native/libc.ts';
import { npm } from './programs.ts';

/**
 * Builds the binary of this platform if there is none or, unless prebuilds/ is to be used as it is, if a native source is
 * newer. The JavaScript is built when the package is packed.
 */
export function buildPackage(root: string, { asBuilt }: { asBuilt: boolean }): void {
  const binary = binaryFile(root);
  const sources = ['native/kernels', 'native/binding', 'CMakeLists.txt'].map((path) =>
    newest(join(root, path)),
  );
  if (binary !== undefined && (asBuilt || statSync(binary).mtimeMs > Math.max(...sources))) return;
  console.log('npm run binaries ...');
  npm(root, 'run', 'binaries');
}

/** The prebuilt binary of this platform. */
export function binaryFile(root: string): string | undefined {
  const folder = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
  const ending = process.platform === 'linux' ? `.${libc()}.node` : '.node';
  const file = existsSync(folder) ? readdirSync(folder).find((name) => name.endsWith(ending)) : undefined;
  return file && join(folder, file);
}

function newest(path: string): number {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((entry) => newest(join(path, entry))));
}

/** The path of the tarball that npm would publish. */
export function pack(root: string, folder: string): string {
  const [{ filename }] = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', folder));
  return join(folder, filename);
}

const NEEDED = [
  'package.json',
  'README.md',
  'LICENSE',
  'THIRD_PARTY_NOTICES.md',
  'CHANGELOG.md',
  'CMakeLists.txt',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/matrix-files/index.js',
  'dist/matrix-files/index.d.ts',
  'dist/cli/main.js',
  'dist/page/explorer.js',
  'dist/page/explorer-style.css',
  'spark/god_spark.py',
  'spark/README.md',
  'native/binding/addon.cpp',
  'native/kernels/base/matrix.hpp',
];
const ALLOWED =
  /^(dist|prebuilds|native\/(kernels|binding))\/|^spark\/(god_spark\.py|README\.md)$|^[A-Za-z_]+(\.md|\.json|\.txt|\.gyp)?$/;
const REFUSED = /\.(npy|bin|tfrecord|onnx|gz|png|jpe?g)$|\.test\.|s\.map$/;

/** Checks that every package that is installed with this one is in the notices. */
export function checkNotices(root: string): void {
  const notices = readFileSync(join(root, 'THIRD_PARTY_NOTICES.md'), 'utf8');
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; peer?: boolean; devOptional?: boolean }>;
  };
  const installed = Object.entries(packages)
    .filter(
      ([path, { dev, optional, peer, devOptional }]) => path && !(dev || optional || peer || devOptional),
    )
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  const absent = installed.filter((name) => !notices.includes(`| ${name} `));
  if (absent.length > 0) throw new Error(`THIRD_PARTY_NOTICES.md lacks ${absent.join(', ')}`);
}

/** Checks the list of files of the tarball. Returns a summary. */
export function checkContents(tarball: string): string {
  const listing = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n');
  const files = listing.map((line) => line.replace(/^package\//, ''));
  const absent = NEEDED.filter((file) => !files.includes(file));
  const odd = files.filter((file) => !ALLOWED.test(file) || REFUSED.test(file));
  const binaries = files.filter((file) => file.endsWith('.node'));
  if (absent.length > 0) throw new Error(`The package lacks ${absent.join(', ')}`);
  if (odd.length > 0) throw new Error(`The package holds what it should not: ${odd.join(', ')}`);
  if (binaries.length === 0) throw new Error('The package holds no binary');
  const megabytes = (statSync(tarball).size / 1e6).toFixed(1);
  return `packed: ${files.length} files, ${megabytes} MB, with ${binaries.join(', ')}`;
}
