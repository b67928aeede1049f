// Installs the npm packages of the project, so that every program works right after `git clone`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm, program, root, Stop } from './run.mjs';

/**
 * Installs the packages of package-lock.json unless they are already installed, which takes only milliseconds
 * to check.
 */
export async function ensurePackages() {
  refuseOldNode();
  if (isInstalled()) return;
  console.log('Installing the npm packages of package-lock.json…');
  await npm(root, ['ci']);
}

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean } | undefined> }} Lock */

/**
 * Whether each package of package-lock.json is installed in its version. File times are unreliable: git
 * resets them.
 */
function isInstalled() {
  const hidden = join(root, 'node_modules', '.package-lock.json'); // npm writes it at the end of an installation
  if (!existsSync(hidden)) return false;
  const wanted = readLock(join(root, 'package-lock.json')).packages;
  const found = readLock(hidden).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry?.optional === true || found[path]?.version === entry?.version,
  );
}

/** @param {string} file @returns {Lock} */
const readLock = (file) => JSON.parse(readFileSync(file, 'utf8'));

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Stop(`Node 20.19 or newer is required; this is ${process.version}.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void program(async () => {
    await ensurePackages();
    return 0;
  });
}
