import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { god } from '../support/god.ts';
import { tinyClassifier } from '../support/onnx.ts';
import { tempFolder } from '../support/temp.ts';

const program = join(import.meta.dirname, '../../dist/cli/main.js');
const folder = tempFolder();

beforeAll(async () => {
  const size = ['--per-modality', '60', '--samples', '90'];
  const { code, stderr } = await god(['run', ...size, '-o', 'small'], { cwd: folder.path });
  expect(stderr).not.toMatch(/^god:/m);
  expect(code).toBe(0);
});

/** Starts the command. `line` resolves to the first matching line of stdout or stderr. */
function started(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder.path,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      child.emit('line');
    });
  }
  const line = async (pattern: RegExp) => {
    for (;;) {
      const found = lines.find((text) => pattern.test(text));
      if (found !== undefined) return found;
      await once(child, 'line');
    }
  };
  return { child, line };
}

it('serves a run directory, logs requests as JSON, and exits with 0 on SIGTERM', async () => {
  const { child, line } = started(['serve', 'small', '--port', '0'], { GOD_TOKEN: 'secret' });
  const { listening } = JSON.parse(await line(/"listening"/));
  const headers = { authorization: 'Bearer secret' };
  expect((await fetch(`${listening}/objects`)).status).toBe(401);
  expect((await fetch(`${listening}/objects`, { headers })).status).toBe(200);
  expect((await fetch(`${listening}/health`)).status).toBe(200);
  expect(JSON.parse(await line(/"status":401/))).toMatchObject({
    method: 'GET',
    path: '/objects',
    status: 401,
  });
  child.kill('SIGTERM');
  const [code, signal] = await once(child, 'close');
  expect([code, signal]).toEqual([0, null]);
});

it('places pictures by the network of the run', async () => {
  for (const [i, background] of [0, 1, 2, 3, 4, 5]
    .map((n) => ({ r: 40 * n, g: 255 - 30 * n, b: 9 * n }))
    .entries()) {
    const pixels = sharp({ create: { width: 9, height: 9, channels: 3, background } });
    folder.write(`pictures/class/${i}.png`, await pixels.png().toBuffer());
  }
  folder.write('tiny.onnx', tinyClassifier());
  const args = 'run --image pictures --model tiny.onnx --output features --clusters 2 --latent 2 -o seen';
  const made = await god(args.split(' '), { cwd: folder.path });
  expect(made.code, made.stderr).toBe(0);
  const { child, line } = started(['serve', 'seen', '--port', '0']);
  const { listening } = JSON.parse(await line(/"listening"/));
  const response = await fetch(`${listening}/place`, {
    method: 'POST',
    body: new Uint8Array(readFileSync(join(folder.path, 'pictures/class/3.png'))),
    headers: { 'content-type': 'image/png' },
  });
  const { places } = (await response.json()) as { places: { nearest: { id: string } }[] };
  expect(places[0].nearest.id).toContain('3');
  child.kill('SIGTERM');
  expect((await once(child, 'close'))[0]).toBe(0);
});

it('shows a run directory at an address on this machine', async () => {
  const { child, line } = started(['view', 'small']);
  const url = await line(/^http/);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await (await fetch(url)).text()).toContain('The New Reality');
  child.kill('SIGINT');
  expect((await once(child, 'close'))[0]).toBe(0);
});

it.each([
  [['serve', 'nothing-here'], 1, /nothing-here/],
  [['serve', 'small', '--port', 'http'], 2, /whole number/],
  [['serve', 'small', '--queue', '999999999'], 2, /queue/],
  [['serve', 'small', 'more'], 2, /too many arguments/],
])('%j ends with %i', async (args, expected, says) => {
  const { code, stderr } = await god(args, { cwd: folder.path });
  expect(code).toBe(expected);
  expect(stderr).toMatch(says);
});

it('says that a port is in use', async () => {
  const { child, line } = started(['view', 'small']);
  const { port } = new URL(await line(/^http/));
  const { code, stderr } = await god(['view', 'small', '--port', port], { cwd: folder.path });
  expect(code).toBe(1);
  expect(stderr).toMatch(/EADDRINUSE/);
  child.kill();
  await once(child, 'close');
});
