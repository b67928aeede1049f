// Records the output of real Slurm versions for the tests of the parsers: node --import tsx
// test/engines/record.ts [24.11 …]
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { program } from '../../scripts/run.mjs';
import { toSacctArgs } from '../../src/backends/slurm/sacct.js';
import { toAssociationArgs } from '../../src/backends/slurm/sacctmgr.js';
import { sinfoArgs } from '../../src/backends/slurm/sinfo.js';
import { squeueFormat } from '../../src/backends/slurm/squeue.js';
import { until } from './daemons.mjs';
import { hostile, submitAll, type Submitted } from './recordJobs.js';
import { startSlurm } from './slurm.mjs';
import { asRemoteUser, ensureUser, remoteUser } from './sshd.mjs';

type Cluster = Awaited<ReturnType<typeof startSlurm>>;

/** The backend's requests. Source: src/backends/slurm/slurmCommands.ts. */
const asked = ['env', 'LC_ALL=C', 'TZ=UTC0', 'SLURM_TIME_FORMAT=standard', 'SLURM_BITSTR_LEN=0'];

const queue = ['squeue', '--me', '--noheader', '--states=all', `--format=${squeueFormat}`];

/** Failing requests and how they fail, on a cluster that works. */
const refused: readonly (readonly string[])[] = [
  ['sbatch', '-p', 'nope', '--wrap=true'],
  ['sbatch', '--mem=999999', '--wrap=true'],
  ['sbatch', '-N', '99', '--wrap=true'],
  ['sbatch', '-n', '999', '--wrap=true'],
  ['sbatch', '-A', 'nobody', '--wrap=true'],
  ['sbatch', '-q', 'nope', '--wrap=true'],
  ['sbatch', '-C', 'nope', '--wrap=true'],
  ['sbatch', '--gres=nope:1', '--wrap=true'],
  ['sbatch', '--gpus=9', '--wrap=true'],
  ['sbatch', '--time=x', '--wrap=true'],
  ['sbatch', '--tyme=5', '--wrap=true'],
  ['sbatch', '--array=5-1', '--wrap=true'],
  ['sbatch', '--array=0-99999', '--wrap=true'],
  ['sbatch', '--dependency=nope', '--wrap=true'],
  ['sbatch', '--begin=x', '--wrap=true'],
  ['sbatch', '/nonexistent.sh'],
  ['scancel', '999999'],
  ['scancel', 'x'],
  ['scontrol', 'hold', '999999'],
  ['scontrol', 'requeue', '999999'],
  ['scontrol', 'update', 'JobId=999999', 'TimeLimit=1'],
  ['scontrol', '--oneliner', 'show', 'job', '999999'],
  ['squeue', '-j', '999999'],
];

interface Failure {
  readonly about: string;
  readonly argv: readonly string[];
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function record(version: string | undefined): Promise<void> {
  const slurm = await startSlurm({
    users: ['root', remoteUser.name],
    more: ['JobAcctGatherParams=OverMemoryKill'],
    ...(version === undefined ? {} : { version }),
  });
  try {
    const folder = join(import.meta.dirname, '../fixtures/slurm', slurm.version);
    const work = join(slurm.dir, 'work');
    for (const path of [work, join(work, hostile.folder)]) {
      mkdirSync(path);
      chownSync(path, remoteUser.id, remoteUser.id);
    }
    const write = (name: string, text: string): void => {
      const plain = text.replaceAll(work, '/home/ci').replaceAll(slurm.dir, '/var/slurm');
      writeFileSync(join(folder, name), plain);
    };
    mkdirSync(folder, { recursive: true });
    const jobs = await submitAll(slurm, work);
    await recordAnswers(slurm, jobs, write);
    write('jobs.json', `${JSON.stringify(jobs, undefined, 1)}\n`);
    write('failures.json', `${JSON.stringify(await failures(slurm, work, jobs), undefined, 1)}\n`);
    console.log(`recorded ${slurm.version}: ${String(jobs.length)} jobs`);
  } finally {
    await slurm.down();
  }
}

async function recordAnswers(
  slurm: Cluster,
  jobs: readonly Submitted[],
  write: (name: string, text: string) => void,
): Promise<void> {
  const answer = async (argv: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await slurm.run(asRemoteUser([...asked, ...argv]));
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
    return stdout;
  };
  write('squeue.records', await answer(queue));
  write('sacct.records', await answer(toSacctArgs({ since: new Date(Date.now() - 3_600_000) })));
  // Jobs that were never ready to run are listed only when requested by ID.
  const ids = jobs.filter(({ what }) => /held|waited|wait$/.test(what)).map(({ id }) => id);
  write('sacct-ids.records', await answer(toSacctArgs({ ids })));
  write('sinfo.records', await answer(sinfoArgs));
  write('associations.txt', await answer(toAssociationArgs(remoteUser.name)));
  write('show-job-oneliner.txt', await answer(['scontrol', '--oneliner', 'show', 'job']));
}

/** How programs fail, the last ones while parts of the cluster are down. */
async function failures(
  slurm: Cluster,
  work: string,
  jobs: readonly Submitted[],
): Promise<readonly Failure[]> {
  const found: Failure[] = [];
  const there = ['env', '-C', work, ...asked];
  const tell = async (about: string, argv: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await slurm.run(asRemoteUser([...there, ...argv]));
    found.push({ about, argv, code, stdout, stderr });
  };
  const idOf = (what: string): string => jobs.find((job) => job.what === what)?.id ?? '';
  for (const argv of refused) await tell('', argv);
  const [running, done, others] = [idOf('runs'), idOf('completed'), idOf('of root')];
  await tell('a job that has ended', ['scancel', done]);
  await tell('a job that has ended', ['scontrol', 'hold', done]);
  await tell('a job that runs', ['scontrol', 'hold', running]);
  await tell('a job that runs', ['scontrol', 'update', `JobId=${running}`, 'TimeLimit=2-00:00:00']);
  await tell("somebody else's job", ['scancel', others]);
  await tell("somebody else's job", ['scontrol', 'hold', others]);
  await tell("somebody else's job", ['scontrol', 'requeue', others]);
  await tell("somebody else's job", ['scontrol', 'update', `JobId=${others}`, 'TimeLimit=1']);
  await slurm.stopDaemon('slurmdbd');
  await tell('slurmdbd is away', toSacctArgs({ since: new Date() }));
  await tell('slurmdbd is away', toAssociationArgs(remoteUser.name));
  await slurm.stopDaemon('slurmctld');
  for (const argv of [
    queue.slice(0, 2),
    sinfoArgs.slice(0, 2),
    ['sbatch', '--wrap=true'],
    ['scancel', running],
    ['scontrol', 'hold', running],
    ['scontrol', '--oneliner', 'show', 'job', running],
  ])
    await tell('the controller is away', argv);
  await slurm.startDaemon('slurmctld');
  await until(async () => (await slurm.run(['squeue'])).code === 0, 'the controller is not back');
  await slurm.stopDaemon('munged');
  await tell('munge is away', queue.slice(0, 2));
  await tell('munge is away', ['sbatch', '--wrap=true']);
  return found.map((each) => ({ ...each, argv: each.argv.map(visible) }));
}

/** The bytes that separate fields have no meaning here. */
const visible = (word: string): string => word.replaceAll('\u001e', '').replaceAll('\u001f', '|');

/** Without any accounting. */
async function recordPlain(version: string | undefined): Promise<void> {
  const slurm = await startSlurm({ accounting: false, ...(version === undefined ? {} : { version }) });
  try {
    const found: Failure[] = [];
    for (const argv of [toSacctArgs({ since: new Date() }), toAssociationArgs('ci')]) {
      const { code, stdout, stderr } = await slurm.run([...asked, ...argv]);
      found.push({ about: 'there is no accounting', argv: argv.map(visible), code, stdout, stderr });
    }
    const file = join(import.meta.dirname, '../fixtures/slurm', slurm.version, 'plain-failures.json');
    writeFileSync(file, `${JSON.stringify(found, undefined, 1)}\n`);
  } finally {
    await slurm.down();
  }
}

void program(async () => {
  await ensureUser();
  const asked = process.argv.slice(2);
  for (const version of asked.length > 0 ? asked : [undefined]) {
    await record(version);
    await recordPlain(version);
  }
  return 0;
});
