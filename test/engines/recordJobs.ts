// The jobs of a recording: as many states and reasons as a small cluster can produce, and unusual names.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './daemons.mjs';
import type { startSlurm } from './slurm.mjs';
import { asRemoteUser } from './sshd.mjs';

type Cluster = Awaited<ReturnType<typeof startSlurm>>;

/** A job of a recording: the state it shows, and its requested name. */
export interface Submitted {
  readonly what: string;
  readonly id: string;
  readonly name: string;
}

/** Texts of users that no parser must fail on. */
export const hostile = {
  folder: "odd | folder\nof 'ours' \u001fJobId=1",
  comment: 'first | second\nJobState=FAILED\u001e7\u001f7\u001fRUNNING',
  names: [
    'a|b|c',
    `it's "quoted"`,
    'two\nlines',
    'ends with a line end\n',
    'größer ≠ 日本 🙂',
    '$(touch /tmp/x) `id`; *',
    'JobState=FAILED StdOut=/etc/passwd',
    'a\u001eb\u001fc',
    '\u001e7\u001f7\u001f7\u001fN/A\u001fRUNNING',
    '(null)',
    'a\tb\\c %j',
    ' spaces ',
    'x'.repeat(400),
  ],
} as const;

/**
 * Submits as the ordinary user, and waits until each job is in the state it should show. Takes about two
 * minutes.
 */
export async function submitAll(slurm: Cluster, work: string): Promise<readonly Submitted[]> {
  const jobs: Submitted[] = [];
  const sure = async (argv: readonly string[], input = ''): Promise<string> => {
    const { code, stdout, stderr } = await slurm.run(argv, input);
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const submit = async (what: string, options: readonly string[], script = 'sleep 600'): Promise<string> => {
    const name = options.find((option) => option.startsWith('--job-name='))?.slice(11) ?? what;
    const usual = ['sbatch', '--parsable', '-n1', '-t30', `--chdir=${work}`, `--job-name=${name}`];
    const id = await sure(asRemoteUser([...usual, ...options]), `#!/bin/sh\n${script}\n`);
    jobs.push({ what, id, name });
    return id;
  };
  const becomes = (id: string, states: string): Promise<void> =>
    until(
      async () => {
        const { stdout } = await slurm.run(['squeue', '-h', '-t', 'all', '-o', '%T', '-j', id]);
        return stdout.split('\n').some((word) => word !== '' && states.split(',').includes(word));
      },
      `job ${id} does not become ${states}`,
      150_000,
    );

  const occupied = ['-w', 'n2', '-n4'];
  const occupant = await submit('occupies a node', occupied);
  await becomes(occupant, 'RUNNING');
  const late = [
    [await submit('time limit', ['-p', 'short', '-t1']), 'TIMEOUT'],
    [await submit('deadline', [...occupied, '-t1', '--deadline=now+65']), 'DEADLINE'],
  ] as const;
  await ended();
  await lost();
  for (const [id, state] of late) await becomes(id, state);
  await sure(['scancel', occupant]);
  await waiting();
  await sleep(6000);
  return jobs;

  async function ended(): Promise<void> {
    await submit('completed', [], 'echo done');
    await submit('failed', [], 'exit 3');
    await submit('killed', [], 'kill -9 $$');
    await submit('not found', [], 'no-such-program');
    await submit('no place for its output', [`--output=${work}/nowhere/x.out`], 'true');
    await submit('no such folder', [`--chdir=${work}/elsewhere`], 'true');
    for (const name of hostile.names) await submit('hostile, completed', [`--job-name=${name}`], 'true');
    await submit(
      'hostile texts',
      [`--comment=${hostile.comment}`, `--chdir=${join(work, hostile.folder)}`],
      'true',
    );
    await becomes(
      await submit('memory', ['--mem=16'], 'head -c 300M /dev/zero | tail -n1 | sleep 90'),
      'OUT_OF_MEMORY,FAILED,CANCELLED',
    );
    const running = await submit('cancelled while it ran', []);
    await becomes(running, 'RUNNING');
    const queued = await submit('cancelled while it waited', ['--hold']);
    await sure(asRemoteUser(['scancel', running]));
    await sure(['scancel', queued]);
    await becomes(running, 'CANCELLED');
    const array = await submit('tasks ended', ['--array=0-3'], 'exit $SLURM_ARRAY_TASK_ID');
    await until(async () => {
      const { stdout } = await slurm.run(['squeue', '-h', '-t', 'PD,R,CG', '-j', array]);
      return stdout.trim() === '';
    }, 'the tasks do not finish');
  }

  async function lost(): Promise<void> {
    const node = await submit('node lost', ['-p', 'long', '--no-requeue']);
    const again = await submit('node lost, again', ['-p', 'long', '--requeue']);
    await becomes(node, 'RUNNING');
    await becomes(again, 'RUNNING');
    await sure(['scontrol', 'update', 'NodeName=n3', 'State=DOWN', 'Reason=recorded']);
    await becomes(node, 'NODE_FAIL');
    // Its own daemon may have already brought it back.
    await slurm.run(['scontrol', 'update', 'NodeName=n3', 'State=RESUME']);
    await until(async () => {
      const { stdout } = await slurm.run(['sinfo', '-h', '-n', 'n3', '-p', 'long', '-o', '%T']);
      return stdout.trim() === 'idle';
    }, 'the node does not come back');
    const requeued = await submit('requeued', ['-p', 'debug']);
    await becomes(requeued, 'RUNNING');
    await sure(asRemoteUser(['scontrol', 'requeue', requeued]));
    const special = await submit('special exit', ['-p', 'debug']);
    await becomes(special, 'RUNNING');
    await sure(['scontrol', 'requeuehold', 'State=SpecialExit', special]);
  }

  /** Jobs that are still queued or running when the recording is made. */
  async function waiting(): Promise<void> {
    const running = await submit('runs', ['--gres=gpu:1', '-t10']);
    await becomes(running, 'RUNNING');
    const suspended = await submit('suspended', ['-t10']);
    await becomes(suspended, 'RUNNING');
    await sure(['scontrol', 'suspend', suspended]);
    await submit(
      'tasks run',
      ['--array=0-9%2', '-t5'],
      '[ $SLURM_ARRAY_TASK_ID -gt 1 ] || exit 1; sleep 600',
    );
    await submit('tasks wait', [`--dependency=afterok:${running}`, '--array=1-9:2,20%2'], 'true');
    await submit(
      'many tasks',
      ['--hold', `--array=${Array.from({ length: 60 }, (_, at) => at * 3).join()}`],
      'true',
    );
    const failed = jobs.find(({ what }) => what === 'failed')?.id ?? '';
    await submit('never', [`--dependency=afterok:${failed}`], 'true').catch(() => undefined);
    await submit('after', [`--dependency=afterany:${running},singleton`], 'true');
    const held = await submit('held by the administrator', ['--begin=now+1hour'], 'true');
    await sure(['scontrol', 'hold', held]);
    await submit('held', ['--hold'], 'true');
    await submit('begins later', ['--begin=now+2hours'], 'true');
    await submit('closed', ['-p', 'closed'], 'true');
    await submit('too long', ['-p', 'short', '-t5'], 'true').catch(() => undefined);
    await submit('all of a node', ['-p', 'long', '-n4', '-t20']);
    await submit('next', ['-p', 'long', '-n4', '-t20']);
    await submit('after the next', ['-p', 'long', '-n2', '-t20']);
    await submit('two partitions', ['-p', 'debug,long', '-n4', '--nice=100'], 'true');
    await submit(
      'parts',
      [],
      'sleep 600\n'.replace(/^/, '#SBATCH -n1 -t5\n#SBATCH hetjob\n#SBATCH -n1 -t5\n'),
    );
    for (const name of hostile.names) await submit('hostile, held', ['--hold', `--job-name=${name}`], 'true');
    const root = await sure([
      'sbatch',
      '--parsable',
      '--hold',
      `--chdir=${work}`,
      '--job-name=of root',
      '--wrap=true',
    ]);
    jobs.push({ what: 'of root', id: root, name: 'of root' });
  }
}
