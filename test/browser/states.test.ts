import { describe, expect, it } from 'vitest';
import { reportHtml } from '../../src/figures/report/report.ts';
import type { PageScene } from '../../src/page/format.ts';
import { type PageObjects, packPage } from '../../src/page/pack.ts';
import { pageProgram } from '../../src/pipeline/run/page.ts';
import { hostileLabels, reportOf } from '../figures/scenes.ts';
import { blobs, SCENE } from '../page/scene.ts';
import { browserOf, hasBrowser } from './browser.ts';

describe.skipIf(!hasBrowser)('the page of', () => {
  const browser = browserOf();

  /** The page of some objects, open. */
  async function open(objects: PageObjects, scene: Partial<PageScene> = {}) {
    const packed = await packPage(objects, { ...SCENE, ...scene });
    const html = reportHtml({
      ...reportOf(['a', 'b', 'c']),
      explorer: { ...(await pageProgram()), data: packed, served: false },
    });
    return browser.open(browser.write(`${Math.random()}.html`, html));
  }

  const clusters = (k: number) => ({
    signOf: Array.from({ length: k }, (_, i) => (i < 12 ? i : -1)),
    means: Array.from({ length: k }, (_, i) => [i, (i * 7) % 5] as const),
    latentClusters: k,
  });
  const inClusters = (n: number, k: number): PageObjects => ({
    ...blobs(n),
    mapClusters: Int32Array.from({ length: n }, (_, i) => i % k),
    latentClusters: Int32Array.from({ length: n }, (_, i) => i % k),
  });
  const place = (objects: PageObjects, data: Float32Array): PageObjects => ({
    ...objects,
    map: { ...objects.map, data },
  });
  const nan = blobs(60);
  nan.map.data.fill(Number.NaN, 0, 40);
  const states: [string, PageObjects, Partial<PageScene>][] = [
    ['no objects', blobs(0), clusters(1)],
    ['one object', inClusters(1, 1), clusters(1)],
    ['objects all in one place', place(inClusters(50, 3), new Float32Array(100)), clusters(3)],
    ['one cluster', inClusters(80, 1), clusters(1)],
    ['thirty clusters', inClusters(300, 30), clusters(30)],
    ['objects without labels', { ...blobs(60), labels: new Array<string>(60).fill('') }, {}],
    [
      'one modality',
      { ...blobs(60), modality: new Int32Array(60) },
      { modalities: ['text'], colorBy: 'sign' },
    ],
    [
      'five modalities',
      { ...blobs(60), modality: Int32Array.from({ length: 60 }, (_, i) => i % 5) },
      { modalities: ['a', 'b', 'c', 'd', 'e'] },
    ],
    ['objects without a place', nan, {}],
    ['no ecliptic', blobs(60), { ecliptic: null }],
  ];

  it.each(states)('%s opens, colors and shows its table', async (_, objects, scene) => {
    const { page, complaints, requests } = await open(objects, scene);
    for (const name of await page.locator('.choice button').allTextContents()) {
      await page.getByRole('button', { name, exact: true }).click();
    }
    await page.locator('#search').fill('object 1');
    await page.getByRole('button', { name: 'Table instead of map' }).click();
    await page.waitForTimeout(100);
    expect([...complaints, ...requests]).toEqual([]);
    expect(await page.locator('.trouble').count()).toBe(0);
    await page.context().close();
  });

  it('objects without a place counts them', async () => {
    const { page } = await open(nan);
    expect(await page.locator('.sheet').textContent()).toContain('20 objects have no place on the map.');
    await page.context().close();
  });

  it('hostile labels gains no element and runs nothing', async () => {
    const labels = [...hostileLabels(2000), '=cmd()|', '\u202egnirts', 'x'.repeat(1e6)];
    const objects: PageObjects = {
      ...blobs(labels.length),
      labels,
      ids: labels.map((label, i) => `${i}${label.slice(0, 400)}`),
    };
    const { page, complaints, requests } = await open(objects);
    await page.getByRole('button', { name: 'Label', exact: true }).click();
    await page.locator('#search').fill('<');
    await page.waitForTimeout(200);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^select/ }).click();
    await page.getByRole('button', { name: 'Table instead of map' }).click();
    await page.waitForTimeout(200);
    const strange = (await page.evaluate(
      "[...document.querySelectorAll('#explorer script, #explorer img, #explorer foreignObject, #explorer a')].length",
    )) as number;
    expect(strange).toBe(0);
    const inBdi = (await page.evaluate(
      "[...document.querySelectorAll('#explorer bdi')].every((name) => name.children.length === 0 && name.dir === 'auto')",
    )) as boolean;
    expect(inBdi).toBe(true);
    expect([...complaints, ...requests]).toEqual([]);
    await page.context().close();
  });
});
