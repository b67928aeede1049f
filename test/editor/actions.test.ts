import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { container, jobSays, jobsView, submitted } from './harness/batchJobs.js';
import { jobNumbers, jobOnDisk, putEndedJob } from './harness/spool.js';
import { editorStage } from './harness/stage.js';
import { eventually } from './harness/wait.js';

describe('actions on a job', () => {
  const stage = editorStage({
    files: {
      'wait.sh': 'echo waiting\nsleep 300\n',
      'next.sh': 'echo never\n',
      'limited.sh': 'sleep 300\n',
      'bad.py': 'def rate(settings):\n    return settings["lr"]\n\n\nprint("begin")\nrate({})\n',
    },
    settings: {
      'batchJobs.local.maxRunning': 1,
      'batchJobs.notify': 'failures',
      'batchJobs.openLogAfterSubmit': false,
    },
  });

  /** Writes a finished job to disk and waits for its row. */
  const ended = async (job: Parameters<typeof putEndedJob>[1]): Promise<number> => {
    const { views } = stage.window;
    await views.open(container);
    const id = putEndedJob(stage.server, job);
    await views.row(jobsView, job.name).waitFor();
    return id;
  };
  const clipboard = (): Promise<string> =>
    stage.window.page.evaluate('navigator.clipboard.readText()').then(String);

  it('cancels a running job and a queued one, each only after confirmation', async () => {
    const { window, server } = stage;
    const { views, menus, messages } = window;
    const running = await submitted(server, window, 'wait.sh');
    const waiting = await submitted(server, window, 'next.sh');
    await jobSays(window, 'wait.sh', /Running/);
    await jobSays(window, 'next.sh', /^Queued · 1st in queue$/);
    await views.rowAction(jobsView, 'wait.sh', 'Cancel Job', messages.dialog);
    await messages.dialog.getByText('Cancel wait.sh?').waitFor();
    await window.page.keyboard.press('Escape');
    await messages.dialog.waitFor({ state: 'detached' });
    await views.rowAction(jobsView, 'wait.sh', 'Cancel Job', messages.dialog);
    await messages.dialog.getByText('Cancel wait.sh?').waitFor();
    const buttons = messages.dialog.locator('.dialog-buttons-row').getByRole('button');
    assert.deepEqual((await buttons.allInnerTexts()).sort(), ['Cancel Job', 'Close', 'Keep Running']);
    await window.page.keyboard.press('Enter');
    await messages.dialog.waitFor({ state: 'detached' });
    await menus.choose(views.row(jobsView, 'next.sh'), 'Cancel Job');
    await messages.dialog.getByText('It has not started, so nothing is lost.').waitFor();
    await messages.answerDialog('Cancel Job');
    await jobSays(window, 'next.sh', /Cancelled/);
    await jobSays(window, 'wait.sh', /Running/);
    await views.rowAction(jobsView, 'wait.sh', 'Cancel Job', messages.dialog);
    await messages.answerDialog('Cancel Job');
    await jobSays(window, 'wait.sh', /Cancelled/);
    assert.equal(readFileSync(jobOnDisk(server, running).log, 'utf8'), 'waiting\n');
    assert.equal(existsSync(jobOnDisk(server, waiting).log), false);
    await eventually(
      () => !server.detached().some(({ command }) => command.includes('sleep 300')),
      () => 'the cancelled job keeps running',
    );
  });

  it('extends the limit of a running job by a suitable duration', async () => {
    const { window, server } = stage;
    const { views, menus, quick, messages } = window;
    await views.open('Explorer');
    await menus.choose(views.file('limited.sh'), 'Submit Script as Job…');
    await quick.titled(/Review/);
    await quick.pick('Time limit');
    await quick.titled(/Time Limit/);
    await quick.input('10 min');
    await quick.titled(/Review/);
    await quick.pick('Submit');
    await jobSays(window, 'limited.sh', /Running/);
    const id = jobNumbers(server).at(-1) ?? 0;
    await menus.choose(views.row(jobsView, 'limited.sh'), 'Extend Time Limit…');
    await quick.titled('Extend limited.sh');
    assert.match((await quick.message.textContent()) ?? '', /Time remaining: (10|9) min/);
    await quick.input('soon');
    await quick.message.getByText(/30 min/).waitFor();
    await quick.input('2 h');
    await quick.closed();
    await eventually(
      () => existsSync(jobOnDisk(server, id).limit) && readFileSync(jobOnDisk(server, id).limit, 'utf8'),
      () => 'the new limit is not on disk',
    );
    assert.equal(Number(readFileSync(jobOnDisk(server, id).limit, 'utf8')), (10 + 120) * 60_000);
    assert.match(
      await views.tooltip(jobsView, 'limited.sh'),
      /Time limit: 2 h 10 min \(2 h (10|9) min( \d+ s)? left\)/,
    );
    await views.rowAction(jobsView, 'limited.sh', 'Cancel Job', messages.dialog);
    await messages.answerDialog('Cancel Job');
    await jobSays(window, 'limited.sh', /Cancelled/);
    const titles = await menus.titles(views.row(jobsView, 'limited.sh'));
    assert.ok(!titles.includes('Extend Time Limit…') && !titles.includes('Cancel Job'), titles.join(', '));
  });

  it('resubmits the same script as another job', async () => {
    const { window, server } = stage;
    const first = await ended({ name: 'again.sh', script: 'echo the same again\n', outcome: 'failed' });
    await window.menus.choose(window.views.row(jobsView, 'again.sh'), 'Resubmit Job');
    await jobSays(window, 'again.sh', /^Completed/);
    const second = jobNumbers(server).at(-1) ?? 0;
    assert.ok(second > first);
    assert.equal(readFileSync(jobOnDisk(server, second).log, 'utf8'), 'the same again\n');
    assert.equal(readFileSync(jobOnDisk(server, second).script, 'utf8'), 'echo the same again\n');
  });

  it('shows the submitted script, the record, and the formatted results', async () => {
    const { window } = stage;
    const { views, menus, editors } = window;
    const id = await ended({ name: 'look.py', script: 'print(1)\n', results: '{"pi":3.14,"n":1e400}' });
    const row = views.row(jobsView, 'look.py');
    await menus.choose(row, 'Show Script of Job');
    await editors.active(`${id} look.py`);
    await editors.shows('print(1)');
    await menus.choose(row, 'Show Results');
    await editors.active(`Results of look.py (${id}).json`);
    await editors.shows('  "pi": 3.14,\n  "n": 1e400');
    await menus.choose(row, 'Show Raw Job Data');
    await editors.active(`Raw data of look.py (${id}).json`);
    await editors.shows('"name": "look.py"');
    await views.expand(jobsView, 'look.py');
    await views.row(jobsView, 'Submitted Script').click();
    await editors.active(`${id} look.py`);
    await views.row(jobsView, 'Results').click();
    await editors.active(`Results of look.py (${id}).json`);
    await views.collapse(jobsView, 'look.py');
  });

  it('copies the ID from the menu, the palette, and the tooltip', async () => {
    const { window } = stage;
    const { views, menus, quick } = window;
    const id = await ended({ name: 'copied.sh' });
    await menus.choose(views.row(jobsView, 'copied.sh'), 'Copy Job ID');
    await eventually(
      async () => (await clipboard()) === String(id),
      () => 'the menu does not copy',
    );
    await window.page.evaluate("navigator.clipboard.writeText('')");
    await window.command('Batch Jobs: Copy Job ID');
    await quick.titled('Copy Job ID');
    await quick.pick('copied.sh');
    await eventually(
      async () => (await clipboard()) === String(id),
      () => 'the palette does not copy',
    );
    await window.page.evaluate("navigator.clipboard.writeText('')");
    await views.row(jobsView, 'copied.sh').locator('.label-name').hover();
    await window.page.locator('.workbench-hover a[title="Copy Job ID"]').click();
    await eventually(
      async () => (await clipboard()) === String(id),
      () => 'the tooltip does not copy',
    );
  });

  it('shows the path of the folder of a job, to copy or open it, if the screen is on another machine', async () => {
    const { window, server } = stage;
    const { views, menus, messages } = window;
    const id = await ended({ name: 'folder.sh' });
    const { dir } = jobOnDisk(server, id);
    await menus.choose(views.row(jobsView, 'folder.sh'), 'Reveal Job Folder');
    await messages.answer(dir, 'Copy Path');
    await eventually(
      async () => (await clipboard()) === dir,
      () => 'the path is not copied',
    );
    const opened = window.page.context().waitForEvent('page');
    await menus.choose(views.row(jobsView, 'folder.sh'), 'Reveal Job Folder');
    await messages.answer(dir, 'Open in New Window');
    const page = await opened;
    assert.equal(new URL(page.url()).searchParams.get('folder'), dir);
    await page.close();
  });

  it('opens a file of a job, downloads it, and downloads all into a folder, prompting before overwriting', async () => {
    const { window, server } = stage;
    const { views, menus, quick, messages, editors } = window;
    await ended({
      name: 'files.sh',
      resultFiles: { 'table.csv': 'a,b\n1,2\n', 'deep/plot.bin': Buffer.from([0, 255, 10]) },
      outputs: { 'trace.txt': 'a trace\n' },
    });
    await views.expand(jobsView, 'files.sh');
    await views.row(jobsView, 'table.csv').click();
    await editors.active('table.csv');
    await editors.shows('a,b\n1,2');
    const to = join(server.dir.home, 'one.csv');
    await views.rowAction(jobsView, 'table.csv', 'Download File…');
    await quick.titled('Download table.csv');
    await quick.path(to);
    await messages.toast('table.csv was downloaded.').waitFor();
    assert.equal(readFileSync(to, 'utf8'), 'a,b\n1,2\n');

    const folder = join(server.dir.home, 'all');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'trace.txt'), 'mine');
    await menus.choose(views.row(jobsView, 'files.sh'), 'Download All Files…');
    await quick.titled('Download 4 Files of files.sh');
    await quick.path(`${folder}/`);
    await messages.dialog.getByText('1 of 4 files already exist.').waitFor();
    await messages.answerDialog('Skip Existing');
    await messages.toast('3 of 4 files of files.sh were downloaded. Already existed: 1.').waitFor();
    assert.deepEqual(readdirSync(folder, { recursive: true }).sort(), [
      'deep',
      'deep/plot.bin',
      'log.txt',
      'table.csv',
      'trace.txt',
    ]);
    assert.equal(readFileSync(join(folder, 'trace.txt'), 'utf8'), 'mine');
    assert.deepEqual([...readFileSync(join(folder, 'deep/plot.bin'))], [0, 255, 10]);
    await views.collapse(jobsView, 'files.sh');
  });

  it('adds a separate queue for one job at a time, and removes it again', async () => {
    const { window, server } = stage;
    const { views, menus, quick, messages } = window;
    await window.command('Batch Jobs: Add Connection…');
    await quick.titled('Add Connection');
    await quick.pick('Local');
    await quick.titled('Add Local Connection: Max Concurrent Jobs (1/2)');
    await quick.input('none');
    await quick.message.getByText('Enter a number from 1 to 999.').waitFor();
    await quick.input('1');
    await quick.titled('Add Local Connection: Title (2/2)');
    await quick.input('local');
    await quick.message.getByText('Another connection already has this title.').waitFor();
    await quick.input('GPU');
    await views.open(container);
    await views.row(jobsView, 'GPU').waitFor();
    assert.match(server.machineSettingsText(), /"title": "GPU"/);
    await menus.choose(views.row(jobsView, 'GPU'), 'Remove Connection…');
    await messages.dialog.getByText('Remove GPU?').waitFor();
    await messages.answerDialog('Remove Connection');
    await views.row(jobsView, 'GPU').waitFor({ state: 'detached' });
    assert.doesNotMatch(server.machineSettingsText(), /GPU/);
    const titles = await quick.commands('batch jobs remove connection');
    assert.ok(!titles.includes('Batch Jobs: Remove Connection…'), titles.join(', '));
  });

  it('goes to the line at which a script failed', async () => {
    const { window, server } = stage;
    const { messages, editors } = window;
    await submitted(server, window, 'bad.py');
    await messages.answer(/bad\.py failed after .*: KeyError: 'lr' \(bad\.py:2\)\./, 'Go to Line');
    await editors.active('bad.py');
    await messages.status('Ln 2, Col 1').waitFor();
  });

  it('reports that there is no job if a command finds none', async () => {
    const { window } = stage;
    await window.command('Batch Jobs: Cancel Job');
    await window.messages.toast('No job supports this action.').waitFor();
  });

  it('leads to its settings and its own log', async () => {
    const { window } = stage;
    await window.command('Batch Jobs: Show Extension Log');
    await window.output.channel('Batch Jobs');
    await window.output.shows(/submitted \d+ to local/);
    await window.command('Batch Jobs: Open Settings');
    const settings = window.page.locator('.settings-editor');
    await settings.getByText('Open Log After Submit').waitFor();
    await window.page.keyboard.type(' running');
    await settings.getByText('Max Running').waitFor();
  });
});
