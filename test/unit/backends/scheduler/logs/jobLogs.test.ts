import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalHost } from '../../../../../src/remote/localHost.js';
import { parsePositions, serializePositions } from '../../../../../src/backends/scheduler/logs/logCursor.js';
import { toJobEnding, type JobEnding } from '../../../../../src/backends/scheduler/logs/logGracePeriod.js';
import {
  createLogNotFoundError,
  createJobLogs,
  type LogPaths,
} from '../../../../../src/backends/scheduler/logs/jobLogs.js';
import { toJobId } from '../../../../../src/core/domain/job.js';
import type { LogEvent, LogStart } from '../../../../../src/core/domain/log.js';
import { isAbort, JobError } from '../../../../../src/core/domain/problem.js';
import { eventsIn } from '../../../../fakes/backendCalls.js';
import { fakeClock, settle, type FakeClock } from '../../../../fakes/clock.js';
import { filesOf, inTemp, never, problemOf, until } from '../../../remote/doubles.js';

const id = toJobId('36');
const why = 'the log file was replaced, as when a job is requeued';

const plain = (event: LogEvent): string => {
  if (event.kind === 'gap') return `gap ${event.cause} ${String(event.bytes ?? '')}`.trim();
  const level = event.kind === 'line' && event.level !== undefined ? ` ${event.level}` : '';
  return `${event.kind}${event.kind === 'line' && event.open ? ' open' : ''}${level} ${event.text}`;
};

interface World {
  readonly logs: ReturnType<typeof createJobLogs>;
  readonly out: string;
  readonly err: string;
  readonly clock: FakeClock;
  readonly job: {
    paths: LogPaths | undefined | (() => LogPaths);
    isOver: boolean | Error;
    ending?: JobEnding;
  };
  readonly read: (from?: LogStart) => Promise<LogEvent[]>;
  readonly older: (
    before: string,
    bytes: number,
  ) => Promise<{ lines: string[]; before?: string | undefined }>;
  /** Follows until the log ends; the returned list grows. */
  readonly follow: (
    from?: LogStart,
    signal?: AbortSignal,
  ) => { readonly events: LogEvent[]; readonly end: Promise<void> };
  /** Advances the clock by this time, and then completes pending reads. */
  readonly step: (ms: number) => Promise<void>;
  /** Advances the clock until everything available has been read. */
  readonly pass: () => Promise<void>;
}

const world = (test: (world: World) => Promise<void>): Promise<void> =>
  inTemp(async (folder) => {
    const clock = fakeClock();
    const out = join(folder, 'out');
    const err = join(folder, 'err');
    let open = 0;
    const job: World['job'] = { paths: { output: out }, isOver: false };
    const logs = createJobLogs({
      files: filesOf(createLocalHost('here', process.env)),
      clock,
      findPaths: async () => (typeof job.paths === 'function' ? job.paths() : job.paths),
      getEnding: async () => job.ending,
      isFinished: async () => {
        if (job.isOver instanceof Error) throw job.isOver;
        return job.isOver;
      },
    });
    const start: LogStart = { at: 'start' };
    // Reading from disk takes some real time.
    const rested = (): Promise<void> => until(() => clock.sleepers() > 0 || open === 0);
    await test({
      logs,
      out,
      err,
      clock,
      job,
      read: async (from = start) => {
        const events: LogEvent[] = [];
        for await (const event of eventsIn(logs.read(id, from, false, never))) events.push(event);
        return events;
      },
      older: async (before, bytes) => {
        assert.ok(logs.older);
        const page = await logs.older(id, before, bytes, never);
        return { lines: page.events.map(plain), before: page.before };
      },
      follow: (from = start, signal = never) => {
        const events: LogEvent[] = [];
        const run = async (): Promise<void> => {
          for await (const event of eventsIn(logs.read(id, from, true, signal))) events.push(event);
        };
        open++;
        const end = run().finally(() => open--);
        end.catch(() => undefined);
        return { events, end };
      },
      step: async (ms) => {
        await rested();
        await clock.advance(ms);
        await rested();
        await settle();
      },
      pass: async () => {
        for (let turn = 0; turn < 3; turn++) {
          await rested();
          await clock.advance(3_000);
        }
        await rested();
        await settle();
      },
    });
  });

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `line ${String(from + at)}\n`).join('');

describe('the log of a job on a cluster', () => {
  it('returns the current content of its file, the last line as far as it is written', () =>
    world(async ({ out, read }) => {
      await writeFile(out, 'one\ntwo\nthr');
      assert.deepEqual((await read()).map(plain), ['line one', 'line two', 'partial thr']);
    }));

  it('comes in few batches where many lines are written together, each line once and in order', () =>
    world(async ({ out, logs, job, clock }) => {
      await writeFile(out, '');
      const batches: (readonly LogEvent[])[] = [];
      let hasEnded = false;
      const run = async (): Promise<void> => {
        for await (const batch of logs.read(id, { at: 'start' }, true, never)) batches.push(batch);
        hasEnded = true;
      };
      const end = run();
      await appendFile(out, lines(0, 1_000));
      const passUntil = (isSo: () => boolean): Promise<void> =>
        until(async () => {
          await clock.advance(3_000);
          return isSo();
        });
      await passUntil(() => batches.length > 0);
      job.isOver = true;
      await passUntil(() => hasEnded);
      await end;
      assert.equal(
        batches.flat().map(plain).join('\n'),
        lines(0, 1_000).replaceAll(/^/gm, 'line ').slice(0, -6),
      );
      assert.ok(batches.filter(({ length }) => length > 0).length <= 2);
    }));

  it('is empty before there is a file, or a place for one', () =>
    world(async ({ job, read }) => {
      assert.deepEqual(await read(), []);
      job.paths = undefined;
      assert.deepEqual(await read(), []);
    }));

  it('continues after any line, and returns each line once', () =>
    world(async ({ out, read }) => {
      const text = lines(0, 30_000);
      await writeFile(out, text);
      const all = await read();
      assert.equal(all.map((event) => (event.kind === 'line' ? `${event.text}\n` : '')).join(''), text);
      for (const at of [0, 1, 12_345, 29_998]) {
        const event = all[at];
        assert.ok(event?.kind === 'line');
        const rest = await read({ at: 'cursor', cursor: event.next });
        assert.deepEqual(rest.map(plain), all.slice(at + 1).map(plain));
      }
    }));

  it('starts near the end with a whole line, and reports what it skipped', () =>
    world(async ({ out, read }) => {
      const text = lines(0, 10_000);
      await writeFile(out, text);
      const [gap, first, ...more] = await read({ at: 'end', bytes: 100 });
      assert.ok(gap?.kind === 'gap' && gap.cause === 'skipped' && first?.kind === 'line');
      const shown = [first, ...more].map((event) => (event.kind === 'line' ? event.text : '')).join('\n');
      assert.equal(shown.length + 1 + (gap.bytes ?? 0), text.length);
      assert.match(first.text, /^line \d{4}$/);
      assert.deepEqual((await read({ at: 'end', bytes: 1e9 })).length, 10_000);
    }));

  it('pages from end to start without losing or repeating a line', () =>
    world(async ({ out, read, older }) => {
      await writeFile(out, lines(0, 3_000));
      const [gap, ...shown] = await read({ at: 'end', bytes: 1_000 });
      assert.ok(gap?.kind === 'gap');
      let all = shown.map(plain);
      let pages = 0;
      for (let before = gap.before; before !== undefined; pages++) {
        const page = await older(before, 5_000);
        all = [...page.lines, ...all];
        ({ before } = page);
      }
      assert.deepEqual(
        all,
        Array.from({ length: 3_000 }, (_, at) => `line line ${String(at)}`),
      );
      assert.ok(pages > 3);
    }));

  it('pages through a line that is longer than a page', () =>
    world(async ({ out, read, older }) => {
      await writeFile(out, `first\n${'x'.repeat(1_000)}\nlast\n`);
      const [gap] = await read({ at: 'end', bytes: 5 });
      let before = gap?.kind === 'gap' ? gap.before : undefined;
      let text = '';
      for (let page = 0; before !== undefined; page++) {
        assert.ok(page < 20, 'it reaches the start');
        const { lines: found, before: next } = await older(before, 100);
        text = found.map((line) => line.replace(/^line (open )?/, '')).join('\n') + text;
        before = next;
      }
      assert.ok(text.replaceAll('\n', '').startsWith(`first${'x'.repeat(999)}`));
    }));

  it('returns no older page of a file that has been replaced', () =>
    world(async ({ out, read, older }) => {
      await writeFile(out, lines(0, 100));
      const [gap] = await read({ at: 'end', bytes: 100 });
      assert.ok(gap?.kind === 'gap' && gap.before !== undefined);
      await writeFile(`${out}.new`, lines(500, 700));
      await rename(`${out}.new`, out);
      assert.deepEqual(await older(gap.before, 1_000), { lines: ['gap lost'], before: undefined });
    }));

  it('arrives as it grows, its last line updated each time, and ends after the job', () =>
    world(async ({ out, job, follow, pass }) => {
      const { events, end } = follow();
      await pass();
      await writeFile(out, 'one\ntw');
      await pass();
      assert.deepEqual(events.map(plain), ['line one', 'partial tw']);
      await appendFile(out, 'o\nthree');
      await pass();
      assert.deepEqual(events.map(plain).slice(2), ['line two', 'partial three']);
      job.isOver = true;
      await pass();
      await end;
      assert.deepEqual(events.map(plain).slice(4), ['line three']);
    }));

  it('is read once more after the job has finished, since its output can show up late', () =>
    world(async ({ out, clock, job, follow, pass }) => {
      job.isOver = true;
      const { events, end } = follow();
      await until(() => clock.sleepers() > 0);
      await writeFile(out, 'late\n');
      await clock.advance(1_500);
      await pass();
      await end;
      assert.deepEqual(events.map(plain), ['line late']);
    }));

  it('is awaited for up to a minute after a job that ran has finished, since its file can show up late', () =>
    world(async ({ out, clock, job, follow, pass, step }) => {
      const { events, end } = follow();
      await pass();
      job.isOver = true;
      job.ending = { hasRun: true, at: clock.now() };
      for (let seconds = 0; seconds < 50; seconds += 2) await step(2_000);
      assert.equal(clock.sleepers(), 1);
      await writeFile(out, 'late\n');
      for (let turn = 0; turn < 4; turn++) await pass();
      await end;
      assert.deepEqual(events.map(plain), ['line late']);
    }));

  it('is missing a minute after a job that ran without a file has finished, which is reported', () =>
    world(async ({ out, clock, job, follow, step }) => {
      for (const [endedMs, waitsMs] of [
        [0, 60_000],
        [50_000, 10_000],
        [3_600_000, 0],
      ] as const) {
        job.isOver = true;
        job.ending = { hasRun: true, at: new Date(clock.now().getTime() - endedMs) };
        const { events, end } = follow();
        const began = clock.now().getTime();
        const done = { is: false };
        void end.then(() => (done.is = true));
        while (!done.is) await step(500);
        const ms = clock.now().getTime() - began;
        assert.ok(ms >= waitsMs && ms <= waitsMs + 6_000, `${String(ms)} ms`);
        const [gap] = events;
        assert.ok(events.length === 1 && gap?.kind === 'gap' && gap.why === `${out} not found`);
      }
    }));

  it('is not awaited if the job never ran', () =>
    world(async ({ clock, job, follow, read, step }) => {
      job.isOver = true;
      job.ending = { hasRun: false, at: clock.now() };
      const { events, end } = follow();
      for (let turn = 0; turn < 6; turn++) await step(1_000);
      await end;
      assert.deepEqual([events, await read()], [[], []]);
    }));

  it('is awaited without following as well, once the job has finished', () =>
    world(async ({ out, clock, job, read }) => {
      assert.deepEqual(await read(), []);
      job.isOver = true;
      job.ending = { hasRun: true, at: clock.now() };
      const reading = read();
      await until(() => clock.sleepers() > 0);
      await clock.advance(20_000);
      await writeFile(out, 'late\nla');
      await clock.advance(3_000);
      await until(() => clock.sleepers() === 0);
      assert.deepEqual((await reading).map(plain), ['line late', 'partial la']);
    }));

  it('is awaited longer if the file exists and is empty', () =>
    world(async ({ out, clock, job, follow, pass, step }) => {
      await writeFile(out, '');
      job.isOver = true;
      job.ending = { hasRun: true, at: clock.now() };
      const { events, end } = follow();
      for (let seconds = 0; seconds < 8; seconds++) await step(1_000);
      await writeFile(out, 'late\n');
      for (let turn = 0; turn < 4; turn++) await pass();
      await end;
      assert.deepEqual(events.map(plain), ['line late']);
    }));

  it('is located again for a minute if its path is unknown, and then the reason is reported', () =>
    world(async ({ out, clock, job, follow, pass }) => {
      job.isOver = true;
      job.ending = { hasRun: true, at: clock.now() };
      job.paths = () => {
        throw createLogNotFoundError('a.sh');
      };
      const first = follow();
      await clock.advance(30_000);
      await writeFile(out, 'late\n');
      job.paths = { output: out };
      for (let turn = 0; turn < 4; turn++) await pass();
      await first.end;
      assert.deepEqual(first.events.map(plain), ['line late']);
      job.paths = () => {
        throw createLogNotFoundError('a.sh');
      };
      job.ending = { hasRun: true, at: new Date(clock.now().getTime() - 61_000) };
      assert.equal((await problemOf(follow().end)).kind, 'invalid');
    }));

  it('ends without following although it grows faster than it is read', () =>
    world(async ({ out, logs }) => {
      await writeFile(out, lines(0, 50_000));
      let count = 0;
      let last = 50_000;
      for await (const event of eventsIn(logs.read(id, { at: 'start' }, false, never))) {
        if (event.kind === 'line') count++;
        if (count % 1_000 === 0 && event.kind === 'line') {
          assert.ok(last < 1_000_000, 'it ends');
          appendFileSync(out, lines(last, last + 10_000));
          last += 10_000;
        }
      }
      assert.equal(count, 50_000);
    }));

  it('reads the other file as well while one grows faster than it is read', () =>
    world(async ({ out, err, job, logs }) => {
      job.paths = { output: out, error: err };
      await writeFile(out, lines(0, 400_000));
      await writeFile(err, 'trouble\n');
      const stop = new AbortController();
      let read = 0;
      for await (const event of eventsIn(logs.read(id, { at: 'start' }, true, stop.signal))) {
        if (event.kind === 'line' && event.level === 'error') break;
        read++;
        if (read % 5_000 === 0) appendFileSync(out, lines(read, read + 10_000));
        assert.ok(read < 1_500_000, 'the other file is read');
      }
      assert.ok(read > 100_000);
    }));

  it('is awaited while the job waits, and is missing if the job never started', () =>
    world(async ({ out, job, follow, pass }) => {
      const { paths } = job;
      job.paths = undefined;
      const { events, end } = follow();
      await pass();
      job.paths = paths;
      await writeFile(out, 'one\n');
      await pass();
      assert.deepEqual(events.map(plain), ['line one']);
      job.isOver = true;
      await pass();
      await end;
      job.paths = undefined;
      const other = follow();
      await other.end;
      assert.deepEqual(other.events, []);
    }));

  it('reports that the file was overwritten, and starts from its beginning', () =>
    world(async ({ out, follow, pass, job }) => {
      await writeFile(out, 'one\ntwo\npart');
      const { events, end } = follow();
      await pass();
      await writeFile(out, 'first\n');
      await pass();
      assert.deepEqual(events.slice(3).map(plain), ['line part', 'gap lost', 'line first']);
      const gap = events[4];
      assert.equal(gap?.kind === 'gap' && gap.why, why);
      await writeFile(out, 'other1\nother2\nother3\n');
      await pass();
      assert.deepEqual(events.slice(6).map(plain), ['gap lost', 'line other1', 'line other2', 'line other3']);
      await writeFile(`${out}.new`, 'other1\nother2\nother3\nother4\n');
      await rename(`${out}.new`, out);
      await pass();
      assert.deepEqual(events.slice(10).map(plain), [
        'gap lost',
        ...[1, 2, 3, 4].map((at) => `line other${String(at)}`),
      ]);
      job.isOver = true;
      await pass();
      await end;
    }));

  it('continues from a cursor only in the file that the cursor belongs to', () =>
    world(async ({ out, read }) => {
      await writeFile(out, 'one\ntwo\n');
      const [first] = await read();
      assert.ok(first?.kind === 'line');
      await rm(out);
      await writeFile(`${out}2`, '');
      await writeFile(out, 'new one\nnew two\n');
      const events = (await read({ at: 'cursor', cursor: `1${first.next}` })).map(plain);
      assert.deepEqual(events, ['gap lost', 'line new one', 'line new two']);
      await writeFile(out, 'x\n');
      const [only] = await read();
      assert.ok(only?.kind === 'line');
      const beyond = serializePositions(
        parsePositions(only.next).map(({ id: file }) => ({ id: file, offset: 99 })),
      );
      assert.deepEqual((await read({ at: 'cursor', cursor: beyond })).map(plain), ['gap lost', 'line x']);
    }));

  it('has the lines of both files, errors marked, and continues in both', () =>
    world(async ({ out, err, job, read, follow, pass }) => {
      job.paths = { output: out, error: err };
      await writeFile(out, 'a1\na2\na');
      await writeFile(err, 'e1\ne');
      const all = await read();
      assert.deepEqual(all.map(plain), ['line a1', 'line a2', 'line error e1', 'partial a']);
      const second = all[1];
      assert.ok(second?.kind === 'line');
      assert.deepEqual((await read({ at: 'cursor', cursor: second.next })).map(plain), [
        'line error e1',
        'partial a',
      ]);
      const { events, end } = follow({ at: 'cursor', cursor: second.next });
      await pass();
      await appendFile(err, '2\ne3');
      await pass();
      await appendFile(out, '3\n');
      await pass();
      job.isOver = true;
      await pass();
      await end;
      assert.deepEqual(events.map(plain), ['line error e1', 'line error e2', 'line a3', 'line error e3']);
      const last = events.at(-2);
      assert.ok(last?.kind === 'line');
      assert.deepEqual((await read({ at: 'cursor', cursor: last.next })).map(plain), ['partial e3']);
    }));

  it('splits lines of any length into pieces', () =>
    world(async ({ out, read }) => {
      await writeFile(out, `${'é'.repeat(100_000)}\nend\n`);
      const all = await read();
      assert.ok(all.length > 2 && all.every((event) => event.kind === 'line' && event.text.length <= 65_536));
      assert.equal(
        all
          .slice(0, -1)
          .map((event) => (event.kind === 'line' ? event.text : ''))
          .join(''),
        'é'.repeat(100_000),
      );
    }));

  it('fails with the error that prevents reading, and can continue from the last position', () =>
    world(async ({ out, job, read, follow, pass }) => {
      await writeFile(out, 'one\n');
      const { events, end } = follow();
      const failed = problemOf(end);
      await pass();
      job.isOver = new JobError({ kind: 'refused', place: 'x', words: 'y' });
      await appendFile(out, 'two\n');
      await pass();
      assert.equal((await failed).kind, 'refused');
      const [first] = events;
      assert.ok(events.length === 1 && first?.kind === 'line');
      assert.deepEqual((await read({ at: 'cursor', cursor: first.next })).map(plain), ['line two']);
      await rm(out);
      await mkdir(out);
      assert.equal((await problemOf(read())).kind, 'refused');
    }));

  it('continues while it is unknown whether the job has finished', () =>
    world(async ({ out, job, clock, follow, pass }) => {
      await writeFile(out, 'one\n');
      const { events, end } = follow();
      await pass();
      job.isOver = new JobError({ kind: 'offline', place: 'x', why: 'the controller is away' });
      await appendFile(out, 'two\n');
      await pass();
      assert.deepEqual(events.map(plain), ['line one', 'line two']);
      job.isOver = true;
      await pass();
      await pass();
      await end;
      assert.equal(clock.sleepers(), 0);
    }));

  it('stops when it is aborted, and leaves no timer', () =>
    world(async ({ out, clock, follow, pass }) => {
      await writeFile(out, 'one\n');
      const stop = new AbortController();
      const { events, end } = follow(undefined, stop.signal);
      const stopped = assert.rejects(end, isAbort);
      await pass();
      stop.abort();
      await stopped;
      assert.equal(clock.sleepers(), 0);
      assert.equal(events.length, 1);
      await assert.rejects(follow(undefined, stop.signal).end, isAbort);
    }));
});

describe('the end of a job', () => {
  const at = new Date(1_000);
  it('includes whether the job ran, by its node or by its start and end', () => {
    assert.deepEqual(toJobEnding({ start: at, end: new Date(2_000), nodeList: 'n1' }), {
      hasRun: true,
      at: new Date(2_000),
    });
    assert.deepEqual(toJobEnding({ start: at, end: at, nodeList: 'n1' }), { hasRun: true, at });
    assert.deepEqual(toJobEnding({ start: at, end: at }), { hasRun: false, at });
    assert.deepEqual(toJobEnding({ end: at }), { hasRun: false, at });
    assert.deepEqual(toJobEnding({ start: at }), { hasRun: true });
  });
});

describe('log cursors', () => {
  it('are formatted and parsed', () => {
    const marks = [
      { id: '18446744073709551615', offset: 0 },
      { id: '', offset: 7 },
    ];
    assert.deepEqual(parsePositions(serializePositions(marks)), marks);
  });

  it('are accepted only in their own format', () => {
    for (const text of ['', 'x', '1', '1:', ':', '1:2,', '1:-2', '1:2:3', '1:99999999999999999999'])
      assert.throws(
        () => parsePositions(text),
        (error) => error instanceof JobError && error.problem.kind === 'invalid',
        text,
      );
  });
});
