// Sources of Debian's packages, fetched by apt-get without a change to the machine's own list of sources.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Fetches and unpacks the sources of a package under `folder`, unless that was done before; gives their folder. */
export function debianSource(name, folder) {
  const place = join(folder, name);
  if (existsSync(place)) return place;
  const work = join(folder, `${name}-download`);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, 'lists/partial'), { recursive: true });
  const list = join(work, 'sources.list');
  const [, release] = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  writeFileSync(list, `deb-src [signed-by=${KEYS}] http://deb.debian.org/debian ${release} main\n`);
  const options = [
    ...['-o', `Dir::Etc::SourceList=${list}`, '-o', 'Dir::Etc::SourceParts=/dev/null'],
    ...['-o', `Dir::State::Lists=${join(work, 'lists')}`, '-o', 'Dir::Cache::pkgcache='],
    ...['-o', 'Dir::Cache::srcpkgcache=', '-o', 'APT::Sandbox::User=root', '-qq'],
  ];
  const apt = (...args) => execFileSync('apt-get', [...options, ...args], { cwd: work, stdio: [0, 2, 2] });
  apt('update');
  apt('source', '--download-only', name);
  const archive = readdirSync(work).find((file) => file.includes('.orig.tar.'));
  const unpacked = join(work, 'unpacked');
  mkdirSync(unpacked);
  execFileSync('tar', ['-xf', join(work, archive), '-C', unpacked, '--strip-components=1']);
  renameSync(unpacked, place);
  rmSync(work, { recursive: true });
  return place;
}
