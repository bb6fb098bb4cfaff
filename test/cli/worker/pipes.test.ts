// What an engine sees of a worker through its pipes. test/spark/through.test.ts has the same from Python.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { field, float32, int32, list, tableFromIPC } from '@uwdata/flechette';
import { beforeAll, describe, expect, test } from 'vitest';
import { ArrowStreamWriter, columnOf } from '../../../src/formats/arrow/stream-write.ts';
import { matrix, PCA, saveModel } from '../../../src/index.ts';
import { END, godWorker, program } from '../../support/arrow-stream.ts';
import { seededRandom } from '../../support/bytes.ts';
import { tempFolder } from '../../support/temp.ts';

const folder = tempFolder();
const model = join(folder.path, 'pca.safetensors');
const [cols, each, batches] = [6, 5000, 12];
const random = seededRandom(12);
const X = matrix(Float32Array.from({ length: each * cols }, random), each, cols);
const TRANSFORM = ['transform', '--model', model];

/** A stream of 1.7 MB, which no pipe holds: every batch has the same vectors, and rows count on. */
function stream(): Buffer {
  const pieces: Uint8Array[] = [];
  const fields = [field('row', int32(), false), field('vector', list(float32()), false)];
  const writer = new ArrowStreamWriter({ fields, metadata: null }, (bytes) => pieces.push(bytes.slice()));
  for (let batch = 0; batch < batches; batch++)
    writer.batch([columnOf([Int32Array.from({ length: each }, (_, i) => batch * each + i)]), columnOf([X])]);
  writer.end();
  return Buffer.concat(pieces);
}

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: Buffer; stderr: string }>;
}

function start(args: readonly string[]): Running {
  const child = spawn(process.execPath, [program, 'worker', ...args], { stdio: 'pipe' });
  const [out, err]: Buffer[][] = [[], []];
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
  child.stdin.on('error', () => {}); // the worker ended first
  const ended = once(child, 'close').then(([code, signal]) => ({
    ...{ code, signal },
    ...{ stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() },
  }));
  return { child, ended };
}

beforeAll(async () => saveModel(await PCA.fit(X, { components: 5 }), model));

describe('god worker, through pipes', () => {
  test('gives the same bytes if the stream comes in pieces of any size, with pauses', async () => {
    const all = stream();
    const whole = godWorker(TRANSFORM, all);
    expect({ code: whole.code, rows: whole.table?.numRows }).toEqual({ code: 0, rows: each * batches });
    const { child, ended } = start(TRANSFORM);
    for (let at = 0, i = 0; at < all.length; i++) {
      const size = [1, 7, 4096, 100_003][i % 4];
      if (!child.stdin.write(all.subarray(at, at + size))) await once(child.stdin, 'drain');
      if (i % 16 === 0) await sleep(2);
      at += size;
    }
    child.stdin.end();
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.equals(whole.stdout)).toBe(true);
  });

  test('waits while both pipes are full', async () => {
    const { child, ended } = start(TRANSFORM);
    child.stdout.pause();
    child.stdin.end(stream());
    await sleep(300);
    expect(child.exitCode).toBe(null);
    child.stdout.resume();
    const { code, stdout } = await ended;
    expect({ code, rows: tableFromIPC(new Uint8Array(stdout)).numRows }).toEqual({
      code: 0,
      rows: each * batches,
    });
  });

  test('a worker that is killed amid its work leaves a result without its end mark', async () => {
    const { child, ended } = start(TRANSFORM);
    child.stdin.write(stream().subarray(0, 1_000_000));
    child.stdout.once('data', () => child.kill('SIGKILL'));
    const { signal, stdout } = await ended;
    expect(signal).toBe('SIGKILL');
    expect(stdout.subarray(-END.length)).not.toEqual(END);
  });

  test('a stream that stops amid its batches ends the worker with code 1, and the result lacks its end mark', async () => {
    const { child, ended } = start(TRANSFORM);
    child.stdin.end(stream().subarray(0, 1_000_000));
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'god worker transform: The Arrow stream ends inside a batch, before its end mark: whoever wrote it failed or was killed\n',
    });
    expect(stdout.subarray(-END.length)).not.toEqual(END);
  });

  test('a reader that stops early ends the worker with code 1 and one line', async () => {
    const { child, ended } = start(TRANSFORM);
    child.stdout.once('data', () => child.stdout.destroy());
    child.stdin.end(stream());
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'god worker transform: whoever reads the output has stopped\n',
    });
  });
});
