// The bridge to Spark and other engines, without an engine: test/spark/through.py has the tests.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { matrix, PCA } from '../../src/index.ts';
import { seededRandom } from '../support/bytes.ts';
import { testWithPython } from '../support/python.ts';
import { tempFolder } from '../support/temp.ts';

const folder = tempFolder();
const root = join(import.meta.dirname, '../..');
const [ROWS, COLS] = [5000, 12];

testWithPython(['pyarrow'])('what spark/god_spark.py promises without Spark', async (python) => {
  const random = seededRandom(3);
  const X = matrix(
    Float32Array.from({ length: ROWS * COLS }, () => random()),
    ROWS,
    COLS,
  );
  const sum = PCA.accumulator(COLS);
  await sum.add(X);
  await sum.fold();
  folder.write('rows.f32', new Uint8Array(X.data.buffer));
  folder.write('accumulator.state', sum.toBytes());
  const god = [process.execPath, join(root, 'dist/cli/main.js')];
  const tests = join(import.meta.dirname, 'through.py');
  const { status, stderr } = spawnSync(python, [tests, folder.path, ...god], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/^Ran 15 tests in .*\n\nOK$/m);
});
