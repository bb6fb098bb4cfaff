import type { Machine } from '../harness/machine.ts';
import { bytesText, markdownTable, provenance } from './markdown.ts';

interface Spread {
  readonly median: number;
  readonly p95: number;
}

/** What bench/page.ts measured of one page at one pixel ratio. Times are in milliseconds unless they say otherwise. */
export interface PageMeasures {
  readonly objects: number;
  readonly pixelRatio: number;
  readonly fileBytes: number;
  readonly readySeconds: number;
  readonly heapBytes: number;
  readonly pan: { readonly redraw: Spread; readonly interval: Spread };
  readonly hover: Spread;
  readonly search: Spread;
  readonly toggle: Spread;
  readonly lasso: Spread;
}

/** What bench/page.ts measured. */
export interface PageResults {
  readonly machine: Machine;
  readonly command: string;
  readonly browser: string;
  /** Script and style of the page, as they are and compressed by gzip. */
  readonly program: { readonly bytes: number; readonly gzippedBytes: number };
  readonly page: readonly PageMeasures[];
}

export function pageSection({ machine, command, browser, program, page }: PageResults): string {
  const spread = ({ median, p95 }: Spread) => `${median} (${p95})`;
  const table = markdownTable(
    [
      ...[
        'objects',
        'pixel ratio',
        'file',
        'ready, s',
        'heap',
        'redraw, ms',
        'between frames, ms',
        'hover, ms',
      ],
      ...['search, ms', 'toggle, ms', 'lasso, ms'],
    ],
    page.map((m) => [
      m.objects.toLocaleString('en-US'),
      `${m.pixelRatio}`,
      bytesText(m.fileBytes),
      `${m.readySeconds}`,
      bytesText(m.heapBytes),
      spread(m.pan.redraw),
      spread(m.pan.interval),
      spread(m.hover),
      spread(m.search),
      spread(m.toggle),
      spread(m.lasso),
    ]),
    'rrrrrrrrrrr',
  );
  return [
    `The explorer alone, in ${browser} without a GPU; medians, in brackets the 95th percentile, while the map is dragged about and ` +
      `at each event. Script and style take ${bytesText(program.bytes)}, ${bytesText(program.gzippedBytes)} compressed.`,
    table,
    provenance(machine, command),
  ].join('\n\n');
}
