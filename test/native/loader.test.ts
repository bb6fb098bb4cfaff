import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { native } from '../../src/native/loader.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const copy = mkdtempSync(join(tmpdir(), 'god-loader-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('the loader', () => {
  it('returns the same addon every time, which says what it runs on', () => {
    expect(native()).toBe(native());
    expect(native().blas).toMatch(/^\w+$/);
    expect(native().simd).toMatch(/^(sse2|avx2|avx512|neon)$/);
    expect(native().processors).toBeGreaterThanOrEqual(1);
  });

  it.each([
    ['without a binary', undefined],
    ['with an invalid binary', 'not a shared library'],
  ])('says in a copy of the package %s what is missing and what to do about it', (_, binary) => {
    const folder = join(copy, binary === undefined ? 'without' : 'broken');
    cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true });
    cpSync(join(root, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    if (binary !== undefined) {
      mkdirSync(join(folder, 'build', 'Release'), { recursive: true });
      writeFileSync(join(folder, 'build', 'Release', 'god.node'), binary);
    }
    const script = join(folder, 'try.mts');
    writeFileSync(
      script,
      `import { NativeLoadError, PCA, signs } from './src/index.ts';
       console.log(signs.length);
       PCA.fit([[1, 2], [3, 4]]).catch((error) => console.log(error instanceof NativeLoadError, error.message));`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script], {
      cwd: folder,
      env: { ...process.env, GLOBAL_OBJECT_EMBEDDER_PREBUILD: '' },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const [first, second] = stdout.split('\n');
    expect(first).toBe('12'); // the rest of the package works
    expect(second).toMatch(/^true Could not load the native addon of global-object-embedder/);
    expect(second).toContain(`${process.platform}-${process.arch}`);
    expect(second).toContain(`Node ${process.versions.node}`);
    expect(second).toContain('npm run build:native');
  });
});
