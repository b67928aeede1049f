import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { getJobPaths } from '../../src/backends/local/paths.js';
import type { LogEvent, LogText } from '../../src/core/domain/log.js';
import { heldBytes } from '../fakes/heldBytes.js';
import { place, type Place } from './local.js';
import { ended, linesOf, never, submit, until, wholeLog } from './subject.js';
import { listJobs, readEvents } from '../fakes/backendCalls.js';

const sh = (text: string) => ({ name: 'job.sh', text });
const patienceMs = 30_000;

describe('Local: the log of a job', () => {
  let spool: Place;
  beforeEach(async () => {
    spool = await place();
  });
  afterEach(() => spool.end());

  it('keeps stdout and stderr in the order in which they were written', async () => {
    const backend = spool.window();
    const id = await submit(backend, sh('for i in {1..200}; do echo out $i; echo err $i >&2; done\n'));
    const expected = Array.from({ length: 200 }, (_, i) => [
      `out ${String(i + 1)}`,
      `err ${String(i + 1)}`,
    ]).flat();
    assert.deepEqual(linesOf(await wholeLog(backend, id)), expected);
  });

  it('lets a job reopen its output', async () => {
    const backend = spool.window();
    const id = await submit(
      backend,
      sh('echo one >/dev/stdout; echo two >/dev/stderr; echo three | tee /dev/stderr >/dev/null\n'),
    );
    assert.deepEqual(linesOf(await wholeLog(backend, id)), ['one', 'two', 'three']);
  });

  it('stamps each line with the time it arrived', async () => {
    const backend = spool.window();
    const [first, second] = [join(spool.folder, 'first-gate'), join(spool.folder, 'second-gate')];
    const waitFor = (gate: string): string => `until [ -e ${gate} ]; do sleep 0.05; done`;
    // Bytes that come within 10 ms share a time: the second line waits a moment longer.
    const script = ['echo one', waitFor(first), 'sleep 0.05', 'printf two', waitFor(second), 'echo " end"'];
    const began = Date.now();
    const id = await submit(backend, sh(`${script.join('\n')}\n`));
    const opened: number[] = [];
    const lines: LogText[] = [];
    for await (const event of readEvents(backend, id, { at: 'start' }, true, never)) {
      if (event.kind === 'line') lines.push(event);
      if (event.kind === 'gap' || (event.text !== 'one' && event.text !== 'two')) continue;
      const gate = event.text === 'one' ? first : second;
      if (existsSync(gate)) continue;
      opened.push(Date.now());
      writeFileSync(gate, '');
    }
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['one', 'two end'],
    );
    const [one, two] = lines.map(({ at }) => at?.getTime() ?? NaN);
    // The time of a line is that of its first byte.
    const times = [began, one, opened[0], two, opened[1]].map((time) => time ?? NaN);
    assert.ok(times.every(Number.isFinite), String(times));
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
  });

  it('shows an unfinished line within half a second, and then the complete line in its place', async () => {
    const backend = spool.window();
    const id = await submit(backend, sh('echo begun\nprintf "Continue? "\nsleep 1.2\necho yes\n'));
    const seen: [LogEvent, number][] = [];
    for await (const event of readEvents(backend, id, { at: 'start' }, true, never))
      seen.push([event, Date.now()]);
    assert.deepEqual(
      seen.map(([event]) => (event.kind === 'gap' ? '' : `${event.kind} ${event.text}`)),
      ['line begun', 'partial Continue? ', 'line Continue? yes'],
    );
    const [, partial] = seen;
    assert.ok(partial?.[0].kind === 'partial' && partial[0].at);
    assert.ok(partial[1] - partial[0].at.getTime() < 500);
  });

  it('makes one line of a progress bar, and shows it at intervals', async () => {
    const backend = spool.window();
    const id = await submit(
      backend,
      sh('for i in {1..100}; do printf "\\r%3d%%" $i; sleep 0.01; done\nprintf "\\nready\\n"\n'),
    );
    const events = await wholeLog(backend, id);
    assert.deepEqual(linesOf(events), ['100%', 'ready']);
    const partials = events.filter(({ kind }) => kind === 'partial').length;
    const { started, ended } = (await backend.jobs.get(id, never)) ?? assert.fail();
    const maxShown = 2 + (Number(ended) - Number(started)) / 250;
    assert.ok(partials >= 2 && partials <= maxShown, `${String(partials)} states were shown`);
  });

  it('accepts invalid UTF-8, NULs, and a last line without a newline', async () => {
    const backend = spool.window();
    const id = await submit(backend, sh("printf 'a\\377b\\n\\000\\n\\xe2\\x82\\xac\\nlast \\xe2\\x82'\n"));
    assert.deepEqual(linesOf(await wholeLog(backend, id)), ['a\ufffdb', '\0', '€', 'last \ufffd']);
  });

  it('loses none of a burst of 100,000 lines', async () => {
    const backend = spool.window();
    const id = await submit(backend, sh('seq 100000\n'));
    const lines = linesOf(await wholeLog(backend, id));
    assert.equal(lines.length, 100_000);
    assert.ok(lines.every((line, index) => line === String(index + 1)));
  });

  it('returns a line of 10 MB in pieces, from the start and from the end', async () => {
    const backend = spool.window();
    const id = await submit(backend, sh("head -c 10000000 /dev/zero | tr '\\0' x\necho\necho end\n"));
    const events = await wholeLog(backend, id);
    assert.ok(events.every((event) => event.kind === 'line' && event.text.length <= 65_536));
    assert.deepEqual(
      linesOf(events).map((line) => line.length),
      [10_000_000, 3],
    );
    const tail = await wholeLog(backend, id, { at: 'end', bytes: 100_000 });
    assert.deepEqual(linesOf(tail), ['end']);
    let before = tail[0]?.kind === 'gap' ? tail[0].before : undefined;
    let text = '';
    for (let pages = 0; before !== undefined && pages < 200; pages++) {
      const page = await backend.logs?.older?.(id, before, 100_000, never);
      assert.ok(page);
      text =
        page.events
          .map((event) => (event.kind === 'line' ? event.text + (event.open ? '' : '\n') : ''))
          .join('') + text;
      before = page.before;
    }
    assert.equal(text, `${'x'.repeat(10_000_000)}\n`);
  });

  it('opens 100 MB of log at the end quickly', async () => {
    const backend = spool.window();
    const id = await submit(backend, sh('echo begun\n'));
    await ended({ backend, patienceMs }, id);
    const paths = getJobPaths(join(spool.folder, 'jobs', id));
    const file = createWriteStream(paths.log);
    const block = Buffer.from(`${'0123456789'.repeat(9)}12345678\n`.repeat(10_000));
    for (let i = 0; i < 100; i++) file.write(block);
    file.end();
    await finished(file);
    const began = performance.now();
    const tail = await wholeLog(backend, id, { at: 'end', bytes: 65_536 });
    const ms = performance.now() - began;
    assert.ok(tail.length > 600 && tail[0]?.kind === 'gap' && (tail[0].bytes ?? 0) > 98_000_000);
    assert.ok(ms < 250, `${String(ms)} ms`);
  });

  it('follows a fast job without holding its log in memory', async () => {
    const backend = spool.window();
    const line = '0123456789'.repeat(10);
    const id = await submit(backend, sh(`yes ${line} | head -n 1000000\n`));
    let lines = 0;
    let most = 0;
    const before = heldBytes();
    for await (const event of readEvents(backend, id, { at: 'start' }, true, never)) {
      if (event.kind !== 'line') continue;
      if (event.text !== line) assert.fail(event.text);
      if (++lines % 50_000 === 0) most = Math.max(most, heldBytes());
    }
    assert.equal(lines, 1_000_000);
    const grown = (most - before) / 2 ** 20;
    assert.ok(grown < 20, `${String(grown)} MiB more`);
  });
});

describe('Local: a full disk', () => {
  it('lets a job continue, and marks where log lines were lost', async function () {
    // Only root can create a small disk.
    const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-small-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
    try {
      const spool = await place(folder);
      const backend = spool.window();
      const text = [
        'echo begun',
        // More than fits on the disk, then free space again.
        `for ((i = 0; i < 40000; i++)); do echo "line $i of a log that is longer than the disk is large"; done`,
        `rm '${folder}/ballast'`,
        'sleep 0.1',
        'echo after',
      ].join('\n');
      execFileSync('dd', ['if=/dev/zero', `of=${join(folder, 'ballast')}`, 'bs=1k', 'count=500'], {
        stdio: 'ignore',
      });
      const id = await submit(backend, sh(text));
      const job = await ended({ backend, patienceMs }, id);
      assert.equal(job.state.kind === 'ended' && job.state.outcome, 'completed', job.reason);
      const events = await wholeLog(backend, id);
      const lines = linesOf(events);
      assert.deepEqual([lines[0], lines.at(-1)], ['begun', 'after']);
      const gap = events.findIndex(({ kind }) => kind === 'gap');
      const last = events[gap];
      assert.ok(last?.kind === 'gap');
      assert.deepEqual([last.cause, last.why], ['lost', 'the disk was full']);
      assert.ok((last.bytes ?? 0) > 500_000);
      assert.equal(events.filter(({ kind }) => kind === 'gap').length, 1);
      await spool.end();
    } finally {
      execFileSync('umount', ['-l', folder]);
      await rm(folder, { recursive: true });
    }
  });

  it('still shows jobs, including those that start only when space is free', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-small-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
    try {
      const spool = await place(folder);
      const backend = spool.window({ maxRunning: 1 });
      const first = await submit(backend, sh('sleep 60\n'));
      await until({ backend, patienceMs }, first, (job) => job.state.kind === 'running');
      const waiting = await submit(backend, sh('echo done\n'));
      // Now two can run, but there is no space to start the second one.
      const wider = spool.window({ maxRunning: 2 });
      spawnSync('dd', ['if=/dev/zero', `of=${join(folder, 'ballast')}`, 'bs=1k'], { stdio: 'ignore' });
      assert.equal((await wider.jobs.get(waiting, never))?.state.kind, 'queued');
      assert.equal((await listJobs(wider, 10, never)).jobs.length, 2);
      await rm(join(folder, 'ballast'));
      const job = await ended({ backend: wider, patienceMs }, waiting);
      assert.equal(job.state.kind === 'ended' && job.state.outcome, 'completed', job.reason);
      await backend.control?.cancel?.(first, never);
      await ended({ backend, patienceMs }, first);
      await spool.end();
    } finally {
      execFileSync('umount', ['-l', folder]);
      await rm(folder, { recursive: true });
    }
  });

  it('records the final state of a job when nothing more can be written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-small-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
    try {
      const spool = await place(folder);
      const backend = spool.window();
      const id = await submit(backend, sh('yes filling | head -c 5000000\nexit 7\n'));
      const job = await ended({ backend, patienceMs }, id);
      assert.deepEqual([job.reason, job.exit], ['exit code 7', { code: 7 }]);
      const events = await wholeLog(backend, id);
      const kept = events.reduce(
        (sum, event) => sum + (event.kind === 'line' ? event.text.length + 1 : 0),
        0,
      );
      const lost = events.reduce((sum, event) => sum + (event.kind === 'gap' ? (event.bytes ?? 0) : 0), 0);
      assert.ok(Math.abs(kept + lost - 5_000_000) <= 2, `${String(kept)} kept, ${String(lost)} lost`);
      await spool.end();
    } finally {
      execFileSync('umount', ['-l', folder]);
      await rm(folder, { recursive: true });
    }
  });
});
