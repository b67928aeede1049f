import assert from 'node:assert/strict';
import type { LogEvent } from '../../../src/core/domain/log.js';
import type { MinLogLevel } from '../../../src/core/logs/logLevels.js';
import { JobError } from '../../../src/core/domain/problem.js';
import type { TimestampMode } from '../../../src/core/logs/logSink.js';
import type { CodeMode } from '../../../src/lib/terminalCodes.js';
import { LogFollower } from '../../../src/editor/logFollower.js';
import { fakeClock } from '../../fakes/clock.js';
import { backendOf, completed, jobOf, noon, running, type FakeMembers } from '../../fakes/jobs.js';
import { memoryLog } from '../../fakes/memoryStore.js';

const line = (text: string, level?: string): LogEvent => ({
  kind: 'line',
  text,
  next: text,
  at: noon,
  ...(level === undefined ? {} : { level }),
});
const signedOut = new JobError({ kind: 'signedOut', place: 'Hub' });
const offline = new JobError({ kind: 'offline', place: 'Hub', why: 'connection reset' });
const forever = new Promise<never>(() => undefined);

/** The results of each read of the log: events, a failure, or an endless wait. */
type Reading = readonly (LogEvent | Error | Promise<never>)[];

/** `isHeld`: the view knows its content. */
function following(readings: readonly Reading[], codes?: CodeMode, isHeld = false) {
  const clock = fakeClock(noon);
  const settings: { level: MinLogLevel; times: TimestampMode } = { level: 'all', times: 'none' };
  let opened = 0;
  const log: NonNullable<FakeMembers['log']> = async function* () {
    for (const step of readings[opened++] ?? []) {
      if (step instanceof Error) throw step;
      if (step instanceof Promise) await step;
      else yield step;
    }
  };
  const shown = { text: '', replaced: 0 };
  const sink = {
    append: (more: string) => {
      shown.text += more;
    },
    replaceAll: (all: string) => {
      shown.text = all;
      shown.replaced++;
    },
    ...(isHeld ? { shown: () => shown.text } : {}),
  };
  const about = {
    clock,
    log: memoryLog(),
    times: () => settings.times,
    level: () => settings.level,
    ...(codes ? { codes } : {}),
  };
  const target = { backend: backendOf({ log }), job: jobOf({ state: completed }) };
  const follower = new LogFollower(target, sink, 10_000, about);
  return {
    clock,
    follower,
    shown,
    settings,
    opened: () => opened,
    show: async () => {
      follower.read(target);
      await clock.advance(100);
    },
    target,
  };
}

/** Without the summary line at the end. */
const own = (text: string): string => text.replace(/── Completed[^\n]*\n$/, '');

describe('a log that is shown again', () => {
  it('is read again if it has ended, and is filled if it was empty too early', async () => {
    const { show, shown, opened } = following([[], [line('one')], [line('one'), line('two')]]);
    await show();
    assert.equal(own(shown.text), '');
    await show();
    assert.equal(own(shown.text), 'one\n');
    await show();
    assert.equal(own(shown.text), 'one\ntwo\n');
    assert.equal(opened(), 3);
  });

  it('is read again if it failed, also after a part of it', async () => {
    const { show, shown } = following([
      [line('one'), signedOut],
      [line('one'), line('two')],
    ]);
    await show();
    assert.match(shown.text, /^one\n── .*sign-in.*──\n$/);
    await show();
    assert.equal(own(shown.text), 'one\ntwo\n');
  });

  it('keeps its content if it cannot be read again, and reports why', async () => {
    const gone = new JobError({ kind: 'gone', name: 'j1' });
    const { show, shown, settings } = following([[line('one')], [gone], [line('two')]]);
    settings.level = 'warn';
    await show();
    await show();
    assert.match(shown.text, /\none\n── Completed[^\n]*\n── [^\n]*no longer exists[^\n]*\n$/);
    await show();
    assert.match(own(shown.text), /^── lines below warn [^\n]*\ntwo\n$/);
  });

  it('is not read twice concurrently', async () => {
    const { show, shown, opened, follower } = following([[line('one'), forever]]);
    await show();
    await show();
    assert.equal(opened(), 1);
    assert.equal(shown.text, 'one\n');
    follower.stop();
  });

  it('replaces its content in one step, so that nothing is shown twice', async () => {
    const { show, shown } = following([[line('one')], [line('one')]]);
    await show();
    await show();
    assert.equal(own(shown.text), 'one\n');
    assert.equal(shown.replaced, 1);
  });

  it('is not written again if it is unchanged, so that the scroll position is kept', async () => {
    const { show, shown } = following(
      [[line('one')], [line('one')], [line('one'), line('two')], [line('one')], [line('other')]],
      'plain',
      true,
    );
    await show();
    const before = shown.text;
    await show();
    assert.equal(shown.text, before);
    assert.equal(shown.replaced, 0);
    await show();
    assert.equal(own(shown.text), 'one\ntwo\n');
    await show();
    assert.equal(own(shown.text), 'one\n');
    await show();
    assert.equal(own(shown.text), 'other\n');
  });

  it('is truncated if it is only the start of the previous content', async () => {
    const { show, shown, settings } = following([[line('one')], [signedOut], [line('one')]], 'plain', true);
    settings.times = 'none';
    await show();
    const before = shown.text;
    await show();
    assert.ok(shown.text.startsWith(before) && shown.text.length > before.length);
    await show();
    assert.equal(shown.text, before);
  });

  it('shows how the job finished, not its state when it was first shown', async () => {
    const { follower, clock, shown, target } = following([[signedOut], []]);
    follower.read({ ...target, job: jobOf({ state: running }) });
    await clock.advance(100);
    await (async () => {
      follower.read(target);
      await clock.advance(100);
    })();
    assert.match(shown.text, /── Completed/);
  });
});

describe('following a log', () => {
  for (const codes of ['plain', 'terminal'] as const) {
    it(`continues after a dropped connection (${codes})`, async () => {
      const { show, shown, clock } = following([[line('one'), offline], [line('two')]], codes);
      await show();
      assert.equal(shown.text, 'one\n');
      await clock.advance(2_000);
      // eslint-disable-next-line no-control-regex -- the test searches for the end of colors.
      assert.match(shown.text, /^one\ntwo\n(\u001b\[0m)?── Completed/);
    });

    it(`shows timestamps and hides levels according to the settings, also when they change (${codes})`, async () => {
      const reading = [line('a detail', 'debug'), line('printed')];
      const { show, shown, clock, settings, follower } = following([reading, reading, reading], codes);
      await show();
      assert.match(shown.text, /^debug a detail\nprinted\n/);
      settings.level = 'warn';
      follower.restart();
      assert.equal(shown.text, '');
      await clock.advance(100);
      assert.match(
        shown.text,
        // eslint-disable-next-line no-control-regex -- as above.
        /^(\u001b\[0m)?── lines below warn [^\n]*\nprinted\n(\u001b\[0m)?── Completed/,
      );
      settings.times = 'clock';
      settings.level = 'all';
      follower.restart();
      await clock.advance(100);
      assert.match(shown.text, /^\d\d:\d\d:\d\d debug a detail\n\d\d:\d\d:\d\d printed\n/);
    });
  }
});
