import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onSmallDisk } from '../unit/bundle/smallDisk.js';
import { acceptUntilReview, container, jobSays, jobsView } from './harness/batchJobs.js';
import { changeSettings } from './harness/settings.js';
import { jobNumbers, putEndedJob } from './harness/spool.js';
import { editorStage } from './harness/stage.js';
import { endOnDisk, jobSubmittedBy } from './harness/submissions.js';
import { eventually } from './harness/wait.js';

const files: Readonly<Record<string, string | Uint8Array>> = {
  'fit.jl': 'println(1)\n',
  'tool.pl': 'print "perl\\n";\n',
  'big/run.sh': 'true\n',
  'big/data.bin': new Uint8Array(3_000_000),
  'good.sh': 'echo good\n',
  'bad.sh': 'echo bad; exit 3\n',
  'silent.sh': 'exit 4\n',
};

describe('a submission that is not possible', () => {
  // Deleted at the end of the tests, when nothing is mounted below it.
  const temporary = mkdtempSync(join(tmpdir(), 'bj-cases-'));
  const full = join(temporary, 'disk');
  const stage = editorStage({
    files,
    settings: {
      'batchJobs.local.interpreters': { '.jl': ['no-such-julia'] },
      'batchJobs.bundle.temporaryFolder': full,
    },
  });
  after(() => {
    rmSync(temporary, { recursive: true, force: true });
  });
  const choose = async (name: string, entry: string): Promise<void> => {
    const { views, menus } = stage.window;
    await views.open('Explorer');
    await menus.choose(views.file(name), entry);
  };
  const missing = "no-such-julia not found on this machine's PATH, so fit.jl cannot run here.";

  it('is reported before anything starts if the interpreter is missing, with a link to its setting', async () => {
    const { window, server } = stage;
    await choose('fit.jl', 'Submit Script as Job');
    await window.messages.answer(missing, 'Choose Interpreter…');
    await window.editors.active(/^Settings/);
    await window.page.locator('.settings-editor .setting-item-title', { hasText: 'Interpreters' }).waitFor();
    assert.deepEqual(jobNumbers(server), []);
    await window.command('View: Close All Editors');
  });

  it('is reported in the review as well, and cannot be submitted', async () => {
    const { window } = stage;
    await choose('fit.jl', 'Submit Script as Job…');
    await acceptUntilReview(window);
    await window.quick.row('Cannot Be Submitted').filter({ hasText: missing }).waitFor();
    assert.equal(await window.quick.row('Submit').count(), 0);
    await window.quick.dismiss();
  });

  it('names the folder on the full disk', async () => {
    const { window, server } = stage;
    await onSmallDisk(temporary, async () => {
      await choose('big', 'Submit Workspace as Job…');
      await acceptUntilReview(window);
      await window.quick.pick('Submit');
      const text = `Disk full: ${full}. Free some space and try again.`;
      await window.messages.toast(text).waitFor();
      assert.deepEqual(readdirSync(full), []);
    });
    assert.deepEqual(jobNumbers(server), []);
  });
});

describe('the settings on what follows a submission', () => {
  const stage = editorStage({ files });
  const run = async (name: string): Promise<void> => {
    const { window, server } = stage;
    await window.views.open('Explorer');
    const job = await jobSubmittedBy(server, () =>
      window.menus.choose(window.views.file(name), 'Submit Script as Job'),
    );
    await endOnDisk(job);
    await jobSays(window, name, /^Completed|exit code/);
  };

  it('decide which finished jobs show a notification, and whether the log opens', async () => {
    const { window, server } = stage;
    const told = (name: string) => window.messages.toast(new RegExp(`^${name}`));
    await changeSettings(server, window, {
      'batchJobs.notify': 'failures',
      'batchJobs.openLogAfterSubmit': false,
    });
    await run('good.sh');
    await run('bad.sh');
    await told('bad.sh failed after .*: exit code 3').waitFor();
    assert.equal(await told('good.sh').count(), 0);
    assert.equal(await window.output.view.count(), 0);
    await changeSettings(server, window, { 'batchJobs.notify': 'none' });
    await run('silent.sh');
    await changeSettings(server, window, {
      'batchJobs.notify': 'all',
      'batchJobs.openLogAfterSubmit': false,
    });
    await run('good.sh');
    await told('good.sh completed').waitFor();
    await changeSettings(server, window, { 'batchJobs.notify': 'all', 'batchJobs.openLogAfterSubmit': true });
    await window.command('Notifications: Clear All Notifications');
    await run('good.sh');
    await window.output.channel(/^Job good\.sh/);
    // The message would come after the time in which ends are collected.
    await window.page.waitForTimeout(3_000);
    assert.equal(await told('good.sh').count(), 0, 'the log is on the screen');
    assert.equal(await told('silent.sh').count(), 0);
  });
});

describe('an untrusted workspace', () => {
  const stage = editorStage({
    files,
    settings: {
      'security.workspace.trust.enabled': true,
      'security.workspace.trust.startupPrompt': 'never',
      'security.workspace.trust.banner': 'never',
    },
  });

  it('lets jobs be watched, and explains why it cannot submit any', async () => {
    const { window, server } = stage;
    mkdirSync(server.dir.home, { recursive: true });
    putEndedJob(server, { name: 'earlier.sh' });
    await window.views.open(container);
    await jobSays(window, 'earlier.sh', /^Completed/);
    const why = "Jobs can be submitted only from trusted workspaces because they run the workspace's code.";
    for (const [name, entry] of [
      ['good.sh', 'Submit Script as Job'],
      ['big', 'Submit Workspace as Job…'],
    ] as const) {
      await window.views.open('Explorer');
      await window.menus.choose(window.views.file(name), entry);
      await window.messages.toast(why).waitFor();
      await window.command('Notifications: Clear All Notifications');
    }
    await window.views.open(container);
    await window.menus.choose(window.views.row(jobsView, 'earlier.sh'), 'Resubmit Job');
    await window.messages.answer(why, 'Manage Workspace Trust');
    await window.editors.active(/^Workspace Trust/);
    await eventually(
      () => jobNumbers(server).length === 1,
      () => `submitted anyway: ${jobNumbers(server).join(', ')}`,
    );
  });
});
