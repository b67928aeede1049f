import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isClockTrusted,
  removeExpiredJobs,
  type RetentionBounds,
  type RetentionDeps,
} from '../../../../src/backends/jobFacts/expiredJobs.js';
import type { ExpiredJob, RetentionAnswer, RetentionRequest } from '../../../../src/core/domain/retention.js';
import { inTemp, keptLog } from '../../remote/doubles.js';

const day = 86_400_000;
const start = Date.UTC(2026, 5, 1);
const seen = (id: string): ExpiredJob => ({ id, name: `job ${id}`, hasUnseenResults: false });
const unseen = (id: string): ExpiredJob => ({ ...seen(id), hasUnseenResults: true });

/** One connection, with its questions, removals and kept jobs. */
function connection(folder: string) {
  const asked: RetentionRequest[] = [];
  const removed: string[] = [];
  const kept: string[] = [];
  const { log, lines } = keptLog();
  const round = (
    jobs: readonly ExpiredJob[],
    answer: RetentionAnswer | undefined,
    more: Partial<RetentionDeps> = {},
  ): Promise<void> =>
    removeExpiredJobs(jobs, {
      folder,
      place: 'Local',
      settings: ['batchJobs.local.keepDays'],
      bounds: { count: 200, days: 60 },
      ask: (request) => {
        asked.push(request);
        return Promise.resolve(answer);
      },
      remove: ({ id }) => Promise.resolve(void removed.push(id)),
      keep: ({ id }) => Promise.resolve(void kept.push(id)),
      nowMs: start + asked.length * day,
      log,
      ...more,
    });
  return { asked, removed, kept, lines, round };
}

describe('retention of finished jobs', () => {
  it('removes nothing before the user agreed, and shows what would be removed and by which settings', () =>
    inTemp(async (folder) => {
      const { asked, removed, round } = connection(join(folder, 'a'));
      await round([seen('1'), unseen('2')], undefined);
      assert.deepEqual(removed, []);
      assert.deepEqual(asked, [
        {
          place: 'Local',
          settings: ['batchJobs.local.keepDays'],
          maxJobs: 200,
          maxDays: 60,
          jobs: [seen('1'), unseen('2')],
        },
      ]);
    }));

  it('removes nothing if no user can answer', () =>
    inTemp(async (folder) => {
      const { removed, round } = connection(folder);
      await round([seen('1'), unseen('2')], 'removeAll', { ask: undefined });
      assert.deepEqual(removed, []);
    }));

  it('stores the agreement for jobs that were shown, in all windows, and logs each removal', () =>
    inTemp(async (folder) => {
      const one = connection(folder);
      await one.round([seen('1'), unseen('2')], 'removeSeen');
      assert.deepEqual(one.removed, ['1']);
      const other = connection(folder);
      await other.round([seen('3')], undefined);
      assert.deepEqual([other.removed, other.asked, other.lines.length], [['3'], [], 1]);
    }));

  it('keeps jobs with unseen results after the agreement too, until the user agrees to remove them', () =>
    inTemp(async (folder) => {
      const { removed, asked, round } = connection(folder);
      await round([seen('1')], 'removeSeen');
      await round([unseen('2'), seen('3')], undefined);
      assert.deepEqual(removed, ['1', '3']);
      assert.deepEqual(asked.at(-1)?.jobs, [unseen('2')]);
      await round([unseen('2')], 'removeAll');
      assert.deepEqual(removed, ['1', '3', '2']);
      await round([unseen('4')], undefined);
      assert.deepEqual(removed, ['1', '3', '2']);
    }));

  it('marks jobs that the user wants to keep, which is not an agreement', () =>
    inTemp(async (folder) => {
      const { removed, kept, round } = connection(folder);
      await round([seen('1'), unseen('2')], 'keep');
      await round([seen('3')], undefined);
      assert.deepEqual([removed, kept], [[], ['1', '2']]);
    }));

  const tighter: readonly (readonly [RetentionBounds, RetentionBounds, boolean])[] = [
    [{ count: 200, days: 60 }, { count: 10, days: 60 }, true],
    [{ count: 200, days: 60 }, { count: 200, days: 1 }, true],
    [{ count: 200, days: 0 }, { count: 200, days: 60 }, true],
    [{ count: 200, days: 60 }, { count: 300, days: 90 }, false],
    [{ count: 200, days: 60 }, { count: 200, days: 0 }, false],
  ];
  for (const [agreed, now, isAsked] of tighter)
    it(`${isAsked ? 'prompts again' : 'does not prompt again'} when ${JSON.stringify(agreed)} becomes ${JSON.stringify(now)}`, () =>
      inTemp(async (folder) => {
        const { asked, removed, round } = connection(folder);
        await round([seen('1')], 'removeSeen', { bounds: agreed });
        await round([seen('2')], undefined, { bounds: now });
        assert.deepEqual([asked.length, removed], isAsked ? [2, ['1']] : [1, ['1', '2']]);
      }));

  it('prompts once a day, in one of all windows', () =>
    inTemp(async (folder) => {
      const windows = [connection(folder), connection(folder)];
      for (const nowMs of [start, start + day / 2, start + day, start - day])
        await Promise.all(windows.map(({ round }) => round([seen('1')], undefined, { nowMs })));
      assert.equal(windows.flatMap(({ asked }) => asked).length, 3);
      assert.equal((await readdir(folder)).length, 1);
    }));

  it('shows no second prompt while one is open', () =>
    inTemp(async (folder) => {
      const { round } = connection(folder);
      let answer: (answer: RetentionAnswer | undefined) => void = () => undefined;
      let asked = 0;
      const ask = (): Promise<RetentionAnswer | undefined> => {
        asked++;
        return new Promise((resolve) => {
          answer = resolve;
        });
      };
      const first = round([seen('1')], undefined, { ask, nowMs: start });
      while (asked === 0) await new Promise((resolve) => setImmediate(resolve));
      await round([seen('1')], undefined, { ask, nowMs: start + 2 * day });
      assert.equal(asked, 1);
      answer(undefined);
      await first;
    }));

  for (const text of ['', '{', '[]', '{"count":"all","days":1}', 'null'])
    it(`ignores an agreement that contains ${JSON.stringify(text)}`, () =>
      inTemp(async (folder) => {
        const { removed, round } = connection(folder);
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, 'agreed.json'), text);
        await round([seen('1')], undefined);
        assert.deepEqual(removed, []);
      }));

  it('stores its state privately', () =>
    inTemp(async (temp) => {
      const folder = join(temp, 'new');
      await connection(folder).round([seen('1')], 'removeSeen');
      assert.equal((await stat(folder)).mode & 0o777, 0o700);
      for (const name of await readdir(folder))
        assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
    }));

  it('does not trust a clock that jumped since another window checked', () =>
    inTemp(async (folder) => {
      assert.equal(await isClockTrusted(folder, start), true);
      assert.equal(await isClockTrusted(folder, start + 60 * day), false);
      assert.equal(await isClockTrusted(folder, start + 60 * day), false);
    }));

  for (const text of ['', '{"lastMs":', '{"lastMs":"x"}'])
    it(`does not trust a clock if the stored last check is damaged: ${text}`, () =>
      inTemp(async (folder) => {
        await writeFile(join(folder, 'clock.json'), text);
        assert.equal(await isClockTrusted(folder, start), false);
        assert.equal(await isClockTrusted(folder, start + day / 2), false);
        assert.equal(await isClockTrusted(folder, start + day), true);
      }));

  it('is not blocked by a pipe in place of its state file', () =>
    inTemp(async (folder) => {
      execFileSync('mkfifo', [join(folder, 'clock.json')]);
      assert.equal(await isClockTrusted(folder, start), false);
    }));
});
