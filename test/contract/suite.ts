import assert from 'node:assert/strict';
import { toJobId, isActive, type JobId } from '../../src/core/domain/job.js';
import type { LogEvent, LogText } from '../../src/core/domain/log.js';
import { isAbort } from '../../src/core/domain/problem.js';
import {
  ended,
  isProblem,
  linesOf,
  never,
  numbered,
  request,
  submit,
  until,
  wholeLog,
  type Subject,
} from './subject.js';
import { listJobs, readEvents, sendScript } from '../fakes/backendCalls.js';
import { abilities } from './suiteAbilities.js';
import { pages } from './suitePages.js';

/** The behavior of every backend, independent of its engine. Members that a backend lacks are not tested. */
export function backendContract(name: string, make: () => Promise<Subject>): void {
  describe(`${name}: the contract of a backend`, () => {
    let subject: Subject;
    before(async function () {
      this.timeout(120_000);
      subject = await make();
    });
    after(() => subject.end());
    jobs(() => subject);
    pages(() => subject);
    logs(() => subject);
    aborts(() => subject);
    abilities(() => subject);
  });
}

function jobs(subject: () => Subject): void {
  it('lists a submitted job and finds it by its ID', async () => {
    const { backend, scripts } = subject();
    const id = await submit(backend, scripts.prints(1), { name: 'first job' });
    const { jobs: listed } = await listJobs(backend, 20, never);
    assert.deepEqual(
      listed.filter((job) => job.id === id).map((job) => job.name),
      ['first job'],
    );
    assert.equal((await backend.jobs.get(id, never))?.name, 'first job');
  });

  it('runs a job to completion and reports its times in order', async () => {
    const { backend, scripts } = subject();
    const job = await ended(subject(), await submit(backend, scripts.prints(3)));
    assert.equal(job.state.kind === 'ended' && job.state.outcome, 'completed');
    assert.ok(job.submitted && job.started && job.ended);
    assert.ok(job.submitted <= job.started && job.started <= job.ended);
  });

  it('reports a failed job, and its exit code if the engine provides it', async () => {
    const { backend, scripts, tellsExitCodes = true } = subject();
    const job = await ended(subject(), await submit(backend, scripts.fails(3)));
    assert.equal(job.state.kind === 'ended' && job.state.outcome, 'failed');
    assert.equal(job.exit?.code, tellsExitCodes ? 3 : undefined);
  });

  it('lists the newest jobs first, up to the limit, and reports that there are more', async () => {
    const { backend, scripts } = subject();
    const older = await submit(backend, scripts.prints(1));
    await ended(subject(), older);
    const newer = await submit(backend, scripts.prints(1));
    const { jobs: listed } = await listJobs(backend, 500, never);
    const ids = listed.map(({ id }) => id);
    assert.ok(ids.includes(newer) && ids.indexOf(newer) < ids.indexOf(older));
    const one = await listJobs(backend, 1, never);
    assert.equal(one.jobs.length, 1);
    assert.equal(one.hasMore, true);
  });

  it('lists or counts an active job, however many newer ones have finished and however low the limit', async () => {
    const { backend, scripts } = subject();
    const long = await submit(backend, scripts.lasts());
    await until(subject(), long, ({ state }) => state.kind === 'running');
    const newer: JobId[] = [];
    for (let count = 0; count < 3; count++) newer.push(await submit(backend, scripts.prints(1)));
    for (const id of newer) await ended(subject(), id);
    for (const most of [1, 2, 500]) {
      const { jobs: listed, moreActive = 0, counts, hasMore: more } = await listJobs(backend, most, never);
      const active = listed.filter((job) => job.parent === undefined && isActive(job));
      const isThere = active.some(({ id }) => id === long);
      if (most === 500) assert.ok(isThere);
      else assert.ok(isThere || (moreActive > 0 && more), 'it is listed or reported as omitted');
      if (counts) assert.equal(counts.running + counts.queued, active.length + moreActive);
      else assert.equal(moreActive, 0, 'without its own counts all active ones are listed');
    }
    await backend.control?.cancel?.(long, never);
    if (backend.control?.cancel) await ended(subject(), long);
  });

  it('lists the newest finished jobs together with the active ones, in one order', async () => {
    const { backend, scripts } = subject();
    const older = await submit(backend, scripts.prints(1));
    await ended(subject(), older);
    const long = await submit(backend, scripts.lasts());
    const newer = await submit(backend, scripts.prints(1));
    await ended(subject(), newer);
    const { jobs: all } = await listJobs(backend, 500, never);
    const order = all.map(({ id }) => id).filter((id) => [older, long, newer].includes(id));
    assert.deepEqual(order, [newer, long, older]);
    const active = all.filter((job) => job.parent === undefined && isActive(job)).length;
    const { jobs: some, hasMore: more } = await listJobs(backend, active + 1, never);
    assert.ok(some.some(({ id }) => id === newer));
    assert.ok(some.every(({ id }) => id !== older) && more);
    await backend.control?.cancel?.(long, never);
    if (backend.control?.cancel) await ended(subject(), long);
  });

  it('finds no job that does not exist', async () => {
    const { backend } = subject();
    assert.equal(await backend.jobs.get(toJobId('987654321'), never), undefined);
  });

  it('degrades one job, not the list, if a record is unreadable', async () => {
    const { backend, scripts, damage } = subject();
    if (!damage) return;
    const good = await submit(backend, scripts.prints(1));
    const bad = await submit(backend, scripts.prints(1));
    await ended(subject(), good);
    await ended(subject(), bad);
    await damage(bad);
    const listing = await listJobs(backend, 500, never);
    assert.ok(listing.jobs.some(({ id }) => id === good));
    assert.equal(listing.malformed.length, 1);
  });
}

function logs(subject: () => Subject): void {
  it('reads each of the logs that it names', async () => {
    const { backend, scripts } = subject();
    const { sources, read } = backend.logs ?? {};
    if (!sources || !read) return;
    const id = await submit(backend, scripts.prints(3));
    await ended(subject(), id);
    const [main, ...others] = await sources(id, never);
    assert.ok(main, 'a job has a log');
    assert.equal(new Set([main, ...others].map((source) => source.id)).size, others.length + 1);
    const events: LogEvent[] = [];
    for await (const batch of read(id, { at: 'start' }, false, never, main.id)) events.push(...batch);
    assert.deepEqual(linesOf(events), numbered(3), 'the main log comes first');
  });

  it('ends a followed log after its job, with each line once and in order', async () => {
    const { backend, scripts } = subject();
    const id = await submit(backend, scripts.prints(500));
    const lines = linesOf(await wholeLog(backend, id));
    assert.equal((await backend.jobs.get(id, never))?.state.kind, 'ended');
    assert.deepEqual(lines, numbered(500));
  });

  it('ends a log that is not followed while its job keeps running', async () => {
    const { backend, scripts } = subject();
    const id = await submit(backend, scripts.lasts());
    await until(subject(), id, ({ state }) => state.kind === 'running');
    for await (const event of readEvents(backend, id, { at: 'start' }, false, never))
      assert.notEqual(event.kind, 'gap');
    assert.equal((await backend.jobs.get(id, never))?.state.kind, 'running');
    await backend.control?.cancel?.(id, never);
    if (backend.control?.cancel) await ended(subject(), id);
  });

  it('resumes from any line without repeating or losing one', async () => {
    const { backend, scripts } = subject();
    const id = await submit(backend, scripts.prints(50));
    const events = await wholeLog(backend, id);
    const lines = events.filter((event): event is LogText => event.kind === 'line');
    for (const index of [0, 24, 49]) {
      const cursor = lines[index]?.next;
      assert.ok(cursor !== undefined);
      const rest = await wholeLog(backend, id, { at: 'cursor', cursor });
      assert.deepEqual(linesOf(rest), numbered(50).slice(index + 1));
    }
  });

  it('reads near the end, and returns the whole log by paging back', async () => {
    const { backend, scripts } = subject();
    const id = await submit(backend, scripts.prints(2000));
    await ended(subject(), id);
    const tail = await wholeLog(backend, id, { at: 'end', bytes: 1000 });
    if (!backend.logs?.older) return;
    const [gap, first] = tail;
    assert.ok(gap?.kind === 'gap' && gap.cause === 'skipped' && first?.kind === 'line');
    let before = gap.before ?? first.next;
    let lines = gap.before === undefined ? linesOf(tail).slice(1) : linesOf(tail);
    assert.ok(lines.length < 200, 'about the requested amount');
    for (let pages = 0; pages < 1000; pages++) {
      const page = await backend.logs.older(id, before, 3000, never);
      lines = [...linesOf(page.events), ...lines];
      if (page.before === undefined) break;
      before = page.before;
    }
    assert.deepEqual(lines, numbered(2000));
  });

  it('reports that a job no longer exists when its log is requested', async () => {
    const { backend } = subject();
    await assert.rejects(wholeLog(backend, toJobId('987654321')), isProblem('gone'));
  });
}

function aborts(subject: () => Subject): void {
  it('rejects immediately with an AbortError when already aborted', async () => {
    const { backend, scripts } = subject();
    const signal = AbortSignal.abort();
    await assert.rejects(listJobs(backend, 20, signal), isAbort);
    await assert.rejects(backend.jobs.get(toJobId('1'), signal), isAbort);
    const before = (await listJobs(backend, 500, never)).jobs.length;
    await assert.rejects(sendScript(backend, scripts.prints(1), request('never'), signal), isAbort);
    assert.equal((await listJobs(backend, 500, never)).jobs.length, before);
  });

  it('stops following a log immediately when aborted', async () => {
    const { backend, scripts } = subject();
    const id = await submit(backend, scripts.lasts());
    const stop = new AbortController();
    const events: LogEvent[] = [];
    const reading = (async () => {
      for await (const event of readEvents(backend, id, { at: 'start' }, true, stop.signal)) {
        events.push(event);
        if (event.kind === 'line')
          setTimeout(() => {
            stop.abort();
          }, 50);
      }
    })();
    await assert.rejects(reading, isAbort);
    assert.deepEqual(linesOf(events), ['begun']);
    await backend.control?.cancel?.(id, never);
    if (backend.control?.cancel) await ended(subject(), id);
  });
}
