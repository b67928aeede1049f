// An OpenSSH server on loopback: its own keys, an ordinary user, and the faults that a connection can have.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, daemonIn, end, ensurePackages, freePorts, until } from './daemons.mjs';
import { clientConfig } from './sshClientConfig.mjs';
import { endLeftovers, record } from './leftovers.mjs';

/**
 * @typedef {object} SshHost
 * @property {string} dir
 * @property {string} config for `ssh -F`; its hosts are `ci-user`, `ci-root`, `ci-locked`, whose key has a
 *   passphrase, `ci-password`, which has a password and no key, `ci-stranger`, whose key is not authorized,
 *   `ci-one` and `ci-ten`, whose connections allow that many sessions, and `ci-odd`, whose configuration is
 *   hostile to remote commands
 * @property {string} passphrase of the locked key
 * @property {string} password of the ordinary user, different for each server
 * @property {string} home of the user `ci`
 * @property {string} knownHosts
 * @property {() => number} logins number of logins so far
 * @property {() => Promise<void>} drop drops all connections like a network failure
 * @property {(shell: string) => Promise<void>} setShell sets the login shell of the ordinary user
 * @property {() => Promise<void>} stop
 * @property {() => Promise<void>} start
 * @property {() => Promise<void>} changeHostKey restarts the server with a different host key
 * @property {() => Promise<void>} down
 */

const programs = ['openssh-server', 'openssh-client', 'openssl'];

/** Common login shells, with their Debian packages. */
export const loginShells = { bash: 'bash', dash: 'dash', zsh: 'zsh', csh: 'csh', tcsh: 'tcsh', fish: 'fish' };

/** Zero, or the number of this process among concurrent ones. */
const slot = Number(process.env['BATCH_JOBS_TEST_SLOT'] ?? 0);

/** The ordinary user that remote commands run as. Only this process changes its home, shell, and password. */
export const remoteUser = { name: slot === 0 ? 'ci' : `ci${slot}`, id: 1500 + slot };

/**
 * A command run as the ordinary user, without a login.
 *
 * @param {readonly string[]} argv
 * @returns {readonly string[]}
 */
export const asRemoteUser = (argv) => [
  ...['setpriv', '--reuid', String(remoteUser.id), '--regid', String(remoteUser.id), '--clear-groups', '--'],
  ...argv,
];

/** Creates the ordinary user, for tests that need one, unless it exists. Each server sets its home. */
export async function ensureUser() {
  const { code } = await call(['id', remoteUser.name], process.env);
  if (code === 0) return;
  const id = String(remoteUser.id);
  await call(['groupadd', '-g', id, remoteUser.name], process.env);
  // A locked password would lock its keys too; this one just never matches.
  const options = ['-u', id, '-g', id, '-M', '-d', '/nonexistent', '-s', '/bin/bash', '-p', '*'];
  const made = await call(['useradd', ...options, remoteUser.name], process.env);
  if (made.code !== 0) throw new Error(`the user ${remoteUser.name} cannot be created: ${made.stderr}`);
}

/**
 * Starts a server whose sessions have this environment.
 *
 * @param {Readonly<Record<string, string>>} sessionEnv
 * @returns {Promise<SshHost>}
 */
export async function startSshd(sessionEnv) {
  await ensurePackages('The tests over SSH', [...programs, ...Object.values(loginShells)]);
  await ensureUser();
  await endLeftovers('bj-sshd-');
  const dir = mkdtempSync(join(tmpdir(), 'bj-sshd-'));
  chmodSync(dir, 0o711);
  const home = join(dir, 'home');
  for (const folder of [home, join(dir, 'keys'), join(dir, 'client')]) mkdirSync(folder);
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  execFileSync('chown', [String(remoteUser.id), home]);
  const passphrase = 'open sesame';
  const keygen = (/** @type {string} */ file, phrase = '') => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', phrase, '-f', join(dir, file)]);
  };
  keygen('host_key');
  keygen('client/id');
  keygen('client/locked', passphrase);
  keygen('client/stranger');
  const allowed = ['client/id.pub', 'client/locked.pub'].map((file) => readFileSync(join(dir, file), 'utf8'));
  for (const user of ['root', remoteUser.name]) writeFileSync(join(dir, 'keys', user), allowed.join(''));
  const [port = 0, passwordPort = 0, onePort = 0, tenPort = 0] = await freePorts(4);
  const ports = { port, passwordPort, onePort, tenPort };
  writeFileSync(join(dir, 'sshd_config'), serverConfig(dir, ports, sessionEnv));
  writeFileSync(join(dir, 'ssh_config'), clientConfig(dir, ports, remoteUser.name));
  writeFileSync(join(dir, 'log'), '');
  await setHome(home);
  const password = randomBytes(12).toString('hex');
  const hash = await setPassword(password);
  let daemon = await begin();

  async function begin() {
    rmSync(join(dir, 'pid'), { force: true });
    trust();
    spawn('/usr/sbin/sshd', ['-D', '-f', join(dir, 'sshd_config'), '-E', join(dir, 'log')], {
      detached: true,
      stdio: 'ignore',
    }).unref();
    const begun = await daemonIn(join(dir, 'pid'), 'sshd');
    record(dir, [begun]);
    await until(
      async () =>
        (await call(['ssh', '-F', join(dir, 'ssh_config'), 'ci-user', 'true'], process.env)).code === 0,
      `sshd accepts no login: ${readFileSync(join(dir, 'log'), 'utf8').slice(-400)}`,
    );
    return begun;
  }
  function trust() {
    const [kind = '', key = ''] = readFileSync(join(dir, 'host_key.pub'), 'utf8').split(' ');
    const lines = Object.values(ports).map((each) => `[127.0.0.1]:${each} ${kind} ${key}\n`);
    writeFileSync(join(dir, 'known_hosts'), lines.join(''));
  }
  return {
    dir,
    config: join(dir, 'ssh_config'),
    passphrase,
    password,
    home,
    knownHosts: join(dir, 'known_hosts'),
    logins: () => readFileSync(join(dir, 'log'), 'utf8').split(/Accepted (?:publickey|password) /).length - 1,
    drop: async () => {
      killAll(childrenOf(daemon.pid));
      await until(() => childrenOf(daemon.pid).length === 0, 'the sessions of sshd do not close');
    },
    setShell: (shell) => setShell(shell),
    stop: () => end(daemon),
    start: async () => {
      daemon = await begin();
    },
    changeHostKey: async () => {
      await end(daemon);
      const known = readFileSync(join(dir, 'known_hosts'));
      for (const file of ['host_key', 'host_key.pub']) rmSync(join(dir, file));
      keygen('host_key');
      daemon = await begin();
      writeFileSync(join(dir, 'known_hosts'), known);
    },
    down: async () => {
      await removePassword(hash);
      await setShell('/bin/bash');
      killAll(childrenOf(daemon.pid));
      await end(daemon);
      rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** @param {readonly number[]} pids */
function killAll(pids) {
  for (const pid of pids)
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It exited with the previous one.
    }
}

/** @param {string} home */
async function setHome(home) {
  const { code, stderr } = await call(['usermod', '-d', home, remoteUser.name], process.env);
  // While it is logged in elsewhere, the old one stays.
  if (code !== 0 && !existsSync(home)) throw new Error(stderr);
}

/** @param {string} shell the new shell of the ordinary user */
async function setShell(shell) {
  const { code, stderr } = await call(['usermod', '-s', shell, remoteUser.name], process.env);
  if (code !== 0) throw new Error(`${remoteUser.name} cannot use ${shell}: ${stderr}`);
}

/** @param {string} password the new password of the ordinary user */
async function setPassword(password) {
  const hash = (await call(['openssl', 'passwd', '-6', '-stdin'], process.env, password)).stdout.trim();
  const { code, stderr } = await call(['usermod', '-p', hash, remoteUser.name], process.env);
  if (code !== 0 || hash === '') throw new Error(`${remoteUser.name} cannot get a password: ${stderr}`);
  return hash;
}

/**
 * Removes the user's password, unless another server has set a different one meanwhile.
 *
 * @param {string} hash
 */
async function removePassword(hash) {
  const { stdout } = await call(['getent', 'shadow', remoteUser.name], process.env);
  if (stdout.split(':')[1] === hash) await call(['usermod', '-p', '*', remoteUser.name], process.env);
}

/** @typedef {import('./sshClientConfig.mjs').Ports} Ports */

/** @param {string} dir @param {Ports} ports @param {Readonly<Record<string, string>>} env */
function serverConfig(dir, ports, env) {
  const { passwordPort, onePort, tenPort } = ports;
  const variables = Object.entries(env).map(([name, value]) => `"${name}=${value}"`);
  const home = `"HOME=${dir}/home"`;
  return [
    'ListenAddress 127.0.0.1',
    ...Object.values(ports).map((port) => `Port ${port}`),
    `HostKey ${dir}/host_key`,
    `PidFile ${dir}/pid`,
    `AuthorizedKeysFile ${dir}/keys/%u`,
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'X11Forwarding no',
    'PrintMotd no',
    'MaxStartups 100',
    'MaxSessions 100',
    'LogLevel VERBOSE',
    `SetEnv ${variables.join(' ')}`,
    // Even while the user's home cannot be changed because another server's jobs of the same user are
    // running.
    `Match User ${remoteUser.name}`,
    `  SetEnv ${[...variables, home].join(' ')}`,
    // By a key or by a password, so that a test knows which one was used.
    `Match LocalPort ${passwordPort}`,
    '  PasswordAuthentication yes',
    '  AuthenticationMethods password',
    `Match LocalPort ${onePort}`,
    '  MaxSessions 1',
    `Match LocalPort ${tenPort}`,
    '  MaxSessions 10',
    '',
  ].join('\n');
}

/**
 * The session processes of a server and their descendants.
 *
 * @param {number} root
 * @returns {readonly number[]}
 */
function childrenOf(root) {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => [Number(pid), parentOf(Number(pid))]),
  );
  /** @param {number | undefined} pid @returns {boolean} */
  const isBelow = (pid) => {
    const parent = pid === undefined ? undefined : parents.get(pid);
    return parent !== undefined && (parent === root || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

/** Undefined: it has exited. @param {number} pid */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    // It has exited meanwhile.
    return undefined;
  }
}
