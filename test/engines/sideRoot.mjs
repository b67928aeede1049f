// Other versions of Slurm than Debian's current one: a small Debian of another release in a folder of its own.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, Stop } from '../../scripts/run.mjs';
import { ensurePackages } from './daemons.mjs';

/** The releases of Debian that bring these versions. */
const releases = new Map([
  ['20.11', 'bullseye'],
  ['24.11', 'trixie'],
  ['26.05', 'sid'],
]);

/** The versions that can be had beside the system's own. */
export const sideVersions = [...releases.keys()];

const packages = ['slurmctld', 'slurmd', 'slurmdbd', 'slurm-client', 'munge'];

/**
 * The command that runs another one inside the side root, which is made if it is not there (20 to 60 s, 0.5 GB). The
 * folders /proc, /dev, /sys, /tmp and /home are those of this system, and nothing stays mounted.
 *
 * @param {string} version
 * @returns {Promise<{ command: readonly string[] }>}
 */
export async function sideRootFor(version) {
  const release = releases.get(version);
  if (release === undefined)
    throw new Stop(`Slurm ${version} is not to be had: ${sideVersions.join(', ')} are.`);
  await ensurePackages('Other versions of Slurm', ['debootstrap']);
  const cache = process.env['BATCH_JOBS_ENGINES'] ?? join(homedir(), '.cache', 'batch-jobs-engines');
  const root = join(cache, `root-${release}`);
  const command = [fileURLToPath(new URL('inRoot.sh', import.meta.url)), root];
  const mark = join(root, '.side-root');
  if (existsSync(mark)) return { command };
  console.error(`Making a Debian ${release} for Slurm ${version} (once)…`);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(dirname(root), { recursive: true });
  await sure('debootstrap', ['--variant=minbase', release, root, await mirror()]);
  for (const file of ['/etc/hosts', '/etc/resolv.conf']) if (existsSync(file)) cpSync(file, join(root, file));
  for (const folder of ['/etc/apt/apt.conf.d', '/etc/apt/auth.conf.d'])
    if (existsSync(folder)) cpSync(folder, join(root, folder), { recursive: true, dereference: true });
  writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const install =
    'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"';
  const [entry = '', ...rest] = command;
  await sure(entry, [...rest, '/bin/sh', '-c', install, 'sh', ...packages]);
  writeFileSync(mark, release);
  return { command };
}

/** @param {string} program @param {readonly string[]} args */
async function sure(program, args) {
  const { code, text } = await run(program, args, { quiet: true });
  if (code !== 0) throw new Stop(`${program} failed: ${text.slice(-800)}`);
}

/** Where this system's own packages come from. */
async function mirror() {
  const { text } = await run('apt-get', ['indextargets', '--format', '$(SITE)', 'Created-By: Packages'], {
    quiet: true,
  });
  const site = text.split('\n').find((line) => line !== '' && !line.includes('security'));
  if (site === undefined) throw new Stop('apt-get names no place to get packages from.');
  return site;
}
