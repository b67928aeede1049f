import assert from 'node:assert/strict';
import type { Job } from '../../../src/core/domain/job.js';
import type { LogEvent } from '../../../src/core/domain/log.js';
import type { MinLogLevel } from '../../../src/core/logs/logLevels.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { followLog } from '../../../src/editor/followLog.js';
import { fakeClock } from '../../fakes/clock.js';
import { backendOf, completed, jobOf, noon, running, type FakeMembers } from '../../fakes/jobs.js';
import { memoryLog } from '../../fakes/memoryStore.js';

const events: readonly LogEvent[] = [
  { kind: 'line', text: 'a detail', level: 'debug', next: '1' },
  { kind: 'line', text: 'careful', level: 'warn', next: '2' },
  { kind: 'line', text: 'printed', next: '3' },
];

/** The final content of a log view with this level. */
async function followed(
  level: MinLogLevel,
  log: NonNullable<FakeMembers['log']>,
  members: FakeMembers = {},
): Promise<string> {
  const clock = fakeClock(noon);
  const about = { clock, log: memoryLog(), times: () => 'none' as const, level: () => level };
  let text = '';
  const sink = {
    append: (more: string) => {
      text += more;
    },
    replaceAll: (all: string) => {
      text = all;
    },
  };
  const target = { backend: backendOf({ log, ...members }), job: jobOf({ state: completed }) };
  const following = followLog(target, sink, 10_000, about, new AbortController().signal);
  await clock.advance(1000);
  await following;
  return text;
}

describe('the progress in a followed log', () => {
  it('is recorded while the job runs', async () => {
    const clock = fakeClock(noon);
    const seen: string[] = [];
    const progress = {
      add: ({ job }: { readonly job: Job }, percent: number) =>
        void seen.push(`${job.id} ${String(percent)}`),
      follow: () => {
        seen.push('begin');
        return { dispose: () => void seen.push('end') };
      },
    };
    const about = {
      clock,
      log: memoryLog(),
      times: () => 'none' as const,
      level: () => 'all' as const,
      progress,
    };
    const sink = { append: () => undefined, replaceAll: () => undefined };
    const log: NonNullable<FakeMembers['log']> = async function* () {
      await Promise.resolve();
      yield { kind: 'partial', text: '45%' };
      yield { kind: 'line', text: ' 50%|██ | 1/2', next: '1' };
    };
    for (const state of [running, completed]) {
      const target = { backend: backendOf({ log }), job: jobOf({ state }) };
      const following = followLog(target, sink, 10_000, about, new AbortController().signal);
      await clock.advance(1_000);
      await following;
    }
    assert.deepEqual(seen, ['begin', 'j1 45', 'j1 50', 'end']);
  });
});

describe('followLog', () => {
  const writing: NonNullable<FakeMembers['log']> = async function* () {
    await Promise.resolve();
    yield* events;
  };

  it('begins with when and where the job started', async () => {
    const clock = fakeClock(noon);
    const about = { clock, log: memoryLog(), times: () => 'none' as const, level: () => 'all' as const };
    let text = '';
    const sink = {
      append: (more: string) => void (text += more),
      replaceAll: (all: string) => void (text = all),
    };
    const backend = backendOf({ log: writing });
    const logs = backend.logs && { ...backend.logs, getPlace: () => 'n1, partition debug' };
    const started = new Date(2026, 2, 5, 9, 4);
    const target = {
      backend: { ...backend, ...(logs ? { logs } : {}) },
      job: jobOf({ state: completed, started }),
    };
    const following = followLog(target, sink, 10_000, about, new AbortController().signal);
    await clock.advance(1000);
    await following;
    assert.match(text, /^── started 09:04 on n1, partition debug ──\n/);
  });

  it('shows every line if all are requested', async () => {
    const text = await followed('all', writing);
    for (const line of ['a detail', 'careful', 'printed']) assert.ok(text.includes(line), line);
  });

  it('hides lines below the level, and none that a job prints itself', async () => {
    const text = await followed('warn', writing);
    assert.ok(!text.includes('a detail'));
    for (const line of ['careful', 'printed']) assert.ok(text.includes(line), line);
  });

  it('reports in the first line that lines are hidden, also if none is left', async () => {
    for (const level of ['info', 'warn', 'error'] as const) {
      const text = await followed(level, writing);
      assert.match(
        text,
        new RegExp(`^── lines below ${level} are hidden; use Filter Logs by Level… [^\\n]*──\\n`),
      );
      const empty = await followed(level, async function* () {
        yield* await Promise.resolve(events.slice(0, 1));
      });
      assert.match(empty, new RegExp(`^── lines below ${level} [^\\n]*\\n── Completed`));
    }
    assert.match(await followed('all', writing), /^a detail|^debug a detail/);
  });

  it('reports it first also if the log starts near its end, and when the view is full', async () => {
    const text = await followed('warn', async function* () {
      await Promise.resolve();
      yield { kind: 'gap', cause: 'skipped', bytes: 2 ** 20 };
      for (let at = 0; at < 3_000; at++) yield { kind: 'line', text: `line ${String(at)}`, next: '1' };
    });
    assert.match(
      text,
      /^── lines below warn [^\n]*\n── 1\.0 MiB of earlier [^\n]*\n── 2,\d{3} lines of earlier /,
    );
  });

  it('ends with a message if the log cannot be read, and throws nothing', async () => {
    const text = await followed('all', async function* () {
      yield* events.slice(0, 1);
      await Promise.reject(new JobError({ kind: 'signedOut', place: 'Hub' }));
    });
    assert.match(text, /a detail[\s\S]*Your sign-in to Hub has expired/);
  });

  for (const isLossy of [true, undefined])
    it(`${isLossy ? 'marks a gap' : 'continues without a gap'} after a disconnect if the service ${isLossy ? 'cannot' : 'can'} resume`, async () => {
      let reads = 0;
      const log: NonNullable<FakeMembers['log']> = async function* () {
        await Promise.resolve();
        const isAgain = reads++ > 0;
        yield isAgain
          ? { kind: 'line', text: 'after', next: '2' }
          : { kind: 'line', text: 'before', next: '1' };
        if (isAgain) return;
        throw new JobError({ kind: 'offline', place: 'Hub', why: 'a drop' });
      };
      const text = await followed('all', log, isLossy ? { isLossy } : {});
      assert.match(
        text,
        isLossy
          ? /^before\n── some of the log not received: the connection was lost ──\nafter\n/
          : /^before\nafter\n/,
      );
    });
});
