import { importAtRunTime } from '../runtime.ts';

export type Sharp = typeof import('sharp').default;

/** Pictures with more pixels are not decoded. */
export const MOST_PIXELS = 100e6;

export async function loadSharp(): Promise<Sharp> {
  return ((await importAtRunTime('sharp')) as { default: Sharp }).default;
}
