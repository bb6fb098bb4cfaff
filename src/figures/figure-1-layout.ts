import type { Frame } from './drawing/scatter.ts';

type Place = readonly [x: number, y: number];
type Slot = Pick<Frame, 'y' | 'height'>;

/** Where everything in Figure 1 stands. */
export interface Figure1Layout {
  readonly width: number;
  readonly height: number;
  /** Whether there is room for short words only. */
  readonly terse: boolean;
  /** Largest widths of a slab before PCA and of one after it. */
  readonly widest: { readonly source: number; readonly reduced: number };
  readonly sources: { readonly x: number };
  readonly pca: { readonly x: number };
  readonly union: { readonly x: number };
  /** Where each modality's slab stands before the union. */
  readonly slots: readonly Slot[];
  /** The same in the union, one below the other. */
  readonly stack: readonly Slot[];
  readonly vae: Frame;
  readonly newReality: Frame;
  /** Room for the modalities' names beside the New Reality. */
  readonly nameWidth: number;
  readonly tsne: Frame;
  readonly ward: Frame;
  readonly zodiac: Frame;
  readonly toVae: readonly Place[];
  readonly toNewReality: readonly Place[];
  readonly arrows: readonly (readonly Place[])[];
  readonly captions: Readonly<
    Record<'sources' | 'pca' | 'union' | 'vae' | 'newReality' | 'tsne' | 'ward' | 'zodiac', Place>
  >;
}

const STACK = 200;
const LOWEST_SLAB = 12;
const THINNEST = 8;
const TEXT = 58; // three lines beside a slab
const GAP = 16;
const CAPTION = 48; // from a caption's first baseline to its picture

/** Heights in proportion to the rows, adding up to about `total`, none too low to be seen. */
export function slabHeights(rows: readonly number[], total: number): number[] {
  const sum = rows.reduce((all, n) => all + n, 0) || 1;
  const heights = rows.map((n) => Math.max(LOWEST_SLAB, (total * n) / sum));
  const scale = total / heights.reduce((all, height) => all + height, 0);
  return heights.map((height) => height * Math.min(1, scale));
}

/** Widths by the square root of the columns, the same scale before and after PCA. */
export function slabWidths(
  sources: readonly number[],
  components: number,
  { widest }: Pick<Figure1Layout, 'widest'>,
): (columns: number) => number {
  const scale = Math.min(
    (widest.source - THINNEST) / Math.sqrt(Math.max(1, ...sources)),
    (widest.reduced - THINNEST) / Math.sqrt(Math.max(1, components)),
  );
  return (columns) => THINNEST + scale * Math.sqrt(columns);
}

/** Slots one below the other with room for text, the slabs centered in them; and the height of all. */
function slotsFor(heights: readonly number[], top: number): { slots: Slot[]; height: number } {
  let y = top;
  const slots = heights.map((height) => {
    const room = Math.max(TEXT, height);
    const slot = { y: y + (room - height) / 2, height };
    y += room + GAP;
    return slot;
  });
  return { slots, height: y - GAP - top };
}

function stackFor(heights: readonly number[], middle: number): Slot[] {
  let y = middle - heights.reduce((all, height) => all + height, 0) / 2;
  return heights.map((height) => {
    const slot = { y, height: height - 1.5 };
    y += height;
    return slot;
  });
}

/** The two layouts, from the modalities' rows and the y of the first caption. */
export const LAYOUTS: Readonly<
  Record<'wide' | 'tall', (rows: readonly number[], top: number) => Figure1Layout>
> = {
  wide(rows, top) {
    const heights = slabHeights(rows, STACK);
    const { slots, height } = slotsFor(heights, top + CAPTION);
    const middle = top + CAPTION + height / 2;
    const gutter = top + CAPTION + Math.max(height, STACK) + 34;
    const lower = gutter + 50;
    const pictures = lower + CAPTION;
    const center = pictures + 92;
    return {
      width: 1000,
      height: pictures + 184 + 36,
      terse: false,
      widest: { source: 84, reduced: 32 },
      sources: { x: 186 },
      pca: { x: 380 },
      union: { x: 598 },
      slots,
      stack: stackFor(heights, middle),
      vae: { x: 722, y: middle - 88, width: 242, height: 200 },
      newReality: { x: 58, y: pictures + 4, width: 24, height: 176 },
      nameWidth: 92,
      tsne: { x: 286, y: pictures, width: 190, height: 184 },
      ward: { x: 526, y: pictures, width: 190, height: 184 },
      zodiac: { x: 780, y: pictures, width: 184, height: 184 },
      toVae: [
        [644, middle],
        [708, middle],
      ],
      toNewReality: [
        [843, middle + 120],
        [843, gutter],
        [20, gutter],
        [20, center],
        [50, center],
      ],
      arrows: [
        [
          [232, center],
          [268, center],
        ],
        [
          [482, center],
          [518, center],
        ],
        [
          [726, center],
          [768, center],
        ],
      ],
      captions: {
        sources: [36, top],
        pca: [380, top],
        union: [598, top],
        vae: [722, top],
        newReality: [36, lower],
        tsne: [286, lower],
        ward: [526, lower],
        zodiac: [780, lower],
      },
    };
  },

  tall(rows, top) {
    const heights = slabHeights(rows, STACK);
    const { slots, height } = slotsFor(heights, top + CAPTION);
    const middle = top + CAPTION + height / 2;
    const bottom = top + CAPTION + Math.max(height, STACK);
    const vaeTop = bottom + 62;
    const lower = vaeTop + CAPTION + 180 + 62;
    const center = lower + CAPTION + 80;
    const last = lower + CAPTION + 160 + 62;
    return {
      width: 420,
      height: last + CAPTION + 170 + 28,
      terse: true,
      widest: { source: 52, reduced: 24 },
      sources: { x: 130 },
      pca: { x: 224 },
      union: { x: 340 },
      slots,
      stack: stackFor(heights, middle),
      vae: { x: 36, y: vaeTop + CAPTION - 10, width: 348, height: 180 },
      newReality: { x: 36, y: lower + CAPTION, width: 24, height: 160 },
      nameWidth: 76,
      tsne: { x: 236, y: lower + CAPTION, width: 160, height: 160 },
      ward: { x: 24, y: last + CAPTION, width: 160, height: 170 },
      zodiac: { x: 230, y: last + CAPTION, width: 170, height: 170 },
      toVae: [
        [350, middle + STACK / 2 + 8],
        [350, bottom + 30],
        [36, bottom + 30],
        [36, vaeTop - 20],
      ],
      toNewReality: [
        [210, vaeTop + CAPTION + 174],
        [210, lower - 40],
        [36, lower - 40],
        [36, lower - 20],
      ],
      arrows: [
        [
          [196, center],
          [226, center],
        ],
        [
          [316, lower + CAPTION + 166],
          [316, last - 40],
          [30, last - 40],
          [30, last - 20],
        ],
        [
          [192, last + CAPTION + 85],
          [222, last + CAPTION + 85],
        ],
      ],
      captions: {
        sources: [24, top],
        pca: [224, top],
        union: [326, top],
        vae: [24, vaeTop],
        newReality: [24, lower],
        tsne: [236, lower],
        ward: [24, last],
        zodiac: [236, last],
      },
    };
  },
};
