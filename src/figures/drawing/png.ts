import { checkInteger } from '../../options.ts';
import { importAtRunTime, packageFile } from '../../runtime.ts';
import { pngBytes } from './png-bytes.ts';

const FONTS = ['DejaVuSansCondensed.ttf', 'DejaVuSansCondensed-Bold.ttf'];

export interface RenderOptions {
  /** Width of the picture in pixels, 1 to 8192; the height follows. Default 2000: twice what a README shows. */
  width?: number;
}

/**
 * Renders an SVG figure as PNG, on other threads, with the bundled fonts only: the bytes do not depend on the
 * fonts of the machine.
 *
 * @throws RangeError for a width outside its range; the renderer's error for text that is not SVG.
 * @example
 * await writeFile('figure-2.png', await renderPng(figure2(data)));
 */
export async function renderPng(svg: string, { width = 2000 }: RenderOptions = {}): Promise<Uint8Array> {
  checkInteger('width', width, { min: 1, max: 8192 });
  const { renderAsync } = (await importAtRunTime('@resvg/resvg-js')) as typeof import('@resvg/resvg-js');
  const image = await renderAsync(svg, {
    fitTo: { mode: 'width', value: width },
    font: { loadSystemFonts: false, fontFiles: FONTS.map(fontFile), defaultFontFamily: 'DejaVu Sans' },
  });
  return pngBytes(image.pixels, image.width, image.height);
}

function fontFile(name: string): string {
  const file = packageFile([`fonts/${name}`, `dist/fonts/${name}`]);
  if (file === undefined) {
    throw new Error(
      `Expected the font ${name} of global-object-embedder in a folder fonts beside the program`,
    );
  }
  return file;
}
