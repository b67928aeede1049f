import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { container, jobSays, jobsView, submitted } from './harness/batchJobs.js';
import { jobNumbers, jobOnDisk, putEndedJob } from './harness/spool.js';
import { editorStage } from './harness/stage.js';
import { eventually } from './harness/wait.js';

const ended = 500;
const minute = 60_000;
const states = ['completed', 'failed', 'stopped'] as const;
const sleeping = 'echo sleeping\nsleep 300\n';

describe('the side bar', () => {
  const stage = editorStage({
    files: {
      'one.sh': sleeping,
      'two.sh': sleeping,
      'three.sh': sleeping,
      'gated.sh': 'until [ -e "$HOME/gate" ]; do sleep 0.05; done\n',
    },
    settings: {
      'batchJobs.local.keepJobs': 0,
      'batchJobs.local.keepDays': 0,
      'batchJobs.local.maxRunning': 2,
      'batchJobs.notify': 'none',
      'batchJobs.openLogAfterSubmit': false,
    },
    seed: (server) => {
      for (let index = 1; index <= ended; index++) {
        const outcome = states[index % states.length] ?? 'failed';
        putEndedJob(server, {
          name: `old${index}.py`,
          outcome,
          ended: Date.now() - (ended + 1 - index) * minute,
        });
      }
    },
  });

  /** Number of rows below a connection, visible or not. */
  const rowsBelow = async (label: string): Promise<number> =>
    Number(await stage.window.views.row(jobsView, label).getAttribute('aria-setsize'));

  it('shows the newest 20 of 500 jobs after the first click, newest first, and 20 more on request', async () => {
    const { views } = stage.window;
    await views.open(container);
    await views.row(jobsView, 'old500.py').waitFor();
    const shown = await views.shown(jobsView);
    assert.deepEqual(
      shown.map(({ label }) => label),
      ['Local', ...Array.from({ length: 20 }, (_, index) => `old${500 - index}.py`), 'Load 20 More…'],
    );
    const kinds = shown.slice(1, 4).map(({ icon, description }) => `${icon}: ${description}`);
    assert.deepEqual(kinds, [
      'circle-slash: Stopped · 1.0 s, 1 min ago',
      'error: Failed (exit 1) · 1.0 s, 2 min ago',
      'pass: Completed · 1.0 s, 3 min ago',
    ]);
    await views.row(jobsView, 'Load 20 More…').click();
    await eventually(
      async () => (await rowsBelow('old500.py')) === 41,
      () => 'the list does not show 40 jobs and a row to load more',
    );
  });

  it('shows the parts of a job below its row, and its details in its tooltip', async () => {
    const { views } = stage.window;
    await views.open(container);
    const id = putEndedJob(stage.server, {
      name: 'rich.py',
      results: '{"pi": 3.14}',
      resultFiles: { 'plot.png': 'x'.repeat(2048), 'tables/a.csv': '1,2\n' },
      outputs: { 'trace.txt': 'x' },
    });
    await views.row(jobsView, 'rich.py').waitFor();
    const tooltip = await views.tooltip(jobsView, 'rich.py');
    const told = [
      'rich.py',
      'Completed',
      `Job ${id}`,
      'Ran: 1.0 s',
      'Exit code: 0',
      'bash rich.py',
      'Results: {"pi": 3.14}',
    ];
    for (const text of told) assert.ok(tooltip.includes(text), `no "${text}" in ${tooltip}`);
    await views.expand(jobsView, 'rich.py');
    await views.row(jobsView, 'trace.txt').waitFor();
    const parts = (await views.shown(jobsView)).filter(({ level }) => level === 3);
    assert.deepEqual(
      parts.map(({ label, description, icon }) => [label, description, icon]),
      [
        ['Log', '', 'output'],
        ['Results', '{"pi": 3.14}', 'symbol-variable'],
        ['Submitted Script', 'rich.py', 'file-code'],
        ['plot.png', '2.0 KiB · result', 'file-binary'],
        ['tables/a.csv', '4 B · result', 'file-binary'],
        ['trace.txt', '1 B · output', 'file'],
      ],
    );
    await views.collapse(jobsView, 'rich.py');
  });

  it('shows external names unchanged, each on one row', async () => {
    const { views, page } = stage.window;
    await views.open(container);
    const names = new Map([
      ['../x', '../x'],
      ['two\nlines', 'two␣lines'],
      ['😀 fit.jl', '😀 fit.jl'],
      ['n'.repeat(300), 'n'.repeat(300)],
      ['**b** [a](command:x) $(zap) <i>', '**b** [a](command:x) $(zap) <i>'],
      ['\u202Egpj.exe', '␣gpj.exe'],
    ]);
    for (const name of names.keys())
      putEndedJob(stage.server, { name, scriptName: 'a.sh', results: '**r** [a](command:x)' });
    for (const label of names.values()) await views.row(jobsView, label).waitFor();
    const heights = await views
      .rows(jobsView)
      .evaluateAll((rows: readonly { readonly offsetHeight: number }[]) =>
        rows.map(({ offsetHeight }) => offsetHeight),
      );
    assert.deepEqual([...new Set(heights)], [22]);
    const tooltip = await views.tooltip(jobsView, '**b** [a](command:x) $(zap) <i>');
    assert.ok(tooltip.includes('**b** [a](command:x) $(zap) <i>'), tooltip);
    assert.ok(tooltip.includes('**r** [a](command:x)'), tooltip);
    await page.mouse.move(600, 20);
  });

  it('keeps selection, expansion, and positions while jobs are added and the list is refreshed', async () => {
    const { window } = stage;
    const { views } = window;
    await views.open(container);
    for (const name of ['kept.py', 'open.py']) putEndedJob(stage.server, { name });
    await views.row(jobsView, 'kept.py').waitFor();
    await views.expand(jobsView, 'open.py');
    await views.row(jobsView, 'kept.py').click();
    putEndedJob(stage.server, { name: 'next.py' });
    await views.row(jobsView, 'next.py').waitFor();
    await views.titleAction(jobsView, 'Refresh');
    await window.command('Batch Jobs: Refresh');
    const shown = await views.shown(jobsView);
    const place = (label: string): number => shown.findIndex((row) => row.label === label);
    assert.deepEqual(
      shown.filter(({ selected }) => selected).map(({ label }) => label),
      ['kept.py'],
    );
    assert.equal(shown[place('open.py')]?.expanded, true);
    assert.equal(shown[place('open.py') + 1]?.label, 'Log');
    assert.ok(place('next.py') < place('open.py') && place('open.py') < place('kept.py'));
    await views.collapse(jobsView, 'open.py');
  });

  it('shows only rows that match a filter, reports it, and is cleared by its button, its row, and the palette', async () => {
    const { window } = stage;
    const { views, quick } = window;
    await views.open(container);
    for (const outcome of states) putEndedJob(stage.server, { name: `sift ${outcome}`, outcome });
    await views.row(jobsView, 'sift stopped').waitFor();
    const filter = async (): Promise<string> => {
      await views.titleAction(jobsView, 'Filter Jobs…');
      await quick.titled('Filter Jobs: States (1/2)');
      await quick.pickMany('Failed', 'Stopped');
      await quick.titled('Filter Jobs: Text (2/2)');
      await quick.input('sift');
      await views.row(jobsView, 'sift completed').waitFor({ state: 'detached' });
      const shown = await views.shown(jobsView);
      const jobs = shown.filter(({ level, label }) => level === 2 && !label.startsWith('Load'));
      assert.deepEqual(
        jobs.map(({ label }) => label),
        ['sift stopped', 'sift failed'],
      );
      assert.match(shown[0]?.description ?? '', /^\d+ hidden$/);
      return shown[0]?.label ?? '';
    };
    const cleared = (): Promise<void> => views.row(jobsView, 'sift completed').waitFor();

    const label = await filter();
    assert.equal(label, 'Filter: failed, stopped · "sift"');
    await views.rowAction(jobsView, label, 'Clear Filter');
    await cleared();

    await filter();
    await views.row(jobsView, 'sift failed').locator('.monaco-tl-twistie').click();
    await window.page.keyboard.press('Home');
    await window.page.keyboard.press('Enter');
    await cleared();

    await filter();
    await window.command('Batch Jobs: Clear Filter');
    await cleared();
    assert.ok(!(await quick.commands('Batch Jobs: Clear Filter')).includes('Batch Jobs: Clear Filter'));
  });

  it('keeps the selection while one of the jobs changes', async () => {
    const { window, server } = stage;
    const { views } = window;
    await views.open(container);
    putEndedJob(server, { name: 'below.py' });
    await submitted(server, window, 'gated.sh');
    await jobSays(window, 'gated.sh', /Running/);
    await views.row(jobsView, 'gated.sh').locator('.label-name').click();
    await views
      .row(jobsView, 'below.py')
      .locator('.label-name')
      .click({ modifiers: ['ControlOrMeta'] });
    stage.openGate('gate');
    await jobSays(window, 'gated.sh', /^Completed/);
    const selected = (await views.shown(jobsView)).filter((row) => row.selected);
    assert.deepEqual(
      selected.map(({ label }) => label),
      ['gated.sh', 'below.py'],
    );
  });

  it('deletes several jobs together, after confirmation, from the list and from disk', async () => {
    const { window, server } = stage;
    const { views, menus, messages } = window;
    await views.open(container);
    const ids = ['drop1.py', 'drop2.py'].map((name) => putEndedJob(server, { name }));
    const stays = putEndedJob(server, { name: 'stay.py' });
    await views.row(jobsView, 'stay.py').waitFor();
    await views.row(jobsView, 'drop1.py').locator('.label-name').click();
    await views
      .row(jobsView, 'drop2.py')
      .locator('.label-name')
      .click({ modifiers: ['ControlOrMeta'] });
    await menus.choose(views.row(jobsView, 'drop2.py'), 'Delete Job');
    await messages.dialog.getByText('Delete 2 jobs?').waitFor();
    await messages.answerDialog('Cancel');
    await messages.dialog.waitFor({ state: 'detached' });
    assert.ok(ids.every((id) => jobNumbers(server).includes(id)));
    await menus.choose(views.row(jobsView, 'drop2.py'), 'Delete Job');
    await messages.answerDialog('Delete 2 Jobs');
    for (const name of ['drop1.py', 'drop2.py'])
      await views.row(jobsView, name).waitFor({ state: 'detached' });
    await views.row(jobsView, 'stay.py').waitFor();
    assert.deepEqual(
      [...ids, stays].map((id) => existsSync(jobOnDisk(server, id).dir)),
      [false, false, true],
    );
  });

  it('counts active jobs on its button and in the status bar, and cancels several together', async () => {
    const { window, server } = stage;
    const { views, menus, messages } = window;
    for (const name of ['one.sh', 'two.sh', 'three.sh']) await submitted(server, window, name);
    await jobSays(window, 'two.sh', /Running/);
    await jobSays(window, 'three.sh', /^Queued · 1st in queue$/);
    await views.badge(container).getByText('3').waitFor();
    await messages.status('3 jobs').waitFor();
    await views.rowSays(jobsView, 'Local', /2 running · 1 queued/);
    await views.row(jobsView, 'one.sh').locator('.label-name').click();
    for (const name of ['two.sh', 'three.sh'])
      await views
        .row(jobsView, name)
        .locator('.label-name')
        .click({ modifiers: ['ControlOrMeta'] });
    await menus.choose(views.row(jobsView, 'two.sh'), 'Cancel Job');
    await messages.answerDialog('Cancel 3 Jobs');
    for (const name of ['one.sh', 'two.sh', 'three.sh']) await jobSays(window, name, /^Stopped/);
    await views.badge(container).waitFor({ state: 'hidden' });
    await messages.status(/\d jobs?/).waitFor({ state: 'hidden' });
    await eventually(
      () => !server.detached().some(({ command }) => command.includes('sleep 300')),
      () => 'a cancelled job keeps running',
    );
  });
});
