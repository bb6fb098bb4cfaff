import type { Command } from 'commander';
import { type DataPart, findData } from '../datasets/data-folder.ts';
import type { SourceFlags } from './source-options.ts';

/** The flag of a folder that `god fetch` filled. */
export interface DataFlags extends SourceFlags {
  data?: string;
}

export function withDataOption(command: Command): Command {
  return command.option(
    '--data <directory>',
    'what god fetch put there: audio, text, and images with their network',
  );
}

/** The flags with the paths that --data stands for. Flags that name a path themselves come first. */
export async function withData<Flags extends DataFlags>(
  flags: Flags,
  note: (text: string) => void,
): Promise<Flags> {
  if (flags.data === undefined) return flags;
  const parts: readonly DataPart[] = ['audio', 'text', 'image', 'model'];
  const given = new Set(parts.filter((part) => flags[part] !== undefined));
  // Vectors of images need no network.
  if (flags.image !== undefined) given.add('model');
  const { paths, notes } = await findData(flags.data, given);
  for (const text of notes) note(text);
  return { ...flags, ...paths };
}
