// Prepares a VS Code server: code-server from npm in a separate folder, once per lock file. No package's
// install script runs, so nothing has to be approved and no compiler is needed; builds of those scripts that
// the tests need are replaced below.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm, program, Stop } from '../../scripts/run.mjs';

/** @typedef {'server' | 'server-oldest'} ServerName */
/**
 * @typedef {object} VscodeServer a VS Code server that can be started
 * @property {string} entry the program, for {@link VscodeServer.node}
 * @property {string} node the Node it needs
 * @property {string} vscode version of VS Code inside
 * @property {boolean} takesVscodeOptions it supports `--vscode-option`
 */

const here = fileURLToPath(new URL('.', import.meta.url));
const shim = join(here, 'spdlog.cjs');
const platform = `${process.platform}-${process.arch}`;

/** The folders of the servers: the newest VS Code and the oldest one supported. */
export const serverNames = Object.freeze(/** @type {const} */ (['server', 'server-oldest']));

/**
 * The server selected by the environment variable `EDITOR_SERVER`.
 *
 * @returns {ServerName}
 */
export function chosenServer() {
  const name = process.env['EDITOR_SERVER'] ?? 'server';
  const known = serverNames.find((one) => one === name);
  if (!known)
    throw new Stop(`There is no VS Code server "${name}"; choose one of ${serverNames.join(', ')}.`);
  return known;
}

/**
 * Installs a VS Code server unless its folder already has it, and returns how to run it.
 *
 * @param {ServerName} [name]
 * @returns {Promise<VscodeServer>}
 */
export async function setupServer(name = chosenServer()) {
  if (process.platform === 'win32')
    throw new Stop('The VS Code server runs on Linux and macOS only: use WSL, or "npm start -- --desktop".');
  const folder = join(here, name);
  const modules = join(folder, 'node_modules');
  const stamp = join(modules, '.ready');
  const wanted = `${platform} ${digest([join(folder, 'package-lock.json'), join(here, 'setup.mjs'), shim])}`;
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    console.log(`Installing VS Code for the browser in test/editor/${name} (once; up to 0.8 GB)…`);
    await install(folder, modules);
    writeFileSync(stamp, wanted);
  }
  return describeServer(modules);
}

/** @param {readonly string[]} files */
function digest(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** @param {string} folder @param {string} modules */
async function install(folder, modules) {
  const vscode = join(modules, 'code-server', 'lib', 'vscode');
  await npm(folder, ['ci']);
  // `npm ci` rejects these two: their lock files have other names and versions than their package.json.
  await npm(vscode, ['install', '--omit=dev']);
  await npm(join(vscode, 'extensions'), ['install', '--omit=dev']);
  replaceNative(modules, join(vscode, 'node_modules'));
}

/** @param {string} modules @param {string} inner */
function replaceNative(modules, inner) {
  // Log files and output channels are written through spdlog: without it all of them stay empty.
  cpSync(shim, join(inner, '@vscode', 'spdlog', 'index.js'));
  // argon2 hashes passwords, which a server without sign-in does not have; older ones lack its binary.
  const argon2 = join(modules, 'argon2');
  if (existsSync(argon2) && !existsSync(join(argon2, 'prebuilds')))
    writeFileSync(join(argon2, 'argon2.js'), 'module.exports = {};\n');
  const ripgrep = join(inner, '@vscode', 'ripgrep');
  const spareRipgrep = join(modules, '@vscode', 'ripgrep-universal', 'bin', platform, 'rg');
  if (existsSync(ripgrep) && !existsSync(join(ripgrep, 'bin', 'rg')) && existsSync(spareRipgrep)) {
    mkdirSync(join(ripgrep, 'bin'), { recursive: true });
    cpSync(spareRipgrep, join(ripgrep, 'bin', 'rg'));
  }
  const terminal = join(inner, 'node-pty');
  const spareTerminal = join(modules, 'node-pty');
  if (!existsSync(join(terminal, 'prebuilds', platform)) && existsSync(spareTerminal)) {
    rmSync(terminal, { recursive: true, force: true });
    cpSync(spareTerminal, terminal, { recursive: true });
  }
}

/** @param {string} modules @returns {VscodeServer} */
function describeServer(modules) {
  const folder = join(modules, 'code-server');
  const out = join(folder, 'out', 'node');
  const product = /** @type {{ version: string }} */ (
    JSON.parse(readFileSync(join(folder, 'lib', 'vscode', 'package.json'), 'utf8'))
  );
  return {
    entry: join(out, 'entry.js'),
    node: serverNode(modules),
    vscode: product.version,
    takesVscodeOptions: readFileSync(join(out, 'cli.js'), 'utf8').includes('vscode-option'),
  };
}

/**
 * A server runs on only one major version of Node; a package provides it for Linux.
 *
 * @param {string} modules
 */
function serverNode(modules) {
  const named = process.env['EDITOR_NODE'];
  if (named) return named;
  const packaged = join(modules, `node-${platform}`, 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  const { engines } = /** @type {{ engines: { node: string } }} */ (
    JSON.parse(readFileSync(join(modules, 'code-server', 'package.json'), 'utf8'))
  );
  if (process.versions.node.startsWith(`${engines.node}.`)) return process.execPath;
  throw new Stop(
    `This VS Code server needs Node ${engines.node}: set EDITOR_NODE to the path of its binary.`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void program(async () => {
    const { vscode } = await setupServer();
    console.log(`VS Code ${vscode} is ready.`);
    return 0;
  });
}
