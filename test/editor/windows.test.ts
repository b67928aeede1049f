import assert from 'node:assert/strict';
import { container, jobSays, jobsView, logOf } from './harness/batchJobs.js';
import { processesWith, endProcesses } from './harness/processes.js';
import { editorStage } from './harness/stage.js';
import { endOnDisk, jobSubmittedBy } from './harness/submissions.js';
import { eventually } from './harness/wait.js';
import type { Workbench } from './harness/workbench.js';

/** Counts to `before`, waits until the test opens its gate, and counts on. */
const counting = (gate: string, before = 200, after = 400): string =>
  `for i in $(seq ${before}); do echo "tick $i"; done
until [ -e "$HOME/${gate}" ]; do sleep 0.05; done
for i in $(seq ${before + 1} ${after}); do echo "tick $i"; done\n`;

const files = {
  'reloaded.sh': counting('reloaded'),
  'away.sh': counting('away'),
  'shared.sh': counting('shared'),
  'crash.sh': counting('crash'),
  'orphan.sh': counting('orphan'),
};

const ticks = Array.from({ length: 400 }, (_, index) => `tick ${index + 1}`);

describe('a job and the windows that watch it', () => {
  const stage = editorStage({ files });

  const submitIn = async (window: Workbench, name: string) => {
    await window.views.open('Explorer');
    const job = await jobSubmittedBy(stage.server, () =>
      window.menus.choose(window.views.file(name), 'Submit Script as Job'),
    );
    await jobSays(window, name, /^Running/);
    await logOf(stage.server, name, /^tick 200$/m);
    return job;
  };
  /** The log in the newest channel: each line of the job once and in order, then its outcome. */
  const assertWhole = async (name: string): Promise<void> => {
    const log = await logOf(stage.server, name, /── Completed/);
    assert.deepEqual(log.match(/^tick \d+$/gm), ticks);
  };
  const showLog = async (window: Workbench, name: string): Promise<void> => {
    await eventually(
      async () => {
        // VS Code drops a click on a row that is being redrawn.
        await window.views.row(jobsView, name).click();
        return window.output.channel(new RegExp(`^Job ${name}`), 3_000).then(
          () => true,
          () => false,
        );
      },
      () => `a click on ${name} does not show its log`,
    );
  };

  it('is shown after the window was reloaded, with its complete log', async () => {
    const { window } = stage;
    await submitIn(window, 'reloaded.sh');
    await window.reload();
    await jobSays(window, 'reloaded.sh', /^Running/);
    await showLog(window, 'reloaded.sh');
    await window.output.shows('tick 200');
    stage.openGate('reloaded');
    await jobSays(window, 'reloaded.sh', /^Completed/);
    await assertWhole('reloaded.sh');
  });

  it('is summarized if it finished while no window was open', async () => {
    const away = await stage.open();
    const job = await submitIn(away, 'away.sh');
    await away.close();
    await stage.window.close();
    stage.openGate('away');
    await endOnDisk(job);
    const back = await stage.open();
    await back.views.open(container);
    await back.messages.answer('While you were away: 1 completed.', 'Show');
    await eventually(
      async () => (await jobSays(back, 'away.sh', /^Completed/)).selected,
      () => 'the row of the job is not selected',
    );
    await back.close();
  });

  it('is shown in every window, with a notification in one', async () => {
    const first = await stage.open();
    const second = await stage.open({ size: { width: 1000, height: 700 } });
    await second.views.open(container);
    await submitIn(first, 'shared.sh');
    await jobSays(second, 'shared.sh', /^Running/);
    stage.openGate('shared');
    await Promise.all([first, second].map((window) => jobSays(window, 'shared.sh', /^Completed/)));
    const told = async (): Promise<number> => {
      const toasts = await Promise.all([first, second].map((window) => window.messages.toasts()));
      return toasts.flat().filter((text) => /^shared\.sh completed/.test(text)).length;
    };
    await eventually(
      async () => (await told()) > 0,
      () => 'no window shows a notification',
    );
    // A second message would come as late as the slower window polls.
    await second.command('Batch Jobs: Refresh');
    await first.page.waitForTimeout(1_000);
    assert.equal(await told(), 1);
    await second.close();
    await first.close();
  });

  it('continues while the server stops and starts again', async () => {
    const { server } = stage;
    const before = await stage.open();
    const job = await submitIn(before, 'crash.sh');
    await before.close();
    await server.restart();
    assert.ok(server.detached().some(({ command }) => command.includes('--batch-jobs-runner')));
    const after = await stage.open();
    await jobSays(after, 'crash.sh', /^Running/);
    await showLog(after, 'crash.sh');
    stage.openGate('crash');
    assert.equal((await endOnDisk(job)).log, `${ticks.join('\n')}\n`);
    await jobSays(after, 'crash.sh', /^Completed/);
    await assertWhole('crash.sh');
    await after.close();
  });

  it('has failed, with the reason, if its runner was killed, and leaves no process', async () => {
    const window = await stage.open();
    const job = await submitIn(window, 'orphan.sh');
    const own = () => processesWith(job.paths.dir);
    const runners = own().filter(({ command }) => command.includes('--batch-jobs-runner'));
    assert.equal(runners.length, 1, JSON.stringify(own()));
    endProcesses(runners);
    const row = await jobSays(window, 'orphan.sh', /^Failed/);
    assert.match(row.description, /runner process exited unexpectedly/);
    await window.messages.toast(/^orphan\.sh failed after .*runner process exited unexpectedly/).waitFor();
    await eventually(
      () => own().length === 0 && true,
      () => `left running: ${JSON.stringify(own())}`,
    );
  });
});
