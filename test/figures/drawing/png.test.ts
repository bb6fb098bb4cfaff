import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { renderPng } from '../../../src/figures/drawing/png.ts';
import { figure2 } from '../../../src/figures/figure-2.ts';
import { ringScene } from '../scenes.ts';

/** Width and height from the IHDR chunk. */
function size(png: Uint8Array): [number, number] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return [view.getUint32(16), view.getUint32(20)];
}

describe('renderPng', () => {
  const svg = figure2({ ...ringScene(7183, 12), synthetic: true });

  it('makes a PNG of the asked width and the figure\u2019s proportions', async () => {
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

  it('draws the letters with the bundled fonts', async () => {
    const silent = svg.replaceAll(/<text.*?<\/text>/g, '');
    expect(silent.length).toBeLessThan(svg.length);
    expect(await renderPng(svg, { width: 300 })).not.toEqual(await renderPng(silent, { width: 300 }));
  });

  it('does not hold up the event loop', async () => {
    await renderPng(svg, { width: 100 });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await renderPng(svg, { width: 3000 });
    delay.disable();
    expect(delay.max / 1e6).toBeLessThan(100);
  });

  it.each([0, -1, 8193, 1.5, Number.NaN])('refuses a width of %d', async (width) => {
    await expect(renderPng(svg, { width })).rejects.toThrow(/^Expected `width`/);
  });

  it('rejects what is no SVG', async () => {
    await expect(renderPng('no')).rejects.toThrow();
  });
});
