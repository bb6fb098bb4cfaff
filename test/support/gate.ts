import { appendFileSync } from 'node:fs';

/** GOD_LONG=1 runs the long versions of tests, which check the promised figures. */
export const LONG = process.env.GOD_LONG !== undefined && process.env.GOD_LONG !== '';

/** How often a property is tested: 1,000 times in the long run. */
export const runs = (short: number): number => (LONG ? Math.max(1000, short) : short);

/** Reports what a gate measured to `npm run gates`, which names the file in GOD_GATES. */
export function measured(gate: string, figure: string): void {
  const file = process.env.GOD_GATES;
  if (file) appendFileSync(file, `${JSON.stringify({ gate, figure })}\n`);
}
