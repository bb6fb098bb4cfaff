import { join } from 'node:path';
import { renderAsync } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { renderPng } from '../../../src/figures/drawing/png.ts';
import { figure2 } from '../../../src/figures/figure-2.ts';
import { decodedPng } from '../../support/png.ts';
import { ringScene } from '../scenes.ts';

/** Width and height from the IHDR chunk. */
function size(png: Uint8Array): [number, number] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return [view.getUint32(16), view.getUint32(20)];
}

describe('renderPng', () => {
  const svg = figure2({ ...ringScene(7183, 12), synthetic: true });

  it('makes a PNG of the given width and the figure\u2019s proportions', async () => {
    const png = await renderPng(svg, { width: 700 });
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)?.map(Number) ?? [];
    const [w, h] = size(png);
    expect(w).toBe(700);
    expect(Math.abs(h - (700 * height) / width)).toBeLessThanOrEqual(1);
  });

  it('gives the same bytes every time', async () => {
    expect(await renderPng(svg, { width: 300 })).toEqual(await renderPng(svg, { width: 300 }));
  });

  it('draws letters with the bundled fonts', async () => {
    const silent = svg.replaceAll(/<text.*?<\/text>/g, '');
    expect(silent.length).toBeLessThan(svg.length);
    expect(await renderPng(svg, { width: 300 })).not.toEqual(await renderPng(silent, { width: 300 }));
  });

  it('draws labels of every script as the complete fonts do', async () => {
    const labels = [
      'Ærøskøbing Ǆ ɸ',
      'Ὀδυσσεύς',
      'Щедрый ґ',
      'Հայերեն',
      'שָׁלוֹם',
      'سلام',
      'ქართული',
      '“€ → ∀∑” ﬁ',
    ];
    const line = (weight: string) => (label: string, i: number) =>
      `<text x="9" y="${30 * (i + 1)}" font-size="24" font-weight="${weight}">${label}</text>`;
    const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 500" font-family="DejaVu Sans Condensed">${[
      ...labels.map(line('400')),
      ...labels.map(line('700')),
    ].join('')}</svg>`;
    const folder = join(import.meta.dirname, '../../../node_modules/dejavu-fonts-ttf/ttf');
    const fontFiles = ['DejaVuSansCondensed.ttf', 'DejaVuSansCondensed-Bold.ttf'].map((name) =>
      join(folder, name),
    );
    const whole = await renderAsync(drawn, {
      fitTo: { mode: 'width', value: 600 },
      font: { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans' },
    });
    const { pixels } = decodedPng(await renderPng(drawn, { width: 600 }));
    expect(pixels.equals(decodedPng(whole.asPng()).pixels)).toBe(true);
  });

  it('has the pixels that the renderer writes itself, also transparent ones', async () => {
    const drawn =
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><defs><radialGradient id="g">' +
      '<stop offset="0" stop-color="#ff8040"/><stop offset="1" stop-color="#0af" stop-opacity="0"/>' +
      '</radialGradient></defs><circle cx="30" cy="35" r="28" fill="url(#g)"/></svg>';
    const image = await renderAsync(drawn, { fitTo: { mode: 'width', value: 320 } });
    const expected = decodedPng(image.asPng());
    const { pixels, ...size } = decodedPng(await renderPng(drawn, { width: 320 }));
    expect(size).toEqual({ width: 320, height: 320 });
    expect(pixels.equals(expected.pixels)).toBe(true);
    const alphas = expected.pixels.filter((_, i) => i % 4 === 3);
    expect(new Set(alphas).size).toBeGreaterThan(200);
  });

  it('does not block the event loop', async () => {
    await renderPng(svg, { width: 100 });
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    await renderPng(svg, { width: 3000 });
    clearInterval(turning);
    expect(turns).toBeGreaterThan(20);
  });

  it.each([0, -1, 8193, 1.5, Number.NaN])('refuses a width of %d', async (width) => {
    await expect(renderPng(svg, { width })).rejects.toThrow(/^Expected `width`/);
  });

  it('rejects text that is not SVG', async () => {
    await expect(renderPng('no')).rejects.toThrow();
  });
});
