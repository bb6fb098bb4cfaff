// node exchange.mjs DIRECTORY: what a program reads from a run directory, as one line.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { GOD } from 'global-object-embedder';
import { readMatrix } from 'global-object-embedder/files';

const directory = process.argv[2];
const god = await GOD.load(join(directory, 'model'));
const { indices } = await god.neighbors({ k: 3 });
const map = await readMatrix(join(directory, 'map.npy'));
const digest = createHash('sha256');
for (const values of [indices, map.data]) digest.update(values);
console.log(JSON.stringify({ objects: god.objects.length, signs: god.signs, digest: digest.digest('hex') }));
