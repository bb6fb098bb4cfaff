import type { Command } from 'commander';
import { type Job, kernelCommand, type Summary } from './job.ts';
import { lookAhead, streamRows, wrote } from './streams.ts';

/** The command `god convert`. */
export function convertCommand(): Command {
  return kernelCommand<object>({
    name: 'convert',
    summary: 'write rows in another format',
    description: 'Write rows, with their ids and labels, in another format. The file is read in batches',
    examples: [
      '  god convert words.vec -o words.jsonl --limit 10000',
      '  god convert table.csv -o table.npy --type float32',
      '  cat vectors.npy | god convert - -o - --out-format tsv | head -1',
    ].join('\n'),
    table: {},
    work,
  });
}

async function work({ input, reading, target, stage, note }: Job<object>): Promise<Summary> {
  if (target === undefined) return {};
  const { rows } = await lookAhead(input, reading);
  const output = await stage('convert', (report) =>
    streamRows({ input, reading, target }, rows, report, async (batch) => batch),
  );
  return { output: wrote(output, note) };
}
