import { Command, InvalidArgumentError } from 'commander';
import { GOD } from '../pipeline/god.ts';
import { createServer, type GODServer, type RequestLog, type ServerOptions } from '../server/server.ts';
import { printable, UsageError } from './failure.ts';
import { openNetwork } from './place-network.ts';

interface ServeFlags {
  port: number;
  host: string;
  threads?: number;
  concurrency?: number;
  queue?: number;
  timeLimit?: number;
}

const SERVE_EXAMPLES = `
Examples:
  god serve paradise                               on http://127.0.0.1:8042
  curl 'http://127.0.0.1:8042/objects?query=dog'
  curl --json '{"modality": "text", "vectors": [[...]]}' http://127.0.0.1:8042/place
  GOD_TOKEN=secret god serve paradise --host 0.0.0.0 --port 80

GET /openapi.json describes all paths. With GOD_TOKEN set, all but /health need the header Authorization: Bearer.
Requests are logged on stderr, one JSON object a line. SIGTERM and Ctrl-C let running requests end.`;

const VIEW_EXAMPLES = `
Example:
  god view paradise                                prints an address to open in a browser on this machine`;

/** The command `god serve`. */
export function serveCommand(): Command {
  return new Command('serve')
    .summary('serve it over HTTP')
    .description(
      'Serve a New Reality over HTTP: its page, its objects and their neighbors, places for new objects',
    )
    .argument('[directory]', 'run directory, or a model saved by GOD.save', 'god-run')
    .option('--port <number>', 'port to listen on; 0 picks a free one', integer, 8042)
    .option('--host <name>', 'address to listen on; 0.0.0.0 for all', '127.0.0.1')
    .option(
      '--concurrency <number>',
      'requests that compute at the same time (default: one for each processor)',
      integer,
    )
    .option(
      '--queue <number>',
      'requests that wait at most; the next one gets status 503 (default: 64)',
      integer,
    )
    .option('--threads <number>', 'threads of one request (default: 1)', integer)
    .option('--time-limit <seconds>', 'seconds after which a request gets status 503 (default: 30)', Number)
    .addHelpText('after', SERVE_EXAMPLES)
    .allowExcessArguments(false)
    .action(serve);
}

/** The command `god view`. */
export function viewCommand(): Command {
  return new Command('view')
    .summary('show it in a browser on this machine')
    .description('Show a New Reality in a browser on this machine')
    .argument('[directory]', 'run directory, or a model saved by GOD.save', 'god-run')
    .option('--port <number>', 'port to listen on; 0 picks a free one', integer, 0)
    .addHelpText('after', VIEW_EXAMPLES)
    .allowExcessArguments(false)
    .action(view);
}

async function serve(directory: string, { port, host, ...flags }: ServeFlags): Promise<void> {
  const token = process.env.GOD_TOKEN;
  if (token === '') throw new UsageError('GOD_TOKEN is empty: give it a value, or unset it');
  const limits = { ...flags, ...(token !== undefined && { token }), log: logLine };
  await serving(directory, limits, async (server) => {
    const { url } = await server.listen(port, host);
    console.error(JSON.stringify({ time: new Date().toISOString(), listening: url }));
  });
}

async function view(directory: string, { port }: { port: number }): Promise<void> {
  await serving(directory, {}, async (server) => {
    const { url } = await server.listen(port);
    console.log(url);
    console.error('Open the address in a browser. Ctrl-C stops the server.');
  });
}

/** Serves a model until a signal comes. Pictures are accepted if the model's network is found. */
async function serving(
  directory: string,
  options: ServerOptions,
  started: (server: GODServer) => Promise<void>,
): Promise<void> {
  const god = await GOD.load(directory);
  const images = await networkOrNote(god, directory);
  try {
    const server = created(god, { ...options, ...(images && { images }) });
    await started(server);
    await untilStopped(server);
  } finally {
    await images?.close();
  }
}

/** Vectors can be placed without the network: its absence is a note. */
async function networkOrNote(god: GOD, directory: string) {
  try {
    return await openNetwork(god, directory);
  } catch (error) {
    console.error(`god: pictures are not accepted: ${printable((error as Error).message)}`);
    return undefined;
  }
}

function created(god: GOD, options: ServerOptions): GODServer {
  try {
    return createServer(god, options);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Ctrl-C or a request to terminate lets running requests end; a second one ends the process at once. */
async function untilStopped(server: GODServer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let asked = false;
    const stop = () => {
      if (asked) process.exit(130);
      asked = true;
      server.close().then(resolve, reject);
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
  });
}

function logLine({ error, ...entry }: RequestLog): void {
  const reason = error instanceof Error ? printable(error.message) : error;
  const line = { time: new Date().toISOString(), ...entry, ...(reason !== undefined && { error: reason }) };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

function integer(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}
