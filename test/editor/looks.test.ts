import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { container, jobSays, jobsView, submitted } from './harness/batchJobs.js';
import { useTheme } from './harness/settings.js';
import { putEndedJob, spoolOf } from './harness/spool.js';
import { editorStage } from './harness/stage.js';
import type { Workbench } from './harness/workbench.js';

/** The folder for the picture of each look. */
const pictures = fileURLToPath(new URL('./artifacts/looks/', import.meta.url));

/** A row of the tree as laid out, in pixels. */
interface Laid {
  readonly text: string;
  readonly right: number;
  readonly bottom: number;
  /** True if its text is cut with an ellipsis, or need not be cut. */
  readonly isCutWell: boolean;
}

/** Members of elements used inside the page. */
interface Box {
  readonly textContent: string | null;
  readonly scrollWidth: number;
  readonly clientWidth: number;
  readonly getBoundingClientRect: () => { readonly right: number; readonly bottom: number };
  readonly querySelector: (selector: string) => Box | null;
  readonly ownerDocument: {
    readonly defaultView: { readonly getComputedStyle: (of: Box) => { readonly textOverflow: string } };
  };
}

describe('the side bar to the eye', () => {
  const stage = editorStage({
    files: { 'fit.sh': 'for i in $(seq 1 8); do echo "epoch $i: loss 0.$((90 - i * 7))"; done; sleep 300\n' },
    settings: {
      'batchJobs.connections': [
        { id: 'local-2', kind: 'local', title: 'GPU', settings: { maxRunning: '1' } },
      ],
      'batchJobs.notify': 'none',
    },
    seed: () => {
      rmSync(pictures, { recursive: true, force: true });
      mkdirSync(pictures, { recursive: true });
    },
  });
  const picture = (window: Workbench, name: string): Promise<void> =>
    window.shot(join(pictures, `${name}.png`));

  /** Fails if a row extends beyond the side bar, or is cut without an ellipsis. */
  async function assertRowsFit(window: Workbench): Promise<void> {
    const bar = await window.views.sideBar.boundingBox();
    assert.ok(bar);
    const rows = await window.views.rows(jobsView).evaluateAll((elements: readonly Box[]): readonly Laid[] =>
      elements.map((row) => {
        const label = row.querySelector('.monaco-icon-label-container') ?? row;
        const { right, bottom } = row.getBoundingClientRect();
        const { textOverflow } = row.ownerDocument.defaultView.getComputedStyle(label);
        const isCutWell = label.scrollWidth <= label.clientWidth || textOverflow === 'ellipsis';
        return { text: row.textContent ?? '', right, bottom, isCutWell };
      }),
    );
    assert.ok(rows.length > 0);
    for (const { text, right, isCutWell } of rows)
      assert.ok(right <= bar.x + bar.width + 1 && isCutWell, `the row "${text}" is cut`);
  }

  it('suggests what to do first if there are no jobs', async () => {
    const { views, quick, messages, page } = stage.window;
    await views.open(container);
    // Another connection without jobs has a row there; without connections, the view shows its welcome text.
    await stage.window.command('Batch Jobs: Remove Connection…');
    await quick.pick('GPU');
    await messages.answerDialog('Remove Connection');
    const welcome = views.welcome(jobsView);
    await welcome.getByText('There are no jobs yet.').waitFor();
    await picture(stage.window, 'empty');
    assert.deepEqual(await welcome.getByRole('button').allTextContents(), [
      'Submit Current Script',
      'Submit Workspace…',
      'Add Connection…',
    ]);
    await welcome.getByRole('button', { name: 'Add Connection…' }).click();
    await quick.titled('Add Connection');
    await picture(stage.window, 'add-connection');
    await quick.pick('Local');
    await quick.titled(/Max Concurrent Jobs/);
    await quick.accept();
    await quick.titled(/Title/);
    await quick.input('GPU');
    await views.row(jobsView, 'GPU').waitFor();
    await page.mouse.move(700, 300);
  });

  it('shows running, finished, and unreachable at a glance, in each theme and with little room', async function () {
    this.timeout(120_000);
    const { window, server } = stage;
    const { views } = window;
    for (const [name, outcome, minutes] of [
      ['prepare.sh', 'completed', 2000],
      ['sweep.py', 'failed', 300],
      ['train.jl', 'stopped', 55],
      ['a rather long name that somebody gave to a job of theirs', 'completed', 4],
    ] as const)
      putEndedJob(server, {
        name,
        outcome,
        scriptName: 'a.sh',
        ended: Date.now() - minutes * 60_000,
        results: '{"loss": 0.27, "epochs": 8}',
        resultFiles: { 'loss.png': 'x'.repeat(40_000) },
      });
    await submitted(server, window, 'fit.sh');
    await jobSays(window, 'fit.sh', /Running/);
    await window.output.shows('epoch 8');
    await views.expand(jobsView, 'sweep.py');
    // A link to itself cannot be read by any user.
    const { jobs } = spoolOf(server, 'local-2');
    rmSync(jobs, { recursive: true, force: true });
    mkdirSync(dirname(jobs), { recursive: true });
    symlinkSync('jobs', jobs);
    await views.titleAction(jobsView, 'Refresh');
    await views.rowSays(jobsView, 'GPU', /unreachable: /);
    const why = await views.tooltip(jobsView, 'GPU');
    assert.ok(why.includes(dirname(jobs)), why);
    for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as const) {
      await useTheme(server, window, theme);
      await views.open(container);
      await picture(window, theme);
      await assertRowsFit(window);
    }
    await window.page.setViewportSize({ width: 900, height: 600 });
    const edge = await window.page.locator('.monaco-sash.vertical:visible').all();
    const bar = await views.sideBar.boundingBox();
    assert.ok(bar && edge.length > 0);
    await window.page.mouse.move(bar.x + bar.width + 2, 300);
    await window.page.mouse.down();
    await window.page.mouse.move(bar.x + 175, 300, { steps: 5 });
    await window.page.mouse.up();
    await useTheme(server, window, 'dark');
    await views.open(container);
    await picture(window, 'narrow');
    await assertRowsFit(window);
    rmSync(jobs);
    await views.rowAction(jobsView, 'GPU', 'Refresh');
    await views.rowSays(jobsView, 'GPU', /^GPU refreshed/);
  });
});
