import { appendFileSync } from 'node:fs';

/** The long versions of tests, which hold the promised figures, run with GOD_LONG=1. */
export const LONG = process.env.GOD_LONG !== undefined && process.env.GOD_LONG !== '';

/** How often a property is tried: 1,000 times in the long run. */
export const runs = (short: number): number => (LONG ? Math.max(1000, short) : short);

/** Tells `npm run gates`, which names the file by GOD_GATES, what a gate measured. */
export function measured(gate: string, figure: string): void {
  const file = process.env.GOD_GATES;
  if (file) appendFileSync(file, `${JSON.stringify({ gate, figure })}\n`);
}
