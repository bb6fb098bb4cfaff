import type { Machine } from '../harness/machine.ts';

/** A Markdown table; `align` has one of `l` and `r` for each column. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: string,
): string {
  const rule = head.map((_, i) => (align[i] === 'r' ? '--:' : '---'));
  return [head, rule, ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** 0.0441 -> '44 ms', 1.234 -> '1.23 s', 121.9 -> '122 s'. */
export function secondsText(seconds: number): string {
  if (seconds < 0.1) return `${significant(seconds * 1000, 2)} ms`;
  return `${significant(seconds, 3)} s`;
}

/** 2.345 -> '2.3', 27.6 -> '28', 1234 -> '1,230': as many digits as a ratio of noisy times deserves. */
export function ratioText(ratio: number): string {
  return significant(ratio, ratio < 100 ? 2 : 3);
}

export function significant(value: number, digits: number): string {
  const rounded = Number(value.toPrecision(digits));
  const small = Math.abs(rounded) < 1e-4 && rounded !== 0;
  return small ? rounded.toExponential() : rounded.toLocaleString('en-US', { maximumFractionDigits: 6 });
}

export function bytesText(bytes: number): string {
  return bytes < 1e9 ? `${significant(bytes / 1e6, 2)} MB` : `${significant(bytes / 1e9, 2)} GB`;
}

/** Where and with what a set of figures was measured, in one sentence, and how to repeat it. */
export function provenance(machine: Machine, command: string, threads?: number): string {
  const dirty = machine.commit.endsWith('+');
  const commit = `${machine.commit.replace(/\+$/, '')}${dirty ? ' with uncommitted changes' : ''}`;
  const used =
    threads === undefined ? '' : `, ${threads} ${threads === 1 ? 'thread' : 'threads'} on both sides`;
  return (
    `${machine.date}, commit ${commit}: ${machine.cpu}, ${machine.processors} processors (${machine.simd}), ` +
    `${machine.memoryGb} GB, ${machine.os}, Node ${machine.node}${used}; load average at the start ` +
    `${machine.load.toFixed(1)}. Repeat with \`${command}\`.`
  );
}
