import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../support/bytes.ts';
import { asJavaScript, clusteredNpy, contentsOf, god, leftovers, startGod } from '../support/god.ts';
import { tempFolder } from '../support/temp.ts';

const long = process.env.GOD_LONG === '1';
const folder = tempFolder();
const cwd = folder.path;
folder.write('audio.npy', clusteredNpy(300, 16, 1));
folder.write('image.npy', clusteredNpy(200, 12, 2));
const failpoints = asJavaScript(join(import.meta.dirname, '../support/failpoints.ts'), cwd);

/** Long enough to be interrupted in any stage. */
const args = (out: string, seed = 0) =>
  `run --audio audio.npy --image image.npy --samples 400 --seed ${seed} -o ${out}`.split(' ');
const path = (name: string) => join(cwd, name);

const start = performance.now();
const reference = await god(args('reference'), { cwd });
const milliseconds = performance.now() - start;
expect(reference).toMatchObject({ code: 0, signal: null });
const expected = contentsOf(path('reference'));

/** An interrupted run resumes and ends as if it had not been interrupted. */
async function expectResume(name: string): Promise<void> {
  expect(await god(args(name), { cwd })).toMatchObject({ code: 0, signal: null });
  expect(leftovers(path(name))).toEqual([]);
  expect(contentsOf(path(name))).toEqual(expected);
}

test.each([1, 2, 3])('with %i threads the whole directory has the same bytes', async (threads) => {
  const name = `threads-${threads}`;
  const { code } = await god([...args(name), '--threads', String(threads)], { cwd });
  expect(code).toBe(0);
  expect(contentsOf(path(name))).toEqual(expected);
});

describe('a run that is killed at any time resumes and ends with the same bytes', () => {
  const random = seededRandom(Date.now());
  const delays = Array.from({ length: long ? 50 : 4 }, () => Math.round(random() * milliseconds));
  test.each(delays)('killed after %i ms', async (delay) => {
    const name = `killed-${delay}`;
    const { child, ended } = startGod(args(name), { cwd });
    setTimeout(() => child.kill('SIGKILL'), delay);
    await ended;
    await expectResume(name);
  });

  test('killed again and again', async () => {
    for (const part of [0.4, 0.7, 0.9]) {
      const { child, ended } = startGod(args('often'), { cwd });
      setTimeout(() => child.kill('SIGKILL'), part * milliseconds);
      await ended;
    }
    await expectResume('often');
  });
});

describe('Ctrl-C', () => {
  test.each([
    ['SIGINT', 'PCA of image'],
    ['SIGTERM', 'Gather audio'],
    ['SIGINT', 'Measure quality'],
  ] as const)(
    '%s after "%s" ends with code 130 and one line, and the run can be resumed',
    async (signal, stage) => {
      const name = `${signal}-${stage.replaceAll(' ', '-')}`;
      const { child, ended } = startGod(args(name), { cwd });
      let seen = '';
      child.stderr?.on('data', (text: string) => {
        const before = seen;
        seen += text;
        if (!before.includes(stage) && seen.includes(stage)) child.kill(signal);
      });
      const { code, signal: killedBy, stdout, stderr } = await ended;
      expect({ code, killedBy, stdout }).toEqual({ code: 130, killedBy: null, stdout: '' });
      expect(stderr).toMatch(
        /god: Interrupted\. Finished stages are kept; run the same command again to resume\n$/,
      );
      expect(leftovers(path(name))).toEqual([]);
      expect(existsSync(join(path(name), 'report.html'))).toBe(false);
      await expectResume(name);
    },
  );
});

test('the second of two runs on one directory is refused, and the first succeeds', async () => {
  const { child, ended } = startGod(args('shared'), { cwd });
  await new Promise((started) => child.stderr?.once('data', started));
  const second = await god(args('shared', 1), { cwd });
  expect(second).toMatchObject({ code: 1, signal: null, stdout: '' });
  expect(second.stderr).toMatch(
    new RegExp(`^god: Another run \\(process ${child.pid}\\) is writing to .*shared\\. Wait for it, or`),
  );
  expect(await ended).toMatchObject({ code: 0 });
  expect(contentsOf(path('shared'))).toEqual(expected);
});

describe('a file operation that fails, or at which the process is killed', async () => {
  await god(args('other', 1), { cwd });
  const other = contentsOf(path('other'));
  // A run makes about 270 calls; steps of a prime number reach calls of all kinds.
  const every = long ? 1 : 61;
  const points = Array.from({ length: Math.ceil(280 / every) }, (_, i) => i * every);
  test.each(
    points.flatMap((at): [number, string][] => [
      [at, 'kill'],
      [at, 'EIO'],
    ]),
  )('call %i: %s', async (at, failure) => {
    // Outputs and results of another run exist before.
    const name = `fail-${at}-${failure}`;
    cpSync(path('threads-1'), path(name), { recursive: true });
    const { code, signal, stderr } = await god(args(name, 1), {
      cwd,
      env: { GOD_FAIL: `${at} ${failure}` },
      node: ['--import', failpoints],
    });
    if (failure === 'kill') expect(code === 0 || signal === 'SIGKILL').toBe(true);
    else if (code !== 0) {
      expect(stderr).toMatch(/(^|\n)god: [^\n]*EIO[^\n]*\n$/);
      expect(leftovers(path(name)).filter((left) => left.endsWith('god-tmp'))).toEqual([]);
      // Files are replaced one by one, so some can be new and others old, but each is complete.
      if (stderr.includes('rename')) expectWhole(path(name), [expected, other]);
      else expectOneRun(path(name), [expected, other]);
    }
    await expectResume(name);
  });
});

const outputsOf = (contents: Record<string, string>) =>
  Object.entries(contents).filter(([name]) => !/^stages\/|\.lock$/.test(name));

/** All outputs and the model are those of one of these runs. */
function expectOneRun(directory: string, runs: readonly Record<string, string>[]): void {
  expect(runs.map(outputsOf)).toContainEqual(outputsOf(contentsOf(directory)));
}

/** Every output is that of one of these runs. */
function expectWhole(directory: string, runs: readonly Record<string, string>[]): void {
  const found = outputsOf(contentsOf(directory));
  expect(found).toHaveLength(outputsOf(runs[0]).length);
  for (const [name, content] of found) expect(runs.map((run) => run[name])).toContain(content);
}
