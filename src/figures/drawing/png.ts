import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { renderAsync } from '@resvg/resvg-js';
import { checkInteger } from '../../options.ts';

const FONTS = ['DejaVuSansCondensed.ttf', 'DejaVuSansCondensed-Bold.ttf'];

export interface RenderOptions {
  /** Width of the picture in pixels, 1 to 8192; the height follows. Default 2000: twice what a README shows. */
  width?: number;
}

/**
 * Renders an SVG figure as PNG, on a thread of its own, with the bundled fonts only: the bytes do not depend on the
 * fonts of the machine.
 *
 * @throws RangeError for a width outside its range; whatever the renderer says of text that is no SVG.
 * @example
 * await writeFile('figure-2.png', await renderPng(figure2(data)));
 */
export async function renderPng(svg: string, { width = 2000 }: RenderOptions = {}): Promise<Uint8Array> {
  checkInteger('width', width, { min: 1, max: 8192 });
  const folder = join(
    dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')),
    'ttf',
  );
  const image = await renderAsync(svg, {
    fitTo: { mode: 'width', value: width },
    font: {
      loadSystemFonts: false,
      fontFiles: FONTS.map((file) => join(folder, file)),
      defaultFontFamily: 'DejaVu Sans',
    },
  });
  return image.asPng();
}
