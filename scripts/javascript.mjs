// node scripts/javascript.mjs
//
// Bundles src/ into dist/: what package.json exports, the command cli/main.js, and chunks that they share. A few files load several
// times as fast as the hundred and fifty of src/. Copies the fonts of the figures beside them. tsc writes the declarations: npm run build:ts.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/index.ts', 'src/server/index.ts', 'src/cli/main.ts'],
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunk-[hash]',
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.17',
  packages: 'external',
  charset: 'utf8',
  logLevel: 'warning',
});

const written = new Set(Object.keys(metafile.outputs).map((file) => basename(file)));
for (const file of readdirSync(join(root, 'dist')))
  if (file.startsWith('chunk-') && !written.has(file)) rmSync(join(root, 'dist', file));

const fonts = dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json'));
mkdirSync(join(root, 'dist/fonts'), { recursive: true });
for (const file of ['DejaVuSansCondensed.ttf', 'DejaVuSansCondensed-Bold.ttf'])
  copyFileSync(join(fonts, 'ttf', file), join(root, 'dist/fonts', file));
copyFileSync(join(fonts, 'LICENSE'), join(root, 'dist/fonts/LICENSE'));
