// Finds Chromium or Google Chrome, and installs Debian's Chromium if no password is needed.
import { existsSync } from 'node:fs';
import { run, Stop } from './run.mjs';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * The browser used by the tests and the demo; EDITOR_CHROMIUM selects another one.
 *
 * @returns {string | undefined} path of its executable; undefined: not found
 */
export const findChromium = () => process.env['EDITOR_CHROMIUM'] || places.find((path) => existsSync(path));

/**
 * Like {@link findChromium}, but installs it from Debian if this user can.
 *
 * @returns {Promise<string>}
 */
export async function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  const installer = await aptGet();
  if (installer === undefined) throw new Stop(howToGet);
  console.log('Installing Chromium with apt-get (once; about 0.5 GB)…');
  const install = ['install', '-y', '--no-install-recommends', 'chromium'];
  if (!(await installer(install)) && !((await installer(['update'])) && (await installer(install))))
    throw new Stop(howToGet);
  const installed = findChromium();
  if (installed === undefined) throw new Stop(howToGet);
  return installed;
}

const howToGet =
  'The tests in VS Code need Chromium or Google Chrome: install one ("sudo apt-get install chromium" on Debian), ' +
  'or set EDITOR_CHROMIUM to the path of its executable.';

/**
 * apt-get as a function that returns whether it succeeded; undefined: not available, or it requires a
 * password.
 *
 * @returns {Promise<((args: readonly string[]) => Promise<boolean>) | undefined>}
 */
async function aptGet() {
  if (!existsSync('/usr/bin/apt-get')) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (process.getuid?.() === 0)
    return async (args) => (await run('apt-get', args, { env, quiet: true })).code === 0;
  if (!existsSync('/usr/bin/sudo') || (await run('sudo', ['-n', 'true'], { quiet: true })).code !== 0)
    return undefined;
  return async (args) =>
    (await run('sudo', ['-n', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args], { quiet: true }))
      .code === 0;
}
