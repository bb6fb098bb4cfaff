import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { PageMeta } from '../../src/page/format.ts';
import { GOD } from '../../src/pipeline/god.ts';
import { pageOf } from '../../src/pipeline/run/page.ts';
import { synthetic } from '../../src/sources/synthetic.ts';
import { type Objects, unpack } from '../../web/data.ts';
import { tempFolder } from '../support/temp.ts';

/** Debian's Chromium, or the one that GOD_CHROMIUM names. */
const PROGRAM = process.env.GOD_CHROMIUM ?? '/usr/bin/chromium';
export const hasBrowser = existsSync(PROGRAM);
if (!hasBrowser)
  console.warn(`Tests in a browser are skipped: ${PROGRAM} is not there (Debian: apt-get install chromium)`);

const ARGUMENTS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

/** An open page, and records of everything that it must not do. */
export interface Opened {
  readonly page: Page;
  /** Messages of the console, including violations of the policy, and errors. */
  readonly complaints: string[];
  /** Addresses that it requested, other than its own. */
  readonly requests: string[];
}

/** One browser for a test file, with pages from files. */
export function browserOf() {
  const folder = tempFolder();
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: PROGRAM, args: ARGUMENTS });
  }, 60_000);
  afterAll(() => browser?.close());
  return {
    /** Writes a page and returns its address. */
    write: (name: string, html: string): string => pathToFileURL(folder.write(name, html)).href,
    open: async (address: string, options: BrowserContextOptions = {}): Promise<Opened> => {
      const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (request.isNavigationRequest() || /^(blob|data):/.test(request.url())) return;
        requests.push(request.url());
      });
      await page.goto(address);
      if (options.javaScriptEnabled !== false) await page.waitForSelector('#explorer:not(:empty)');
      return { page, complaints, requests };
    },
  };
}

/** A small run of synthetic objects of three modalities. */
export async function smallRun(): Promise<{ god: GOD; html: string }> {
  const god = await GOD.fit(synthetic({ rows: 400 }), {
    samples: 600,
    epochs: 3,
    components: 20,
    iterations: 250,
    threads: 1,
  });
  return { god, html: await pageOf(god, '0.0.0') };
}

/** The objects in a page, unpacked as the page does it. */
export function objectsIn(html: string): Promise<Objects> {
  const source = /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  const { meta, data } = JSON.parse(source) as { meta: PageMeta; data: string };
  return unpack(meta, data);
}
