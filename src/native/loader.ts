import { join } from 'node:path';
import { types } from 'node:util';
import { NativeLoadError } from '../errors.ts';
import { packageFile, requireFile } from '../runtime.ts';
import type { NativeAddon } from './addon.ts';
import { libc } from './libc.ts';

let addon: NativeAddon | undefined;

/**
 * The addon: from build/ of a checkout, else from the prebuilt binaries of the package. The environment variable
 * GLOBAL_OBJECT_EMBEDDER_PREBUILD names another folder with such a build/ or prebuilds/.
 *
 * @throws NativeLoadError when there is no binary for this platform or it cannot be loaded.
 */
export function native(): NativeAddon {
  addon ??= load();
  return addon;
}

const LIBC = process.platform === 'linux' ? libc : () => undefined;

function load(): NativeAddon {
  try {
    return requireFile(addonFile()) as NativeAddon;
  } catch (cause) {
    throw new NativeLoadError(helpText(cause), { cause });
  }
}

/** The file of the addon. @throws Error when there is none for this platform. */
export function addonFile(): string {
  const tag = LIBC() === undefined ? '' : `.${LIBC()}`;
  const prebuilt = join(
    'prebuilds',
    `${process.platform}-${process.arch}`,
    `global-object-embedder${tag}.node`,
  );
  const named = process.env.GLOBAL_OBJECT_EMBEDDER_PREBUILD;
  const file = packageFile([join('build', 'Release', 'god.node'), prebuilt], named ? [named] : undefined);
  if (file === undefined) throw new Error(`there is no ${prebuilt}`);
  return file;
}

function helpText(cause: unknown): string {
  const kind = LIBC();
  const platform = `${process.platform}-${process.arch}${kind === undefined ? '' : `, ${kind}`}`;
  const reason = types.isNativeError(cause) ? cause.message.split('\n')[0] : String(cause);
  return (
    `Could not load the native addon of global-object-embedder for ${platform}, ` +
    `Node ${process.versions.node}: ${reason}. To build it here (needs CMake, a C++ compiler and OpenBLAS): ` +
    'cd node_modules/global-object-embedder && npm install --ignore-scripts && npm run build:native'
  );
}
