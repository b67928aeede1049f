import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { container, jobSays, jobsView, logOf, submitted } from './harness/batchJobs.js';
import { jobOnDisk, putEndedJob } from './harness/spool.js';
import { editorStage } from './harness/stage.js';
import { eventually } from './harness/wait.js';

const minute = 60_000;

describe('everyday work in the side bar', () => {
  const stage = editorStage({
    files: {
      'slow.sh': 'echo started\nsleep 50\n',
      'followed.sh': 'echo first\nuntil [ -e "$HOME/followed" ]; do sleep 0.05; done\necho last\n',
    },
    settings: { 'batchJobs.local.keepJobs': 0, 'batchJobs.local.keepDays': 0, 'batchJobs.notify': 'none' },
    seed: (server) => {
      for (let index = 1; index <= 50; index++)
        putEndedJob(server, { name: `old${index}.py`, ended: Date.now() - (100 - index) * minute });
    },
  });

  it('offers no commands of engines that are not configured, and finds Submit first', async () => {
    const { views, quick } = stage.window;
    await views.open(container);
    await views.row(jobsView, 'old50.py').waitFor();
    for (const [text, title] of [
      ['batch jobs hold', 'Hold Job'],
      ['batch jobs requeue', 'Requeue Job…'],
      ['batch jobs sign', 'Sign In…'],
      ['batch jobs application', 'Submit Application…'],
      ['batch jobs remove connection', 'Remove Connection…'],
    ] as const) {
      const titles = await quick.commands(text);
      assert.ok(!titles.includes(`Batch Jobs: ${title}`), titles.join(', '));
    }
    const [first] = await quick.commands('submit script');
    assert.equal(first, 'Batch Jobs: Submit Script as Job');
    const copy = await quick.commands('copy job id');
    assert.ok(copy.includes('Batch Jobs: Copy Job ID'), copy.join(', '));
  });

  it('makes the first new row active after Load More by keyboard', async () => {
    const { views, page } = stage.window;
    await views.open(container);
    await views.row(jobsView, 'Load 20 More…').click();
    await views.row(jobsView, 'old30.py').waitFor();
    const active = views.rows(jobsView).and(page.locator('.focused'));
    const label = active.locator('.label-name');
    await eventually(
      async () => (await label.textContent()) === 'old30.py',
      () => 'the first new row is not active',
    );
    await page.keyboard.press('ArrowDown');
    await eventually(
      async () => (await label.textContent()) === 'old29.py',
      () => 'the keyboard does not go on from the first new row',
    );
    // Rows at the top are drawn again.
    await page.keyboard.press('Home');
  });

  it('copies the id of the focused row, and deletes it, by key', async () => {
    const { views, page } = stage.window;
    await views.open(container);
    const id = putEndedJob(stage.server, { name: 'byKey.py' });
    await views.row(jobsView, 'byKey.py').click();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Control+C');
    await eventually(
      async () => (await page.evaluate('navigator.clipboard.readText()')) === String(id),
      () => 'the id is not in the clipboard',
    );
    await page.keyboard.press('Delete');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.getByText('byKey.py').first().waitFor();
    await dialog.getByRole('button', { name: 'Delete', exact: false }).first().click();
    await eventually(
      () => !existsSync(jobOnDisk(stage.server, id).dir),
      () => 'the job is not deleted',
    );
  });

  it('shows files with the icons of the file icon theme, once, and opens them to the side', async () => {
    const { views, menus, page } = stage.window;
    await views.open(container);
    putEndedJob(stage.server, {
      name: 'files.py',
      resultFiles: { 'plots/a.json': '{}\n', 'b.csv': '1,2\n' },
      outputs: { 'trace.txt': 'x' },
    });
    await views.expand(jobsView, 'files.py');
    const row = views.row(jobsView, 'plots/a.json');
    await row.waitFor();
    await row.locator('.file-icon').first().waitFor();
    await menus.choose(row, 'Open to the Side');
    await page.locator('.tab', { hasText: 'a.json' }).first().waitFor();
    await menus.choose(row, 'Reveal File');
    await stage.window.messages.toast('a.json').waitFor();
    await stage.window.command('Notifications: Clear All Notifications');
    await stage.window.command('View: Close All Editors');
    await views.collapse(jobsView, 'files.py');
  });

  it('submits by key; the run time ticks every second and no click is lost', async () => {
    const { views, page, editors } = stage.window;
    await editors.openFile('slow.sh');
    await page.keyboard.press('Control+Alt+Enter');
    await jobSays(stage.window, 'slow.sh', /Running|running/);
    await logOf(stage.server, 'slow.sh', /started/);
    const seen = new Set<string>();
    const end = Date.now() + 6_000;
    while (Date.now() < end) {
      const row = (await views.shown(jobsView)).find(({ label }) => label === 'slow.sh');
      seen.add(row?.description ?? '');
      await page.waitForTimeout(150);
    }
    assert.ok(seen.size >= 5, [...seen].join('; '));
    // A press that is held while the row is updated.
    let lost = 0;
    for (let index = 0; index < 6; index++) {
      await views.row(jobsView, 'old50.py').click();
      await page.waitForTimeout(150);
      const box = await views.row(jobsView, 'slow.sh').boundingBox();
      assert.ok(box);
      await page.mouse.move(box.x + 80, box.y + 10);
      await page.mouse.down();
      await page.waitForTimeout(1100);
      await page.mouse.up();
      await page.waitForTimeout(300);
      const row = (await views.shown(jobsView)).find(({ label }) => label === 'slow.sh');
      if (row?.selected !== true) lost++;
    }
    assert.equal(lost, 0, `${lost} of 6 clicks are lost`);
  });

  it('shows the log that was visible again after a reload, and follows it', async () => {
    const { window } = stage;
    await submitted(stage.server, window, 'followed.sh');
    await logOf(stage.server, 'followed.sh', /first/);
    await window.output.shows('first');
    await window.page.waitForTimeout(1000);
    await window.reload();
    await window.output.shows('first');
    stage.openGate('followed');
    await window.output.shows('last');
  });
});
