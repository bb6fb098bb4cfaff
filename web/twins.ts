import { KIN, TWINS, unpackFarness } from '../src/page/format.ts';
import type { Column, Objects } from './data.ts';

/** A neighbor by mutual proximity. */
export interface Near {
  readonly i: number;
  readonly modality: number;
  /** Probability that a random pair of these two modalities is farther apart, seen from both ends. */
  readonly proximity: number;
}

/** The nearest objects that the page holds: those of the object's own modality, then its twins in every other one. */
export function packedNear({ twins, meta, modality }: Objects, i: number): Near[] {
  if (twins === undefined) return [];
  const others = meta.modalities.map((_, m) => m).filter((m) => m !== modality[i]);
  return [
    ...ranked(twins.kin, twins.kinFar, i * KIN, KIN, modality[i]),
    ...others.flatMap((m, block) =>
      ranked(twins.twins, twins.twinsFar, (i * others.length + block) * TWINS, TWINS, m),
    ),
  ];
}

function ranked(rows: Column, far: Column, start: number, ranks: number, modality: number): Near[] {
  return Array.from({ length: ranks }, (_, rank) => ({
    i: rows[start + rank] - 1,
    modality,
    proximity: unpackFarness(far[start + rank] ?? 0),
  })).filter(({ i }) => i >= 0);
}

/** The first of each modality but the given one. */
export function firstOf(near: readonly Near[], own: number): number[] {
  const seen = new Set([own]);
  return near.filter(({ modality }) => !seen.has(modality) && seen.add(modality)).map(({ i }) => i);
}

const inDegrees = new WeakMap<Objects, Uint32Array>();

/** Of how many objects this one is the first twin, by what the page holds. */
export function inDegree(objects: Objects, i: number): number {
  let degrees = inDegrees.get(objects);
  if (degrees === undefined) {
    degrees = new Uint32Array(objects.count);
    for (let j = 0; j < objects.count; j++)
      for (const twin of firstOf(packedNear(objects, j), objects.modality[j])) degrees[twin]++;
    inDegrees.set(objects, degrees);
  }
  return degrees[i];
}

/** How near, in words: the share of pairs that are farther. */
export function nearness(proximity: number): string {
  const percent = proximity * 100;
  const digits = percent > 99.9 ? 2 : percent > 99 ? 1 : 0;
  return `nearer than ${Math.min(99.99, percent).toFixed(digits)}\u202f%`;
}
