import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reviewOn, container, jobSays, jobsView, logOf } from './harness/batchJobs.js';
import { addCluster, slurmBehindSsh } from './harness/slurm.js';
import { editorStage } from './harness/stage.js';
import { eventually } from './harness/wait.js';

describe('Slurm over SSH in the editor', () => {
  const slurm = slurmBehindSsh();
  const stage = editorStage({
    files: {
      'project/main.sh':
        '#!/bin/bash\n#SBATCH --ntasks=2\necho "on $SLURM_CLUSTER_NAME with $SLURM_NTASKS tasks"\n' +
        'for i in 1 2 3; do echo "round $i"; sleep 1; done\ncp data.txt answer.txt\n',
      'project/data.txt': '42\n',
      'project/.juliabundleignore': 'raw/\n',
      'project/raw/large.csv': '1,2\n'.repeat(1000),
      'sweep.py': 'import os, time\nprint("task", os.environ["SLURM_ARRAY_TASK_ID"])\ntime.sleep(2)\n',
      'long.sh': '#!/bin/bash\necho begun\nsleep 600\n',
    },
    settings: { ...slurm.settings, 'batchJobs.notify': 'failures' },
  });
  const partition = (state: 'UP' | 'DOWN'): Promise<unknown> =>
    slurm.cluster.run(['scontrol', 'update', 'PartitionName=closed', `State=${state}`]);

  /** Starts a submission to the cluster, up to the review. */
  const review = async (file: string, entry: string): Promise<void> => {
    const { views, menus } = stage.window;
    await views.open('Explorer');
    await menus.choose(views.file(file), entry);
    await reviewOn(stage.window, 'Cluster');
  };
  const change = async (line: string, answer: () => Promise<void>): Promise<void> => {
    const { quick } = stage.window;
    await quick.type(line);
    await quick.pick(line);
    // Until its input is shown, typed text goes to the review.
    await quick.titled(`: ${line}`);
    await answer();
    await quick.titled(/Review/);
  };

  it('is added from the SSH configuration; the passphrase of the key is requested here', async () => {
    const { window } = stage;
    await addCluster(window, 'ci-locked', 'Cluster', slurm.ssh.passphrase);
    await window.views.open(container);
    await window.views.rowSays(jobsView, 'Cluster', /refreshed/);
    const { ssh } = slurm;
    assert.ok(!stage.server.machineSettingsText().includes(ssh.passphrase));
  });

  it('accepts a folder, shows why it waits, runs it, and streams its log', async () => {
    const { window, server } = stage;
    const { quick } = window;
    await review('project', 'Submit Workspace as Job…');
    const shown = (await quick.texts()).join('\n');
    assert.match(shown, /Script directives\n?.*--ntasks=2/);
    await change('Partition', () => quick.pick('closed'));
    await quick.type('closed');
    assert.match((await quick.texts()).join('\n'), /closed; the job waits until it opens/);
    await quick.type('');
    await quick.pick('Submit');
    await jobSays(window, 'main.sh', /Queued · partition is down/);
    await partition('UP');
    await jobSays(window, 'main.sh', /Running/, 40_000);
    await window.output.shows('on ci with 2 tasks');
    await jobSays(window, 'main.sh', /Completed/, 40_000);
    await partition('DOWN');
    assert.match(
      await logOf(server, 'main.sh', /Completed/),
      /^on ci with 2 tasks\nround 1\nround 2\nround 3\n── Completed/m,
    );
  });

  it('downloads a file, and leaves the uploaded files in place', async () => {
    const { window, server } = stage;
    await window.views.open(container);
    await window.views.expand(jobsView, 'main.sh');
    const folder = join(server.dir.home, 'downloads');
    mkdirSync(folder, { recursive: true });
    await window.views.rowAction(jobsView, 'answer.txt', 'Download File…');
    await window.quick.path(join(folder, 'answer.txt'));
    await eventually(
      () =>
        existsSync(join(folder, 'answer.txt')) && readFileSync(join(folder, 'answer.txt'), 'utf8') === '42\n',
      () => 'the file does not arrive',
    );
    const jobs = join(slurm.ssh.home, '.batch-jobs');
    const [job = ''] = readdirSync(jobs);
    assert.deepEqual(readdirSync(join(jobs, job, 'work')).sort(), [
      '.juliabundleignore',
      'answer.txt',
      'data.txt',
      'main.sh',
    ]);
    await window.views.collapse(jobsView, 'main.sh');
  });

  it('shows an array as one row with its tasks below', async () => {
    const { window } = stage;
    const { quick, views } = window;
    await review('sweep.py', 'Submit Script as Job…');
    await change('Array', () => quick.input('0-3'));
    await quick.type('');
    await quick.pick('Submit');
    await jobSays(window, 'sweep.py', /4 completed/, 40_000);
    await views.expand(jobsView, 'sweep.py');
    for (const index of [0, 1, 2, 3])
      await eventually(
        async () => (await views.shown(jobsView)).some(({ label }) => label.endsWith(`_${index}`)),
        () => `task ${index} is not shown`,
      );
    await views.collapse(jobsView, 'sweep.py');
  });

  it('holds, releases, and cancels a job', async () => {
    const { window } = stage;
    const { views, menus, messages, quick } = window;
    await review('long.sh', 'Submit Script as Job…');
    await change('Partition', () => quick.pick('closed'));
    await quick.type('');
    await quick.pick('Submit');
    await jobSays(window, 'long.sh', /Queued/);
    await menus.choose(views.row(jobsView, 'long.sh'), 'Hold Job');
    await jobSays(window, 'long.sh', /Queued · held/);
    await menus.choose(views.row(jobsView, 'long.sh'), 'Release Job');
    await jobSays(window, 'long.sh', /Queued · partition is down/);
    await views.rowAction(jobsView, 'long.sh', 'Cancel Job', messages.dialog);
    await messages.answerDialog('Cancel Job');
    await jobSays(window, 'long.sh', /Cancelled/);
  });

  it('tests a submission without creating a job', async () => {
    const { window } = stage;
    await review('long.sh', 'Submit Script as Job…');
    await window.quick.pick('Dry Run');
    await window.editors.shows('Slurm accepted the dry run');
    await window.quick.pick('Back to Review');
    await window.quick.titled(/Review/);
    await window.quick.dismiss();
  });

  it('reports an unreachable host, and resumes where it was when it is reachable', async () => {
    const { window } = stage;
    await slurm.ssh.drop();
    await slurm.ssh.stop();
    await window.views.open(container);
    await window.views.titleAction(jobsView, 'Refresh');
    await window.views.rowSays(jobsView, 'Cluster', /unreachable: .*(refused|dropped)/i, 30_000);
    await slurm.ssh.start();
    await window.views.titleAction(jobsView, 'Refresh');
    await window.quick.titled('Cluster');
    await window.quick.input(slurm.ssh.passphrase);
    await window.views.rowSays(jobsView, 'Cluster', /refreshed/, 30_000);
  });
});
