import type { Machine } from '../harness/machine.ts';
import { markdownTable, provenance } from './markdown.ts';

/** What bench/server.ts writes. */
export interface ServerResults {
  readonly command: string;
  readonly machine: Machine;
  /** In each request. */
  readonly vectors: number;
  readonly server: readonly {
    readonly clients: number;
    readonly requestsPerSecond: number;
    /** Milliseconds, as are p99 and eventLoopDelay. */
    readonly p50: number;
    readonly p99: number;
    readonly failed: number;
    readonly eventLoopDelay: number;
  }[];
  /** Resident set in MB after each minute of load. */
  readonly memory: readonly number[];
  /** Where that was measured, if not together with the rest. */
  readonly memoryMachine?: Machine;
  readonly atOnce: number;
  readonly lost: number;
}

/** The server under load. */
export function serverSection(results: ServerResults): string {
  const { command, machine, vectors, server, memory, memoryMachine, atOnce, lost } = results;
  const rows = server.map(({ clients, requestsPerSecond, p50, p99, eventLoopDelay, failed }) => [
    String(clients),
    requestsPerSecond.toFixed(0),
    `${p50} ms`,
    `${p99} ms`,
    `${eventLoopDelay.toFixed(1)} ms`,
    String(failed),
  ]);
  const steady =
    memory.length < 2
      ? []
      : [
          `Under the load of 8 clients the resident set was ${memory[0]} MB after one minute, ${memory.at(-1)} MB after ${memory.length}, and at most ${Math.max(...memory)} MB.`,
          ...(memoryMachine === undefined ? [] : [`Memory: ${provenance(memoryMachine, command)}`]),
        ];
  return [
    `\`POST /place\` of ${vectors} vectors to a New Reality of 7183 objects; clients and server share the processors.`,
    markdownTable(
      ['clients', 'requests a second', 'median', '99 %', 'event loop delay, 99 %', 'failed'],
      rows,
      'rrrrrr',
    ),
    ...steady,
    `Of ${atOnce} requests that were running or waiting at a SIGTERM, ${lost === 0 ? 'none was' : `${lost} were`} lost: each got its places or a whole refusal.`,
    provenance(machine, command),
  ].join('\n\n');
}
