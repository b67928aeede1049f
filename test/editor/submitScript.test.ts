import assert from 'node:assert/strict';
import { join } from 'node:path';
import { container, jobSays, jobsView, logOf } from './harness/batchJobs.js';
import { editorStage } from './harness/stage.js';
import { endOnDisk, jobSubmittedBy } from './harness/submissions.js';
import { eventually } from './harness/wait.js';

/** Waits until the test creates a file with this name in the server's home. */
const waitsFor = (gate: string): string => `until [ -e "$HOME/${gate}" ]; do sleep 0.05; done`;

const hello: Readonly<Record<string, string>> = {
  'hello.py': 'import sys\nprint("hello from Python", sys.version_info[0])\n',
  'hello.sh': 'echo "hello from ${BASH_VERSION:+bash}"\n',
  'hello.mjs': 'import process from "node:process";\nconsole.log(`hello from ${process.release.name}`);\n',
};

const files = {
  ...hello,
  'hello.jl': 'println("hello from Julia ", VERSION)\n',
  'task.sh': 'echo done\n',
  'first.sh': `${waitsFor('first')}\n`,
  'second.sh': `echo "second began"; ${waitsFor('second')}\n`,
  'third.sh': 'echo 42 > "$JULIAHUB_RESULTS_SUMMARY_FILE"\n',
  'fourth.sh': 'echo fourth\n',
  'empty.py': '\n',
  'notes.md': 'no script\n',
};

/**
 * Runs Julia from the test machine, installing it if needed; resolved when the job starts, since installing
 * takes a while.
 */
const julia = [
  'bash',
  '-c',
  'exec "$(bash "$0")" --startup-file=no "$@"',
  join(import.meta.dirname, '..', 'engines', 'julia.sh'),
];

describe('a script submitted directly', () => {
  const settings = { 'batchJobs.local.maxRunning': 1, 'batchJobs.local.interpreters': { '.jl': julia } };
  const stage = editorStage({ files, settings });
  const submit = (name: string) => async () => {
    await stage.window.views.open('Explorer');
    await stage.window.menus.choose(stage.window.views.file(name), 'Submit Script as Job');
  };

  it('waits its turn, runs, and completes in view of the user', async () => {
    const { window, server } = stage;
    await jobSubmittedBy(server, submit('first.sh'));
    await jobSays(window, 'first.sh', /^Running/);
    await window.output.channel(/^Job first\.sh/);
    await window.views.open('Explorer');
    await jobSubmittedBy(server, () =>
      window.menus.choose(window.views.file('second.sh'), 'Submit Script as Job'),
    );
    const queued = await window.views.rowSays(jobsView, 'second.sh', /Queued · 1st in queue/);
    assert.equal(queued.icon, 'clock');
    assert.ok(queued.selected, 'the new row is not selected');
    await window.output.channel(/^Job second\.sh \(\d+\)$/);
    await window.output.shows('waiting in the queue');
    stage.openGate('first');
    assert.equal((await jobSays(window, 'second.sh', /^Running/)).icon, 'sync');
    await logOf(server, 'second.sh', /second began/);
    stage.openGate('second');
    assert.equal((await jobSays(window, 'second.sh', /^Completed/)).icon, 'pass');
    await logOf(server, 'second.sh', /── Completed in .+ \(exit code 0\) ──/);
  });

  it('offers its log and its results when it has finished', async () => {
    const { window, server } = stage;
    const job = await jobSubmittedBy(server, submit('third.sh'));
    await window.messages.answer(/^third\.sh completed in/, 'Results');
    await window.editors.active(new RegExp(`^Results of third\\.sh \\(${job.number}\\)`));
    await window.editors.shows(/^42$/m);
    await jobSubmittedBy(server, submit('fourth.sh'));
    await jobSays(window, 'fourth.sh', /^Completed/);
    await window.messages.answer(/^fourth\.sh completed in/, 'Show Log');
    await window.output.channel(/^Job fourth\.sh/);
  });

  for (const [name, text] of Object.entries(hello)) {
    it(`runs with the interpreter of its extension: ${name}`, async () => {
      const job = await jobSubmittedBy(stage.server, submit(name));
      await jobSays(stage.window, name, /^Completed/);
      const { ending, log } = await endOnDisk(job);
      assert.equal(ending.outcome, 'completed', log);
      assert.match(log, /^hello from (Python 3|bash|node)$/m);
      assert.equal(job.script, text);
    });
  }

  it('runs with the interpreter from the settings', async () => {
    const job = await jobSubmittedBy(stage.server, submit('hello.jl'));
    await jobSays(stage.window, 'hello.jl', /^(Completed|Failed)/, 60_000);
    assert.deepEqual(job.record.programArgs, julia.slice(1));
    assert.match((await endOnDisk(job)).log, /^hello from Julia \d+\.\d+/m);
  });

  const ways: readonly (readonly [string, () => Promise<void>])[] = [
    [
      "the editor's context menu",
      async () => {
        await stage.window.menus.choose(stage.window.editors.line(0), 'Submit Script as Job');
      },
    ],
    ["the editor's title bar", () => stage.window.editors.titleAction('Submit Script as Job')],
    ['the command palette', () => stage.window.command('Batch Jobs: Submit Script as Job')],
    [
      "the view's title bar",
      async () => {
        await stage.window.views.open(container);
        await stage.window.views.titleAction(jobsView, 'Submit Script as Job');
      },
    ],
  ];
  for (const [way, act] of ways) {
    it(`can be submitted from ${way}`, async () => {
      const { window, server } = stage;
      await window.editors.openFile('task.sh');
      const job = await jobSubmittedBy(server, act);
      assert.equal(job.record.name, 'task.sh');
      assert.match((await endOnDisk(job)).log, /done/);
    });
  }

  it('can be found, submitted, and watched with the keyboard alone', async () => {
    const { window, server } = stage;
    const { keyboard } = window.page;
    const palette = async (title: string): Promise<void> => {
      await eventually(
        async () => {
          await keyboard.press('F1');
          return window.quick.field.waitFor({ timeout: 1_500 }).then(
            () => true,
            () => false,
          );
        },
        () => 'the palette does not open',
      );
      await keyboard.insertText(title);
      await window.quick.rows.filter({ hasText: title }).first().waitFor();
      await keyboard.press('Enter');
    };
    await window.editors.openFile('task.sh');
    const { number } = await jobSubmittedBy(server, () => palette('Batch Jobs: Submit Script as Job'));
    await jobSays(window, 'task.sh', /^Completed/);
    await palette('Batch Jobs: Focus on Batch Jobs View');
    await keyboard.press('ArrowRight');
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await window.output.channel(`Job task.sh (${number})`);
  });

  it('reports what is missing if there is nothing to submit', async () => {
    const { window } = stage;
    await window.views.open('Explorer');
    await window.menus.choose(window.views.file('empty.py'), 'Submit Script as Job');
    await window.messages.toast('empty.py is empty; there is nothing to run.').waitFor();
    await window.command('View: Close All Editors');
    await window.command('Batch Jobs: Submit Script as Job');
    await window.messages.toast('Open a script first, or right-click one in the Explorer.').waitFor();
    const offered = await window.menus.titles(window.views.file('notes.md'));
    assert.ok(!offered.includes('Submit Script as Job'), offered.join(', '));
  });
});
