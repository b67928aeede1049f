import assert from 'node:assert/strict';
import { createReadStream, mkdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { acceptUntilReview, container, jobSays, jobsView, submitted } from './harness/batchJobs.js';
import { changeSettings } from './harness/settings.js';
import { smallDisk } from './harness/smallDisk.js';
import { jobOnDisk, logOnDisk, putEndedJob, spoolOf } from './harness/spool.js';
import { editorStage } from './harness/stage.js';
import { eventually } from './harness/wait.js';

/** Continues only after the test has created a file with the script's name in the home folder. */
const gated = (name: string, before: string, after: string): string =>
  `${before}\nuntil [ -e "$HOME/${name}" ]; do sleep 0.05; done\n${after}\n`;

/**
 * Draws `tick 1`, `tick 2`, and so on over each other until the test has created a file with the script's
 * name.
 */
const ticking = (name: string): string =>
  `i=0; until [ -e "$HOME/${name}" ]; do i=$((i + 1)); printf '\\rtick %d' $i; sleep 0.1; done`;

const scripts = {
  'lines.sh': gated('lines', 'echo one', 'echo two; exit 3'),
  'burst.sh': "seq -f 'line %.0f of a burst' 100000\n",
  'wide.sh': "echo before; head -c 10000000 /dev/zero | tr '\\0' x; echo; echo after\n",
  'bar.sh': gated(
    'bar',
    "printf '\\rhalf 50%%'",
    "printf '\\rwhole 100%%\\n'; printf '\\033[31mred\\033[0m \\033[1mbold\\033[0m\\n'; printf 'caf\\351\\n'",
  ),
  'moving.sh': `${ticking('moving')}; printf '\\rlast tick\\n'; echo done
`,
  'much.sh':
    "seq -f 'line %.0f of a log that is too long to be written again and again' 2000\nfor i in {0..100}; do printf '\\r%3d%%|#|' $i; sleep 0.05; done; echo; echo done\n",
  'plain.sh': 'echo printed\n',
  'edited.sh': gated('edited', 'echo first', 'echo second'),
  'deleted.sh': gated('deleted', 'echo here', 'true'),
  'filling.sh': 'yes filling | head -c 5000000; rm -f ballast; echo done\n',
};

/** Whole output of a channel except for the extension's line at its end. */
const said = (channel: string): string => channel.replace(/── [^\n]* ──\n$/, '');

describe('the log of a job', () => {
  let release: () => void = () => undefined;
  // Before the stage's own cleanup, which deletes the folder the disk is mounted on.
  after(() => {
    release();
  });
  const stage = editorStage({
    files: scripts,
    settings: {
      'batchJobs.notify': 'none',
      'batchJobs.connections': [
        { id: 'local-2', kind: 'local', title: 'Small', settings: { maxRunning: '1' } },
      ],
      'terminal.integrated.gpuAcceleration': 'off',
    },
    seed: (server) => {
      release = smallDisk(spoolOf(server, 'local-2').folder, '2m');
    },
  });
  const channelOf = (name: string, id: string | number): string =>
    stage.server.channel(`Job ${name} (${id})`);

  it('follows it line by line, ends with its outcome, and is shown again in the same channel', async () => {
    const { window, server } = stage;
    const id = await submitted(server, window, 'lines.sh');
    await window.output.channel(`Job lines.sh (${id})`);
    assert.equal((await window.output.shows('one')).trim(), 'one');
    stage.openGate('lines');
    const log = await window.output.shows(/Failed/);
    assert.match(log.trim(), /^one\ntwo\n── Failed in [\d.]+ s \(exit code 3\) ──$/);
    await window.command('View: Toggle Panel Visibility');
    await window.output.view.waitFor({ state: 'hidden' });
    await window.views.rowAction(jobsView, 'lines.sh', 'Show Log');
    await window.output.channel(`Job lines.sh (${id})`);
    assert.equal((await window.output.shows('Failed')).trim(), log.trim());
    assert.equal(server.channels().filter((name) => name.includes('lines.sh')).length, 1);
  });

  it('loses and repeats none of 100,000 lines in a burst', async () => {
    const { window, server } = stage;
    const id = await submitted(server, window, 'burst.sh');
    await server.waitForChannel(`Job burst.sh (${id})`, /── Completed/, 60_000);
    const shown = said(channelOf('burst.sh', id));
    assert.equal(shown.split('\n').length, 100_001);
    assert.ok(shown === logOnDisk(server, id), 'the channel is not the log');
  });

  it('shows a line of ten million characters up to the size of the channel, and the following lines', async () => {
    const { window, server } = stage;
    const id = await submitted(server, window, 'wide.sh');
    await server.waitForChannel(`Job wide.sh (${id})`, /\nafter\n── Completed/, 60_000);
    // VS Code needs long to render such a line, longer on a busy machine.
    await window.output.shows(/after\n── Completed/, 60_000);
    await jobSays(window, 'wide.sh', /Completed/);
  });

  it('shows the last state of a progress bar, without colors in the channel and with them in a terminal', async () => {
    const { window, server } = stage;
    const id = await submitted(server, window, 'bar.sh');
    await window.output.shows('half 50%');
    await window.menus.choose(window.views.row(jobsView, 'bar.sh'), 'Show Log in Terminal');
    await window.terminal.title(`Job bar.sh (${id})`).waitFor();
    await window.terminal.shows('half 50%');
    stage.openGate('bar');
    const text = await window.terminal.shows('Completed');
    assert.match(text.trim(), /^whole 100%\nred bold\ncaf\ufffd\n── Completed in .* ──$/);
    assert.deepEqual(await window.terminal.inColour(1), ['red']);
    await server.waitForChannel(`Job bar.sh (${id})`, /Completed/);
    await window.views.rowAction(jobsView, 'bar.sh', 'Show Log', window.output.view);
    await window.output.channel(`Job bar.sh (${id})`);
    assert.match(
      (await window.output.shows(/Completed/)).trim(),
      /^whole 100%\nred bold\ncaf\ufffd\n── Completed in .* ──$/,
    );
  });

  it('moves a progress bar in the channel, the terminal, and the editor, each in one line', async () => {
    const { window, server } = stage;
    const id = await submitted(server, window, 'moving.sh');
    const bar = /^tick (\d+)\s*$/;
    const moves = async (view: { readonly shows: (text: RegExp) => Promise<string> }): Promise<void> => {
      const first = Number(bar.exec(await view.shows(bar))?.[1]);
      for (let later = first; later < first + 15;) {
        const now = Number(bar.exec(await view.shows(bar))?.[1]);
        assert.ok(now >= later, `${String(now)} after ${String(later)}`);
        later = now;
      }
    };
    await window.output.channel(`Job moving.sh (${id})`);
    await moves(window.output);
    await window.menus.choose(window.views.row(jobsView, 'moving.sh'), 'Show Log in Terminal');
    await moves(window.terminal);
    await window.menus.choose(window.views.row(jobsView, 'moving.sh'), 'Open Log in Editor');
    await window.editors.active(`moving.sh (${id}).log`);
    await moves(window.editors);
    stage.openGate('moving');
    assert.match((await window.terminal.shows('Completed')).trim(), /^last tick\ndone\n── Completed .*──$/);
    assert.match((await window.editors.shows(/Completed/)).trim(), /^last tick\ndone\n── Completed .*──$/);
    await window.editors.close(`moving.sh (${id}).log`);
    await window.views.rowAction(jobsView, 'moving.sh', 'Show Log', window.output.view);
    await window.output.channel(`Job moving.sh (${id})`);
    assert.match((await window.output.shows(/Completed/)).trim(), /^last tick\ndone\n── Completed .*──$/);
  });

  it('adds a line every ten percent in a large channel, and writes nothing twice', async () => {
    const { window, server } = stage;
    const id = await submitted(server, window, 'much.sh');
    await server.waitForChannel(`Job much.sh (${id})`, /── Completed/, 60_000);
    const shown = said(channelOf('much.sh', id)).trim().split('\n');
    assert.equal(shown.filter((line) => line.startsWith('line ')).length, 2_000);
    const bars = shown.filter((line) => line.endsWith('|#|')).map((line) => Number.parseInt(line, 10));
    assert.ok(bars.length >= 4 && bars.length <= 12, bars.join(' '));
    assert.deepEqual(
      bars,
      [...bars].sort((a, b) => a - b),
    );
    assert.deepEqual([bars.at(-1), shown.at(-1)], [100, 'done']);
  });

  it('is read again each time it is shown: in its channel, its terminal, and its editor', async () => {
    const { window, server } = stage;
    const { views, menus } = window;
    const id = putEndedJob(server, { name: 'early.sh', log: '' });
    const log = jobOnDisk(server, id).log;
    await views.row(jobsView, 'early.sh').waitFor();
    await views.row(jobsView, 'early.sh').click();
    await window.output.channel(`Job early.sh (${id})`);
    assert.match((await window.output.shows(/Completed/)).trim(), /^── Completed/);
    writeFileSync(log, 'late in the channel\n');
    await views.rowAction(jobsView, 'early.sh', 'Show Log');
    assert.match((await window.output.shows('late')).trim(), /^late in the channel\n── Completed[^\n]*$/);
    // A log that cannot be read leaves the content unchanged, and is read again as well.
    rmSync(log);
    mkdirSync(log);
    await views.rowAction(jobsView, 'early.sh', 'Show Log');
    const failed = await window.output.shows(/Completed[^\n]*\n──/);
    assert.match(failed.trim(), /^late in the channel\n── Completed[^\n]*\n── [^]+ ──$/);
    rmdirSync(log);
    writeFileSync(log, 'late in the channel\nand read again\n');
    await views.rowAction(jobsView, 'early.sh', 'Show Log');
    assert.match(
      (await window.output.shows('again')).trim(),
      /^late in the channel\nand read again\n── Completed[^\n]*$/,
    );

    await menus.choose(views.row(jobsView, 'early.sh'), 'Open Log in Editor');
    const tab = `early.sh (${id}).log`;
    await window.editors.active(tab);
    await window.editors.shows('and read again');
    writeFileSync(log, 'late in the editor\n');
    await menus.choose(views.row(jobsView, 'early.sh'), 'Open Log in Editor');
    await window.editors.shows(/^late in the editor\n── Completed/);
    await window.editors.close(tab);
    writeFileSync(log, 'later in the editor\n');
    await menus.choose(views.row(jobsView, 'early.sh'), 'Open Log in Editor');
    await window.editors.shows(/^later in the editor\n── Completed/);
    await window.editors.close(tab);

    await menus.choose(views.row(jobsView, 'early.sh'), 'Show Log in Terminal');
    await window.terminal.shows(/^later in the editor\n── Completed/);
    writeFileSync(log, 'late in the terminal\n');
    await menus.choose(views.row(jobsView, 'early.sh'), 'Show Log in Terminal');
    await window.terminal.shows(/^late in the terminal\n── Completed/);
  });

  it('follows the settings in all three views, and reports omitted lines in the first line', async () => {
    const { window, server } = stage;
    const { views, menus } = window;
    const id = await submitted(server, window, 'plain.sh');
    await window.output.shows(/^printed\n── Completed/);
    await menus.choose(views.row(jobsView, 'plain.sh'), 'Open Log in Editor');
    await window.editors.active(`plain.sh (${id}).log`);
    await menus.choose(views.row(jobsView, 'plain.sh'), 'Show Log in Terminal');
    await window.terminal.shows(/^printed\n── Completed/);
    await changeSettings(server, window, { 'batchJobs.log.level': 'warn', 'batchJobs.log.times': 'clock' });
    const filtered =
      /^── lines below warn are hidden; use Filter Logs by Level… to show them ──\n\d\d:\d\d:\d\d printed\n── Completed/;
    await window.terminal.shows(filtered);
    await window.editors.shows(filtered);
    await views.rowAction(jobsView, 'plain.sh', 'Show Log', window.output.view);
    await window.output.channel(`Job plain.sh (${id})`);
    await window.output.shows(filtered);
    await changeSettings(server, window, { 'batchJobs.log.level': 'all', 'batchJobs.log.times': 'none' });
    await window.output.shows(/^printed\n── Completed/);
    await window.editors.close(`plain.sh (${id}).log`);
  });

  it('opens a hundred megabytes at their end, reports what is not shown, and saves all of it', async function () {
    this.timeout(120_000);
    const { window, server } = stage;
    const { views, quick } = window;
    await views.open(container);
    const line = `${'0123456789'.repeat(10)}\n`;
    const id = putEndedJob(server, { name: 'huge.sh', log: line.repeat(1_000_000) });
    await views.row(jobsView, 'huge.sh').waitFor();
    await views.row(jobsView, 'huge.sh').click();
    await window.output.channel(`Job huge.sh (${id})`);
    await window.output.shows(/9\n── Completed/, 60_000);
    const text = channelOf('huge.sh', id);
    assert.match(
      text,
      /^── \d+\.\d MiB of earlier output omitted; use Save Log As… for the full log ──\n0123456789/,
    );
    assert.ok(text.length < 10_000_000);

    await window.menus.choose(views.row(jobsView, 'huge.sh'), 'Save Log As…');
    await quick.titled('Save Log of huge.sh');
    const to = join(server.dir.home, 'saved.log');
    await quick.path(to);
    await window.messages.toast(`The log was saved as ${to}.`).waitFor({ timeout: 60_000 });
    assert.equal(statSync(to).size, line.length * 1_000_000);
    assert.equal(await digest(to), await digest(jobOnDisk(server, id).log));
    rmSync(to);
    await window.command('Notifications: Clear All Notifications');
  });

  it('grows in a read-only editor, also after the window was reloaded', async () => {
    const { window, server } = stage;
    const id = await submitted(server, window, 'edited.sh');
    await window.menus.choose(window.views.row(jobsView, 'edited.sh'), 'Open Log in Editor');
    const tab = `edited.sh (${id}).log`;
    await window.editors.active(tab);
    await window.editors.shows('first');
    await window.editors.line(0).click();
    await window.page.keyboard.type('x');
    await window.page.locator('.monaco-editor-overlaymessage', { hasText: 'read-only' }).waitFor();
    await window.reload();
    await window.editors.active(tab);
    await window.editors.shows('first', 30_000);
    stage.openGate('edited');
    const text = await window.editors.shows(/second\n── Completed/, 30_000);
    assert.match(text.trim(), /^first\nsecond\n── Completed in .* \(exit code 0\) ──$/);
    await window.editors.close(tab);
  });

  it('shows when each line arrived, by the clock or since the start, depending on the setting', async () => {
    const { window, server } = stage;
    for (const [times, pattern] of [
      ['clock', /^\d\d:\d\d:\d\d one\n\d\d:\d\d:\d\d two\n── Failed/],
      ['sinceStart', /^\+ +\d+\.\d s one\n\+ +\d+\.\d s two\n── Failed/],
    ] as const) {
      await changeSettings(server, window, { 'batchJobs.log.times': times });
      stage.openGate('lines');
      const id = await submitted(server, window, 'lines.sh');
      await server.waitForChannel(`Job lines.sh (${id})`, /Failed/);
      assert.match(channelOf('lines.sh', id), pattern);
    }
    await changeSettings(server, window, { 'batchJobs.log.times': 'none' });
  });

  it('ends with a sentence when the job is deleted from disk meanwhile', async () => {
    const { window, server } = stage;
    const id = await submitted(server, window, 'deleted.sh');
    await window.output.shows('here');
    rmSync(jobOnDisk(server, id).dir, { recursive: true, force: true });
    const text = await window.output.shows(/──/);
    assert.match(text.trim(), /^here\n── .*deleted\.sh.* no longer exists.*──$/);
    await window.views.row(jobsView, 'deleted.sh').waitFor({ state: 'detached' });
  });

  it('marks where lines were lost on a full disk, and the job continues', async () => {
    const { window } = stage;
    const { quick, menus, views } = window;
    await views.open(container);
    await views.row(jobsView, 'Small').waitFor();
    await views.open('Explorer');
    await menus.choose(views.file('filling.sh'), 'Submit Script as Job…');
    await quick.titled(/Connection/);
    await quick.pick('Small');
    await acceptUntilReview(window);
    await quick.pick('Submit');
    const log = await eventually(
      () => {
        const text = channelOf('filling.sh', 1);
        return /── (Completed|Failed)/.test(text) && text;
      },
      () => `the log is ${channelOf('filling.sh', 1).slice(-500)}`,
      30_000,
    );
    assert.match(log, /filling\n(fill?i?n?g?\n)?── \d\.\d MiB not received: the disk was full ──\n/);
    assert.match(log, /── Completed in .* \(exit code 0\) ──\n$/);
  });
});

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
