import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  gapMarkBytes,
  maxGapMarks,
  getMarkIntervalMs,
  formatGapMark,
  formatTimeMark,
  type LogGapMark,
} from '../../../../src/backends/local/logMarks.js';
import { readLocalLog, readOlderLogPage } from '../../../../src/backends/local/logReader.js';
import { createJobLogWriter } from '../../../../src/backends/local/logWriter.js';
import { getJobPaths, type JobPaths } from '../../../../src/backends/local/paths.js';
import type { LocalJobRecord } from '../../../../src/backends/local/record.js';
import type { LogEvent, LogStart } from '../../../../src/core/domain/log.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { eventsIn } from '../../../fakes/backendCalls.js';
import { localRecord } from '../../../fakes/localRecord.js';

const record: LocalJobRecord = { ...localRecord, name: 'fit.jl', script: 'fit.jl' };
const never = new AbortController().signal;
const state = (phase: 'running' | 'ended'): string =>
  JSON.stringify(
    phase === 'running'
      ? { phase, runner: { host: '', pid: 1, boot: '', start: '' }, started: 1 }
      : { phase, outcome: 'completed', word: 'Completed', ended: 2 },
  );
const plain = (events: readonly LogEvent[]): readonly string[] =>
  events.map((event) =>
    event.kind === 'gap' ? `gap ${event.cause} ${String(event.bytes)}` : `${event.kind} ${event.text}`,
  );

describe('reading the log of a local job', () => {
  let folder: string;
  let paths: JobPaths;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-log-'));
    paths = getJobPaths(join(folder, 'jobs', '1'));
    await mkdir(paths.dir, { recursive: true });
    await writeFile(paths.record, '{}');
  });
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  const job1 = async () => ({ paths, record });
  async function job(
    log: string | Buffer,
    phase: 'running' | 'ended' = 'ended',
    losses: readonly LogGapMark[] = [],
  ): Promise<void> {
    await writeFile(paths.log, log);
    await writeFile(paths.state, state(phase));
    const records = Buffer.concat(losses.map(formatGapMark));
    await writeFile(
      paths.lost,
      Buffer.concat([records, Buffer.alloc(gapMarkBytes * maxGapMarks - records.length)]),
    );
  }
  async function read(from: LogStart = { at: 'start' }, follow = false): Promise<LogEvent[]> {
    const events: LogEvent[] = [];
    for await (const event of eventsIn(readLocalLog(job1, from, follow, never))) events.push(event);
    return events;
  }

  it('returns a last line without a line ending as a line after the job, and as a partial one during it', async () => {
    await job('one\ntwo');
    assert.deepEqual(plain(await read()), ['line one', 'line two']);
    await job('one\ntwo', 'running');
    assert.deepEqual(plain(await read()), ['line one', 'partial two']);
  });

  it('returns nothing for a job that waits or never started', async () => {
    assert.deepEqual(await read(), []);
    await writeFile(paths.state, state('ended'));
    assert.deepEqual(await read({ at: 'start' }, true), []);
  });

  it('shows a gap at its position, between the parts of the line it cut', async () => {
    const losses = [
      { offset: 6, bytes: 100, full: true },
      { offset: 14, bytes: 5, full: false },
    ];
    await job('one\ntwho\nfour\n', 'ended', losses);
    assert.deepEqual(plain(await read()), [
      'line one',
      'line tw',
      'gap lost 100',
      'line ho',
      'line four',
      'gap lost 5',
    ]);
    const [, cut] = (await read()).filter((event) => event.kind === 'line');
    assert.ok(cut?.kind === 'line');
    assert.deepEqual(plain(await read({ at: 'cursor', cursor: cut.next })), [
      'gap lost 100',
      'line ho',
      'line four',
      'gap lost 5',
    ]);
  });

  it('delays a gap that can still grow', async () => {
    await job('one\n', 'running', [{ offset: 4, bytes: 100, full: true }]);
    assert.deepEqual(plain(await read()), ['line one']);
  });

  it('starts near the end with a whole line, and reports how much it skipped and from where', async () => {
    await job('first\nsecond\nthird\n');
    assert.deepEqual(await read({ at: 'end', bytes: 10 }), [
      { kind: 'gap', cause: 'skipped', bytes: 13, before: '13' },
      { kind: 'line', text: 'third', next: '19' },
    ]);
    assert.deepEqual(plain(await read({ at: 'end', bytes: 13 })), [
      'gap skipped 6',
      'line second',
      'line third',
    ]);
    assert.deepEqual(plain(await read({ at: 'end', bytes: 1000 })), [
      'line first',
      'line second',
      'line third',
    ]);
  });

  it('starts within a line that is longer than the requested size, between two characters', async () => {
    await job(`${'é'.repeat(100)}\n`);
    assert.deepEqual(plain(await read({ at: 'end', bytes: 10 })), ['gap skipped 192', 'line éééé']);
  });

  it('pages back to the start with any page size', async () => {
    const text =
      Array.from({ length: 20 }, (_, index) => 'x'.repeat(index % 17) + String(index)).join('\n') + '\n';
    await job(text);
    for (const bytes of [1, 7, 20, 64, 5000]) {
      let whole = '';
      let before: string | undefined = String(text.length);
      while (before !== undefined) {
        const page: Awaited<ReturnType<typeof readOlderLogPage>> = await readOlderLogPage(
          await job1(),
          before,
          bytes,
          never,
        );
        assert.ok(page.events.length > 0);
        whole =
          page.events
            .map((event) => (event.kind === 'line' ? event.text + (event.open ? '' : '\n') : ''))
            .join('') + whole;
        before = page.before;
      }
      assert.equal(whole, text, `pages of ${String(bytes)} bytes`);
    }
  });

  it('gives lines that are written together in few batches, each line once and in order', async () => {
    await job('', 'running');
    const batches: (readonly LogEvent[])[] = [];
    const run = async (): Promise<void> => {
      for await (const batch of readLocalLog(job1, { at: 'start' }, true, never)) batches.push(batch);
    };
    const end = run();
    const texts = Array.from({ length: 1_000 }, (_, at) => `row ${String(at)}`);
    await appendFile(paths.log, texts.map((text) => `${text}\n`).join(''));
    await writeFile(paths.state, state('ended'));
    await end;
    assert.deepEqual(
      plain(batches.flat()),
      texts.map((text) => `line ${text}`),
    );
    const filled = batches.filter(({ length }) => length > 0);
    assert.ok(filled.length <= 2, `${String(filled.length)} batches`);
    assert.equal(filled.length, batches.length);
  });

  it('follows what is written, and shows a line that grows in pieces', async () => {
    await job('one\nt', 'running');
    const events: LogEvent[] = [];
    for await (const event of eventsIn(readLocalLog(job1, { at: 'start' }, true, never))) {
      events.push(event);
      if (event.kind === 'partial' && event.text === 't') await appendFile(paths.log, 'w');
      if (event.kind === 'partial' && event.text === 'tw') {
        await appendFile(paths.log, 'o\nthree');
        await writeFile(paths.state, state('ended'));
      }
    }
    assert.deepEqual(plain(events), ['line one', 'partial t', 'partial tw', 'line two', 'line three']);
  });

  it('reports that the job is gone when its folder is deleted', async () => {
    await job('one\n', 'running');
    const reading = async (): Promise<void> => {
      for await (const event of eventsIn(readLocalLog(job1, { at: 'start' }, true, never))) {
        assert.equal(event.kind, 'line');
        await rm(paths.dir, { recursive: true });
      }
    };
    await assert.rejects(reading, (error: unknown) => {
      assert.ok(error instanceof JobError);
      assert.deepEqual(error.problem, { kind: 'gone', name: 'fit.jl' });
      return true;
    });
  });

  it('rejects a cursor of another kind', async () => {
    await job('one\n');
    for (const cursor of ['x', '-1', '1e3', '', '1'.repeat(30)]) {
      await assert.rejects(read({ at: 'cursor', cursor }), /"kind":"invalid"/);
    }
    assert.deepEqual(await read({ at: 'cursor', cursor: '999' }), []);
  });

  it('returns no timestamps if the timestamp file is damaged', async () => {
    for (const damaged of [
      Buffer.alloc(64, 0xff),
      formatTimeMark({ offset: 0, ms: 1e300 }),
      Buffer.from('odd'),
    ]) {
      await job('a\nb\n');
      await writeFile(paths.times, damaged);
      for (const event of await read()) if (event.kind === 'line') event.at?.toISOString();
      assert.equal((await read()).length, 2);
    }
  });

  it('returns the time of the first byte of each line, by marks and across blocks', async () => {
    const line = 'x'.repeat(999);
    await job(`${line}\n`.repeat(1000));
    const marks = Array.from({ length: 1000 }, (_, index) =>
      formatTimeMark({ offset: index * 1000, ms: 1e12 + index }),
    );
    await writeFile(paths.times, Buffer.concat(marks));
    const lines = await read();
    assert.deepEqual(
      lines.map((event) => (event.kind === 'line' ? event.at?.getTime() : 0)),
      marks.map((_, index) => 1e12 + index),
    );
    const [, last] = await read({ at: 'end', bytes: 1001 });
    assert.equal(last?.kind === 'line' && last.at?.getTime(), 1e12 + 999);
  });

  it('writes a mark at most every ten milliseconds, and ever fewer for a long-running writer', async () => {
    await writeFile(paths.state, state('ended'));
    let now = 1e12;
    const writer = createJobLogWriter(paths, () => now);
    for (const [text, ms] of [
      ['a\n', 0],
      ['b\n', 4],
      ['c\n', 4],
      ['d\n', 4],
    ] as const) {
      now += ms;
      writer.write(Buffer.from(text));
    }
    writer.close();
    const times = (await read()).map((event) => (event.kind === 'line' ? event.at?.getTime() : 0));
    assert.deepEqual(times, [1e12, 1e12, 1e12, 1e12 + 12]);
    assert.deepEqual([0, 65_535, 65_536, 1e9].map(getMarkIntervalMs), [10, 10, 20, 1280]);
  });
});
