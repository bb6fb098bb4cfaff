import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Libraries that every Linux has. All others must be inside the binary. */
const SYSTEM = /^(linux-vdso|libc|libm|libpthread|libdl|librt|ld-linux.*|ld-musl.*)\.so/;

/** The oldest glibc that Node 20 runs on. Published binaries must not need a newer one. */
const NODES_GLIBC = 28;

/**
 * Checks what every Linux binary in prebuilds/ links with, and says the lowest glibc that it runs on; one that is to be
 * `published` must run wherever Node does.
 */
export function checkBinaries(root: string, { published }: { published: boolean }): readonly string[] {
  const prebuilds = join(root, 'prebuilds');
  if (!existsSync(prebuilds)) throw new Error('There is no binary');
  return readdirSync(prebuilds).flatMap((platform) =>
    readdirSync(join(prebuilds, platform)).map((name) => {
      const file = join(prebuilds, platform, name);
      const megabytes = (statSync(file).size / 1e6).toFixed(1);
      const linux = platform.startsWith('linux') && process.platform === 'linux';
      return `${platform}/${name}: ${megabytes} MB${linux ? `, ${needs(file, published)}` : ''}`;
    }),
  );
}

function needs(file: string, published: boolean): string {
  const dynamic = execFileSync('readelf', ['-dW', file], { encoding: 'utf8' });
  const libraries = [...dynamic.matchAll(/NEEDED.*\[(.*)\]/g)].map(([, name]) => name);
  const foreign = libraries.filter((name) => !SYSTEM.test(name));
  if (foreign.length > 0) throw new Error(`${file} needs ${foreign.join(', ')}`);
  const symbols = execFileSync('readelf', ['--dyn-syms', '-W', file], { encoding: 'utf8' });
  // Node's functions are resolved when it loads the addon; a missing one of ours would not be.
  const absent = [...symbols.matchAll(/ GLOBAL .* UND (_ZN3god\S*|cblas_\S*|\w+_)$/gm)].map(
    ([, name]) => name,
  );
  if (absent.length > 0) throw new Error(`${file} lacks ${absent.join(', ')}`);
  const versions = [...symbols.matchAll(/@GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
  const floor = Math.max(...versions);
  if (published && floor > NODES_GLIBC) throw new Error(`${file} needs glibc 2.${floor}`);
  return `needs ${libraries.join(', ')}${versions.length > 0 ? `, glibc 2.${floor} or newer` : ''}`;
}
