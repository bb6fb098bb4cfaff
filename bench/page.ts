// npx tsx bench/page.ts [--output FILE]
//
// Measures the page of a run in a real browser without a GPU, for 7,183, 100,000 and 1,000,000 objects in blobs: size, time until
// it is ready, memory, and how long drawing, pointing, searching, selecting and switching take. Needs Debian's chromium.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { pageProgram } from '../src/pipeline/run/page.ts';
import { machine } from './harness/machine.ts';
import { HOVER, handling, lasso, launch, open, pan, SEARCH, TOGGLE } from './page/measures.ts';
import { pageFor } from './page/pages.ts';
import type { PageMeasures, PageResults } from './report/page.ts';

const SIZES = [7183, 100_000, 1_000_000];
const [output] = process.argv.slice(process.argv.indexOf('--output') + 1);
const target = process.argv.includes('--output') ? output : 'bench/results/page.json';

async function measure(browser: Browser, address: string, deviceScaleFactor: number, file: string) {
  const { page, ready } = await open(browser, address, deviceScaleFactor);
  const heap = (await page.evaluate('performance.memory.usedJSHeapSize')) as number;
  const result = {
    pixelRatio: deviceScaleFactor,
    fileBytes: statSync(file).size,
    readySeconds: Number(ready.toFixed(2)),
    heapBytes: heap,
    pan: await pan(page),
    hover: await handling(page, HOVER, 40),
    search: await handling(page, SEARCH),
    toggle: await handling(page, TOGGLE, 8),
    lasso: await lasso(page),
  };
  await page.context().close();
  return result;
}

const folder = mkdtempSync(join(tmpdir(), 'god-page-'));
const browser = await launch();
try {
  const { script, style } = await pageProgram();
  const program = script + style;
  const results: PageMeasures[] = [];
  for (const n of SIZES) {
    const file = join(folder, `${n}.html`);
    writeFileSync(file, await pageFor(n));
    for (const ratio of [1, 2]) {
      const measured = await measure(browser, pathToFileURL(file).href, ratio, file);
      console.log(n, JSON.stringify(measured));
      results.push({ objects: n, ...measured });
    }
  }
  const report: PageResults = {
    machine: machine(),
    command: 'npx tsx bench/page.ts',
    browser: `Chromium ${browser.version()}`,
    program: { bytes: program.length, gzippedBytes: gzipSync(program).length },
    page: results,
  };
  writeFileSync(target, `${JSON.stringify(report, null, 1)}\n`);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
