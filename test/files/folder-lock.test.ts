import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockDirectory, RunInProgressError } from '../../src/files/folder-lock.ts';
import { asJavaScript, ending } from '../support/god.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const source = join(import.meta.dirname, '../../src/files/folder-lock.ts');
const module = asJavaScript(source, folder.path);

function newFolder(name: string): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  return path;
}

/** A process that imports `lockDirectory` and runs `body` with `path` and `log`. */
function start(path: string, body: string) {
  const log = join(folder.path, `${path.slice(folder.path.length + 1)}.log`);
  const code = `
    import { appendFileSync } from 'node:fs';
    import { lockDirectory } from ${JSON.stringify(module)};
    const path = ${JSON.stringify(path)};
    const log = (word) => appendFileSync(${JSON.stringify(log)}, word + ' ' + process.pid + '\\n');
    const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
    ${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
  return { child, ended: ending(child), log };
}

const locks = (path: string) => readdirSync(path).filter((name) => name.endsWith('.lock'));

test('a lock is held by one process until it is released', async () => {
  const path = newFolder('held');
  const release = await lockDirectory(path);
  await expect(lockDirectory(path)).rejects.toThrow(RunInProgressError);
  const { ended } = start(path, `await lockDirectory(path).catch((error) => console.log(error.message));`);
  const { stdout } = await ended;
  expect(stdout).toContain(`Another run (process ${process.pid}) is writing to ${path}`);
  await release();
  expect(locks(path)).toEqual([]);
  await (await lockDirectory(path))();
  expect(locks(path)).toEqual([]);
});

test('the lock of a process that was killed is taken over', async () => {
  const path = newFolder('killed');
  const { child, ended } = start(
    path,
    `await lockDirectory(path); console.log('held'); await sleep(60_000);`,
  );
  await new Promise((held) => child.stdout?.once('data', held));
  expect(locks(path)).toHaveLength(1);
  child.kill('SIGKILL');
  await ended;
  expect(locks(path)).toHaveLength(1);
  await (await lockDirectory(path))();
  expect(locks(path)).toEqual([]);
});

test('a lock names its process by number and start time, so a later process with the same number does not hold it', async () => {
  const path = newFolder('reused');
  const release = await lockDirectory(path);
  const [own] = locks(path);
  await release();
  const [, pid, started, host] = /^\.run-(\d+)-(\d+)-(\w+)\.lock$/.exec(own) ?? [];
  expect(Number(pid)).toBe(process.pid);
  writeFileSync(join(path, `.run-${process.ppid}-${Number(started) + 1}-${host}.lock`), '');
  await (await lockDirectory(path))();
  expect(locks(path)).toEqual([]);
});

test('the lock of another computer is respected, and the error says what to remove', async () => {
  const path = newFolder('elsewhere');
  const foreign = '.run-1-1-00000000.lock';
  writeFileSync(join(path, foreign), '');
  await expect(lockDirectory(path)).rejects.toThrow(join(path, foreign));
  expect(locks(path)).toEqual([foreign]);
});

test('of many processes that compete for the lock of a dead one, never two hold it', async () => {
  const path = newFolder('crowd');
  const release = await lockDirectory(path);
  const host = locks(path)[0].slice(-13, -5);
  await release();
  for (let i = 0; i < 5; i++) writeFileSync(join(path, `.run-${4_000_000 + i}-1-${host}.lock`), '');
  const body = `
    for (let i = 0; i < 12; i++) {
      try {
        const release = await lockDirectory(path);
        log('in');
        await sleep(3);
        log('out');
        await release();
      } catch (error) {
        if (error.name !== 'RunInProgressError') throw error;
      }
    }`;
  const crowd = Array.from({ length: 6 }, () => start(path, body));
  for (const { ended } of crowd) expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  const events = readFileSync(crowd[0].log, 'utf8').trim().split('\n');
  expect(events.length).toBeGreaterThan(10);
  for (let i = 0; i < events.length; i += 2) {
    expect(events[i]).toMatch(/^in /);
    expect(events[i + 1]).toBe(events[i].replace('in', 'out'));
  }
  expect(locks(path)).toEqual([]);
});
