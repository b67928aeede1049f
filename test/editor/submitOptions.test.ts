import assert from 'node:assert/strict';
import { acceptUntilReview, jobSays } from './harness/batchJobs.js';
import { editorStage } from './harness/stage.js';
import { endOnDisk, jobSubmittedBy } from './harness/submissions.js';
import { eventually } from './harness/wait.js';

const tells = 'import os, sys\nprint(sys.argv[1:], os.environ.get("SEED"), os.environ.get("TITLE"))\n';

/** A script for each test, so that none gets the choices remembered by another. */
const files = {
  'asked.py': tells,
  'again.py': tells,
  'changed.py': tells,
  'frozen.py': `print("as it was at the click")${'\n'.repeat(30)}`,
  'edited.py': 'print("on disk")\n',
  'dismissed.py': tells,
  'last.py': tells,
};

describe('a script submitted with options', () => {
  const stage = editorStage({ files });

  const begin = async (name: string): Promise<void> => {
    const { views, menus, quick } = stage.window;
    await views.open('Explorer');
    await menus.choose(views.file(name), 'Submit Script as Job…');
    await quick.titled(`Submit ${name} to Local: Review`);
  };
  /** Submits from the review, and waits until the window has finished the follow-up actions. */
  const submitReviewed = async (name: string) => {
    const { window, server } = stage;
    const job = await jobSubmittedBy(server, () => window.quick.pick('Submit'));
    await jobSays(window, name, /^(Completed|Failed)/);
    return job;
  };
  const fieldHolds = async (value: string): Promise<void> => {
    let last = '';
    await eventually(
      async () => (last = await stage.window.quick.field.inputValue()) === value,
      () => `the field holds "${last}", not "${value}"`,
    );
  };
  const complaint = (text: string): Promise<void> =>
    stage.window.quick.message.filter({ hasText: text }).waitFor();
  /** Opens the question of a line of the review. */
  const change = async (line: string): Promise<void> => {
    await stage.window.quick.titled(/Review/);
    await stage.window.quick.pick(line);
    await stage.window.quick.titled(new RegExp(`: ${line}`, 'i'));
  };
  /** The lines of the review as label and description or detail. */
  const reviewed = async (): Promise<readonly string[]> => {
    await stage.window.quick.titled('Review');
    return stage.window.quick.texts();
  };

  it('opens the review, where each line prompts, validates while typing, and comes back', async () => {
    const { quick } = stage.window;
    await begin('asked.py');
    await change('Name');
    await fieldHolds('asked.py');
    await quick.type(' ');
    await complaint('A job needs a name.');
    await quick.accept();
    await quick.titled(/Name/);
    await quick.input('first try');
    await change('Arguments');
    await quick.titled('Submit asked.py: Arguments');
    await quick.type('--title "two words');
    await complaint('Unclosed quote.');
    await quick.input('--title "two words" 7');
    await change('Environment');
    await quick.titled('Submit asked.py: Environment');
    await quick.type('SEED');
    await complaint('"SEED" must have the form name=value.');
    await quick.button('Back').click();
    await change('Arguments');
    await fieldHolds('--title "two words" 7');
    await quick.accept();
    await change('Environment');
    await quick.input('SEED=7 TITLE="of two words"');
    await change('Time limit');
    await quick.titled('Submit asked.py: Time Limit');
    await quick.type('soon');
    await complaint('Invalid duration.');
    await quick.input('90 s');
    await quick.titled('Submit asked.py to Local: Review');
    const job = await submitReviewed('first try');
    const { name, args, env, limitMs } = job.record;
    assert.deepEqual(
      { name, args, env, limitMs },
      {
        name: 'first try',
        args: ['--title', 'two words', '7'],
        env: { SEED: '7', TITLE: 'of two words' },
        limitMs: 90_000,
      },
    );
    const { log } = await endOnDisk(job);
    assert.equal(log, "['--title', 'two words', '7'] 7 of two words\n");
  });

  it('proposes the last choices, and uses them when it does not prompt', async () => {
    const { window, server } = stage;
    const { quick } = window;
    await begin('again.py');
    await change('Arguments');
    await quick.input('one two');
    await change('Environment');
    await quick.input('SEED=9');
    await reviewed();
    await submitReviewed('again.py');
    await begin('again.py');
    const lines = (await reviewed()).join('\n');
    assert.match(lines, /Use Defaults[^]*one two · SEED=9/);
    assert.match(lines, /Arguments ?one two/);
    await quick.dismiss();
    await window.views.open('Explorer');
    const job = await jobSubmittedBy(server, () =>
      window.menus.choose(window.views.file('again.py'), 'Submit Script as Job'),
    );
    assert.deepEqual([job.record.args, job.record.env], [['one', 'two'], { SEED: '9' }]);
    await jobSays(window, 'again.py', /repeated: one two · SEED=9/);
    await window.output.shows('── repeated from the last submission: one two · SEED=9');
    await window.views.open('Explorer');
    const plain = await jobSubmittedBy(server, () =>
      window.menus.choose(window.views.file('again.py'), 'Submit Script as Job with Defaults'),
    );
    assert.deepEqual([plain.record.args, plain.record.env], [[], {}]);
    await window.views.open('Batch Jobs');
    await window.menus.choose(window.views.row('Batch Jobs', 'again.py'), 'Resubmit with Changes…');
    await quick.titled('Resubmit again.py to Local: Review');
    await change('Arguments');
    await quick.input('three');
    await reviewed();
    const changed = await jobSubmittedBy(server, () => quick.pick('Submit'));
    assert.deepEqual([changed.record.args, changed.script], [['three'], tells]);
  });

  it('shows everything that will be sent in the review, where each line can be changed', async () => {
    const { window } = stage;
    await begin('changed.py');
    await acceptUntilReview(window);
    const before = (await reviewed()).join('\n');
    assert.match(before, /^Submit ?to Local$/m);
    assert.match(before, /Script ?changed\.py · 84 B/);
    assert.match(before, /Interpreter ?\/\S*python3/);
    assert.match(before, /Arguments ?none/);
    await window.quick.pick('Arguments');
    await window.quick.titled('Submit changed.py: Arguments');
    await window.quick.input('late');
    await window.quick.titled(/Review/);
    await window.quick.row('Arguments').filter({ hasText: 'late' }).waitFor();
    await window.quick.pick('Name');
    await window.quick.titled('Submit changed.py: Name');
    await window.quick.button('Back').click();
    await window.quick.titled(/Review/);
    const job = await submitReviewed('changed.py');
    assert.deepEqual(job.record.args, ['late']);
  });

  it('sends the text as it was at the click, even if it is edited while the wizard is open', async () => {
    const { window } = stage;
    await window.editors.openFile('frozen.py');
    await window.menus.choose(window.editors.line(0), 'Submit Script as Job…');
    await window.quick.titled(/Review/);
    // The review covers the lines, so that they cannot be clicked.
    await window.page.keyboard.press('Control+1');
    await window.editors.text.and(window.page.locator('.focused')).waitFor();
    await window.page.keyboard.insertText('print("typed later")\n');
    await window.editors.save();
    await window.quick.field.click();
    await acceptUntilReview(window);
    const job = await submitReviewed('frozen.py');
    assert.equal(job.script, files['frozen.py']);
    assert.equal((await endOnDisk(job)).log, 'as it was at the click\n');
    await window.editors.shows('typed later');
  });

  it('sends nothing if the wizard is cancelled', async () => {
    const { window, server } = stage;
    await begin('dismissed.py');
    await window.quick.dismiss();
    await begin('dismissed.py');
    await acceptUntilReview(window);
    await window.quick.dismiss();
    await window.views.open('Explorer');
    // An earlier submission would have arrived before this one.
    const job = await jobSubmittedBy(server, () =>
      window.menus.choose(window.views.file('last.py'), 'Submit Script as Job'),
    );
    assert.equal(job.record.name, 'last.py');
    await jobSays(window, 'last.py', /^Completed/);
  });

  it('runs with the text on screen if it is not saved', async () => {
    const { window, server } = stage;
    await window.editors.openFile('edited.py');
    await window.editors.replaceText('print("on the screen")\n');
    const job = await jobSubmittedBy(server, () => window.editors.titleAction('Submit Script as Job'));
    assert.equal(job.script, 'print("on the screen")\n');
    assert.equal((await endOnDisk(job)).log, 'on the screen\n');
    await window.editors.tab('edited.py').and(window.page.locator('.dirty')).waitFor();
  });

  it('runs although it was never named, by its language', async () => {
    const { window, server } = stage;
    await window.command('File: New Untitled Text File');
    await window.editors.active(/^Untitled-1/);
    await window.editors.text.and(window.page.locator('.focused')).waitFor();
    await window.page.keyboard.insertText('print("from nowhere")\n');
    await window.command('Change Language Mode');
    await window.quick.input('Python');
    await window.messages.status('Python').waitFor();
    const job = await jobSubmittedBy(server, () => window.command('Batch Jobs: Submit Script as Job'));
    assert.equal(job.record.name, 'Untitled-1.py');
    assert.equal((await endOnDisk(job)).log, 'from nowhere\n');
  });
});
