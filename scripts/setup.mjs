// From a fresh clone to a built checkout: npm packages, system packages, the native addon, the JavaScript.
// Uses nothing but Node's own modules. A step is skipped if nothing that it depends on has changed since its stamp was written.
//   node scripts/setup.mjs [--tests | --packages]     --tests: also what the tests need; --packages: only packages
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const TO_BUILD = ['cmake', 'compiler', 'make', 'openblas'];
const withTests = process.argv.includes('--tests');

checkNode();
step('npm packages', 'node_modules/.setup-stamp', ['package.json', 'package-lock.json'], () => {
  // Without install scripts: nothing here needs one, and some download parts that are not used.
  run(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
});
if (process.argv.includes('--packages')) {
  requireSystemPackages(TO_BUILD);
  process.exit();
}
step('native addon', 'build/.setup-stamp', ['CMakeLists.txt', 'native/kernels', 'native/binding'], () => {
  requireSystemPackages(TO_BUILD);
  run(process.execPath, [
    'node_modules/cmake-js/bin/cmake-js',
    'compile',
    '--out',
    'build',
    '--parallel',
    String(availableParallelism()),
  ]);
});
step('JavaScript', 'dist/.setup-stamp', ['scripts/javascript.mjs', 'scripts/page.mjs', 'src', 'web'], () => {
  run(process.execPath, ['scripts/javascript.mjs']);
  run(process.execPath, ['scripts/page.mjs']);
});
if (withTests) {
  requireSystemPackages([...TO_BUILD, 'doctest']);
  installBrowser();
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 17)) return;
  fail(`Node 20.17 or newer is needed; this is ${process.versions.node}.`);
}

function step(name, stampFile, sources, build) {
  const stamp = fingerprint(sources);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.error(`setup: ${name}`);
  build();
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

/** A hash of the files' names and contents, and of everything else that the result depends on. */
function fingerprint(sources) {
  const hash = createHash('sha256');
  hash.update(`${process.platform} ${process.arch} ${process.versions.modules} ${root}\n`);
  for (const file of sources.flatMap(filesUnder)) hash.update(`${file}\n`).update(readFileSync(file));
  return hash.digest('hex');
}

function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((entry) => filesUnder(join(path, entry)));
}

function requireSystemPackages(names) {
  const missing = names.filter((name) => !systemPackages()[name].present());
  if (missing.length === 0) return;
  const packages = missing.map((name) => systemPackages()[name].debian);
  if (process.platform !== 'linux' || !works('apt-get', ['--version'])) {
    fail(
      `Missing: ${missing.join(', ')}. macOS: brew install cmake openblas doctest. Linux: see CONTRIBUTING.md.`,
    );
  }
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  if (process.getuid?.() !== 0) {
    fail(
      `Missing: ${missing.join(', ')}. Run once: sudo apt-get update && sudo apt-get ${install.join(' ')}`,
    );
  }
  console.error(`setup: installing ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-qq'], env);
  run('apt-get', ['-qq', ...install], env);
}

/** Chromium, for the tests of the page: where it cannot be installed they are skipped and say so. */
function installBrowser() {
  if (existsSync('/usr/bin/chromium') || process.platform !== 'linux' || process.getuid?.() !== 0) return;
  if (!works('apt-get', ['--version'])) return;
  console.error('setup: installing chromium');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env }).status === 0;
  if (!apt('update', '-qq') || !apt('-qq', 'install', '-y', '--no-install-recommends', 'chromium'))
    console.error('setup: chromium could not be installed; tests in a browser will be skipped');
}

function systemPackages() {
  const anyOf =
    (...files) =>
    () =>
      process.platform !== 'linux' || files.some((file) => existsSync(file));
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return {
    cmake: { debian: 'cmake', present: () => works('cmake', ['--version']) },
    compiler: { debian: 'g++', present: () => works('c++', ['--version']) },
    make: { debian: 'make', present: () => works('make', ['--version']) || works('ninja', ['--version']) },
    openblas: {
      debian: 'libopenblas-pthread-dev',
      present: anyOf(`/usr/lib/${triplet}/openblas-pthread/libopenblas.a`),
    },
    doctest: {
      debian: 'doctest-dev',
      present: anyOf('/usr/include/doctest/doctest.h', '/usr/local/include/doctest/doctest.h'),
    },
  };
}

function works(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Runs a step's command with its output on stderr, so that stdout stays free for the program that follows. */
function run(command, args, env = process.env) {
  try {
    execFileSync(command, args, { stdio: ['ignore', 2, 2], env, shell: command.endsWith('.cmd') });
  } catch (error) {
    fail(`${command} ${args.join(' ')} failed (${error.status ?? error.code}); see above.`);
  }
}

function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}
