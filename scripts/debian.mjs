// Packages of Debian, fetched by apt-get and unpacked, without a change to this machine's own list of sources.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The sources of a package, unpacked under `folder`, unless that was done before; gives their folder. */
export function debianSource(name, folder) {
  return fetched({ place: join(folder, name) }, (apt, work, unpacked) => {
    apt('source', '--download-only', name);
    const archive = readdirSync(work).find((file) => file.includes('.orig.tar.'));
    execFileSync('tar', ['-xf', join(work, archive), '-C', unpacked, '--strip-components=1']);
  });
}

/**
 * The files of packages for one of Debian's architectures, unpacked into one folder under `folder`, unless that was done before;
 * gives that folder. They are from this machine's release, or the named one.
 */
export function debianPackages(names, architecture, folder, release) {
  const place = join(folder, `${names.join('-')}-${architecture}`);
  return fetched({ place, architecture, release }, (apt, work, unpacked) => {
    apt('download', ...names);
    for (const archive of readdirSync(work).filter((file) => file.endsWith('.deb')))
      execFileSync('dpkg-deb', ['--extract', join(work, archive), unpacked]);
  });
}

/** The folder `place`, which `unpack` fills: it appears when it is complete. Without an architecture, sources are fetched. */
function fetched({ place, architecture, release = thisRelease() }, unpack) {
  if (existsSync(place)) return place;
  const work = `${place}-download`;
  const unpacked = join(work, 'unpacked');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, 'lists/partial'), { recursive: true });
  mkdirSync(unpacked);
  unpack(aptGet(work, architecture, release), work, unpacked);
  renameSync(unpacked, place);
  rmSync(work, { recursive: true });
  return place;
}

function thisRelease() {
  const [, release] = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  return release;
}

/** Runs apt-get with lists of its own. */
function aptGet(work, architecture, release) {
  const list = join(work, 'sources.list');
  const line = architecture === undefined ? 'deb-src' : `deb`;
  writeFileSync(list, `${line} [signed-by=${KEYS}] http://deb.debian.org/debian ${release} main\n`);
  const options = [
    ...['-o', `Dir::Etc::SourceList=${list}`, '-o', 'Dir::Etc::SourceParts=/dev/null'],
    ...['-o', `Dir::State::Lists=${join(work, 'lists')}`, '-o', 'Dir::Cache::pkgcache='],
    ...['-o', 'Dir::Cache::srcpkgcache=', '-o', 'APT::Sandbox::User=root', '-qq'],
    ...(architecture === undefined
      ? []
      : ['-o', `APT::Architecture=${architecture}`, '-o', `APT::Architectures=${architecture}`]),
  ];
  const apt = (...args) => execFileSync('apt-get', [...options, ...args], { cwd: work, stdio: [0, 2, 2] });
  apt('update');
  return apt;
}
