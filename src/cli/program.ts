import { Command, CommanderError } from 'commander';
import { packageVersion } from '../pipeline/run/version.ts';
import { embedCommand } from './embed.ts';
import { exitCode, reportFailure } from './failure.ts';
import { fetchCommand } from './fetch.ts';
import { applyCommand } from './kernels/apply.ts';
import { clusterCommand } from './kernels/cluster.ts';
import { convertCommand } from './kernels/convert.ts';
import { knnCommand } from './kernels/knn.ts';
import { pcaCommand } from './kernels/pca.ts';
import { tsneCommand } from './kernels/tsne.ts';
import { vaeCommand } from './kernels/vae.ts';
import { momentsCommand } from './moments.ts';
import { packCommand } from './pack.ts';
import { placeCommand } from './place.ts';
import { runCommand } from './run.ts';
import { serveCommand, viewCommand } from './serve.ts';
import { workerCommand } from './worker/command.ts';

// The reader of the output can stop before its end: `god run --json | head -1`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const EXAMPLES = `
Examples:
  god run --audio songs.npy --image pictures.npy -o paradise
  god tsne vectors.npy -o map.csv --figure map.png
  god pca table.csv --components 10 -o projected.npy --save pca.safetensors
  god cluster words.vec --linkage average --clusters 12 -o clusters.csv

Files are .npy, .npz, Parquet, Arrow, CSV, TSV, JSON Lines, safetensors or word vectors, plain or compressed.
Each command has options and examples: god tsne --help`;

const program = new Command('god')
  .description('Embeds sound, text and images, embeds the embeddings, and finds their place in the zodiac')
  .version(packageVersion)
  .showSuggestionAfterError()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'god: ')) })
  .exitOverride()
  .commandsGroup('A New Reality:')
  .addCommand(fetchCommand())
  .addCommand(runCommand())
  .addCommand(placeCommand())
  .addCommand(viewCommand())
  .addCommand(serveCommand())
  .commandsGroup('Files of vectors:')
  .addCommand(embedCommand())
  .addCommand(pcaCommand())
  .addCommand(tsneCommand())
  .addCommand(clusterCommand())
  .addCommand(vaeCommand())
  .addCommand(knnCommand())
  .addCommand(applyCommand())
  .addCommand(convertCommand())
  .commandsGroup('On a cluster:')
  .addCommand(momentsCommand())
  .addCommand(workerCommand())
  .addCommand(packCommand())
  .addHelpText('after', EXAMPLES);
for (const command of program.commands) {
  command.copyInheritedSettings(program);
  for (const part of command.commands) part.copyInheritedSettings(program);
}

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
