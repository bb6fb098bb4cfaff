import { readFileSync, writeFileSync } from 'node:fs';

/** Starts to watch this process's memory; the returned function gives the bytes by which it had grown at its peak. */
export function watchMemory(): () => number {
  forgetPeak();
  const before = process.memoryUsage.rss();
  return () => Math.max(0, peak() - before);
}

/** Lets Linux count the peak from now on; elsewhere the peak of the whole process counts. */
function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {}
}

function peak(): number {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
