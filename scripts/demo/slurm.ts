// Slurm, unattended, on a real cluster behind a real SSH server, in VS Code in a headless browser: adds the
// connection, submits a folder, shows why it waits, watches it run, runs an array, downloads a file, cancels.
// Saves a picture of each step in demo/slurm/.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { acceptUntilReview, container, jobSays, jobsView, logOf, ready } from '../../test/editor/harness/batchJobs.js';
import { launchBrowser, openWindow } from '../../test/editor/harness/browser.js';
import { packedExtension } from '../../test/editor/harness/packed.js';
import { startServer, type EditorServer } from '../../test/editor/harness/server.js';
import type { Workbench } from '../../test/editor/harness/workbench.js';
import { startSlurm } from '../../test/engines/slurm.mjs';
import { ensureUser, remoteUser, startSshd } from '../../test/engines/sshd.mjs';

const pictures = fileURLToPath(new URL('../../demo/slurm/', import.meta.url));

const files = {
  'project/fit.sh': [
    '#!/bin/bash',
    '#SBATCH --ntasks=2 --mem=200M',
    'echo "fitting $(wc -l < data.csv) rows with $SLURM_NTASKS tasks in partition $SLURM_JOB_PARTITION"',
    'for round in 1 2 3 4; do echo "round $round done"; sleep 1; done',
    'awk -F, \'{ sum += $2 } END { print "{\\"sum\\": " sum "}" }\' data.csv > fit.json',
    '',
  ].join('\n'),
  'project/data.csv': Array.from({ length: 500 }, (_, at) => `${at},${at % 7}\n`).join(''),
  'project/.juliabundleignore': 'raw/\n',
  'project/raw/large.csv': '1,2\n'.repeat(1000),
  'sweep.py':
    'import os, time\nindex = int(os.environ["SLURM_ARRAY_TASK_ID"])\nprint("task", index)\ntime.sleep(2)\n' +
    'if index == 5: raise ValueError("no luck with 5")\n',
};

let count = 0;
async function tell(window: Workbench, text: string): Promise<void> {
  count++;
  const name = `${String(count).padStart(2, '0')}-${text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/-$/, '')}`;
  console.log(`${String(count).padStart(2)}. ${text}`);
  await window.shot(join(pictures, `${name}.png`));
}

async function main(): Promise<void> {
  rmSync(pictures, { recursive: true, force: true });
  mkdirSync(pictures, { recursive: true });
  await ensureUser();
  const slurm = await startSlurm({ users: ['root', remoteUser.name] });
  const ssh = await startSshd({ SLURM_CONF: slurm.env['SLURM_CONF'] ?? '' });
  console.log(`Slurm ${slurm.version} with three nodes, behind an SSH server on this machine`);
  const settings = { 'batchJobs.slurm.sshConfigFile': ssh.config };
  const server = await startServer({ vsix: [packedExtension()], files, settings });
  const browser = await launchBrowser();
  try {
    const window = await openWindow(browser, server.folderUrl());
    await ready(window);
    await add(window, ssh.passphrase);
    await submitFolder(window, server, () =>
      slurm.run(['scontrol', 'update', 'PartitionName=closed', 'State=UP']),
    );
    await sweep(window);
  } finally {
    await browser.close();
    await server.stop();
    await ssh.down();
    await slurm.down();
  }
  console.log(`\nThe pictures are in ${pictures}`);
}

async function add(window: Workbench, passphrase: string): Promise<void> {
  const { quick, views } = window;
  await window.command('Batch Jobs: Add Connection…');
  await quick.pick('Slurm');
  await quick.titled(/Host/);
  await tell(window, 'Hosts from the SSH configuration are offered');
  await quick.pick('ci-locked');
  await quick.titled(/Job Folder/);
  await quick.accept();
  await quick.titled(/Title/);
  await quick.input('Cluster');
  await views.open(container);
  await quick.message.getByText(/Enter passphrase for key/).waitFor();
  await tell(window, 'ssh prompts for the passphrase of the key in VS Code');
  await quick.input(passphrase);
  await views.rowSays(jobsView, 'Cluster', /refreshed/);
}

async function submitFolder(
  window: Workbench,
  server: EditorServer,
  open: () => Promise<unknown>,
): Promise<void> {
  const { quick, views } = window;
  await views.open('Explorer');
  await window.menus.choose(views.file('project'), 'Submit Workspace as Job…');
  await quick.titled('Submit project: Script');
  await quick.pick('fit.sh');
  await quick.titled('Submit project: Connection');
  await quick.pick('Cluster');
  await acceptUntilReview(window);
  await quick.type('Partition');
  await quick.pick('Partition');
  await quick.titled(/Partition/);
  await tell(window, 'Partitions with their free resources');
  await quick.pick('closed');
  await quick.titled(/Review/);
  await tell(window, 'The review shows the script directives and why the job will wait');
  await quick.pick('Submit');
  await jobSays(window, 'fit.sh', /partition is down/);
  await tell(window, 'The job waits and shows why');
  await open();
  await jobSays(window, 'fit.sh', /Running/, 40_000);
  await window.output.shows('round 2 done');
  await tell(window, 'The log streams over the same connection');
  await jobSays(window, 'fit.sh', /Completed/, 40_000);
  await views.expand(jobsView, 'fit.sh');
  await views.row(jobsView, 'fit.json').waitFor();
  await tell(window, 'Completed with its files');
  console.log((await logOf(server, 'fit.sh', /Completed/)).trimEnd().replace(/^/gm, '      '));
  await views.collapse(jobsView, 'fit.sh');
}

async function sweep(window: Workbench): Promise<void> {
  const { quick, views } = window;
  await views.open('Explorer');
  await window.menus.choose(views.file('sweep.py'), 'Submit Script as Job…');
  await acceptUntilReview(window);
  await quick.type('Array');
  await quick.pick('Array');
  await quick.input('0-7');
  await quick.titled(/Review/);
  await quick.type('Max Concurrent Tasks');
  await quick.pick('Max Concurrent Tasks');
  await quick.input('3');
  await quick.titled(/Review/);
  await quick.pick('Submit');
  await jobSays(window, 'sweep.py', /completed/, 40_000);
  await views.expand(jobsView, 'sweep.py');
  await tell(window, 'An array is one row that expands to its tasks');
  await jobSays(window, 'sweep.py', /7 completed.*1 failed/, 60_000);
  await tell(window, 'One task has failed');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
