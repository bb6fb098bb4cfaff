// npm runs this before it packs: builds dist/ anew, and fails if a binary that the package promises is missing.
// GOD_PACK_ANY=1 packs the binaries that there are.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROMISED = [
  ...['x64', 'arm64'].flatMap((arch) =>
    ['glibc', 'musl'].map((libc) => `prebuilds/linux-${arch}/global-object-embedder.${libc}.node`),
  ),
  'prebuilds/win32-x64/global-object-embedder.node',
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const absent = PROMISED.filter((file) => !existsSync(join(root, file)));
if (absent.length > 0 && process.env.GOD_PACK_ANY !== '1') {
  console.error(
    `prepack: the package promises binaries that are not there: ${absent.join(', ')}. \`npm run binaries\` builds them; ` +
      'GOD_PACK_ANY=1 packs without them.',
  );
  process.exit(1);
}
rmSync(join(root, 'dist'), { recursive: true, force: true });
const npm = process.env.npm_execpath;
const [program, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
// On stderr: what `npm pack --json` prints is read by programs.
execFileSync(program, [...first, 'run', 'build:ts'], { cwd: root, stdio: ['ignore', 2, 2] });
