import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's Chromium, or the one that GOD_CHROMIUM names, without a GPU. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.GOD_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
      '--enable-precise-memory-info',
    ],
  });
}

/** Opens a page and waits until it is ready; gives the seconds that takes. */
export async function open(browser: Browser, address: string, deviceScaleFactor: number) {
  const context = await browser.newContext({ viewport: { width: 1432, height: 900 }, deviceScaleFactor });
  const page = await context.newPage();
  const start = performance.now();
  await page.goto(address, { waitUntil: 'commit' });
  await page.waitForSelector('#explorer[data-ready]', { timeout: 60_000 });
  const ready = (performance.now() - start) / 1000;
  await page.waitForTimeout(800);
  return { page, ready };
}

/** Median and 95th percentile, to a tenth. */
function summary(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1));
  return { median: at(0.5), p95: at(0.95) };
}

/** Drags the map about for a while; gives what the drawings took and the intervals between frames. */
export async function pan(page: Page) {
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
export async function handling(page: Page, make: string, times = 15) {
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

export const HOVER = `(i) => {
  const map = document.getElementById('map');
  const box = map.getBoundingClientRect();
  const event = new PointerEvent('pointermove', { pointerId: 9, pointerType: 'mouse', bubbles: true,
    clientX: box.left + 80 + (i * 97) % (box.width - 160), clientY: box.top + 80 + (i * 53) % (box.height - 160) });
  return () => map.dispatchEvent(event);
}`;
export const SEARCH = `(i) => {
  const field = document.getElementById('search');
  field.value = ['dog', '99', 'violin', 'object 7', ''][i % 5];
  return () => field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}`;
export const TOGGLE = `() => {
  const entry = document.querySelector('.legend button');
  return () => entry.click();
}`;

/** Draws rings round half the map; gives what closing them takes. */
export async function lasso(page: Page) {
  const times: number[] = [];
  for (let i = 0; i < 7; i++) times.push(await ring(page));
  return summary(times);
}

async function ring(page: Page): Promise<number> {
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
  return (await page.evaluate('window.lassoTook')) as number;
}
