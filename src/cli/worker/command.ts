import { Command } from 'commander';
import { helpText } from './options.ts';

/** The command `god worker` in the list of `god --help`. main.ts runs it without loading this. */
export function workerCommand(): Command {
  return new Command('worker')
    .summary('one step on one partition, for Spark and others')
    .configureHelp({ formatHelp: () => helpText(undefined) })
    .allowUnknownOption();
}
