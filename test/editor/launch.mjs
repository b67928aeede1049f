// Starts a VS Code server as a separate process group and stops it again; for `npm start`, the demo, and the
// tests.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, Stop } from '../../scripts/run.mjs';

/** @typedef {import('./setup.mjs').VscodeServer} VscodeServer */
/**
 * @typedef {object} Place the folders of a server
 * @property {string} user its user data: settings, logs, the extensions' storage
 * @property {string} extensions
 */
/**
 * @typedef {object} RunningServer
 * @property {string} url `http://127.0.0.1:PORT`
 * @property {number} pid also the id of its process group
 * @property {() => string} log its output so far
 * @property {Promise<void>} ended
 * @property {() => Promise<void>} stop stops the server and its process group; detached jobs continue
 */

/** Timeout for a server to accept connections, in milliseconds. */
const startMs = 60_000;
/** Timeout for a server to exit by itself, in milliseconds. */
const graceMs = 4000;

/**
 * An environment without the variables of a VS Code or an npm that started this process.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export const cleanEnvironment = (env) =>
  Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !/^(VSCODE_|ELECTRON_|CODE_SERVER_|npm_|NODE_OPTIONS$|PORT$|PASSWORD$|HASHED_PASSWORD$|GITHUB_TOKEN$)/.test(
          name,
        ),
    ),
  );

/**
 * Installs a packed extension into a server's extensions folder, replacing an older one.
 *
 * @param {VscodeServer} server
 * @param {Place} place
 * @param {string} vsix
 */
export async function installVsix(server, place, vsix) {
  const args = [...common(server, place), '--install-extension', vsix, '--force'];
  const { code, text } = await run(server.node, args, {
    cwd: place.user,
    env: cleanEnvironment(process.env),
    quiet: true,
  });
  if (code !== 0 || !text.includes('successfully installed'))
    throw new Stop(`${vsix} could not be installed:\n${text.trim()}`);
}

/**
 * Starts a server on loopback and waits until it accepts connections.
 *
 * @param {VscodeServer} server
 * @param {Place} place
 * @param {{ port?: number, env?: NodeJS.ProcessEnv, args?: readonly string[] }} [options]
 *   port: 0 (the default) selects a free one; env: of the server and so of the extensions, complete
 * @returns {Promise<RunningServer>}
 */
export async function launchServer(server, place, { port = 0, env = process.env, args = [] } = {}) {
  const child = spawn(
    server.node,
    [...common(server, place), '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, ...quiet, ...args],
    { cwd: place.user, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (/** @type {Buffer} */ chunk) => {
      text += chunk.toString();
    });
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', (error) => {
      text += String(error);
      resolve();
    });
  });
  const lastResort = () => {
    signalGroup(child.pid, 'SIGKILL');
  };
  process.once('exit', lastResort);
  const stop = async () => {
    signalGroup(child.pid, 'SIGTERM');
    await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
    await sleep(100); // extension hosts outlive the server by a moment and keep writing
    lastResort();
    process.off('exit', lastResort);
  };
  const url = await address(() => text, ended);
  if (url === undefined || child.pid === undefined) {
    await stop();
    throw new Stop(`The VS Code server did not start:\n${text.trim()}`);
  }
  return { url, pid: child.pid, log: () => text, ended, stop };
}

const quiet = ['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'];

/** @param {VscodeServer} server @param {Place} place */
function common(server, place) {
  mkdirSync(place.user, { recursive: true });
  mkdirSync(place.extensions, { recursive: true });
  const config = join(place.user, 'server.yaml'); // by default, one in the user's home is read and written
  writeFileSync(config, '{}\n');
  return [
    server.entry,
    '--config',
    config,
    '--user-data-dir',
    place.user,
    '--extensions-dir',
    place.extensions,
  ];
}

/** @param {() => string} text @param {Promise<void>} ended @returns {Promise<string | undefined>} */
async function address(text, ended) {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (const end = Date.now() + startMs; Date.now() < end; await sleep(50)) {
    const url = /HTTP server listening on (http:\/\/[\d.]+:\d+)/.exec(text())?.[1];
    if (url !== undefined) return url;
    if (over) return undefined;
  }
  return undefined;
}

/** @param {number | undefined} pid @param {NodeJS.Signals} signal */
function signalGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // No process of the group is left.
  }
}
