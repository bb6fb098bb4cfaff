// node scripts/page.mjs
//
// Bundles web/ into dist/page/explorer.js and explorer.css, which are embedded in the report of a run.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

await build({
  absWorkingDir: dirname(dirname(fileURLToPath(import.meta.url))),
  entryPoints: { explorer: 'web/main.tsx', 'explorer-style': 'web/page.css' },
  outdir: 'dist/page',
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2023', 'chrome116', 'firefox115', 'safari17'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning',
});
