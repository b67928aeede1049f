import assert from 'node:assert/strict';
import {
  appendFileSync,
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
import { acceptUntilReview, jobSays } from './harness/batchJobs.js';
import { editorStage } from './harness/stage.js';
import { endOnDisk, jobSubmittedBy } from './harness/submissions.js';
import { shows } from './harness/views.js';
import { eventually } from './harness/wait.js';
import type { Workbench } from './harness/workbench.js';

const onDisk = 'echo "on disk"\n';

const files: Readonly<Record<string, string | Uint8Array>> = {
  'project/main.py':
    'import os\nfrom helper import word\nprint(word, open("data/in.txt").read(), os.path.exists("data/raw.csv"))\n',
  'project/helper.py': 'word = "helped by"\n',
  'project/data/in.txt': 'its data',
  'project/data/raw.csv': 'raw\n'.repeat(1000),
  'project/.juliabundleignore': '# what is large\ndata/raw.csv\n',
  'secret/run.sh': 'ls -A\n',
  'secret/.env': 'PASSWORD=1\n',
  'unsaved/run.sh': onDisk,
  'ignored/.juliabundleignore': '*\n',
  'ignored/run.sh': 'true\n',
  'texts/notes.txt': 'no script\n',
  'dropping/.juliabundleignore': 'dropped.sh\n',
  'dropping/dropped.sh': 'true\n',
  'plain/run.sh': 'cat value.txt\n',
  'plain/value.txt': 'as it was at the click\n',
  'busy/a.bin': new Uint8Array(30_000_000),
  'busy/grows.txt': 'begun\n',
  'busy/run.sh': 'true\n',
  'clicked.sh': 'ls\n',
};

const emptied = 'Nothing to send from';

describe('a folder submitted as a job', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'bj-bundles-'));
  const stage = editorStage({ files, settings: { 'batchJobs.bundle.temporaryFolder': temporary } });
  after(() => {
    rmSync(temporary, { recursive: true, force: true });
  });

  const inWorkspace = (path: string): string => join(stage.server.dir.workspace, path);
  const choose = async (name: string, entry: string): Promise<void> => {
    const { views, menus } = stage.window;
    await views.open('Explorer');
    await menus.choose(views.file(name), entry);
  };
  const begin = (name: string): Promise<void> => choose(name, 'Submit Workspace as Job…');
  /** Submits from the review, and waits until the side bar shows the job as completed. */
  const submitReviewed = async (window: Workbench, name: string) => {
    const job = await jobSubmittedBy(stage.server, () => window.quick.pick('Submit'));
    await jobSays(window, name, /^(Completed|Failed)/);
    return job;
  };
  const temporaryIsEmpty = (): Promise<true> =>
    eventually(
      () => readdirSync(temporary).length === 0 && true,
      () => `left in the temporary folder: ${readdirSync(temporary).join(', ')}`,
    );
  const said = async (text: string | RegExp): Promise<void> => {
    await stage.window.messages.toast(text).waitFor();
  };

  it('is reviewed with included and excluded files, packed, and run in its folder', async () => {
    const { window } = stage;
    const { quick } = window;
    await begin('project');
    await quick.titled('Submit project: Script (1/2)');
    assert.deepEqual(
      (await quick.texts()).map((text) => text.split('\n')[0]),
      ['helper.py', 'main.py'],
    );
    await quick.pick('main.py');
    await acceptUntilReview(window);
    const lines = (await quick.texts()).join('\n');
    assert.match(lines, /Bundle ?4 files, 162 B \(1 excluded\)/);
    assert.match(lines, /Largest ?main\.py \(\d+ B\), \.juliabundleignore \(\d+ B\), helper\.py \(\d+ B\)/);
    assert.match(lines, /Interpreter ?\/\S*python3/);
    assert.match(lines, /Script ?main\.py/);
    await quick.pick('Show Files');
    await window.editors.active(/^Bundle of project\.txt/);
    await window.editors.shows(/data\/raw\.csv +excluded by data\/raw\.csv \(\.juliabundleignore:2\)/);
    await quick.pick('Back to Review');
    await quick.titled('Review (2/2)');
    const job = await submitReviewed(window, 'main.py');
    assert.equal((await endOnDisk(job)).log, 'helped by its data False\n');
    assert.ok(existsSync(job.paths.tar));
    assert.deepEqual([job.record.work, job.record.root, job.record.script], ['bundle', 'project', 'main.py']);
    await temporaryIsEmpty();
  });

  it('runs the script that was clicked, at the root of the workspace', async () => {
    const { window } = stage;
    await begin('clicked.sh');
    await window.quick.titled('Submit workspace to Local: Review');
    await window.quick.row('Script').filter({ hasText: 'clicked.sh' }).waitFor();
    const job = await submitReviewed(window, 'clicked.sh');
    assert.equal(job.record.script, 'clicked.sh');
    assert.match((await endOnDisk(job)).log, /^plain\nproject$/m);
  });

  it('is the workspace if submitted from the palette', async () => {
    const { window } = stage;
    await window.command('Batch Jobs: Submit Workspace as Job…');
    // The script that ran last is proposed.
    await window.quick.titled('Submit workspace to Local: Review');
    await window.quick.pick('Script');
    await window.quick.titled('Submit workspace: Script');
    await window.quick.pick('plain/run.sh');
    await window.quick.titled(/Review/);
    await window.quick.dismiss();
    await temporaryIsEmpty();
  });

  it('is sent as it was at the click, even if files change during the review', async () => {
    const { window } = stage;
    await begin('plain');
    await acceptUntilReview(window);
    writeFileSync(inWorkspace('plain/value.txt'), 'changed since');
    const job = await submitReviewed(window, 'run.sh');
    assert.equal((await endOnDisk(job)).log, 'as it was at the click\n');
  });

  it('asks what to do with unsaved files', async () => {
    const { window } = stage;
    writeFileSync(inWorkspace('unsaved/run.sh'), onDisk);
    await window.views.open('Explorer');
    // Already open if this is the second attempt.
    if (!(await window.views.file('run.sh').isVisible())) await window.views.file('unsaved').click();
    await window.views.file('run.sh').dblclick();
    await window.editors.active('run.sh');
    await window.editors.replaceText('echo "on the screen"\n');
    const question = window.messages.dialog.filter({
      hasText: 'Some files in the folder have unsaved changes.',
    });
    await begin('unsaved');
    await question.filter({ hasText: 'Unsaved: run.sh' }).waitFor();
    await window.messages.answerDialog('Cancel');
    await begin('unsaved');
    await window.messages.answerDialog('Submit Saved Files');
    await acceptUntilReview(window);
    const asOnDisk = await submitReviewed(window, 'run.sh');
    assert.equal((await endOnDisk(asOnDisk)).log, 'on disk\n');
    await begin('unsaved');
    await window.messages.answerDialog('Save All');
    await acceptUntilReview(window);
    const asOnScreen = await submitReviewed(window, 'run.sh');
    assert.equal((await endOnDisk(asOnScreen)).log, 'on the screen\n');
    await window.editors.close('run.sh');
    await window.views.open('Explorer');
    await window.views.file('unsaved').click();
  });

  it('allows excluding a secret in the review, which is then updated', async () => {
    const { window } = stage;
    const { quick } = window;
    await begin('secret');
    await acceptUntilReview(window);
    await quick.row('Exclude .env…').filter({ hasText: 'It may contain secrets' }).waitFor();
    await quick.pick('Exclude .env…');
    await window.messages.dialog.filter({ hasText: 'Exclude .env from bundles?' }).waitFor();
    await window.messages.answerDialog('Add Rule');
    await quick.row('Bundle').filter({ hasText: '1 excluded' }).waitFor();
    assert.equal(await quick.row('Exclude .env…').count(), 0);
    assert.equal(readFileSync(inWorkspace('secret/.juliabundleignore'), 'utf8'), '.env\n');
    const job = await submitReviewed(window, 'run.sh');
    assert.equal((await endOnDisk(job)).log, '.juliabundleignore\nrun.sh\n');
  });

  it('is not sent if nothing of it is left, and explains why', async () => {
    mkdirSync(inWorkspace('hollow'), { recursive: true });
    await begin('hollow');
    await said(new RegExp(`${emptied} .*hollow: it is empty`));
    await begin('ignored');
    await said(new RegExp(`${emptied} .*ignored`));
    await stage.window.messages.answer(new RegExp(`${emptied} .*ignored`), 'Show Files');
    await stage.window.editors.active(/^Bundle of ignored\.txt/);
    await stage.window.editors.shows(/run\.sh +excluded by \* \(\.juliabundleignore:1\)/);
    await begin('texts');
    await said(/^No script .* is included from .*texts/);
    await temporaryIsEmpty();
  });

  it('names the rule that excludes the clicked script, and opens it', async () => {
    const { window } = stage;
    await window.views.open('Explorer');
    // Already open if this is the second attempt.
    if (!(await window.views.file('dropped.sh').isVisible())) await window.views.file('dropping').click();
    await begin('dropped.sh');
    const text = 'dropping/dropped.sh is excluded by "dropped.sh" (dropping/.juliabundleignore:1).';
    await window.messages.answer(text, 'Edit Ignore File');
    await window.editors.active('.juliabundleignore');
    await window.editors.shows('dropped.sh');
    await window.views.open('Explorer');
    await window.views.file('dropping').click();
  });

  it('is not sent if a program writes into it, and names the file', async () => {
    const { window } = stage;
    const writer = setInterval(() => {
      appendFileSync(inWorkspace('busy/grows.txt'), 'more\n');
    }, 2);
    try {
      await begin('busy');
      await acceptUntilReview(window);
      await window.quick.pick('Submit');
      await said('grows.txt grew during packaging. Nothing was sent; try again.');
    } finally {
      clearInterval(writer);
    }
    await temporaryIsEmpty();
  });

  it('leaves nothing if the review is closed', async () => {
    const { window } = stage;
    await begin('project');
    await acceptUntilReview(window);
    await eventually(
      () => readdirSync(temporary).length === 1 && true,
      () => 'nothing is packed while the review is open',
    );
    await window.quick.dismiss();
    await temporaryIsEmpty();
  });

  it('can be previewed without sending it', async () => {
    const { window } = stage;
    await choose('project', 'Preview Bundle');
    await window.editors.active(/^Bundle of project\.txt/);
    const shown = await window.editors.shows('Excluded');
    assert.match(shown, /^4 files, 162 B \(1 excluded\)$/m);
  });

  it('is requested if no folder is open', async () => {
    const { server } = stage;
    const window = await stage.open({}, server.emptyUrl());
    await window.command('Batch Jobs: Submit Workspace as Job…');
    // Text typed before the dialog shows its first folder is lost.
    await window.quick.row('..').waitFor();
    await window.quick.type(`${inWorkspace('plain')}/`);
    await window.quick.row('.cache').waitFor({ state: 'hidden' });
    await window.quick.button('Submit Folder').click();
    await acceptUntilReview(window);
    const job = await submitReviewed(window, 'run.sh');
    assert.equal(job.record.root, 'plain');
    await window.close();
  });

  it('is one of several workspace roots', async () => {
    const { server } = stage;
    const file = join(server.dir.root, 'two.code-workspace');
    const folders = ['plain', 'project'].map((name) => ({ path: `workspace/${name}` }));
    writeFileSync(file, JSON.stringify({ folders }));
    const window = await stage.open({}, `${server.url}/?workspace=${encodeURIComponent(file)}`);
    await eventually(
      async () => {
        if (await shows(window.views.file('project'))) return true;
        // VS Code occasionally opens such a workspace without its folders.
        await window.page.reload();
        await window.drawn();
        return false;
      },
      () => 'the workspace roots are missing',
      40_000,
    );
    await window.command('Batch Jobs: Submit Workspace as Job…');
    await window.quick.pick('project');
    await window.quick.titled('Submit project: Script');
    await window.quick.dismiss();
    await window.close();
  });
});
