// node scripts/javascript.mjs
//
// Bundles src/ into dist/: what package.json exports, the command cli/main.js, and chunks that they share. A few files load
// several times as fast as the many of src/. Also writes dist/fonts: the fonts of the figures, with the characters that labels need.
// tsc writes the declarations: npm run build:ts.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import subsetFont from 'subset-font';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/index.ts', 'src/matrix-files/index.ts', 'src/server/index.ts', 'src/cli/main.ts'],
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

// The characters of labels: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Georgian, punctuation, arrows and mathematics. The
// whole of DejaVu would be nearly three times as large. Other characters show as boxes, only in PNGs.
const RANGES = [
  [0x20, 0x6ff],
  [0x10a0, 0x10ff],
  [0x1e00, 0x22ff],
  [0x2c60, 0x2c7f],
  [0xfb00, 0xfdff],
  [0xfe70, 0xfefe],
];
const text = RANGES.flatMap(([first, last]) =>
  Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i)),
).join('');
const fonts = dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json'));
mkdirSync(join(root, 'dist/fonts'), { recursive: true });
for (const file of ['DejaVuSansCondensed.ttf', 'DejaVuSansCondensed-Bold.ttf']) {
  const subset = await subsetFont(readFileSync(join(fonts, 'ttf', file)), text, { noHinting: true });
  writeFileSync(join(root, 'dist/fonts', file), subset);
}
copyFileSync(join(fonts, 'LICENSE'), join(root, 'dist/fonts/LICENSE'));
