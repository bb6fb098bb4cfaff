// Packages of Debian, fetched by apt-get and unpacked, without a change to this machine's own list of sources.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The sources of a package, unpacked under `folder`, unless that was done before; gives their folder. */
export function debianSource(name, folder) {
  return fetched(join(folder, name), '', (apt, work, unpacked) => {
    apt('source', '--download-only', name);
    const archive = readdirSync(work).find((file) => file.includes('.orig.tar.'));
    execFileSync('tar', ['-xf', join(work, archive), '-C', unpacked, '--strip-components=1']);
  });
}

/** The files of a package for one of Debian's architectures, unpacked under `folder`, unless that was done before. */
export function debianPackage(name, architecture, folder) {
  return fetched(join(folder, `${name}-${architecture}`), architecture, (apt, work, unpacked) => {
    apt('download', name);
    const archive = readdirSync(work).find((file) => file.endsWith('.deb'));
    execFileSync('dpkg-deb', ['--extract', join(work, archive), unpacked]);
  });
}

/** The folder `place`, which `unpack` fills: it appears when it is complete. */
function fetched(place, architecture, unpack) {
  if (existsSync(place)) return place;
  const work = `${place}-download`;
  const unpacked = join(work, 'unpacked');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, 'lists/partial'), { recursive: true });
  mkdirSync(unpacked);
  unpack(aptGet(work, architecture), work, unpacked);
  renameSync(unpacked, place);
  rmSync(work, { recursive: true });
  return place;
}

/** Runs apt-get with lists of its own. */
function aptGet(work, architecture) {
  const list = join(work, 'sources.list');
  const [, release] = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  const line = architecture === '' ? 'deb-src' : `deb`;
  writeFileSync(list, `${line} [signed-by=${KEYS}] http://deb.debian.org/debian ${release} main\n`);
  const options = [
    ...['-o', `Dir::Etc::SourceList=${list}`, '-o', 'Dir::Etc::SourceParts=/dev/null'],
    ...['-o', `Dir::State::Lists=${join(work, 'lists')}`, '-o', 'Dir::Cache::pkgcache='],
    ...['-o', 'Dir::Cache::srcpkgcache=', '-o', 'APT::Sandbox::User=root', '-qq'],
    ...(architecture === ''
      ? []
      : ['-o', `APT::Architecture=${architecture}`, '-o', `APT::Architectures=${architecture}`]),
  ];
  const apt = (...args) => execFileSync('apt-get', [...options, ...args], { cwd: work, stdio: [0, 2, 2] });
  apt('update');
  return apt;
}
