// A real Slurm cluster on this machine: three nodes, only on loopback, all its files in one temporary folder.
//   node test/engines/slurm.mjs            starts one, prints how to use it, and stops it with Ctrl+C
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program } from '../../scripts/run.mjs';
import { call, daemonIn, end, ensurePackages, freePorts, until } from './daemons.mjs';
import { endJobProcesses } from './jobProcesses.mjs';
import { endLeftovers, record } from './leftovers.mjs';
import { entry, sideRootFor } from './sideRoot.mjs';
import { cgroupConf, gresConf, mariadbConf, slurmConf, slurmdbdConf } from './slurmFiles.mjs';

/** @typedef {import('./daemons.mjs').Daemon} Daemon */
/** @typedef {{ code: number, stdout: string, stderr: string }} Ran */

/**
 * @typedef {object} Cluster
 * @property {string} dir
 * @property {string} version
 * @property {NodeJS.ProcessEnv} env the environment a process needs to use it
 * @property {(argv: readonly string[], input?: string) => Promise<Ran>} run runs one of Slurm's programs
 * @property {(name: DaemonName) => Daemon} daemon
 * @property {(name: DaemonName) => Promise<void>} stopDaemon
 * @property {(name: 'slurmctld' | 'slurmdbd') => Promise<void>} startDaemon
 * @property {() => Promise<void>} down terminates the jobs and all daemons, and deletes the folder
 */

/** @typedef {'munged' | 'mariadbd' | 'slurmdbd' | 'slurmctld' | 'slurmd-n1' | 'slurmd-n2' | 'slurmd-n3'} DaemonName */

/** Timeout for a daemon to start on a busy machine, in milliseconds. */
const startMs = 60_000;

/** The programs get "localhost" as the host name, so that they listen on loopback on any machine. */
const asLocalhost = ['unshare', '--uts', '/bin/sh', '-c', 'hostname localhost; exec "$@"', 'sh'];

/**
 * Starts a cluster.
 *
 * @param {{ accounting?: boolean, minJobAge?: number, users?: readonly string[], version?: string, more?:
 *   readonly string[] }} [options]
 *   more: lines for slurm.conf. version: `24.11` or another side version; default: Debian's
 * @returns {Promise<Cluster>}
 */
export async function startSlurm({
  accounting = true,
  minJobAge = 300,
  users = ['root'],
  version: wanted,
  more = [],
} = {}) {
  const side = wanted === undefined ? undefined : await sideRootFor(wanted);
  await ensurePackages('The tests of Slurm', [
    ...(side ? [] : ['slurmctld', 'slurmd', 'slurm-client', 'munge']),
    ...(accounting && !side ? ['slurmdbd'] : []),
    ...(accounting ? ['mariadb-server'] : []),
  ]);
  await endLeftovers('bj-slurm-');
  const dir = mkdtempSync(join(tmpdir(), 'bj-slurm-'));
  chmodSync(dir, 0o755);
  for (const name of ['munge', 'sock', 'run', 'ctld', 'd', 'log', 'bin']) mkdirSync(join(dir, name));
  chmodSync(join(dir, 'munge'), 0o700);
  /** @type {Map<string, Daemon>} */
  const daemons = new Map();
  const inside = side ? side.command : [];
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, SLURM_CONF: join(dir, 'slurm.conf') };
  if (side) env['PATH'] = `${join(dir, 'bin')}:${env['PATH'] ?? ''}`;
  const direct = (/** @type {readonly string[]} */ argv, input = '') =>
    call([...inside, ...argv], env, input);

  const [, version = ''] = /(\d+\.\d+\.\d+)/.exec((await direct(['slurmctld', '-V'])).stdout) ?? [];
  const [ctld = 0, dbd = 0, sql = 0, ...nodes] = await freePorts(6);
  const layout = { dir, nodes: 3, accounting, minJobAge, ports: { ctld, dbd, sql, nodes }, version };
  const write = (/** @type {string} */ name, /** @type {string} */ text) => {
    writeFileSync(join(dir, name), text);
  };
  write('slurm.conf', [slurmConf(layout), ...more, ''].join('\n'));
  write('cgroup.conf', cgroupConf(layout));
  write('gres.conf', gresConf);

  /** @param {string} name @param {readonly string[]} argv */
  const daemonize = async (name, argv) => {
    const began = await call([...asLocalhost, ...inside, ...argv], env);
    if (began.code !== 0) throw new Error(`${name} does not start: ${began.stderr.trim()}`);
    const file = name === 'munged' ? join(dir, 'sock/munged.pid') : join(dir, 'run', `${name}.pid`);
    keep(await daemonIn(file, name));
  };
  /** @param {Daemon} daemon */
  const keep = (daemon) => {
    daemons.set(daemon.name, daemon);
    record(dir, daemons.values());
  };
  const commands = {
    slurmctld: ['slurmctld', '-f', join(dir, 'slurm.conf')],
    slurmdbd: ['slurmdbd'],
  };

  try {
    await startMunge();
    if (accounting) await startAccounting();
    await daemonize('slurmctld', commands.slurmctld);
    for (const name of ['n1', 'n2', 'n3']) {
      mkdirSync(join(dir, 'd', name));
      await daemonize(`slurmd-${name}`, ['slurmd', '-f', join(dir, 'slurm.conf'), '-N', name]);
    }
    if (side) writeWrappers(side.root);
    await until(async () => {
      const { stdout } = await call(['sinfo', '-h', '-N', '-p', 'debug,long', '-t', 'idle', '-o', '%N'], env);
      return new Set(stdout.split('\n').filter((line) => line !== '')).size === 3;
    }, 'the nodes of Slurm do not become idle');
  } catch (error) {
    await stopAll();
    throw error;
  }

  async function startMunge() {
    writeFileSync(join(dir, 'munge/key'), randomBytes(128), { mode: 0o400 });
    const owner = (await direct(['id', '-u', 'slurm'])).stdout.trim();
    await call(['chown', owner, join(dir, 'ctld'), join(dir, 'run'), join(dir, 'log')], env);
    await daemonize('munged', [
      'munged',
      `--key-file=${dir}/munge/key`,
      `--socket=${dir}/sock/munge.socket`,
      `--pid-file=${dir}/sock/munged.pid`,
      `--log-file=${dir}/munge/log`,
      `--seed-file=${dir}/munge/seed`,
      '--num-threads=4',
    ]);
  }

  async function startAccounting() {
    // Each with a separate temporary folder: a starting server deletes the temporary tables in it.
    const folders = [`--datadir=${dir}/db`, `--tmpdir=${dir}/run`];
    const install = ['--no-defaults', '--user=root', ...folders, '--skip-test-db'];
    const made = await call(
      ['mariadb-install-db', ...install, '--auth-root-authentication-method=normal'],
      env,
    );
    if (made.code !== 0) throw new Error(`the database cannot be created: ${made.stderr || made.stdout}`);
    write('my.cnf', mariadbConf(layout));
    spawn('mariadbd', [`--defaults-file=${dir}/my.cnf`], { detached: true, stdio: 'ignore' }).unref();
    const client = ['mariadb', '--no-defaults', '-S', `${dir}/run/mysql.sock`, '-uroot', '-e'];
    await until(
      async () => (await call([...client, 'select 1'], env)).code === 0,
      () => `MariaDB does not start: ${endOf(join(dir, 'log/mariadb.log'))}`,
      startMs,
    );
    keep(await daemonIn(join(dir, 'run/mariadb.pid'), 'mariadbd'));
    await call(
      [
        ...client,
        "create database slurm_acct; create user slurm@'127.0.0.1' identified by 'slurm'; " +
          "grant all on slurm_acct.* to slurm@'127.0.0.1'",
      ],
      env,
    );
    write('slurmdbd.conf', slurmdbdConf(layout));
    chmodSync(join(dir, 'slurmdbd.conf'), 0o600);
    const owner = (await direct(['id', '-u', 'slurm'])).stdout.trim();
    await call(['chown', owner, join(dir, 'slurmdbd.conf')], env);
    await daemonize('slurmdbd', commands.slurmdbd);
    const accounts = ['sacctmgr', '-i', 'add'];
    await until(
      async () => (await direct(['sacctmgr', '-n', 'show', 'cluster'])).code === 0,
      'slurmdbd does not answer',
    );
    await direct([...accounts, 'cluster', 'ci']);
    await direct([...accounts, 'account', 'proj', 'Cluster=ci', 'Description=proj', 'Organization=ci']);
    for (const user of users) await direct([...accounts, 'user', user, 'Account=proj', 'Cluster=ci']);
  }

  /** Slurm's programs of another version, as commands of this system. */
  function writeWrappers(/** @type {string} */ root) {
    // Every user can run the programs here, which may not be possible in the project folder.
    const own = join(dir, 'bin/.inRoot');
    copyFileSync(entry, own);
    chmodSync(own, 0o755);
    for (const name of ['sbatch', 'squeue', 'scontrol', 'scancel', 'sinfo', 'sacct', 'sacctmgr', 'srun']) {
      const words = [own, root, `/usr/bin/${name}`].map((word) => `'${word}'`).join(' ');
      // Within the side root the program itself exists.
      const text = `#!/bin/sh\n[ -e /.side-root ] && exec /usr/bin/${name} "$@"\nexec ${words} "$@"\n`;
      writeFileSync(join(dir, 'bin', name), text, { mode: 0o755 });
    }
  }

  async function stopAll() {
    for (const daemon of [...daemons.values()].reverse()) await end(daemon);
    await endJobProcesses(dir);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  return {
    dir,
    version,
    env,
    run: (argv, input) => call(argv, env, input),
    daemon: (name) => known(daemons, name),
    stopDaemon: (name) => end(known(daemons, name)),
    startDaemon: (name) => daemonize(name, commands[name]),
    down: stopAll,
  };
}

/** The last lines of a log, for an error message. @param {string} file */
const endOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8').slice(-1000) : 'it wrote no log');

/** @param {Map<string, Daemon>} daemons @param {string} name @returns {Daemon} */
function known(daemons, name) {
  const daemon = daemons.get(name);
  if (!daemon) throw new Error(`this cluster has no ${name}`);
  return daemon;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  void program(async () => {
    const cluster = await startSlurm({ accounting: !process.argv.includes('--no-accounting') });
    console.log(
      `Slurm ${cluster.version} is running. In another shell:\n  export SLURM_CONF=${cluster.dir}/slurm.conf`,
    );
    await new Promise((resolve) => {
      const timer = setInterval(() => undefined, 60_000);
      process.once('SIGINT', () => {
        clearInterval(timer);
        resolve(undefined);
      });
    });
    await cluster.down();
    return 0;
  });
