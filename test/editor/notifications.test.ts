import assert from 'node:assert/strict';
import { container, jobSays, jobsView, submitted } from './harness/batchJobs.js';
import { editorStage } from './harness/stage.js';
import type { Workbench } from './harness/workbench.js';

/** Waits until the test opens its gate. */
const waitsFor = (gate: string): string => `echo begin\nuntil [ -e "$HOME/${gate}" ]; do sleep 0.05; done\n`;

/** Longer than ends are collected and windows wait for each other, in milliseconds. */
const quietMs = 5_000;

describe('notifications of finished jobs', () => {
  const stage = editorStage({
    files: {
      'first.sh': waitsFor('both'),
      'second.sh': waitsFor('both'),
      'cancelled.sh': 'sleep 300\n',
      'watched.sh': waitsFor('watched'),
      'elsewhere.sh': waitsFor('elsewhere'),
    },
    settings: { 'batchJobs.local.maxRunning': 4, 'batchJobs.openLogAfterSubmit': false },
  });

  const toldIn = async ({ page, messages }: Workbench, text: RegExp): Promise<number> => {
    await page.waitForTimeout(quietMs);
    return (await messages.toasts()).filter((toast) => text.test(toast)).length;
  };

  it('are one that counts for jobs that finish together', async () => {
    const { window, server } = stage;
    for (const name of ['first.sh', 'second.sh']) {
      await submitted(server, window, name);
      await jobSays(window, name, /Running|running/);
    }
    stage.openGate('both');
    await window.messages.toast('Jobs finished: 2 completed.').waitFor();
    assert.equal(await toldIn(window, /^(first|second)\.sh/), 0);
    await window.command('Notifications: Clear All Notifications');
  });

  it('do not come for a job that the user has just cancelled', async () => {
    const { window, server } = stage;
    const { views, messages } = window;
    await submitted(server, window, 'cancelled.sh');
    await jobSays(window, 'cancelled.sh', /Running|running/);
    await views.rowAction(jobsView, 'cancelled.sh', 'Cancel Job', messages.dialog);
    await messages.answerDialog('Cancel Job');
    await jobSays(window, 'cancelled.sh', /Cancelled/);
    assert.equal(await toldIn(window, /cancelled\.sh/), 0);
  });

  it('do not come for a success whose log is on the screen', async () => {
    const { window, server } = stage;
    await submitted(server, window, 'watched.sh');
    await jobSays(window, 'watched.sh', /Running|running/);
    await window.views.row(jobsView, 'watched.sh').click();
    await window.output.channel(/^Job watched\.sh/);
    await window.output.shows('begin');
    stage.openGate('watched');
    await window.output.shows('── Completed');
    assert.equal(await toldIn(window, /watched\.sh/), 0);
  });

  it('come in the window that submitted the job, although another one is open', async () => {
    const { window, server } = stage;
    const other = await stage.open({ size: { width: 1000, height: 700 } });
    await window.views.open(container);
    await submitted(server, other, 'elsewhere.sh');
    await jobSays(window, 'elsewhere.sh', /Running|running/);
    stage.openGate('elsewhere');
    await other.messages.toast(/^elsewhere\.sh completed/).waitFor();
    assert.equal(await toldIn(window, /elsewhere\.sh/), 0);
    await other.close();
  });
});
