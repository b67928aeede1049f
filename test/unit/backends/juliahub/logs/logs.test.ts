import assert from 'node:assert/strict';
import type { LogEvent } from '../../../../../src/core/domain/log.js';
import { JobError } from '../../../../../src/core/domain/problem.js';
import { toJobId } from '../../../../../src/core/domain/job.js';
import {
  collect,
  entry,
  jobName,
  logServer,
  never,
  numbered,
  plain,
  readerOf,
  type Behaviour,
  type LogServer,
  type WireEntry,
} from '../logsServer.js';

const ended = (lines: readonly (string | WireEntry)[], behaviour: Behaviour = {}): LogServer => {
  const server = logServer(behaviour, lines);
  server.end();
  return server;
};

const isKind =
  (kind: string) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof JobError);
    assert.equal(error.problem.kind, kind);
    return true;
  };

const lastCursor = (events: readonly LogEvent[]): string => {
  const last = events.at(-1);
  assert.ok(last?.kind === 'line');
  return last.next;
};

describe('the stored log of a JuliaHub job', () => {
  it('is empty if the job wrote nothing, and before the job starts', async () => {
    for (const server of [ended([]), logServer()]) {
      for (const from of [{ at: 'start' }, { at: 'end', bytes: 100 }] as const) {
        const { read, clock } = readerOf(server);
        assert.deepEqual(await collect(read(from), clock), []);
      }
    }
  });

  for (const count of [1, 9, 10, 11, 25, 40]) {
    it(`is read completely from the top, ${count} entries in pages of 10`, async () => {
      const { read, clock } = readerOf(ended(numbered(count)));
      assert.deepEqual(plain(await collect(read(), clock)), numbered(count));
    });

    it(`resumes after each of ${count} lines`, async () => {
      const server = ended(numbered(count));
      const { read, clock } = readerOf(server);
      const events = await collect(read(), clock);
      for (const [index, event] of events.entries()) {
        assert.ok(event.kind === 'line');
        const rest = await collect(read({ at: 'cursor', cursor: event.next }), clock);
        assert.deepEqual(plain(rest), numbered(count).slice(index + 1));
      }
    });
  }

  it('requests pages by time and event id only, never with both times', async () => {
    const server = ended(numbered(25));
    const { read, clock } = readerOf(server);
    await collect(read(), clock);
    assert.deepEqual(server.asked, ['newest', 'before 16', 'before 6']);
  });

  it('is read with one request if the newest page contains all of it', async () => {
    const server = ended(numbered(10));
    const { read, clock } = readerOf(server);
    await collect(read({ at: 'start' }, true), clock);
    assert.deepEqual(server.asked, ['newest']);
  });

  it('ends at the current end if the job is still running', async () => {
    const server = logServer({}, numbered(25));
    const { read, clock } = readerOf(server);
    assert.deepEqual(plain(await collect(read(), clock)), numbered(25));
  });

  it('ends even if a job writes faster than it is read', async () => {
    const server = logServer({}, numbered(25));
    const { calls } = server;
    const { read, clock } = readerOf(server, {
      ...calls,
      send: async (call, signal) => {
        const answer = await calls.send(call, signal);
        server.write(...numbered(20));
        return answer;
      },
    });
    assert.deepEqual(plain(await collect(read(), clock)).slice(0, 25), numbered(25));
  });

  it('shows the end after a gap from which older pages lead to the top', async () => {
    const server = ended(numbered(45));
    const { read, older, clock } = readerOf(server);
    const events = await collect(read({ at: 'end', bytes: 20 }), clock);
    assert.deepEqual(plain(events), ['<skipped>', 'line 43', 'line 44', 'line 45']);
    assert.deepEqual(server.asked, ['newest']);
    const [gap] = events;
    assert.ok(gap?.kind === 'gap');
    let lines = plain(events).slice(1);
    let before = gap.before;
    for (let pages = 0; before !== undefined && pages < 50; pages++) {
      const page = await older(jobName, before, 30, never);
      lines = [...plain(page.events), ...lines];
      before = page.before;
    }
    assert.deepEqual(lines, numbered(45));
    assert.ok(server.asked.filter((one) => one.startsWith('before')).length > 5);
  });

  it('fetches a few pages, but no more, if one contains less of the end than requested', async () => {
    const server = ended(numbered(95));
    const { read, clock } = readerOf(server);
    const events = await collect(read({ at: 'end', bytes: 1e6 }), clock);
    assert.deepEqual(plain(events), ['<skipped>', ...numbered(40, 56)]);
    const short = ended(numbered(35));
    const all = await collect(readerOf(short).read({ at: 'end', bytes: 1e6 }), clock);
    assert.deepEqual(plain(all), numbered(35));
  });

  it('resumes from the gap before the end, and from the lines after it', async () => {
    const { read, clock } = readerOf(ended(numbered(45)));
    const events = await collect(read({ at: 'end', bytes: 20 }), clock);
    const [gap] = events;
    assert.ok(gap?.kind === 'gap' && gap.before !== undefined);
    assert.deepEqual(
      plain(await collect(read({ at: 'cursor', cursor: gap.before }), clock)),
      numbered(3, 43),
    );
    assert.deepEqual(await collect(read({ at: 'cursor', cursor: lastCursor(events) }), clock), []);
  });

  it('returns older lines before any returned line', async () => {
    const { read, older, clock } = readerOf(ended(numbered(25)));
    const events = await collect(read(), clock);
    for (const [index, event] of events.entries()) {
      assert.ok(event.kind === 'line');
      const page = await older(jobName, event.next, 16, never);
      const expected = numbered(25).slice(Math.max(0, index - 2), index + 1);
      assert.deepEqual(plain(page.events).slice(-expected.length), expected);
    }
  });

  it('splits a message into lines, and resumes within it', async () => {
    const long = 'x'.repeat(70_000);
    const lines = ['a', 'b\nc\n\nd\n', `${long}\ne`, '', 'f\r\ng'];
    const expected = ['a', 'b', 'c', '', 'd', 'x'.repeat(65_536), 'x'.repeat(4_464), 'e', '', 'f', 'g'];
    const wanted = [true, false, undefined];
    for (const isTop of wanted) {
      const server = ended([
        ...(isTop ? [] : numbered(20)),
        ...lines,
        ...(isTop === undefined ? numbered(20) : []),
      ]);
      const { read, clock } = readerOf(server);
      const all = await collect(read(), clock);
      const texts = plain(all);
      for (const [index, event] of all.entries()) {
        assert.ok(event.kind === 'line');
        assert.equal(event.open === true, event.text.length === 65_536);
        const rest = await collect(read({ at: 'cursor', cursor: event.next }), clock);
        assert.deepEqual(plain(rest), texts.slice(index + 1));
      }
      const shown = texts.filter((text) => !text.startsWith('line '));
      assert.deepEqual(shown, expected);
    }
  });

  it('resumes within the first message shown of the end', async () => {
    const { read, older, clock } = readerOf(ended([...numbered(20), 'a\nb\nc', 'd']));
    const events = await collect(read({ at: 'end', bytes: 3 }), clock);
    assert.deepEqual(plain(events), ['<skipped>', 'a', 'b', 'c', 'd']);
    const second = events[2];
    assert.ok(second?.kind === 'line');
    assert.deepEqual(plain(await collect(read({ at: 'cursor', cursor: second.next }), clock)), ['c', 'd']);
    const page = await older(jobName, second.next, 20, never);
    assert.deepEqual(plain(page.events).slice(-3), ['line 20', 'a', 'b']);
  });

  const bodies: readonly (readonly [string, NonNullable<Behaviour['encode']>])[] = [
    ['JSON within a JSON string', (entries) => JSON.stringify(JSON.stringify(entries))],
    ['plain JSON', (entries) => JSON.stringify(entries)],
    ['entries in another order', (entries) => JSON.stringify([...entries].reverse())],
    ['entries twice', (entries) => JSON.stringify([...entries, ...entries])],
    [
      'malformed entries among others',
      (entries) =>
        JSON.stringify([
          7,
          { _meta: false, message: 'x' },
          ...entries,
          { _meta: true, end: 'middle' },
          null,
          { message: 5 },
        ]),
    ],
  ];
  for (const [name, encode] of bodies) {
    it(`parses ${name}`, async () => {
      const server = ended(numbered(25), { encode });
      const { read, clock, logged } = readerOf(server);
      assert.deepEqual(plain(await collect(read(), clock)), numbered(25));
      assert.equal(logged.length > 0, name.includes('malformed'));
      if (logged.length > 0) assert.match(logged[0] ?? '', /^omitted 5 malformed entries in the log of jr-/);
    });
  }

  const kinds: readonly (readonly [string, (number: number) => WireEntry])[] = [
    ['times without a zone', (n) => ({ ...entry(n, ''), timestamp: `2026-03-15T07:58:${10 + n}.120` })],
    [
      'times as numbers',
      (n) => ({ ...entry(n, ''), timestamp: Date.parse('2026-03-15T07:58:10.120Z') + n * 1000 }),
    ],
    [
      'event ids that are not numbers',
      (n) => ({ ...entry(n, ''), eventId: `e:${'zyxwvutsrqponmlkjihgfedcba'[n] ?? ''}` }),
    ],
    [
      'event ids longer than numbers',
      (n) => ({ ...entry(n, ''), eventId: `370156984768957${n + 100}`.padEnd(56, '0') }),
    ],
    ['event ids far apart', (n) => ({ ...entry(n, ''), eventId: String(n * 1000) })],
    ['the same time for all', (n) => ({ ...entry(n, ''), timestamp: '2026-03-15T07:58:10.120Z' })],
  ];
  for (const [name, shape] of kinds) {
    it(`is read completely and resumes with ${name}`, async () => {
      const lines = numbered(25).map((message, index) => ({ ...shape(index + 1), message }));
      const { read, older, clock } = readerOf(ended(lines));
      const events = await collect(read(), clock);
      assert.deepEqual(plain(events), numbered(25));
      const tenth = events[9];
      assert.ok(tenth?.kind === 'line');
      assert.deepEqual(
        plain(await collect(read({ at: 'cursor', cursor: tenth.next }), clock)),
        numbered(15, 11),
      );
      const page = await older(jobName, tenth.next, 1000, never);
      assert.deepEqual(plain(page.events), numbered(10));
    });
  }

  it('retains equal lines, even if the server gives them no ids', async () => {
    const alike = { message: 'again', timestamp: 1773561490000 };
    const { read, clock } = readerOf(ended([alike, alike, alike]));
    assert.deepEqual(plain(await collect(read(), clock)), ['again', 'again', 'again']);
  });

  it('shows what can be requested if no entry has a timestamp', async () => {
    const lines = numbered(25).map((message, index) => ({ message, eventId: String(index + 1) }));
    const { read, clock } = readerOf(ended(lines));
    assert.deepEqual(plain(await collect(read({ at: 'end', bytes: 1e6 }), clock)), [
      '<skipped>',
      ...numbered(10, 16),
    ]);
  });

  it('returns level, time, source and values of a line', async () => {
    const server = ended([
      {
        ...entry(1, 'slow\nvery'),
        keywords: {
          jrun_hostname: 'h',
          jrun_worker_id: 1,
          iter: '3',
          loss: 0.25,
          text: 'a\nb',
          'typeof(x)': null,
        },
        metadata: { level: 'Warn', filepath: '/opt/fit.jl', line: 141, group: 'g' },
      },
      {
        ...entry(2, 'fine'),
        keywords: { jrun_time: 'x' },
        metadata: { level: 'Info', filepath: '/opt/fit.jl', line: 142 },
      },
      { ...entry(3, 'odd'), keywords: 'none', metadata: { level: 'LogLevel(-5)', line: 'x' } },
      { eventId: '4', timestamp: '2026-03-15T07:58:14Z' },
    ]);
    const { read, clock } = readerOf(server);
    const told = (await collect(read(), clock)).map((event) => {
      assert.ok(event.kind === 'line');
      const { text, level, fields, at } = event;
      return { text, level, fields, at: at?.toISOString() };
    });
    assert.deepEqual(told, [
      { text: 'slow', level: 'warn', fields: undefined, at: '2026-03-15T07:58:13.010Z' },
      {
        text: 'very',
        level: undefined,
        fields: { source: '/opt/fit.jl:141', iter: '3', loss: '0.25', text: '"a\\nb"', 'typeof(x)': 'null' },
        at: '2026-03-15T07:58:13.010Z',
      },
      { text: 'fine', level: 'info', fields: undefined, at: '2026-03-15T07:58:13.020Z' },
      { text: 'odd', level: 'LogLevel(-5)', fields: undefined, at: '2026-03-15T07:58:13.030Z' },
      { text: '', level: undefined, fields: undefined, at: '2026-03-15T07:58:14.000Z' },
    ]);
  });

  const failures: readonly (readonly [number, string, string])[] = [
    [403, 'User does not have access to this job.', 'gone'],
    [200, '{"success":false,"reason":"the log service is down"}', 'refused'],
    [200, '"{\\"success\\":false,\\"message\\":\\"no\\"}"', 'refused'],
    [404, 'not found', 'refused'],
    [500, '', 'offline'],
    [403, '<html>sign in</html>', 'badAnswer'],
    [302, '', 'badAnswer'],
    [500, 'Invalid authentication', 'signedOut'],
    [400, 'no', 'refused'],
    [502, '<html>', 'offline'],
    [429, 'slow down', 'offline'],
    [200, '<html>sign in</html>', 'badAnswer'],
    [200, '[{"message":"cut off', 'badAnswer'],
    [200, '{}', 'badAnswer'],
    [200, '17', 'badAnswer'],
    [200, '', 'badAnswer'],
  ];
  for (const [status, text, kind] of failures) {
    it(`is ${kind} if the server responds with ${status} ${text}`, async () => {
      const server = logServer();
      const ask = async () => ({ status, headers: {}, text });
      const { read, clock } = readerOf(server, { ...server.calls, send: ask });
      await assert.rejects(collect(read(), clock), isKind(kind));
    });
  }

  it("reports the reason in the server's words", async () => {
    const server = logServer();
    const ask = async () => ({
      status: 200,
      headers: {},
      text: '{"success":false,"reason":"the log service is down"}',
    });
    const { read, clock } = readerOf(server, { ...server.calls, send: ask });
    await assert.rejects(collect(read(), clock), {
      problem: { kind: 'refused', place: 'JuliaHub at example.org', words: 'the log service is down' },
    });
  });

  it('stops if a server returns the same page repeatedly', async () => {
    const server = logServer({}, numbered(25));
    const { calls } = server;
    const same = await calls.send(
      {
        method: 'GET',
        path: ['juliaruncloud', 'get_logs'],
        query: { log_output_type: 'content', log_out_type: 'json', jobname: jobName },
      },
      never,
    );
    const { read, clock } = readerOf(server, { ...calls, send: async () => same });
    await assert.rejects(collect(read(), clock), isKind('badAnswer'));
  });

  it('rejects an unknown cursor', async () => {
    const { read, older, clock } = readerOf(ended(numbered(3)));
    for (const cursor of ['', '17', 'after:x:1:2', 'start:', 'between:1:2:3']) {
      await assert.rejects(collect(read({ at: 'cursor', cursor }), clock), isKind('invalid'));
      await assert.rejects(older(jobName, cursor, 10, never), isKind('invalid'));
    }
  });

  it('stops with an AbortError when it is aborted before or during a page', async () => {
    const { read, clock } = readerOf(ended(numbered(45)));
    await assert.rejects(collect(read({ at: 'start' }, false, AbortSignal.abort()), clock), {
      name: 'AbortError',
    });
    const stop = new AbortController();
    const reading = (async () => {
      for await (const event of read({ at: 'start' }, false, stop.signal))
        if (event.kind === 'line') stop.abort();
    })();
    await assert.rejects(reading, { name: 'AbortError' });
  });

  it("contains lines without a time if the server's time is not a date", async () => {
    const times = [1e300, -1e17, 8.64e15 + 1, '999999999999999999', '+999999-01-01T00:00:00Z', {}, true];
    const odd = times.map((timestamp, at) => ({ ...entry(at + 2, `odd ${String(at)}`), timestamp }));
    const { read, clock } = readerOf(ended([entry(1, 'first'), ...odd, entry(99, 'last')]));
    const events = await collect(read({ at: 'start' }, false, never), clock);
    for (const event of events) if (event.kind === 'line') event.at?.toISOString();
    assert.equal(events.filter(({ kind }) => kind === 'line').length, times.length + 2);
  });

  it('contains only the lines of one job', async () => {
    const server = ended(numbered(3));
    const { older } = readerOf(server);
    await assert.rejects(older(toJobId('jr-other'), 'before:1:0:1', 10, never), isKind('gone'));
  });
});
