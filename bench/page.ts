// npx tsx bench/page.ts [--output FILE]
//
// Measures the page of a run in a real browser without a GPU, for 7,183, 100,000 and 1,000,000 objects in blobs: size, time until
// it is ready, memory, and how long drawing, pointing, searching, selecting and switching take. Needs Debian's chromium.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { embeddedJson } from '../src/figures/drawing/markup.ts';
import { roleColor } from '../src/figures/drawing/palette.ts';
import { MutualProximity } from '../src/neighbors/mutual-proximity.ts';
import { KIN } from '../src/page/format.ts';
import { packPage } from '../src/page/pack.ts';
import { MOST_TWINNED, pageTwins } from '../src/page/twins.ts';
import { pageProgram } from '../src/pipeline/run/page.ts';
import { uniforms } from './data/random.ts';
import { machine } from './harness/machine.ts';
import type { PageMeasures, PageResults } from './report/page.ts';

const SIZES = [7183, 100_000, 1_000_000];
const MODALITIES = ['audio', 'text', 'image'];
const LATENT = 42;
const [output] = process.argv.slice(process.argv.indexOf('--output') + 1);
const target = process.argv.includes('--output') ? output : 'bench/results/page.json';

/** A page with nothing but the explorer: n objects in 36 blobs. */
async function pageFor(n: number): Promise<string> {
  const next = uniforms(7);
  const bell = () => next() + next() + next() + next() - 2;
  const centers = Array.from({ length: 36 }, () => [180 * next(), 140 * next()] as const);
  const data = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [x, y] = centers[i % 36];
    data.set([x + 14 * bell(), y + 14 * bell()], 2 * i);
  }
  const modality = Int32Array.from({ length: n }, (_, i) => i % 3);
  const clusters = Int32Array.from({ length: n }, (_, i) => (i % 36) % 12);
  const objects = {
    map: { data, rows: n, cols: 2 },
    ids: Array.from({ length: n }, (_, i) => `object ${i}`),
    labels: Array.from({ length: n }, (_, i) => ['dog', 'cat', 'river', 'engine', 'violin'][(i >> 3) % 5]),
    modality,
    mapClusters: clusters,
    latentClusters: clusters,
  };
  const scene = {
    title: 'Blobs',
    synthetic: true,
    modalities: MODALITIES,
    signOf: Array.from({ length: 12 }, (_, i) => i),
    clusterSpace: 'map' as const,
    latentClusters: 12,
    colorBy: 'modality' as const,
    ecliptic: null,
    means: centers.slice(0, 12),
  };
  const twins = n > MOST_TWINNED ? undefined : await twinsFor(n, modality, bell);
  const packed = await packPage({ ...objects, twins }, scene);
  const { script, style } = await pageProgram();
  const colors = (['paper', 'panel', 'ink', 'soft', 'line', 'faint', 'hull'] as const)
    .map((role) => `--${role}:${roleColor(role, 'light')}`)
    .join(';');
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Blobs</title><style>:root{${colors}}*{box-sizing:border-box}` +
    `body{margin:0}${style}</style><div id="first"><header><h1>Blobs</h1></header><div id="explorer"></div></div>` +
    `<script type="application/json" id="page-data">${embeddedJson(packed)}</script><script>${script}</script></html>`
  );
}

async function twinsFor(n: number, modality: Int32Array, bell: () => number) {
  const vectors = { data: Float32Array.from({ length: n * LATENT }, bell), rows: n, cols: LATENT };
  const groups = Array.from(modality, (m) => MODALITIES[m]);
  const proximity = await MutualProximity.fit(vectors, { groups });
  return pageTwins(await proximity.neighbors({ k: KIN }), modality, MODALITIES);
}

/** Median and 95th percentile, to a tenth. */
function summary(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1));
  return { median: at(0.5), p95: at(0.95) };
}

/** Drags the map about for a while; gives what the drawings took and the intervals between frames. */
async function pan(page: Page) {
  const samples = page.evaluate(`new Promise((done) => {
    const [costs, frames] = [[], []];
    const canvas = document.querySelector('canvas');
    let last = performance.now();
    const end = last + 2500;
    const step = (now) => {
      frames.push(now - last);
      last = now;
      costs.push(Number(canvas.dataset.cost));
      if (now < end) requestAnimationFrame(step);
      else done({ costs, frames: frames.slice(2) });
    };
    requestAnimationFrame(step);
  })`) as Promise<{ costs: number[]; frames: number[] }>;
  await page.mouse.move(500, 400);
  await page.mouse.down();
  const end = performance.now() + 2400;
  for (let i = 0; performance.now() < end; i++) {
    await page.mouse.move(500 + 160 * Math.sin(i / 9), 400 + 120 * Math.sin(i / 7));
  }
  await page.mouse.up();
  const { costs, frames } = await samples;
  return { redraw: summary(costs), interval: summary(frames) };
}

/** How long the page works at events of one kind, without the frame that follows. */
async function handling(page: Page, make: string, times = 15) {
  const values = (await page.evaluate(`(async () => {
    const times = [];
    for (let i = 0; i < ${times}; i++) {
      const act = (${make})(i);
      const start = performance.now();
      act();
      times.push(performance.now() - start);
      await new Promise((done) => setTimeout(done, 60));
    }
    return times;
  })()`)) as number[];
  return summary(values);
}

const HOVER = `(i) => {
  const map = document.getElementById('map');
  const box = map.getBoundingClientRect();
  const event = new PointerEvent('pointermove', { pointerId: 9, pointerType: 'mouse', bubbles: true,
    clientX: box.left + 80 + (i * 97) % (box.width - 160), clientY: box.top + 80 + (i * 53) % (box.height - 160) });
  return () => map.dispatchEvent(event);
}`;
const SEARCH = `(i) => {
  const field = document.getElementById('search');
  field.value = ['dog', '99', 'violin', 'object 7', ''][i % 5];
  return () => field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}`;
const TOGGLE = `() => {
  const entry = document.querySelector('.legend button');
  return () => entry.click();
}`;

/** Draws a ring round half the map; gives what closing it takes. */
async function lasso(page: Page): Promise<number> {
  await page.keyboard.down('Shift');
  await page.mouse.move(800, 400);
  await page.mouse.down();
  for (let i = 1; i <= 80; i++) {
    const angle = (i / 80) * 2 * Math.PI;
    await page.mouse.move(520 + 280 * Math.cos(angle), 400 + 280 * Math.sin(angle));
  }
  await page.evaluate(`addEventListener('pointerup', () => { window.lassoStart = performance.now(); }, { capture: true, once: true });
    addEventListener('pointerup', () => { window.lassoTook = performance.now() - window.lassoStart; }, { once: true });`);
  await page.mouse.up();
  await page.keyboard.up('Shift');
  return Number(((await page.evaluate('window.lassoTook')) as number).toFixed(1));
}

async function measure(browser: Browser, address: string, deviceScaleFactor: number, file: string) {
  const context = await browser.newContext({ viewport: { width: 1432, height: 900 }, deviceScaleFactor });
  const page = await context.newPage();
  const start = performance.now();
  await page.goto(address, { waitUntil: 'commit' });
  await page.waitForSelector('#explorer[data-ready]', { timeout: 60_000 });
  const ready = performance.now() - start;
  await page.waitForTimeout(800);
  const heap = (await page.evaluate('performance.memory.usedJSHeapSize')) as number;
  const result = {
    pixelRatio: deviceScaleFactor,
    fileBytes: statSync(file).size,
    readySeconds: Number((ready / 1000).toFixed(2)),
    heapBytes: heap,
    pan: await pan(page),
    hover: await handling(page, HOVER, 40),
    search: await handling(page, SEARCH),
    toggle: await handling(page, TOGGLE, 8),
    lasso: await lasso(page),
  };
  await context.close();
  return result;
}

const folder = mkdtempSync(join(tmpdir(), 'god-page-'));
const browser = await chromium.launch({
  executablePath: process.env.GOD_CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--enable-precise-memory-info',
  ],
});
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
