import type { Point } from '../../zodiac/signs.ts';
import { short } from '../drawing/markup.ts';
import type { Frame } from '../drawing/scatter.ts';
import type { DendrogramLayout } from './dendrogram-layout.ts';

/** How a dendrogram lies on its drawing: with the root at the top or, if tall, at the left. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  /** Around the tree. */
  readonly frame: Frame;
  readonly tall: boolean;
  /** Between neighboring leaves. */
  readonly step: number;
  /** The largest height that is drawn. */
  readonly highest: number;
  at(place: number, height: number): Point;
  /** The path of the line at one height through the whole tree. */
  across(height: number): string;
}

interface Furniture {
  readonly tall: boolean;
  readonly headed: boolean;
  readonly keyed: boolean;
}

const WIDE = { width: 980, left: 84, right: 104, tree: 430, heading: 104, margin: 28, feet: 76 };
const TALL = { width: 420, left: 24, feet: 164, row: 17, lowest: 260, heading: 136, top: 52, bottom: 36 };
/** Of the frame, left free above the highest merge. */
const AIR = 1.04;

export function sheetOf({ nodes, leaves, cutHeight }: DendrogramLayout, furniture: Furniture): Sheet {
  const { tall } = furniture;
  const { width, height, frame } = tall ? tallSheet(leaves, furniture) : wideSheet(furniture);
  const highest = nodes.reduce((most, node) => Math.max(most, node.height), cutHeight);
  const step = (tall ? frame.height : frame.width) / leaves;
  const unit = highest > 0 ? (tall ? frame.width : frame.height) / (AIR * highest) : 0;
  const at = (place: number, level: number): Point =>
    tall
      ? [frame.x + frame.width - level * unit, frame.y + (place + 0.5) * step]
      : [frame.x + (place + 0.5) * step, frame.y + frame.height - level * unit];
  const across = (level: number) => line(at(-0.5, level), at(leaves - 0.5, level));
  return { width, height, frame, tall, step, highest, at, across };
}

function wideSheet({ headed, keyed }: Furniture) {
  const { width, left, right, tree, heading, margin, feet } = WIDE;
  const y = headed ? heading : margin;
  const frame = { x: left, y, width: width - left - right, height: tree };
  return { width, height: y + tree + (keyed ? feet : margin), frame };
}

function tallSheet(leaves: number, { headed, keyed }: Furniture) {
  const { width, left, feet, row, lowest, heading, top, bottom } = TALL;
  const y = headed ? heading : top;
  const tree = Math.max(lowest, row * leaves);
  const frame = { x: left, y, width: width - left - (keyed ? feet : left), height: tree };
  return { width, height: y + tree + bottom, frame };
}

/** A path through points. */
export function line(...points: readonly Point[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('');
}
