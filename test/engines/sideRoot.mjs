// Versions of Slurm other than Debian's current one: a small Debian of another release in a separate folder.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, Stop } from '../../scripts/run.mjs';
import { ensurePackages } from './daemons.mjs';
import { remoteUser } from './sshd.mjs';

/** The Debian releases that provide these versions. */
const releases = new Map([
  ['20.11', 'bullseye'],
  ['24.11', 'trixie'],
  ['26.05', 'sid'],
]);

/** The versions available in addition to the system's own. */
export const sideVersions = [...releases.keys()];

const packages = ['slurmctld', 'slurmd', 'slurmdbd', 'slurm-client', 'munge'];

/**
 * The command prefix that runs a command inside the side root, which is created if missing (20 to 60 s, 0.5
 * GB). The folders /proc, /dev, /sys, /tmp, and /home are shared with this system, and nothing stays mounted.
 *
 * @param {string} version
 * @returns {Promise<{ root: string, command: readonly string[] }>}
 */
export async function sideRootFor(version) {
  const release = releases.get(version);
  if (release === undefined)
    throw new Stop(`Slurm ${version} is not available; choose one of ${sideVersions.join(', ')}.`);
  await ensurePackages('Other versions of Slurm', ['debootstrap']);
  // A place that only root can write and every user can read.
  const cache = process.env['BATCH_JOBS_ENGINES'] ?? '/var/cache/batch-jobs-engines';
  const root = join(cache, `root-${release}`);
  if (!existsSync(join(root, mark))) await make(root, version, release);
  return { root, command: [entry, root] };
}

/** Marks a side root that is complete. */
const mark = '.side-root';

/** The program that runs a command in a side root: `entry ROOT COMMAND…`. */
export const entry = fileURLToPath(new URL('inRoot.sh', import.meta.url));

/** @param {string} root @param {string} version @param {string} release */
async function make(root, version, release) {
  console.error(`Creating a Debian ${release} for Slurm ${version} (once)…`);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(dirname(root), { recursive: true });
  await sure('debootstrap', ['--variant=minbase', release, root, await mirror()]);
  for (const file of ['/etc/hosts', '/etc/resolv.conf']) if (existsSync(file)) cpSync(file, join(root, file));
  for (const folder of ['/etc/apt/apt.conf.d', '/etc/apt/auth.conf.d'])
    if (existsSync(folder)) cpSync(folder, join(root, folder), { recursive: true, dereference: true });
  writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const install =
    'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"';
  await sure(entry, [root, '/bin/sh', '-c', install, 'sh', ...packages]);
  // The daemons look up job owners by name.
  const id = String(remoteUser.id);
  await sure(entry, [root, 'groupadd', '-g', id, remoteUser.name]);
  await sure(entry, [root, 'useradd', '-u', id, '-g', id, '-M', '-d', '/nonexistent', remoteUser.name]);
  writeFileSync(join(root, mark), release);
}

/** @param {string} program @param {readonly string[]} args */
async function sure(program, args) {
  const { code, text } = await run(program, args, { quiet: true });
  if (code !== 0) throw new Stop(`${program} failed: ${text.slice(-800)}`);
}

/** The package source of this system. */
async function mirror() {
  const { text } = await run('apt-get', ['indextargets', '--format', '$(SITE)', 'Created-By: Packages'], {
    quiet: true,
  });
  const site = text.split('\n').find((line) => line !== '' && !line.includes('security'));
  if (site === undefined) throw new Stop('apt-get has no package source configured.');
  return site;
}
