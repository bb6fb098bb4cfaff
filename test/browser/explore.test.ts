import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Download, Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { GOD } from '../../src/pipeline/god.ts';
import { pageOf } from '../../src/pipeline/run/page.ts';
import { synthetic } from '../../src/sources/synthetic.ts';
import { idOf, nameOf, type Objects } from '../../web/data.ts';
import { contains } from '../../web/lasso.ts';
import { firstOf, packedNear } from '../../web/twins.ts';
import { homeOf, projectionOf, toScreen } from '../../web/view.ts';
import { colorSource } from '../support/pictures.ts';
import { tempFolder } from '../support/temp.ts';
import { browserOf, hasBrowser, type Opened, objectsIn, smallRun } from './browser.ts';

describe.skipIf(!hasBrowser)('the page of a run', () => {
  const browser = browserOf();
  const folder = tempFolder();
  let god: GOD;
  let html: string;
  let address: string;
  let objects: Objects;

  beforeAll(async () => {
    ({ god, html } = await smallRun());
    address = browser.write('report.html', html);
    objects = await objectsIn(html);
  }, 120_000);

  /** Where the map is on the screen, as the page itself measures it, with its size in whole pixels. */
  const frameOf = (page: Page) =>
    page.locator('#map').evaluate((map) => {
      const { x, y } = map.getBoundingClientRect();
      return { x, y, width: map.clientWidth, height: map.clientHeight };
    });

  /** Places of all objects on the screen while the whole map is shown. */
  async function places(page: Page): Promise<[number, number][]> {
    const box = await frameOf(page);
    const projection = projectionOf(homeOf(objects.meta.extent), objects.meta.extent, box);
    return Array.from({ length: objects.placed }, (_, i) => {
      const [x, y] = toScreen(projection, [objects.x[i], objects.y[i]]);
      return [x + box.x, y + box.y];
    });
  }

  /** An object to point at: nothing is near it, and no name or button covers it. */
  async function lonely(page: Page): Promise<{ i: number; at: [number, number] }> {
    const all = await places(page);
    const box = await frameOf(page);
    const gap = ([x, y]: [number, number], i: number) =>
      Math.min(...all.map(([u, v], j) => (j === i ? Infinity : Math.hypot(u - x, v - y))));
    const free = all
      .map((at, i) => ({ i, at, gap: gap(at, i) }))
      .filter(({ at }) => at[1] < box.y + box.height - 80);
    return free.reduce((best, one) => (one.gap > best.gap ? one : best));
  }

  const clean = ({ complaints, requests }: Opened) => expect([...complaints, ...requests]).toEqual([]);

  async function saved(page: Page, act: () => Promise<void>): Promise<string> {
    const [download] = await Promise.all([page.waitForEvent('download') as Promise<Download>, act()]);
    return readFile((await download.path()) ?? '', 'utf8');
  }

  /** Ids of the selection, by its export. */
  async function selectedIds(page: Page): Promise<string[]> {
    const text = await saved(page, () =>
      page.locator('.selection').getByRole('button', { name: 'ids' }).click(),
    );
    return text.trimEnd().split('\n').sort();
  }

  it('requests nothing, writes nothing to the console and violates no policy', async () => {
    const opened = await browser.open(address);
    await opened.page.mouse.move(400, 400);
    await opened.page.mouse.wheel(0, -300);
    await opened.page.waitForTimeout(300);
    clean(opened);
    await opened.page.context().close();
  });

  it('names and pins the object below the pointer, the same that a search of all objects finds', async () => {
    const opened = await browser.open(address);
    const { page } = opened;
    const { i, at } = await lonely(page);
    await page.mouse.move(at[0] + 2, at[1] - 2);
    await expect.poll(() => page.locator('.tip bdi').textContent()).toBe(nameOf(objects, i));
    await page.mouse.click(at[0], at[1]);
    expect(await page.locator('.card').textContent()).toContain(idOf(objects, i));
    clean(opened);
    await page.context().close();
  });

  it('finds objects of objects.csv and flies to the best hit', async () => {
    const opened = await browser.open(address);
    const { page } = opened;
    for (const query of ['winter', 'RIVER', 'recording 1', 'no such thing']) {
      const found = god.objects.filter(({ id, label }) =>
        `${id}\n${label}`.toLowerCase().includes(query.toLowerCase()),
      ).length;
      await page.locator('#search').fill(query);
      await expect
        .poll(() => page.locator('.hits').textContent())
        .toContain(`${found} of ${god.objects.length}`);
    }
    await page.locator('#search').fill('recording 12');
    const few = god.objects.filter(({ id }) => id.includes('recording 12')).length;
    expect(few).toBeGreaterThan(0);
    await expect.poll(() => page.locator('.hit-ring').count()).toBe(few);
    await page.locator('#hits li').first().hover();
    await expect.poll(() => page.locator('.tip').count()).toBe(1);
    await page.mouse.move(5, 5);
    await expect.poll(() => page.locator('.tip').count()).toBe(0);
    await page.locator('#search').fill('winter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await page.locator('.card h2').textContent()).toMatch(/winter/);
    clean(opened);
    await page.context().close();
  });

  it('selects the same objects by mouse and by keyboard, and exports the selection', async () => {
    const opened = await browser.open(address);
    const { page } = opened;
    const box = await frameOf(page);
    const all = await places(page);
    const idsIn = (corners: readonly (readonly [number, number])[]) =>
      all.flatMap(([x, y], i) => (contains(corners, x, y) ? [idOf(objects, i)] : [])).sort();
    const square = (x: number, y: number) =>
      [
        [x - 120, y - 120],
        [x + 120, y - 120],
        [x + 120, y + 120],
        [x - 120, y + 120],
      ] as const;
    const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
    // A mouse is always at whole pixels.
    const corners = square(Math.round(cx), Math.round(cy));
    const inside = idsIn(corners);
    await page.keyboard.down('Shift');
    await page.mouse.move(...corners[0]);
    await page.mouse.down();
    for (const corner of corners) await page.mouse.move(...corner);
    await page.mouse.up();
    await page.keyboard.up('Shift');
    expect(await selectedIds(page)).toEqual(inside);
    const csv = await saved(page, () =>
      page.locator('.selection').getByRole('button', { name: 'CSV' }).click(),
    );
    expect(csv.trimEnd().split('\n')).toHaveLength(inside.length + 1);
    const json = await saved(page, () =>
      page.locator('.selection').getByRole('button', { name: 'JSON' }).click(),
    );
    expect((JSON.parse(json) as { id: string }[]).map(({ id }) => id).sort()).toEqual(inside);
    await page.locator('.selection').getByRole('button', { name: 'clear' }).click();

    await page.locator('#map').focus();
    await page.keyboard.press('l');
    const walk = async (key: string, steps: number) => {
      for (let s = 0; s < steps; s++) await page.keyboard.press(key);
    };
    await walk('ArrowLeft', 4);
    await walk('ArrowUp', 4);
    await page.keyboard.press('Space');
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft']) {
      await walk(key, 8);
      await page.keyboard.press('Space');
    }
    await page.keyboard.press('Enter');
    expect(await selectedIds(page)).toEqual(idsIn(square(cx, cy)));
    clean(opened);
    await page.context().close();
  });

  it('opens the same view from its own link', async () => {
    const opened = await browser.open(address);
    const { page } = opened;
    await page.mouse.move(500, 400);
    await page.mouse.wheel(0, -400);
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    await page.locator('.legend button').first().click();
    await page.locator('#search').fill('river');
    await page.mouse.move(1100, 780);
    await page.waitForTimeout(700);
    const pixels = (at: Page) =>
      at.evaluate("document.querySelector('canvas').toDataURL()") as Promise<string>;
    const link = page.url();
    expect(link).toMatch(/#v=1&at=.*&by=sign&off=sign:.*&q=river/);
    const again = await browser.open(link);
    await again.page.waitForTimeout(300);
    expect((await pixels(again.page)) === (await pixels(page))).toBe(true);
    clean(again);
    await page.context().close();
    await again.page.context().close();
  });

  it('keeps the focus on a switched legend entry, and goes to a twin and back', async () => {
    const opened = await browser.open(address);
    const { page } = opened;
    const entry = page.locator('.legend button').nth(1);
    await entry.focus();
    await page.keyboard.press('Space');
    expect(await entry.getAttribute('aria-pressed')).toBe('false');
    expect(await entry.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Space');
    expect(await entry.getAttribute('aria-pressed')).toBe('true');

    await page.locator('#search').fill('river');
    await page.keyboard.press('Enter');
    const first = await page.locator('.card .soft').nth(1).textContent();
    const from =
      Array.from({ length: objects.count }, (_, i) => i).find((i) => idOf(objects, i) === first) ?? -1;
    await page.locator('#map').focus();
    await page.keyboard.press('t');
    const [twin] = firstOf(packedNear(objects, from), objects.modality[from]);
    await expect.poll(() => page.locator('.card').textContent()).toContain(idOf(objects, twin));
    await page.keyboard.press('Backspace');
    await expect.poll(() => page.locator('.card').textContent()).toContain(first ?? '-');
    clean(opened);
    await page.context().close();
  });

  it('zooms by two fingers, and selects by a long press', async () => {
    const viewport = { width: 390, height: 780 };
    const opened = await browser.open(address, { viewport, hasTouch: true, isMobile: true });
    const { page } = opened;
    const session = await page.context().newCDPSession(page);
    const touch = async (
      type: 'touchStart' | 'touchMove' | 'touchEnd',
      at: readonly (readonly number[])[],
    ) => {
      const touchPoints = at.map(([x, y], id) => ({ x, y, id }));
      await session.send('Input.dispatchTouchEvent', { type, touchPoints });
      await page.waitForTimeout(40);
    };
    const box = await frameOf(page);
    const [cx, cy] = [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];
    const fingers = (apart: number) => [
      [cx - apart, cy],
      [cx + apart, cy],
    ];
    await touch('touchStart', fingers(40));
    for (const apart of [50, 60, 70, 80]) await touch('touchMove', fingers(apart));
    await touch('touchEnd', []);
    await expect.poll(() => Number(/&at=[^&]*,([\d.]+)&/.exec(page.url())?.[1])).toBeCloseTo(2, 1);
    await page.getByRole('button', { name: 'All of the map' }).tap();
    await expect.poll(() => /&at=[^&]*,1&/.test(page.url())).toBe(true);

    const all = await places(page);
    const corners = [
      [cx - 90, cy - 90],
      [cx + 90, cy - 90],
      [cx + 90, cy + 60],
      [cx - 90, cy + 60],
    ] as const;
    await touch('touchStart', [corners[0]]);
    await page.waitForTimeout(500);
    for (const corner of corners.slice(1)) await touch('touchMove', [corner]);
    await touch('touchEnd', []);
    const inside = all.flatMap(([x, y], i) => (contains(corners, x, y) ? [idOf(objects, i)] : []));
    expect(inside.length).toBeGreaterThan(20);
    expect(await selectedIds(page)).toEqual(inside.sort());
    clean(opened);
    await page.context().close();
  });

  it('selects the objects below a node of the tree, and those of a count by sign and modality', async () => {
    const opened = await browser.open(address);
    const { page } = opened;
    // On the stem of the left part, which nothing else covers.
    const clickOn = async (line: Locator) => {
      await line.scrollIntoViewIfNeeded();
      const [x, y] = await line.evaluate((path: SVGPathElement) => {
        const at = path.getPointAtLength(14).matrixTransform(path.getScreenCTM() ?? undefined);
        return [at.x, at.y];
      });
      await page.mouse.click(x, y);
    };
    const chosen = () => page.locator('.selection h2').textContent();
    const { merges } = god.trees[god.settings.clusterSpace];
    const rows = god.objects.length;
    // The two parts of the last merge.
    for (const part of [0, 1]) {
      const node = merges.data[4 * (merges.rows - 1) + part];
      await clickOn(page.locator(`#figure-4-box .wide [data-node="${node}"] .hit`).first());
      const members = merges.data[4 * (node - rows) + 3];
      await expect.poll(chosen).toBe(`${members} selected`);
      const below = new Set<number>();
      const open = [node];
      for (let one = open.pop(); one !== undefined; one = open.pop()) {
        if (one < rows) below.add(one);
        else open.push(merges.data[4 * (one - rows)], merges.data[4 * (one - rows) + 1]);
      }
      expect(await selectedIds(page)).toEqual(Array.from(below, (row) => god.objects[row].id).sort());
    }
    const row = page.locator('#signs-modalities tbody tr').nth(2);
    const sign = await row.locator('th').textContent();
    const count = await row.locator('td').nth(1).locator('button').textContent();
    await row.locator('td').nth(1).locator('button').click();
    await expect.poll(chosen).toBe(`${count} selected`);
    const modality = objects.meta.modalities[1];
    const expected = god.objects.filter((object, i) => object.modality === modality && god.signs[i] === sign);
    expect(await selectedIds(page)).toEqual(expected.map(({ id }) => id).sort());
    clean(opened);
    await page.context().close();
  });

  it('selects all hits of a search, and opens the selection from a link', async () => {
    const opened = await browser.open(address);
    const { page } = opened;
    await page.locator('#search').fill('river');
    await page.getByRole('button', { name: 'select all of them' }).click();
    await page.locator('#search').fill('');
    const hits = god.objects.filter(({ id, label }) => /river/i.test(`${id}\n${label}`)).map(({ id }) => id);
    expect(hits.length).toBeGreaterThan(3);
    expect(await selectedIds(page)).toEqual(hits.sort());
    await expect.poll(() => page.url()).toContain('&hits=river');
    const again = await browser.open(page.url());
    expect(await selectedIds(again.page)).toEqual(hits);
    expect(await again.page.locator('#search').inputValue()).toBe('');
    clean(again);
    await page.context().close();
    await again.page.context().close();
  });

  it('walks through the tree by keys, and selects below a node', async () => {
    const opened = await browser.open(address);
    const { page } = opened;
    const tree = page.locator('#figure-4-box .wide [role=tree]');
    expect(await tree.locator('[tabindex="0"]').count()).toBe(1);
    const { merges } = god.trees[god.settings.clusterSpace];
    const rows = god.objects.length;
    const root = merges.rows - 1;
    const part = (merge: number, which: 0 | 1) => merges.data[4 * merge + which] - rows;
    const size = (merge: number) => `${merges.data[4 * merge + 3]} objects`;
    const focused = () => page.evaluate('document.activeElement.getAttribute("aria-label")');
    await tree.locator('[tabindex="0"]').focus();
    expect(await focused()).toBe(size(root));
    const [left, right] = [part(root, 0), part(root, 1)];
    for (const [key, at] of [
      ['ArrowDown', left],
      ['ArrowRight', right],
      ['ArrowRight', right],
      ['ArrowLeft', left],
      ['ArrowUp', root],
      ['ArrowDown', left],
      ['ArrowDown', part(left, 0)],
    ] as const) {
      await page.keyboard.press(key);
      expect(await focused()).toBe(size(at));
    }
    await page.keyboard.press('Enter');
    const chosen = () => page.locator('.selection h2').textContent();
    await expect.poll(chosen).toBe(`${merges.data[4 * part(left, 0) + 3]} selected`);
    await expect.poll(() => page.url()).toContain(`&node=${part(left, 0) + rows}`);
    clean(opened);
    await page.context().close();
  });

  it('shows objects in a table that can be sorted', async () => {
    const opened = await browser.open(address);
    const { page } = opened;
    await page.getByRole('button', { name: 'Table instead of map' }).click();
    const first = () => page.locator('.table [role=row] [role=cell] .link').first().textContent();
    const ids = god.objects.map(({ id }) => id).sort(new Intl.Collator('en', { numeric: true }).compare);
    expect(await first()).toBe(ids[0]);
    await page.locator('.table').getByRole('button', { name: 'id' }).first().click();
    expect(await first()).toBe(ids.at(-1));
    clean(opened);
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)('has no fault that axe finds, %s', async (colorScheme) => {
    const opened = await browser.open(address, { colorScheme, bypassCSP: true });
    const { page } = opened;
    await page.locator('#search').fill('river');
    await page.keyboard.press('Enter');
    await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') });
    const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
      violations: { id: string; nodes: { html: string }[] }[];
    };
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    await page.context().close();
  });

  it.each([390, 320])('does not scroll sideways at a width of %i', async (width) => {
    const opened = await browser.open(address, {
      viewport: { width, height: 780 },
      hasTouch: true,
      isMobile: true,
    });
    const { page } = opened;
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.locator('.handle').click();
    expect(await page.locator('.sheet').getAttribute('class')).toContain('half');
    clean(opened);
    await page.context().close();
  });

  it('is only the report without scripts and on paper', async () => {
    const opened = await browser.open(address, { javaScriptEnabled: false });
    expect(await opened.page.locator('#figure-2-box').isVisible()).toBe(true);
    expect(await opened.page.locator('#explorer').isVisible()).toBe(false);
    const live = await browser.open(address);
    expect(await live.page.locator('#figure-2-box').isVisible()).toBe(false);
    await live.page.emulateMedia({ media: 'print' });
    expect(await live.page.locator('#figure-2-box').isVisible()).toBe(true);
    expect(await live.page.locator('#explorer').isVisible()).toBe(false);
    await opened.page.context().close();
    await live.page.context().close();
  });

  it('shows pictures of images on cards, in lists and at the pointer', async () => {
    const { source } = await colorSource(folder, 40);
    const [text] = synthetic({ rows: 50 }).filter(({ modality }) => modality === 'text');
    const options = { samples: 60, components: 3, latent: 2, epochs: 2, iterations: 100, threads: 1 };
    const pictured = await GOD.fit([text, source], { ...options, thumbnails: true });
    const { page, complaints, requests } = await browser.open(
      browser.write('pictures.html', await pageOf(pictured, '0')),
    );
    const image = pictured.objects.find(({ modality }) => modality === 'image');
    await page.locator('#search').fill(image?.id ?? '');
    await page.keyboard.press('Enter');
    /** Sizes of decoded pictures. */
    const sizes = (within: string) =>
      page
        .locator(`${within} img`)
        .evaluateAll((all) =>
          all.map((one) => [(one as HTMLImageElement).naturalWidth, (one as HTMLImageElement).width]),
        );
    await expect.poll(() => sizes('.card')).toEqual([[64, 64], ...new Array(5).fill([64, 32])]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.locator('#search').fill(pictured.objects[0].id);
    await page.keyboard.press('Enter');
    // A word has no picture; its twins among the images have.
    await expect.poll(() => sizes('.card')).toEqual(new Array(3).fill([64, 32]));
    await page.locator('.card [aria-label=image] button').first().hover();
    await expect.poll(() => sizes('.tip')).toEqual([[64, 64]]);
    expect([...complaints, ...requests]).toEqual([]);
    await page.context().close();
  });

  it('says so if its data is damaged, and still shows the report', async () => {
    const damaged = browser.write('damaged.html', html.replace(/"crc":\d+/, '"crc":1'));
    const { page } = await browser.open(damaged);
    expect(await page.locator('.trouble').textContent()).toMatch(/checksum.*report below is complete/);
    expect(await page.locator('#figure-2-box').isVisible()).toBe(true);
    await page.context().close();
  });
});
