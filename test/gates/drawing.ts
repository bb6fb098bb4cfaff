// Drags the map of 7,183, 100,000 and 1,000,000 objects around in Chromium without a GPU. Fails if a drawing of 100,000 takes more
// than 5 times that of 7,183, or one of 1,000,000 more than 6 times that of 100,000: ratios within one run, whatever the machine.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch, open, pan } from '../../bench/page/measures.ts';
import { pageFor } from '../../bench/page/pages.ts';
import { measured } from '../support/gate.ts';

const SIZES = [7183, 100_000, 1_000_000];
const MOST = [5, 6];
/** Measures each size in turn, several times. The smallest median is that of the undisturbed machine. */
const ROUNDS = 3;

const folder = mkdtempSync(join(tmpdir(), 'god-page-'));
const browser = await launch();
try {
  const pages = [];
  for (const n of SIZES) {
    const file = join(folder, `${n}.html`);
    writeFileSync(file, await pageFor(n));
    pages.push((await open(browser, pathToFileURL(file).href, 1)).page);
  }
  const least = SIZES.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, page] of pages.entries()) {
      await page.bringToFront();
      least[i] = Math.min(least[i], (await pan(page)).redraw.median);
    }
  }
  const ratios = MOST.map((_, i) => least[i + 1] / least[i]);
  const times = SIZES.map((n, i) => `${n.toLocaleString('en-US')}: ${least[i].toFixed(1)} ms`);
  const figure = `${times.join(', ')}; ratios ${ratios.map((ratio) => ratio.toFixed(1)).join(' and ')}`;
  console.log(figure);
  measured('drawing', figure);
  if (ratios.some((ratio, i) => ratio > MOST[i])) process.exitCode = 1;
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
