#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCode, reportFailure } from './failure.ts';
import { runCommand } from './run.ts';

const { version, description } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string; description: string };

const program = new Command('god')
  .description(description)
  .version(version)
  .showSuggestionAfterError()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'god: ')) })
  .exitOverride()
  .addCommand(runCommand())
  .addHelpText('after', '\nRun `god run --help` for its options and examples.');
for (const command of program.commands) command.copyInheritedSettings(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // commander has printed its message; help and version are no failure.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    reportFailure(error);
    process.exitCode = exitCode(error);
  }
}
