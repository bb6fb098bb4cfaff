import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { god, startGod } from '../support/god.ts';
import { tinyClassifier } from '../support/onnx.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const cwd = folder.path;
const count = 600;
const pictures = await Promise.all(
  [20, 90, 200].map((r) =>
    sharp({ create: { width: 20, height: 30, channels: 3, background: { r, g: 10, b: 250 } } })
      .png()
      .toBuffer(),
  ),
);
for (const kind of [0, 1, 2]) mkdirSync(join(cwd, `photos/kind ${kind}`), { recursive: true });
for (let i = 0; i < count; i++)
  writeFileSync(join(cwd, `photos/kind ${i % 3}/${String(i).padStart(3, '0')}.png`), pictures[i % 3]);
folder.write('net.onnx', tinyClassifier());
folder.write('bad/a/1.png', pictures[0]);
folder.write('bad/a/2.png', 'no picture');
folder.write('bad/b/3.png', pictures[2]);

const embed = (path: string, ...more: string[]) => ['embed', 'images', path, '--model', 'net.onnx', ...more];
const path = (name: string) => join(cwd, name);

test('prints the files that it wrote, or a summary', async () => {
  const { code, stdout } = await god(embed('photos', '-o', 'all.npy'), { cwd });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'all.npy\nall.names.csv\n' });
  const { stdout: json, stderr } = await god(embed('bad', '-o', 'good.csv', '--skip-bad', '--json'), { cwd });
  expect(stderr).toBe('left out bad/a/2.png: is not a picture that can be decoded\n');
  expect(JSON.parse(json)).toMatchObject({
    command: 'embed images',
    input: 'bad',
    output: { file: 'good.csv', format: 'csv', rows: 2, cols: 3 },
    bad: [{ file: 'bad/a/2.png', problem: 'is not a picture that can be decoded' }],
    kept: 0,
    network: { file: 'net.onnx', output: 'features' },
  });
  expect(readFileSync(path('good.csv'), 'utf8')).toMatch(
    /^id,label,x0,x1,x2\na\/1.png,a,[^\n]+\nb\/3.png,b,/,
  );
});

test('the first bad image is named, with exit code 65', async () => {
  const { code, stdout, stderr } = await god(embed('bad', '-o', 'bad.npy'), { cwd });
  expect({ code, stdout, stderr }).toEqual({
    code: 65,
    stdout: '',
    stderr: 'god: bad/a/2.png: is not a picture that can be decoded (--skip-bad leaves such images out)\n',
  });
});

test.each([
  [['--preprocessing', 'none'], /option '--preprocessing <name>' argument 'none' is invalid/],
  [['-o', '-'], /-o must be a file, in which an interrupted run continues/],
  [['-o', 'x.png'], /Expected --out to end with one of npy, npz, .* but received "x.png"/],
  [['--threads', '0'], /Expected --threads in \[1, 256\] but received 0/],
])('%j is wrong usage', async (more, message) => {
  const { code, stderr } = await god(embed('photos', '-o', 'x.npy', ...more), { cwd });
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});

describe('an interrupted run', () => {
  const expected = () => readFileSync(path('all.npy'));

  /** Starts a run and sends the signal when some vectors are there. */
  async function stopped(name: string, signal: NodeJS.Signals) {
    const { child, ended } = startGod(embed('photos', '-o', name, '--threads', '1'), { cwd });
    const part = path(`${name}.part`);
    while (!existsSync(part) || statSync(part).size === 0) await new Promise((wake) => setTimeout(wake, 2));
    child.kill(signal);
    return ended;
  }

  async function expectResume(name: string): Promise<void> {
    const { code, stderr } = await god(embed('photos', '-o', name), { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(new RegExp(`^continues: \\d+ of ${count} images are in ${name}.part\n`));
    expect(readFileSync(path(name)).equals(expected())).toBe(true);
    expect([existsSync(path(`${name}.part`)), existsSync(path(`${name}.part.json`))]).toEqual([false, false]);
  }

  test('continues after a kill, with the same bytes at the end', async () => {
    expect((await stopped('killed.npy', 'SIGKILL')).signal).toBe('SIGKILL');
    await expectResume('killed.npy');
  });

  test('ends with code 130 and one line after Ctrl-C, and continues', async () => {
    const { code, stdout, stderr } = await stopped('stopped.npy', 'SIGINT');
    expect({ code, stdout, stderr }).toEqual({
      code: 130,
      stdout: '',
      stderr: 'god: Interrupted. The vectors so far are kept; run the same command again to continue\n',
    });
    expect(existsSync(path('stopped.npy'))).toBe(false);
    await expectResume('stopped.npy');
  });
});
