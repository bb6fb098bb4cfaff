#!/usr/bin/env node
// Engines start a worker for each partition: it does not load the other commands.
if (process.argv[2] === 'worker') await (await import('./worker/main.ts')).worker(process.argv.slice(3));
else await import('./program.ts');

export {};
