import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { elfInterpreter } from '../../src/native/libc.ts';
import { tempFolder } from '../support/temp.ts';
import { nameInterpreter } from './foreign.ts';

const { path } = tempFolder();
const file = (name: string) => join(path, name);

test.runIf(process.platform === 'linux')(
  'a program whose loader is named anew is started by that loader',
  () => {
    const loader = elfInterpreter('/bin/true');
    if (loader === undefined) throw new Error('/bin/true names no loader');
    const other = file('a loader with a longer name');
    copyFileSync(loader, other);
    const program = file('true');
    copyFileSync('/bin/true', program);
    nameInterpreter(program, other);
    expect(elfInterpreter(program)).toBe(other);
    expect(execFileSync(program, ['--version'], { encoding: 'utf8' })).toContain('true');
    nameInterpreter(program, file('no such loader'));
    expect(() => execFileSync(program)).toThrow('ENOENT');
  },
);
