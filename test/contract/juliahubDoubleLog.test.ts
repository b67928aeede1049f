import assert from 'node:assert/strict';
import { toJobId } from '../../src/core/domain/job.js';
import type { LogEvent, LogPage } from '../../src/core/domain/log.js';
import type { Controls } from '../doubles/juliahub/controls.js';
import { endOf, hastyClock, trial } from './juliahubTrial.js';
import { linesOf, never, request, wholeLog } from './subject.js';
import { until } from '../engines/daemons.mjs';
import { sendScript } from '../fakes/backendCalls.js';

const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}`);

/**
 * The lines among events, with levels and values but without positions; a line can continue the previous one.
 */
const told = (events: readonly LogEvent[]): readonly unknown[] =>
  events.flatMap((event) => {
    if (event.kind !== 'line') return [];
    const { source: _, ...fields } = event.fields ?? {};
    return [[event.text, event.continues ? 'continues' : event.level, fields]];
  });

describe('JuliaHub: the log of a job on the test server', () => {
  it('is complete and without duplicates although each socket is dropped after seven of 10,000 lines', function () {
    this.timeout(60_000);
    return trial({ controls: { dropSocketEvery: 7, repeatOnSocket: 2 } }, async (backend, { double }) => {
      const job = double.inject({ status: 'Running', log: 3000 });
      const reading = wholeLog(backend, toJobId(job.name));
      reading.catch(() => undefined);
      for (let line = 3001; line <= 10_000; line++) {
        double.append(job, `line ${line}`);
        if (line % 200 > 0) continue;
        const sockets = double.calls('WS');
        await until(() => double.calls('WS') > sockets, 'no socket is opened again', 20_000);
      }
      double.finish(job, 'Completed');
      assert.deepEqual(linesOf(await reading), numbered(10_000));
      assert.ok(double.calls('WS') > 10, `${double.calls('WS')} sockets`);
    });
  });

  it('is polled if there are no sockets', () =>
    trial({ controls: { noSockets: true } }, async (backend, { double }) => {
      const job = double.inject({ status: 'Running', log: ['line 1'] });
      const reading = wholeLog(backend, toJobId(job.name));
      for (let line = 2; line <= 60; line++) {
        double.append(job, `line ${line}`);
        await hastyClock.sleep(500, never);
      }
      double.finish(job, 'Completed');
      assert.deepEqual(linesOf(await reading), numbered(60));
      assert.ok(double.calls('WS') <= 3, `${double.calls('WS')} sockets were attempted`);
    }));

  for (const controls of [
    { plainLogs: true },
    { plainLogs: false },
    { logTimes: 'iso' },
    { logTimes: 'plain' },
    { logTimes: 'number' },
    { topOnSocket: true, keepAliveMs: 5 },
    { logLagMs: 100 },
  ] satisfies readonly Partial<Controls>[])
    it(`is complete, while followed and afterwards, with ${JSON.stringify(controls)}`, () =>
      trial({ controls: { pageSize: 10, ...controls } }, async (backend, { double }) => {
        const job = double.inject({ status: 'Running', log: 12, submitted: Date.now() - 90_000 });
        const reading = wholeLog(backend, toJobId(job.name));
        for (let line = 13; line <= 37; line++) {
          double.append(job, `line ${line}`);
          await hastyClock.sleep(100, never);
        }
        double.finish(job, 'Completed');
        const [followed, again] = [await reading, await wholeLog(backend, toJobId(job.name))];
        assert.deepEqual(linesOf(followed), numbered(37));
        assert.deepEqual(again, followed);
        const [first] = followed;
        const started = job.started ?? 0;
        assert.equal(first?.kind === 'line' && first.at?.getTime(), started);
      }));

  it('is read in pages of ten, from the start, from the end, and on from any line', () =>
    trial({ controls: { pageSize: 10 } }, async (backend, { double }) => {
      for (const count of [0, 1, 25]) {
        const id = toJobId(double.inject({ log: count }).name);
        const all = await wholeLog(backend, id);
        assert.deepEqual(linesOf(all), numbered(count));
        for (const [index, event] of all.entries()) {
          if (event.kind !== 'line') continue;
          const rest = await wholeLog(backend, id, { at: 'cursor', cursor: event.next });
          assert.deepEqual(linesOf(rest), numbered(count).slice(index + 1));
        }
      }
      const id = toJobId(double.inject({ log: 25 }).name);
      const near = await wholeLog(backend, id, { at: 'end', bytes: 30 });
      const lines = linesOf(near);
      assert.deepEqual(lines, numbered(25).slice(-lines.length));
      assert.ok(lines.length >= 4 && lines.length < 25, `${lines.length} lines`);
      assert.ok(near[0]?.kind === 'gap' && near[0].before !== undefined);
      let before: string | undefined = near[0].before;
      while (before !== undefined) {
        const page: LogPage | undefined = await backend.logs?.older?.(id, before, 30, never);
        assert.ok(page);
        lines.unshift(...linesOf(page.events));
        before = page.before;
      }
      assert.deepEqual(lines, numbered(25));
    }));

  it('preserves levels, values, lines, and results of a real Julia job', function () {
    this.timeout(180_000);
    const text = [
      'using Logging',
      'println("plain \u00e9")',
      '@info "x" iter=3 name="a b"',
      '@warn "two\\nlines"',
      'for n in 1:3 print(n, " ") end',
      'println()',
      '@error "bad" value=1.5',
      'println(stderr, "to stderr")',
      'ENV["RESULTS"] = "{\\"pi\\": 3.14}"',
      'error("the end of it")',
      '',
    ].join('\n');
    return trial({}, async (backend) => {
      const asked = request('julia', { limitMs: 3_600_000 });
      const id = await sendScript(backend, { name: 'real.jl', text }, asked, never);
      const events = await wholeLog(backend, id);
      const seen = told(events);
      for (const expected of [
        ['plain \u00e9', undefined, {}],
        ['x', 'info', { iter: '3', name: 'a b' }],
        ['two', 'warn', {}],
        ['lines', 'continues', {}],
        ['1 2 3 ', undefined, {}],
        ['bad', 'error', { value: '1.5' }],
        ['to stderr', undefined, {}],
      ])
        assert.ok(
          seen.some((line) => JSON.stringify(line) === JSON.stringify(expected)),
          `${JSON.stringify(expected)} is in ${JSON.stringify(seen)}`,
        );
      const warning = events.find((event) => event.kind === 'line' && event.continues);
      assert.match((warning?.kind === 'line' && warning.fields?.['source']) || '', /code\.jl:4$/);
      assert.ok(linesOf(events).some((line) => line.includes('the end of it')));
      const job = await endOf(backend, id);
      assert.deepEqual([job.state.word, job.results], ['Failed', '{"pi": 3.14}']);
    });
  });

  it('skips an invalid entry and reports it', () =>
    trial(
      { controls: { alterLog: (entry) => (entry['eventId'] === '2' ? 7 : entry) } },
      async (backend, place) => {
        const id = toJobId(place.double.inject({ log: 3 }).name);
        assert.deepEqual(linesOf(await wholeLog(backend, id)), ['line 1', 'line 3']);
        assert.ok(place.said.some((line) => line.includes('malformed')));
      },
    ));

  it("reports with the server's message that it is not available", () =>
    trial({ controls: { refuseLogs: 'Logs are being moved.' } }, async (backend, { double }) => {
      const id = toJobId(double.inject({ log: 3 }).name);
      await assert.rejects(wholeLog(backend, id), (error: unknown) => String(error).includes('being moved'));
    }));
});
