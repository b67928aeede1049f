// Opens VS Code with the packed extension on the sample workspace, in a browser tab.
//   npm start                       installs what is missing, builds, opens
//   npm start -- --port 8000        at another address
//   npm start -- --no-open          only prints the address
//   npm start -- --juliahub         with a connection to a JuliaHub test server
//   npm start -- --desktop          in the VS Code installed on this computer
// Jobs and settings persist in .cache/ between starts.
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { cleanEnvironment, installVsix, launchServer } from '../test/editor/launch.mjs';
import { setupServer } from '../test/editor/setup.mjs';
import { connectStandIn, startStandIn } from './juliahub.mjs';
import { packExtension } from './package.mjs';
import { program, root, run, Stop } from './run.mjs';

/**
 * The default address: the browser stores secrets and the window's state per address, so it should not
 * change.
 */
const usualPort = 8127;

/** The test server's port, identical each time, so that the connection stays the same. */
const standInPort = 8128;

const cache = join(root, '.cache');
const sample = join(cache, 'sample');

/**
 * The sample is inside this project's repository. Git does not search above this folder, so VS Code does not
 * ask whether to open the repository. It is set here and not in the sample, where a job would see the file.
 */
const gitCeiling = { GIT_CEILING_DIRECTORIES: cache };

const { values: options } = parseArgs({
  options: {
    port: { type: 'string' },
    desktop: { type: 'boolean' },
    juliahub: { type: 'boolean' },
    open: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

/** @param {string} vsix @param {number} port */
async function startServer(vsix, port) {
  const server = await setupServer();
  const place = { user: join(cache, 'vscode', 'user'), extensions: join(cache, 'vscode', 'extensions') };
  firstSettings(place.user);
  await installVsix(server, place, vsix);
  const standIn = options.juliahub ? await startStandIn(standInPort) : undefined;
  if (standIn) await connectStandIn(place.user, standIn.url);
  // Only this project's extension; and signing in to the test server must not affect the user's own Julia.
  const env = {
    ...process.env,
    ...gitCeiling,
    EXTENSIONS_GALLERY: '{}',
    ...(standIn ? { JULIA_DEPOT_PATH: join(cache, 'depot') } : {}),
  };
  const running = await launchServer(server, place, { port, env });
  const url = `${running.url}/?folder=${encodeURIComponent(sample)}`;
  console.log(
    `\nVS Code ${server.vscode} with Batch Jobs is at\n\n  ${url}\n\nCtrl+C stops it; running jobs continue.`,
  );
  if (options.open && process.env['CI'] === undefined) openBrowser(url);
  const asked = new Promise((resolve) => {
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
      process.on(signal, () => {
        resolve('asked');
      });
  });
  if ((await Promise.race([asked, running.ended])) !== 'asked')
    throw new Stop(`The VS Code server exited unexpectedly:\n${running.log()}`);
  await running.stop();
  standIn?.stop();
  console.log('Stopped.');
  return 0;
}

/** Writes settings for the first start; later the user owns them. @param {string} user */
function firstSettings(user) {
  const file = join(user, 'User', 'settings.json');
  if (existsSync(file)) return;
  mkdirSync(join(user, 'User'), { recursive: true });
  const settings = {
    'chat.disableAIFeatures': true,
    'security.workspace.trust.enabled': false,
    'telemetry.telemetryLevel': 'off',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'workbench.startupEditor': 'none',
  };
  writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
}

/** @param {string | undefined} wish @returns {Promise<number>} */
async function chosenPort(wish) {
  if (wish === undefined) {
    if (await isFree(usualPort)) return usualPort;
    console.log(`Port ${usualPort} is in use. Using another one, where the browser has no earlier sign-in.`);
    return 0;
  }
  const port = Number(wish);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Stop(`"${wish}" is not a valid port.`);
  if (port !== 0 && !(await isFree(port))) throw new Stop(`Port ${port} is in use.`);
  return port;
}

/** @param {number} port @returns {Promise<boolean>} */
const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });

/** Opens a browser, if any; otherwise the printed address is enough. @param {string} url */
function openBrowser(url) {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

/** @param {string} vsix */
async function startDesktop(vsix) {
  const place = [
    '--user-data-dir',
    join(cache, 'desktop', 'user'),
    '--extensions-dir',
    join(cache, 'desktop', 'extensions'),
  ];
  await code([...place, '--install-extension', vsix, '--force']);
  await code([...place, '--new-window', sample]);
  console.log('VS Code with Batch Jobs is open.');
  return 0;
}

/** @param {readonly string[]} args */
async function code(args) {
  const options = { env: { ...cleanEnvironment(process.env), ...gitCeiling }, quiet: true };
  // On Windows `code` is a batch file, which only a command processor can run.
  const windows = process.platform === 'win32';
  const done = windows ? run('cmd.exe', ['/d', '/c', 'code', ...args], options) : run('code', args, options);
  const { code: exit, text } = await done.catch(() => {
    throw new Stop('The "code" command is not on the PATH. Install VS Code, or omit --desktop.');
  });
  if (exit !== 0) throw new Stop(`"code" failed:\n${text.trim()}`);
}

void program(async () => {
  if (options.desktop) await code(['--version']);
  const port = options.desktop ? 0 : await chosenPort(options.port);
  const vsix = await packExtension();
  if (!existsSync(sample)) cpSync(join(root, 'scripts', 'sample'), sample, { recursive: true });
  return options.desktop ? await startDesktop(vsix) : await startServer(vsix, port);
});
