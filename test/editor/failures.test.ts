import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { container, jobSays, jobsView, submitted } from './harness/batchJobs.js';
import { putEndedJob } from './harness/spool.js';
import { editorStage } from './harness/stage.js';
import { eventually } from './harness/wait.js';

/** Folder for pictures to look at; undefined: none are taken. */
const pictures = process.env.BATCH_JOBS_PICTURES;

const traceback = (file: string, line: number, error: string): string =>
  `begin\nTraceback (most recent call last):\n  File "/jobs/1/${file}", line ${line}, in <module>\n    run()\n${error}\n`;

describe('the reason of a failure', () => {
  const stage = editorStage({
    files: {
      'fit.py': 'import sys\n\nprint("begin")\nrate = {}["lr"]\n',
      'quiet.sh': 'echo "no data.csv"\nexit 3\n',
      'killed.sh': 'echo begin\nkill -9 $$\n',
    },
    settings: { 'batchJobs.notify': 'none', 'batchJobs.openLogAfterSubmit': false },
  });

  const picture = async (name: string): Promise<void> => {
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    await stage.window.shot(join(pictures, `${name}.png`));
  };
  const partsOf = async (name: string) => {
    const { views } = stage.window;
    await views.expand(jobsView, name);
    await views.row(jobsView, 'Log').waitFor();
    const shown = await views.shown(jobsView);
    const at = shown.findIndex(({ label }) => label === name);
    const parts = shown.slice(at + 1);
    const end = parts.findIndex(({ level }) => level < 3);
    return end < 0 ? parts : parts.slice(0, end);
  };

  it('is in the row, and stays there after a reload', async () => {
    const { window, server } = stage;
    await submitted(server, window, 'fit.py');
    await jobSays(window, 'fit.py', /^KeyError: 'lr' · exit code 1/);
    await window.reload();
    const row = await jobSays(window, 'fit.py', /^KeyError: 'lr' · exit code 1/);
    assert.equal(row.icon, 'error');
    assert.match(row.spoken, /^fit\.py, Failed, KeyError: 'lr' · exit code 1/);
  });

  it('is in the tooltip with the last lines of the log', async () => {
    const { views } = stage.window;
    await views.open(container);
    const tooltip = await views.tooltip(jobsView, 'fit.py');
    for (const text of [
      "KeyError: 'lr' (fit.py:4)",
      'Exit code: 1',
      'rate = {}["lr"]',
      'Traceback (most recent call last)',
    ])
      assert.ok(tooltip.includes(text), `no "${text}" in ${tooltip}`);
    await views.row(jobsView, 'fit.py').locator('.label-name').hover();
    await stage.window.page.waitForTimeout(1_500);
    await picture('failure-tooltip');
    await stage.window.page.mouse.move(600, 20);
  });

  it('is a row of its own that opens the line', async () => {
    const { views, editors } = stage.window;
    const [first] = await partsOf('fit.py');
    assert.deepEqual(
      [first?.label, first?.description, first?.icon],
      ["KeyError: 'lr'", 'fit.py:4', 'error'],
    );
    await picture('failure-row');
    await views.row(jobsView, "KeyError: 'lr'").click();
    await editors.active('fit.py');
    await stage.window.messages.status('Ln 4, Col 1').waitFor();
    await editors.close('fit.py');
    await views.collapse(jobsView, 'fit.py');
  });

  it('is opened by Go to Error, which only the menu of a job with a known line has', async () => {
    const { window, server } = stage;
    const { views, menus, editors } = window;
    putEndedJob(server, { name: 'plain.sh', outcome: 'failed', log: 'no table.csv\n' });
    await jobSays(window, 'plain.sh', /^no table\.csv · exit code 1/);
    assert.ok(!(await menus.titles(views.row(jobsView, 'plain.sh'))).includes('Go to Error'));
    await menus.choose(views.row(jobsView, 'fit.py'), 'Go to Error');
    await editors.active('fit.py');
    await window.messages.status('Ln 4, Col 1').waitFor();
    await editors.close('fit.py');
  });

  it('shows the log if the file is not in the workspace', async () => {
    const { window, server } = stage;
    putEndedJob(server, {
      name: 'else.py',
      outcome: 'failed',
      log: traceback('other.py', 7, 'ValueError: bad'),
    });
    await jobSays(window, 'else.py', /^ValueError: bad · exit code 1/);
    await window.menus.choose(window.views.row(jobsView, 'else.py'), 'Go to Error');
    await window.output.channel(/^Job else\.py/);
    await window.output.shows('── Failed in 1.0 s (exit code 1) ──');
  });

  it('is the last line of the log with the exit code, or the suspicion that memory ran out', async () => {
    const { window, server } = stage;
    await submitted(server, window, 'quiet.sh');
    await jobSays(window, 'quiet.sh', /^no data\.csv · exit code 3/);
    const [first] = await partsOf('quiet.sh');
    assert.deepEqual([first?.label, first?.description], ['no data.csv', 'last line of the log']);
    await window.views.collapse(jobsView, 'quiet.sh');
    await submitted(server, window, 'killed.sh');
    await jobSays(window, 'killed.sh', /^killed \(out of memory\?\)/);
    await eventually(
      async () => (await window.views.tooltip(jobsView, 'killed.sh')).includes('killed (out of memory?)'),
      () => 'the tooltip does not say that memory may have run out',
    );
    await picture('failure-rows');
  });
});

describe('the progress in a log', () => {
  const bar = `import sys, time, os
for i in range(0, 101):
    sys.stdout.write(f"\\r{i:3d}%|{'#' * (i // 10):<10}| {i}/100")
    sys.stdout.flush()
    time.sleep(0.12)
    while i == 45 and not os.path.exists(os.path.expanduser("~/go")):
        time.sleep(0.05)
`;
  const stage = editorStage({
    files: { 'bar.py': bar, 'far.py': bar },
    settings: { 'batchJobs.notify': 'none' },
  });

  it('is in the row with the time left while the log is followed, and in the tooltip', async () => {
    const { window, server } = stage;
    await submitted(server, window, 'bar.py');
    const row = await jobSays(window, 'bar.py', /^\d+ % · \d+ s left$/);
    assert.match(row.spoken, /^bar\.py, Running, \d+ % · /);
    await jobSays(window, 'bar.py', /^45 %/);
    if (pictures !== undefined) await window.shot(join(pictures, 'progress-row.png'));
    const tooltip = await window.views.tooltip(jobsView, 'bar.py');
    assert.match(tooltip, /45%\|####/);
    stage.openGate('go');
    await jobSays(window, 'bar.py', /^Completed/);
  });
});
