import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { NativeLoadError } from '../errors.ts';
import type { NativeAddon } from './addon.ts';

let addon: NativeAddon | undefined;

/**
 * The addon: from build/ of a checkout, else from the prebuilt binaries of the package.
 *
 * @throws NativeLoadError when there is none for this platform, or it cannot be loaded.
 */
export function native(): NativeAddon {
  addon ??= load();
  return addon;
}

function load(): NativeAddon {
  const require = createRequire(import.meta.url);
  // This file is src/native/loader.ts or dist/native/loader.js: the package lies two folders up.
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  try {
    const file: string = require('node-gyp-build').resolve(root);
    // It knows musl by Alpine's release file alone, and takes the other systems with musl for ones with glibc.
    const forGlibc = file.endsWith(GLIBC_ENDING);
    return require(
      forGlibc && glibcVersion() === undefined ? file.replace(GLIBC_ENDING, '.musl.node') : file,
    );
  } catch (cause) {
    throw new NativeLoadError(helpText(cause), { cause });
  }
}

const GLIBC_ENDING = '.glibc.node';

/** Undefined where this Node runs on another libc. */
function glibcVersion(): string | undefined {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime;
}

function helpText(cause: unknown): string {
  const glibc = glibcVersion();
  const libc = process.platform !== 'linux' ? '' : glibc === undefined ? ', musl' : `, glibc ${glibc}`;
  const reason = types.isNativeError(cause) ? cause.message.split('\n')[0] : String(cause);
  return (
    `Could not load the native addon of global-object-embedder for ${process.platform}-${process.arch}${libc}, ` +
    `Node ${process.versions.node}: ${reason}. To build it here (needs CMake, a C++ compiler and OpenBLAS): ` +
    'cd node_modules/global-object-embedder && npm install --ignore-scripts && npm run build:native'
  );
}
