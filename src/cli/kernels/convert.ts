import type { Command } from 'commander';
import { InputRows } from './input.ts';
import { type Done, type Job, kernelCommand } from './job.ts';
import { streamRows, wrote } from './streams.ts';

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

async function work({ input, reading, target, stage, note }: Job<object>): Promise<Done> {
  if (target === undefined) return { summary: {} };
  const rows = await InputRows.open({ input, reading });
  const output = await stage('convert', (report) =>
    streamRows(rows, { reading, target }, rows.first.total, report, async (batch) => batch),
  );
  return { summary: { output: wrote(output, note) } };
}
