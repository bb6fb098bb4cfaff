import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOST_TWINNED } from '../../src/page/twins.ts';
import { GOD } from '../../src/pipeline/god.ts';
import { pageOf } from '../../src/pipeline/run/page.ts';
import { createServer, type GODServer } from '../../src/server/server.ts';
import { synthetic } from '../../src/sources/synthetic.ts';
import { nameOf, type Objects } from '../../web/data.ts';
import { browserOf, hasBrowser, objectsIn } from './browser.ts';

describe.skipIf(!hasBrowser)('the page of a run with too many objects for twins in a file', () => {
  const browser = browserOf();
  let god: GOD;
  let server: GODServer;
  let url: string;
  let served: Objects;

  beforeAll(async () => {
    god = await GOD.fit(synthetic({ rows: 6800 }), {
      samples: MOST_TWINNED + 1,
      ...{ epochs: 1, components: 8, latent: 4, hidden: [16], perplexity: 5, iterations: 10 },
    });
    server = createServer(god);
    ({ url } = await server.listen(0));
    served = await objectsIn(await (await fetch(url)).text());
  }, 240_000);
  afterAll(() => server?.close(0));

  /** Names of the near objects that the card lists, by the heading of each list. */
  const listed = (page: Page) =>
    page
      .locator('.card ol')
      .evaluateAll((lists) =>
        lists.map((list) => [
          list.getAttribute('aria-label'),
          [...list.querySelectorAll('.object > bdi')].map((name) => name.textContent),
        ]),
      );
  const search = async (page: Page, text: string) => {
    await page.locator('#search').fill(text);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card');
  };

  it('asks its server for the twins, which are those of the library', async () => {
    const { page, complaints, requests } = await browser.open(url);
    const row = god.objects.findIndex(({ modality }) => modality === 'text');
    const { id } = god.objects[row];
    await search(page, id);
    const { indices, groups, k } = await god.neighbors({ k: 5 });
    const expected = (group: string, most: number) => {
      const begin = (row * groups.length + groups.indexOf(group)) * k;
      const rows = [...indices.slice(begin, begin + most)];
      return rows.map((other) => nameOf(served, served.row.indexOf(other)));
    };
    await expect
      .poll(() => listed(page))
      .toEqual([
        ['audio', expected('audio', 3)],
        ['image', expected('image', 3)],
        ['text', expected('text', 5)],
      ]);
    expect(requests.every((request) => request.startsWith(url))).toBe(true);
    // The twins' own twins are asked for, too, to know whether these are mutual.
    expect(requests.filter((request) => request.includes('/neighbors?'))).toHaveLength(3);

    await page.locator('#map').focus();
    await page.keyboard.press('t');
    await expect.poll(() => page.locator('.card h2').textContent()).toBe(expected('audio', 1)[0]);
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('says that the server does not answer, and shows the twins when it does', async () => {
    const { page } = await browser.open(url);
    await page.waitForSelector('section.place');
    await server.close(0);
    await search(page, god.objects[0].id);
    await expect.poll(() => page.locator('.card [role=status]').textContent()).toMatch(/did not answer/);
    server = createServer(god);
    await server.listen(Number(new URL(url).port));
    await expect.poll(() => page.locator('.card ol').count(), { timeout: 15_000 }).toBe(3);
    expect(await page.locator('.card [role=status]').count()).toBe(0);
    await page.context().close();
  }, 60_000);

  it('says in a file why it has no twins', async () => {
    const address = browser.write('large.html', await pageOf(god, '0.0.0'));
    const { page, complaints, requests } = await browser.open(address);
    await search(page, god.objects[0].id);
    expect(await page.locator('.card [role=status]').textContent()).toBe(
      'A file has no room for the twins of more than 20,000 objects. The command god view shows them.',
    );
    expect([...complaints, ...requests]).toEqual([]);
    await page.context().close();
  }, 60_000);
});
