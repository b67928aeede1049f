import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cluster, sshServer, type Cluster, type SshServer } from '../engines/cluster.js';
import { call, until } from '../engines/daemons.mjs';
import { startSlurm } from '../engines/slurm.mjs';
import { smallDisk } from '../engines/smallDisk.mjs';
import { asRemoteUser, remoteUser, startSshd } from '../engines/sshd.mjs';

/** The prerequisites of the other Slurm tests: if one of these fails, look here first. */
describe('the engines: a cluster', () => {
  let slurm: Cluster;
  before(async function () {
    this.timeout(180_000);
    slurm = await cluster('accounting');
  });

  const submitted = async (argv: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await slurm.run(argv);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };
  const stateOf = async (id: string): Promise<string> =>
    (await slurm.run(['sacct', '-X', '-n', '-P', '-o', 'State,User', '-j', id])).stdout.trim();

  it('has three nodes, two GPUs, four partitions, and an account', async () => {
    const nodes = await slurm.run(['sinfo', '-h', '-N', '-o', '%N %P %G']);
    assert.deepEqual(nodes.stdout.trim().replaceAll(/ +/g, ' ').split('\n').sort(), [
      'n1 debug* gpu:2',
      'n1 short gpu:2',
      'n2 debug* (null)',
      'n2 short (null)',
      'n3 closed (null)',
      'n3 long (null)',
    ]);
    const users = await slurm.run(['sacctmgr', '-n', '-P', 'show', 'assoc', 'account=proj', 'format=user']);
    assert.deepEqual(users.stdout.trim().split('\n').sort(), [remoteUser.name, 'root']);
  });

  it('runs jobs of the administrator and of an ordinary user, and records their owners in the accounting', async () => {
    const wrapped = ['sbatch', '--parsable', '--output=/dev/null', '--chdir=/tmp', '--wrap=true'];
    const root = await submitted(wrapped);
    const user = await submitted(asRemoteUser(wrapped));
    await until(
      async () => (await stateOf(root)) === 'COMPLETED|root',
      `job ${root} does not finish`,
      15_000,
    );
    await until(
      async () => (await stateOf(user)) === `COMPLETED|${remoteUser.name}`,
      `job ${user} does not finish`,
      15_000,
    );
  });

  it('continues with its jobs after its controller was down', async () => {
    const id = await submitted(['sbatch', '--parsable', '--hold', '--output=/dev/null', '--wrap=true']);
    await slurm.stopDaemon('slurmctld');
    // 20.11 reports it with exit code 0.
    const ping = async (): Promise<string> => (await slurm.run(['scontrol', 'ping'])).stdout;
    assert.match(await ping(), /is DOWN/);
    await slurm.startDaemon('slurmctld');
    await until(async () => / is UP/.test(await ping()), 'the controller is not back');
    assert.equal((await slurm.run(['squeue', '-h', '-o', '%i', '-j', id])).stdout.trim(), id);
    await slurm.run(['scancel', id]);
  });

  it('has no history while slurmdbd is down, and a slow one while it is suspended', async () => {
    const sacct = ['sacct', '-X', '-n', '-o', 'JobID'];
    await slurm.stopDaemon('slurmdbd');
    const without = await slurm.run(sacct);
    assert.notEqual(without.code, 0);
    assert.match(without.stderr, /slurmdbd|database|connection/i);
    await slurm.startDaemon('slurmdbd');
    await until(async () => (await slurm.run(sacct)).code === 0, 'slurmdbd is not back', 15_000);

    const { pid } = slurm.daemon('slurmdbd');
    process.kill(pid, 'SIGSTOP');
    const slow = slurm.run(sacct);
    const first = await Promise.race([slow.then(() => 'sacct'), sleep(1500, 'time')]);
    process.kill(pid, 'SIGCONT');
    assert.equal(first, 'time');
    assert.equal((await slow).code, 0);
  });

  it('leaves no process and no folder when it is shut down, not even of jobs that do not end', async function () {
    this.timeout(60_000);
    const other = await startSlurm({ accounting: false, ...versionOf(slurm) });
    const script = '#!/bin/sh\ntrap "" TERM\n(trap "" TERM; sleep 600) &\nwhile :; do sleep 600; done\n';
    const job = ['sbatch', '--parsable', '--output=/dev/null', '--chdir=/tmp'];
    await other.run(job, script);
    await other.run(asRemoteUser(job), script);
    const running = async (): Promise<number> =>
      (await other.run(['squeue', '-h', '-t', 'R', '-o', '%i'])).stdout.trim().split('\n').length;
    await until(async () => (await running()) === 2, 'the jobs do not run', 15_000);
    assert.ok(processesOf(other.dir).length > 6, 'the daemons are found by their folder');
    await other.down();
    assert.deepEqual(processesOf(other.dir), []);
    assert.throws(() => statSync(other.dir), { code: 'ENOENT' });
  });
});

const versionOf = (slurm: Cluster): { readonly version?: string } => {
  const version = process.env['BATCH_JOBS_SLURM_VERSION'];
  if (version === undefined) return {};
  assert.ok(slurm.version.startsWith(`${version}.`), `${slurm.version} runs instead of ${version}`);
  return { version };
};

/** The processes that name a folder in their command, environment, or working directory. */
function processesOf(folder: string): readonly string[] {
  const read = (file: () => string): string => {
    try {
      return file();
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((pid) => ({
      pid,
      command: read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')),
      about:
        read(() => readFileSync(`/proc/${pid}/environ`, 'utf8')) +
        read(() => readlinkSync(`/proc/${pid}/cwd`)),
    }))
    .filter(({ command, about }) => `${command}\0${about}`.includes(basename(folder)))
    .map(({ pid, command }) => `${pid} ${command.replaceAll('\0', ' ')}`);
}

describe('the engines: an SSH server', () => {
  let slurm: Cluster;
  let server: SshServer;
  before(async function () {
    this.timeout(180_000);
    slurm = await cluster('accounting');
    server = await sshServer(slurm);
  });
  const ssh = (host: string, command: string, of = server) =>
    call(['ssh', '-F', of.config, '-o', 'BatchMode=yes', host, command], process.env);

  it('lets an ordinary user submit a job that writes its file', async () => {
    const submit = "sbatch --parsable --output=/dev/null --wrap='id -un > ~/engines.txt'";
    const { stdout, stderr } = await ssh('ci-user', submit);
    assert.match(stdout, /^\d+\n$/, stderr);
    const file = join(server.home, 'engines.txt');
    const text = async (): Promise<string> => (await call(['cat', file], process.env)).stdout;
    await until(async () => (await text()) === `${remoteUser.name}\n`, 'the job writes nothing', 15_000);
  });

  it('counts logins, by any key or password', async () => {
    const before = server.logins();
    assert.equal((await ssh('ci-root', 'id -un')).stdout, 'root\n');
    assert.match((await ssh('ci-stranger', 'true')).stderr, /Permission denied/);
    assert.match((await ssh('ci-locked', 'true')).stderr, /Permission denied/);
    assert.match((await ssh('ci-password', 'true')).stderr, /Permission denied/);
    assert.equal(server.logins(), before + 1);
    assert.equal((await answered(server, 'ci-locked', server.passphrase)).stdout, `${remoteUser.name}\n`);
    assert.equal((await answered(server, 'ci-password', server.password)).stdout, `${remoteUser.name}\n`);
    assert.match((await answered(server, 'ci-password', 'wrong')).stderr, /Permission denied/);
    assert.equal(server.logins(), before + 3);
  });

  it('drops its sessions and accepts logins again', async () => {
    const child = spawn('ssh', ['-F', server.config, 'ci-user', 'echo in; sleep 600'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await server.drop();
    assert.equal(await ended, 255);
    assert.equal((await ssh('ci-user', 'true')).code, 0);
  });

  it('stops, and starts on the same port', async () => {
    await server.stop();
    assert.match((await ssh('ci-user', 'true')).stderr, /Connection refused/);
    await server.start();
    assert.equal((await ssh('ci-user', 'true')).code, 0);
  });

  it('returns with another host key, and leaves no process when it is shut down', async function () {
    this.timeout(60_000);
    const other = await startSshd({ MARK: 'x' });
    assert.equal((await ssh('ci-user', 'echo "$MARK"', other)).stdout, 'x\n');
    await other.changeHostKey();
    assert.match((await ssh('ci-user', 'true', other)).stderr, /HOST IDENTIFICATION HAS CHANGED/);
    await other.down();
    assert.deepEqual(processesOf(other.dir), []);
  });
});

/** An SSH_ASKPASS program that answers ssh's prompts. */
async function answered({ config, dir }: SshServer, host: string, answer: string) {
  const helper = join(dir, 'answer');
  writeFileSync(helper, '#!/bin/sh\nprintf "%s\\n" "$BJ_ANSWER"\n', { mode: 0o755 });
  const env = { ...process.env, BJ_ANSWER: answer, SSH_ASKPASS: helper, SSH_ASKPASS_REQUIRE: 'force' };
  const once = ['-o', 'NumberOfPasswordPrompts=1'];
  return call(['ssh', '-F', config, ...once, host, 'id -un'], env);
}

describe('the engines: a small disk', () => {
  it('fills up quickly, and is removed', async () => {
    const disk = smallDisk(65_536);
    try {
      const write = (name: string, kib: number) =>
        call(
          asRemoteUser(['dd', 'if=/dev/zero', `of=${disk.path}/${name}`, 'bs=1024', `count=${String(kib)}`]),
          process.env,
        );
      assert.equal((await write('a', 8)).code, 0);
      assert.match((await write('b', 128)).stderr, /No space left on device/);
    } finally {
      disk.down();
    }
    assert.throws(() => statSync(disk.path), { code: 'ENOENT' });
  });
});
