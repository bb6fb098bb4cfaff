import { GLYPHS } from '../../src/figures/drawing/glyphs.ts';
import { onSignColor, signColor } from '../../src/figures/drawing/palette.ts';
import type { Scheme } from '../coloring.ts';

/** A sign's medallion as a small picture; nothing for clusters without a sign. */
export function signBadge(sign: number, scheme: Scheme) {
  if (sign < 0) return null;
  return (
    <svg viewBox="0 0 28 28" width="24" height="24" aria-hidden="true">
      <circle cx="14" cy="14" r="13" fill={signColor(sign, scheme)} />
      <path
        class="glyph"
        stroke={onSignColor(sign, scheme)}
        d={GLYPHS[sign]}
        transform="translate(5.5 5.5) scale(.71)"
      />
    </svg>
  );
}
