#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { packageVersion } from '../pipeline/run/version.ts';
import { exitCode, reportFailure } from './failure.ts';
import { placeCommand } from './place.ts';
import { runCommand } from './run.ts';
import { serveCommand, viewCommand } from './serve.ts';

// The reader of the output can stop before its end: `god run --json | head -1`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const program = new Command('god')
  .description('Embeds sound, text and images, embeds the embeddings, and finds their place in the zodiac')
  .version(packageVersion)
  .showSuggestionAfterError()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'god: ')) })
  .exitOverride()
  .addCommand(runCommand())
  .addCommand(placeCommand())
  .addCommand(viewCommand())
  .addCommand(serveCommand())
  .addHelpText('after', '\nEach command has options and examples: god run --help');
for (const command of program.commands) command.copyInheritedSettings(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // commander has printed its message; help and version are not failures.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    reportFailure(error);
    process.exitCode = exitCode(error);
  }
}
