import { describe, expect, it } from 'vitest';
import {
  contrast,
  modalityColor,
  rampColor,
  rimColor,
  roleColor,
  SIGN_COLORS,
} from '../../../src/figures/drawing/palette.ts';

type Triple = [number, number, number];

/** sRGB to linear light. */
function linear(color: string): Triple {
  return [1, 3, 5].map((i) => {
    const c = Number.parseInt(color.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as Triple;
}

/** Simulation of full dichromacy in linear RGB: Machado, Oliveira and Fernandes (TVCG 15, 2009), severity 1. */
const SIGHT: Record<string, readonly number[] | undefined> = {
  normal: undefined,
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function seen(color: string, m: readonly number[] | undefined): Triple {
  const [r, g, b] = linear(color);
  const raw: Triple =
    m === undefined
      ? [r, g, b]
      : [m[0] * r + m[1] * g + m[2] * b, m[3] * r + m[4] * g + m[5] * b, m[6] * r + m[7] * g + m[8] * b];
  return raw.map((c) => Math.min(1, Math.max(0, c))) as Triple;
}

/** CIELAB under D65. */
function lab([r, g, b]: Triple): Triple {
  const xyz = [
    (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
    0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    (0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883,
  ];
  const [x, y, z] = xyz.map((t) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** The color difference CIEDE2000, after Sharma, Wu and Dalal (Color Research and Application 30, 2005). */
function ciede2000([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const rad = Math.PI / 180;
  const meanC = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(meanC ** 7 / (meanC ** 7 + 25 ** 7)));
  const [c1, c2] = [Math.hypot((1 + g) * a1, b1), Math.hypot((1 + g) * a2, b2)];
  const hue = (a: number, b: number) =>
    a === 0 && b === 0 ? 0 : (Math.atan2(b, (1 + g) * a) / rad + 360) % 360;
  const [h1, h2] = [hue(a1, b1), hue(a2, b2)];
  let dh = h2 - h1;
  if (c1 * c2 === 0) dh = 0;
  else if (dh > 180) dh -= 360;
  else if (dh < -180) dh += 360;
  const dH = 2 * Math.sqrt(c1 * c2) * Math.sin((dh / 2) * rad);
  let h = h1 + h2;
  if (c1 * c2 !== 0) {
    if (Math.abs(h1 - h2) <= 180) h /= 2;
    else h = (h + (h < 360 ? 360 : -360)) / 2;
  }
  const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const t =
    1 -
    0.17 * Math.cos((h - 30) * rad) +
    0.24 * Math.cos(2 * h * rad) +
    0.32 * Math.cos((3 * h + 6) * rad) -
    0.2 * Math.cos((4 * h - 63) * rad);
  const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2);
  const [sc, sh] = [1 + 0.045 * c, 1 + 0.015 * c * t];
  const rt =
    -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * Math.sin(60 * rad * Math.exp(-(((h - 275) / 25) ** 2)));
  const [dl, dc] = [(l2 - l1) / sl, (c2 - c1) / sc];
  return Math.sqrt(dl ** 2 + dc ** 2 + (dH / sh) ** 2 + rt * dc * (dH / sh));
}

/** The smallest difference between any two colors, and between two that are adjacent in the ring of signs. */
function smallest(colors: readonly string[], matrix: readonly number[] | undefined) {
  const labs = colors.map((color) => lab(seen(color, matrix)));
  let [any, neighbors] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < labs.length; i++) {
    for (let j = 0; j < i; j++) {
      const difference = ciede2000(labs[i], labs[j]);
      any = Math.min(any, difference);
      if (i - j === 1 || i - j === labs.length - 1) neighbors = Math.min(neighbors, difference);
    }
  }
  return { any, neighbors };
}

describe('CIEDE2000 of this test', () => {
  // From table 1 of Sharma, Wu and Dalal (2005).
  it.each([
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, 2.5, 0], [50, 0, -2.5], 4.3065],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
    [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
  ])('of %j and %j is %d', (a, b, expected) => {
    expect(ciede2000(a as Triple, b as Triple)).toBeCloseTo(expected, 4);
  });
});

describe('the palette of the signs', () => {
  // 2.3 is about the smallest noticeable difference in CIELAB.
  const least = 13;

  it.each(['light', 'dark'] as const)(
    'has %s colors that differ for every kind of color vision, adjacent ones more',
    (scheme) => {
      for (const [sight, matrix] of Object.entries(SIGHT)) {
        const { any, neighbors } = smallest(SIGN_COLORS[scheme], matrix);
        expect(any, sight).toBeGreaterThan(least);
        expect(neighbors, sight).toBeGreaterThan(1.1 * least);
      }
    },
  );

  it.each(['light', 'dark'] as const)('stands out from the %s paper, by itself or by its rim', (scheme) => {
    const paper = roleColor('paper', scheme);
    for (const color of SIGN_COLORS[scheme]) {
      expect(contrast(color, paper), color).toBeGreaterThan(2.2);
      expect(contrast(rimColor(color, paper), paper), color).toBeGreaterThanOrEqual(3);
    }
  });

  it.each(['light', 'dark'] as const)('stands out from the %s paper as the color of a modality', (scheme) => {
    const paper = roleColor('paper', scheme);
    for (let m = 0; m < 5; m++) {
      expect(contrast(rimColor(modalityColor(m, scheme), paper), paper)).toBeGreaterThanOrEqual(3);
    }
  });

  it.each(['light', 'dark'] as const)('has gray dots that are visible on %s paper', (scheme) => {
    expect(contrast(roleColor('faint', scheme), roleColor('paper', scheme))).toBeGreaterThan(2.5);
  });
});

describe.each(['light', 'dark'] as const)('the ramp, %s', (scheme) => {
  const steps = Array.from({ length: 7 }, (_, step) => rampColor(step, scheme));
  const paper = roleColor('paper', scheme);

  it('moves away from the paper step by step, for every kind of color vision', () => {
    for (const m of Object.values(SIGHT)) {
      const away = steps.map((step) => Math.abs(lab(seen(step, m))[0] - lab(seen(paper, m))[0]));
      away.slice(1).forEach((distance, i) => {
        expect(distance - away[i]).toBeGreaterThan(3);
      });
    }
  });

  it('stands out from the paper', () => {
    for (const step of steps) {
      expect(contrast(step, paper)).toBeGreaterThan(2.2);
      expect(contrast(rimColor(step, paper), paper)).toBeGreaterThanOrEqual(3);
    }
  });
});

describe('text', () => {
  it.each(['light', 'dark'] as const)('is legible on %s paper by WCAG AA', (scheme) => {
    for (const role of ['ink', 'soft'] as const) {
      expect(contrast(roleColor(role, scheme), roleColor('paper', scheme))).toBeGreaterThan(4.5);
    }
  });
});
