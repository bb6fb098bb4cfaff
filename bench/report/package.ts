import type { Machine } from '../harness/machine.ts';
import { bytesText, markdownTable, provenance, significant } from './markdown.ts';

/** What bench/package.ts measured. */
export interface PackageResults {
  readonly machine: Machine;
  readonly command: string;
  readonly installation: {
    readonly tarballBytes: number;
    readonly installedBytes: number;
    /** Number of packages that an installation brings, this one included. */
    readonly packages: number;
    readonly largest: readonly { readonly name: string; readonly bytes: number }[];
    readonly binaries: readonly { readonly name: string; readonly bytes: number }[];
    readonly importMilliseconds: number;
    readonly firstCallMilliseconds: number;
    /** Fresh processes, of which the times are medians. */
    readonly runs: number;
  };
}

export function packageSection({ machine, command, installation: measured }: PackageResults): string {
  const { binaries, largest, runs } = measured;
  const list = (entries: readonly { name: string; bytes: number }[]) =>
    entries.map(({ name, bytes }) => `${name} ${bytesText(bytes)}`).join(', ');
  const table = markdownTable(
    ['', 'measured'],
    [
      [`import, in a fresh process (median of ${runs})`, `${significant(measured.importMilliseconds, 3)} ms`],
      ['first call of a kernel after it', `${significant(measured.firstCallMilliseconds, 3)} ms`],
      ['installed', bytesText(measured.installedBytes)],
      ['packages, this one included', String(measured.packages)],
      ['tarball', bytesText(measured.tarballBytes)],
      ['binaries in it', list(binaries)],
      ['largest packages', list(largest)],
    ],
    'lr',
  );
  return [table, provenance(machine, command)].join('\n\n');
}
