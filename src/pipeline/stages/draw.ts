import type { Put } from '../../files/atomic-file.ts';
import { sha256 } from '../../files/hash.ts';
import type { GOD } from '../god.ts';
import { modelFiles } from '../model-directory.ts';
import { outputsOf } from '../run/outputs.ts';
import { packageVersion } from '../run/version.ts';

/** Figures, tables, report and model, written through `put`. Always done again: drawing is fast. Returns each file's SHA-256. */
export async function drawOutputs(
  god: GOD,
  put: Put,
  signal: AbortSignal | undefined,
): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for await (const [name, contents] of filesOf(god)) {
    signal?.throwIfAborted();
    hashes[name] = await sha256(...[contents].flat());
    await put(name, contents);
  }
  return hashes;
}

async function* filesOf(god: GOD): ReturnType<typeof outputsOf> {
  yield* outputsOf(god, packageVersion);
  for await (const [name, contents] of modelFiles(god)) yield [`model/${name}`, contents];
}
