import { readFile } from 'node:fs/promises';
import type { Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npyBytes } from '../../src/formats/npy.ts';
import type { Matrix } from '../../src/matrix.ts';
import type { GOD } from '../../src/pipeline/god.ts';
import { createServer, type GODServer, type ServerOptions } from '../../src/server/server.ts';
import { synthetic } from '../../src/sources/synthetic.ts';
import { browserOf, hasBrowser, smallRun } from './browser.ts';

const MOST_JSON = 300_000;

describe.skipIf(!hasBrowser)('the page of a server', () => {
  const browser = browserOf();
  const servers: GODServer[] = [];
  let god: GOD;
  let vectors: Matrix;
  /** Ends the encoding of a picture. */
  let release = () => {};

  beforeAll(async () => {
    ({ god } = await smallRun());
    const image = synthetic({ rows: 30, seed: 9 }).find(({ modality }) => modality === 'image');
    ({ vectors } = await (image as NonNullable<typeof image>).gather({ limit: 3, seed: 0 }));
  }, 120_000);
  afterAll(() => Promise.all(servers.map((server) => server.close(0))));

  /** Encodes a picture as the vector whose number is its first byte; waits if that is a 9. */
  const images = {
    modality: 'image',
    encode: async ([first]: Uint8Array) => {
      if (first === 9) await new Promise<void>((resolve) => (release = resolve));
      return first > 9 ? undefined : rowOf(0);
    },
  };
  const rowOf = (row: number) => vectors.data.slice(row * vectors.cols, (row + 1) * vectors.cols);

  async function served(options: ServerOptions = {}) {
    const server = createServer(god, { images, jsonLimit: MOST_JSON, ...options });
    servers.push(server);
    const { url } = await server.listen(0);
    const opened = await browser.open(url);
    await opened.page.waitForSelector('section.place');
    return { ...opened, url, server };
  }

  const give = (page: Page, name: string, mimeType: string, content: string | Uint8Array) =>
    page.locator('input[type=file]').setInputFiles({ name, mimeType, buffer: Buffer.from(content) });
  const card = (page: Page) => page.locator('[aria-label="Placed object"]');
  const saved = async (page: Page, format: string) => {
    const [download] = await Promise.all([
      page.waitForEvent('download') as Promise<Download>,
      page.locator('section.place').getByRole('button', { name: format, exact: true }).click(),
    ]);
    return readFile((await download.path()) ?? '', 'utf8');
  };

  it('places .npy and JSON vectors and pictures where the library places them', async () => {
    const { page, complaints } = await served();
    const expected = await god.place('image', vectors);
    await give(page, 'three.npy', 'application/octet-stream', npyBytes(vectors));
    await expect.poll(() => card(page).locator('h2').textContent()).toBe('three.npy, row 0');
    const [first] = expected;
    const like = Array.from(first.witnesses).filter((row) => god.clusters[row] === first.cluster).length;
    const text = (await card(page).textContent()) ?? '';
    expect(text).toContain(`${first.sign}, like ${like} of its 15 nearest`);
    const others = Math.round(100 * first.outside);
    expect(text).toContain(others === 100 ? 'all known objects' : `Farther out than ${others}\u202f%`);
    expect(await page.locator('.looked .spread').count()).toBe(1);
    await give(page, 'one.json', 'application/json', JSON.stringify([...rowOf(1)]));
    await expect.poll(() => card(page).locator('h2').textContent()).toBe('one.json');
    await give(page, 'cat.png', 'image/png', Uint8Array.of(1));
    await expect.poll(() => card(page).locator('h2').textContent()).toBe('cat.png');
    const places = JSON.parse(await saved(page, 'JSON')) as { id: string; x: number; sign: string }[];
    expect(places.map(({ id, x, sign }) => [id, x, sign])).toEqual([
      ['cat.png', expected[0].map[0], expected[0].sign],
      ['one.json', expected[1].map[0], expected[1].sign],
      ...expected.map(({ map, sign }, i) => [`three.npy, row ${i}`, map[0], sign]),
    ]);
    expect((await saved(page, 'CSV')).split('\n')).toHaveLength(7);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('highlights the 15 nearest objects and draws their spread around the place', async () => {
    const { page } = await served();
    await give(page, 'three.npy', 'application/octet-stream', npyBytes(vectors));
    await page.waitForSelector('.looked');
    const lit = async () => {
      const counts = await page.locator('.legend .count').allTextContents();
      return counts.reduce((sum, text) => sum + Number(text.split(' / ')[0]), 0);
    };
    expect(await lit()).toBe(15);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.looked').count()).toBe(0);
    expect(await page.locator('.place .ring').count()).toBe(3);
    expect(await lit()).toBe(god.objects.length);
    await page.context().close();
  });

  it('says how certain the place of a known object is', async () => {
    const { page } = await served();
    await page.locator('#search').fill('winter');
    await page.keyboard.press('Enter');
    const name = await page.locator('.card h2').textContent();
    await page.locator('.card').getByRole('button', { name: 'place', exact: true }).click();
    await expect.poll(() => card(page).locator('h2').textContent()).toBe(name);
    expect(await card(page).textContent()).toMatch(/like \d+ of its 15 nearest/);
    await page.context().close();
  });

  it('accepts a file dropped on the map', async () => {
    const { page } = await served();
    const drop = `(type) => {
      const data = new DataTransfer();
      data.items.add(new File(['${JSON.stringify([...rowOf(0)])}'], 'dropped.json', { type: 'application/json' }));
      document.getElementById('map').dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }`;
    await page.evaluate(`(${drop})('dragover')`);
    await page.waitForSelector('.drop');
    await page.evaluate(`(${drop})('drop')`);
    await expect.poll(() => card(page).locator('h2').textContent()).toBe('dropped.json');
    expect(await page.locator('.drop').count()).toBe(0);
    // What went wrong is in view although the card of a placed object fills the panel.
    await give(page, 'bad.npy', 'application/x-npy', 'NUMPY');
    const alert = page.locator('.news [role=alert]');
    await expect
      .poll(() => alert.boundingBox().then((box) => (box?.y ?? 0) + (box?.height ?? 0)))
      .toBeLessThan(400);
    await alert.getByRole('button', { name: 'close' }).click();
    expect(await alert.count()).toBe(0);
    await page.context().close();
  });

  describe('of a bad file', () => {
    let page: Page;
    beforeAll(async () => {
      ({ page } = await served());
    });
    afterAll(() => page.context().close());

    it.each([
      ['too much', 'big.json', 'application/json', `{"a": "${'x'.repeat(40 * MOST_JSON)}"}`, /larger than/],
      ['another kind of file', 'song.mp3', 'audio/mpeg', 'ID3', /Expected content-type/],
      ['an invalid picture', 'bad.png', 'image/png', '\u000b', /not a picture/],
      [
        'a damaged matrix',
        'bad.npy',
        'application/x-npy',
        'NUMPY',
        /bad\.npy is not an \.npy file of a matrix/,
      ],
      ['invalid JSON', 'bad.json', 'application/json', '[1, 2', /not JSON/],
      ['vectors of another length', 'short.json', 'application/json', '[[1, 2]]', /No modality has vectors/],
      [
        'values that are not numbers',
        'text.json',
        'application/json',
        '{"modality":"text","vectors":["a"]}',
        /row 0/,
      ],
    ])('says why it does not place %s', async (_, name, type, content, says) => {
      await give(page, name, type, content);
      await expect.poll(() => page.locator('.news [role=alert]').textContent()).toMatch(says);
      expect(await page.locator('.banner').count()).toBe(0);
    });
  });

  it('asks a busy server again when the server says so', async () => {
    const { page, url } = await served({ concurrency: 1, queue: 0 });
    const picture = { method: 'POST', body: Uint8Array.of(9), headers: { 'content-type': 'image/png' } };
    const long = fetch(`${url}/place`, picture);
    const running = async () => {
      const health = (await (await fetch(`${url}/health`)).json()) as { requests: { running: number } };
      return health.requests.running;
    };
    await expect.poll(running).toBe(1);
    await give(page, 'one.json', 'application/json', JSON.stringify([...rowOf(0)]));
    await expect
      .poll(() => page.locator('.news [role=status]').textContent())
      .toContain('The server is busy. Trying again in 1');
    release();
    expect((await long).status).toBe(200);
    await expect.poll(() => card(page).locator('h2').textContent(), { timeout: 5000 }).toBe('one.json');
    await page.context().close();
  });

  it('says that the server is gone, and that it is back', async () => {
    const { page, server, url } = await served();
    await server.close();
    await give(page, 'one.json', 'application/json', JSON.stringify([...rowOf(0)]));
    await page.waitForSelector('.banner');
    await page.locator('#search').fill('winter');
    await page.keyboard.press('Enter');
    expect(await page.locator('.card h2').textContent()).toMatch(/winter/);
    const again = createServer(god, {});
    servers.push(again);
    await again.listen(Number(new URL(url).port));
    await page.waitForSelector('.banner', { state: 'detached', timeout: 10_000 });
    await page.context().close();
  });
});
