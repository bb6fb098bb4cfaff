// npm run test:address:js [-- FILES]
//
// The JavaScript tests of the kernels with an addon built with the address sanitizer, whose run-time library must be
// the first in the process. Leaks are not checked, because Node leaks much on purpose.
import { execFileSync, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'build-address-js');
const TESTS = [
  ...[
    'test/native',
    'test/pca/pca.test.ts',
    'test/tsne/tsne.test.ts',
    'test/neighbors/neighbors.test.ts',
    'test/metrics/metrics.test.ts',
  ],
  ...[
    'test/agglomerative/agglomerative.test.ts',
    'test/agglomerative/linkages.test.ts',
    'test/agglomerative/agnes.test.ts',
  ],
  ...['test/vae/vae.test.ts', 'test/bad-inputs.test.ts', 'test/files/bzip2.test.ts'],
];

const cmakeJs = ['node_modules/cmake-js/bin/cmake-js', 'compile', '--out', join(folder, 'build')];
const sanitize = ['--CDGOD_SANITIZE=address', '--CDCMAKE_BUILD_TYPE=Release', '--parallel', '2'];
execFileSync(process.execPath, [...cmakeJs, ...sanitize], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});

const runtime = execFileSync('c++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
const files = process.argv.length > 2 ? process.argv.slice(2) : TESTS;
const slower = ['--testTimeout', '600000', '--no-file-parallelism'];
// The loader searches for build/Release in the folder that this variable names.
const env = {
  ...process.env,
  LD_PRELOAD: runtime,
  ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:alloc_dealloc_mismatch=0',
  GLOBAL_OBJECT_EMBEDDER_PREBUILD: folder,
};
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--pool', 'forks', ...slower, ...files];
const { status, signal } = spawnSync(process.execPath, vitest, { cwd: root, env, stdio: 'inherit' });
if (signal !== null) console.error(`ended by ${signal}`);
process.exit(status ?? 1);
