import { signs } from '../../zodiac/signs.ts';

/**
 * One color per sign, in sign order. A search made the smallest distance between two of them (CIEDE2000) as large as possible,
 * for normal sight and for simulated protanopia, deuteranopia and tritanopia; neighbors in the ring count more. Colors had to
 * stand out from the paper and not be near black or gray. The dark scheme keeps about the hues of the light one. Rims give light
 * colors the contrast that they lack. test/figures/drawing/palette.test.ts measures all of this.
 */
export const SIGN_COLORS = {
  light: [
    '#d82d15',
    '#1d5545',
    '#756990',
    '#38ada1',
    '#283cbf',
    '#ac52fa',
    '#75190a',
    '#b7ac2c',
    '#673062',
    '#94b281',
    '#31815f',
    '#d492e9',
  ],
  dark: [
    '#b90404',
    '#2e6564',
    '#9e799f',
    '#00a37e',
    '#e1cdf6',
    '#c621f6',
    '#d18838',
    '#626449',
    '#a5069d',
    '#bce22b',
    '#21f0c0',
    '#af9aed',
  ],
} as const;

/** For clusters without a sign. */
const NO_SIGN = { light: '#8a8d96', dark: '#8a8d96' };

/** Colors of the modalities in Figure 1, in their order; more than five start over. */
const MODALITY_COLORS = {
  light: ['#4f74a8', '#b98a3c', '#5d8c6c', '#8a629b', '#a35f5f'],
  dark: ['#7d9fd0', '#d3a95f', '#84b594', '#b18ac2', '#c98686'],
};

/** Steps of a measure, from small to large: ever darker on light paper, ever lighter on dark paper. */
const RAMP = {
  light: ['#8db0c9', '#6f9dbf', '#5a83b3', '#5a64a4', '#63428f', '#6b1f70', '#4f0838'],
  dark: ['#56708c', '#5f86ad', '#6fa0c0', '#92b9bd', '#c2cfae', '#ecdf9e', '#fff6cf'],
};

/** Every other color, by the class name that carries it. Presentation attributes hold the light one. */
const ROLES = {
  paper: { light: '#fdfcfa', dark: '#15171c' },
  panel: { light: '#f4f2ec', dark: '#1d2027' },
  ink: { light: '#23252b', dark: '#eceae4' },
  soft: { light: '#666a73', dark: '#a3a6ae' },
  line: { light: '#c9c5b9', dark: '#434854' },
  faint: { light: '#9a9ea8', dark: '#5f6573' },
  hull: { light: '#efebdf', dark: '#20242c' },
} as const;

const SCHEMES = ['light', 'dark'] as const;

export type Role = keyof typeof ROLES;
type Paint = 'fill' | 'stroke';
type PaintAttributes = Record<Paint | 'class', string>;

/** Attributes that fill or stroke with a role's color; the class lets a page in dark mode take over. */
export function paint(
  property: Paint,
  role: Role,
): Pick<PaintAttributes, 'class'> & Partial<PaintAttributes> {
  return { class: className(property, role), [property]: ROLES[role].light };
}

/** As `paint`, with the color of a sign; -1 is the color of clusters without one. */
export function paintSign(property: Paint, sign: number): ReturnType<typeof paint> {
  return { class: className(property, signKey(sign)), [property]: signColor(sign, 'light') };
}

/** As `paint`, for the rim of a mark in a sign's color; undefined where the color stands out by itself in both schemes. */
export function paintRim(property: Paint, sign: number): ReturnType<typeof paint> | undefined {
  const rim = (scheme: 'light' | 'dark') => rimColor(signColor(sign, scheme), ROLES.paper[scheme]);
  if (SCHEMES.every((scheme) => rim(scheme) === signColor(sign, scheme))) return undefined;
  return { class: className(property, `rim-${signKey(sign)}`), [property]: rim('light') };
}

/** Like `paint`, for marks on a sign's color: white if that is legible, else black. */
export function paintOnSign(property: Paint, sign: number): ReturnType<typeof paint> {
  return {
    class: className(property, `on-${signKey(sign)}`),
    [property]: onColor(signColor(sign, 'light')),
  };
}

/** As `paint`, with the color of a modality by its position. */
export function paintModality(property: Paint, index: number): ReturnType<typeof paint> {
  const colors = MODALITY_COLORS.light;
  const i = index % colors.length;
  return { class: className(property, `modality-${i}`), [property]: colors[i] };
}

/** The color of marks on a sign's color. */
export function onSignColor(sign: number, scheme: 'light' | 'dark'): string {
  return onColor(signColor(sign, scheme));
}

/** The color of a modality by its position. */
export function modalityColor(index: number, scheme: 'light' | 'dark'): string {
  return MODALITY_COLORS[scheme][index % MODALITY_COLORS[scheme].length];
}

/** The color of a step of a measure, 0 for the smallest. */
export function rampColor(step: number, scheme: 'light' | 'dark'): string {
  return RAMP[scheme][Math.min(step, RAMP[scheme].length - 1)];
}

/** The color itself if its contrast to the ground is at least 3; otherwise moved towards black or white until it is. */
export function rimColor(color: string, ground: string): string {
  const target = contrast(ground, WHITE) > contrast(ground, BLACK) ? 255 : 0;
  let rim = color;
  for (let step = 1; contrast(rim, ground) < LEAST_RIM && step <= 40; step++) {
    const channels = [1, 3, 5].map((i) => {
      const value = Number.parseInt(color.slice(i, i + 2), 16);
      return Math.round(value + ((target - value) * step) / 40);
    });
    rim = `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
  }
  return rim;
}

/** Style rules with the color of every class in one scheme, for a page with inline figures. */
export function schemeRules(scheme: 'light' | 'dark'): string {
  const rules: string[] = [];
  const add = (key: string, color: string) => {
    for (const property of ['fill', 'stroke'] as const) {
      rules.push(`.${className(property, key)}{${property}:${color}}`);
    }
  };
  for (const [role, colors] of Object.entries(ROLES)) add(role, colors[scheme]);
  for (let sign = -1; sign < signs.length; sign++) {
    add(signKey(sign), signColor(sign, scheme));
    add(`on-${signKey(sign)}`, onColor(signColor(sign, scheme)));
    add(`rim-${signKey(sign)}`, rimColor(signColor(sign, scheme), ROLES.paper[scheme]));
  }
  MODALITY_COLORS[scheme].forEach((color, i) => {
    add(`modality-${i}`, color);
  });
  return rules.join('');
}

/** A role's color, for style sheets. */
export function roleColor(role: Role, scheme: 'light' | 'dark'): string {
  return ROLES[role][scheme];
}

function className(property: Paint, key: string): string {
  return `${property}-${key}`;
}

function signKey(sign: number): string {
  return sign >= 0 && sign < signs.length ? `sign-${sign}` : 'no-sign';
}

/** The color of a sign; -1 gives that of clusters without one. */
export function signColor(sign: number, scheme: 'light' | 'dark'): string {
  return SIGN_COLORS[scheme][sign] ?? NO_SIGN[scheme];
}

/** Least contrast of what carries meaning without being text (WCAG 2.2, 1.4.11). */
const LEAST_RIM = 3;
const WHITE = '#ffffff';
const BLACK = '#17181c';

/** White if it is legible, else black. */
function onColor(ground: string): string {
  return contrast(ground, WHITE) >= 4 ? WHITE : BLACK;
}

/** Contrast ratio of WCAG 2.2 of two #rrggbb colors, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(color.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
