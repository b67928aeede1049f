import assert from 'node:assert/strict';
import type { ServerCalls } from '../../../../src/backends/juliahub/serverCalls.js';
import type { LogEvent } from '../../../../src/core/domain/log.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { settle } from '../../../fakes/clock.js';
import {
  collect,
  entry,
  logServer,
  numbered,
  passTimeUntil,
  plain,
  readerOf,
  type Behaviour,
  type Reader,
} from './logsServer.js';

/** Follows a log in the background; `events` contains the events so far. */
function following(
  { read }: Reader,
  ...how: Parameters<Reader['read']>
): { readonly events: LogEvent[]; readonly done: Promise<void> } {
  const [from = { at: 'start' }, follow = true, signal] = how;
  const events: LogEvent[] = [];
  const done = (async () => {
    for await (const event of signal ? read(from, follow, signal) : read(from, follow)) events.push(event);
  })();
  done.catch(() => undefined);
  return { events, done };
}

const sockets = (asked: readonly string[]): readonly string[] =>
  asked.filter((one) => one.startsWith('socket'));

describe('following the log of a JuliaHub job', () => {
  it('shows the stored log, then the socket from the last event id on, until the end marker', async () => {
    const server = logServer({}, numbered(25));
    const reader = readerOf(server);
    const { events, done } = following(reader);
    await settle();
    assert.deepEqual(plain(events), numbered(25));
    server.write('line 26', 'line 27');
    await settle();
    assert.deepEqual(plain(events), numbered(27));
    server.end();
    await done;
    assert.deepEqual(sockets(server.asked), ['socket 25']);
    assert.equal(server.asked.at(-1), 'after 27');
  });

  it('waits for the first line of a job that has not started, and loses nothing before the socket is open', async () => {
    const server = logServer();
    const reader = readerOf(server);
    const { events, done } = following(reader);
    await reader.clock.advance(60_000);
    assert.deepEqual(sockets(server.asked), []);
    server.write(...numbered(12));
    await reader.clock.advance(4_000);
    server.write('line 13');
    await settle();
    assert.deepEqual(plain(events), numbered(13));
    assert.deepEqual(sockets(server.asked), ['socket 12']);
    server.end();
    await done;
  });

  for (const dropAfter of [0, 1, 3, 7]) {
    it(`loses and repeats none of 10,000 lines while the socket fails after ${dropAfter}`, async () => {
      const server = logServer({ dropAfter, pageSize: 10_000 }, ['line 1']);
      const reader = readerOf(server);
      const { events, done } = following(reader);
      let written = 1;
      await passTimeUntil(done, async () => {
        const more = Math.min(50, 10_000 - written);
        server.write(...numbered(more, written + 1));
        written += more;
        if (written === 10_000) server.end();
        await reader.clock.advance(500);
      });
      assert.deepEqual(plain(events), numbered(10_000));
    });
  }

  it('loses and repeats nothing if the server closes the socket after each line', async () => {
    const server = logServer({}, ['line 1']);
    const reader = readerOf(server);
    const { events, done } = following(reader);
    for (let line = 2; line <= 200; line++) {
      server.write(`line ${line}`);
      if (line % 3 === 0) await settle();
      server.hangUp();
      if (line % 5 === 0) await reader.clock.advance(300);
    }
    server.end();
    await reader.clock.advance(60_000);
    await done;
    assert.deepEqual(plain(events), numbered(200));
  });

  it('fetches lines omitted by a socket that starts late', async () => {
    const server = logServer({ tailsOnly: true }, numbered(3));
    const { calls } = server;
    const late: ServerCalls = {
      ...calls,
      openSocket: async function* (...call) {
        server.write('line 4', 'line 5');
        yield* calls.openSocket(...call);
      },
    };
    const reader = readerOf(server, late);
    const { events, done } = following(reader);
    await settle();
    server.write('line 6');
    await settle();
    assert.deepEqual(plain(events), numbered(6));
    server.end();
    await done;
  });

  it('does not repeat requests if event ids are far apart', async () => {
    const sent = Array.from({ length: 50 }, (_, index) => entry((index + 1) * 1000, `line ${index + 1}`));
    const server = logServer({ pageSize: 100 }, sent.slice(0, 1));
    const { calls } = server;
    const sparse: ServerCalls = {
      ...calls,
      openSocket: async function* () {
        for (const one of sent.slice(1)) {
          server.write(one);
          yield JSON.stringify(one);
          await settle();
        }
        yield '{"_meta":true,"end":"bottom","message":""}';
      },
    };
    const reader = readerOf(server, sparse);
    assert.deepEqual(plain(await collect(reader.read({ at: 'start' }, true), reader.clock)), numbered(50));
    assert.ok(server.asked.length < 8, server.asked.join());
  });

  it('shows a line that the socket delivers late, once', async () => {
    const server = logServer({}, numbered(3));
    const late: ServerCalls = {
      ...server.calls,
      openSocket: async function* () {
        // Streamed before it is stored.
        for (const line of [4, 6, 5, 6, 4, 5, 7]) yield JSON.stringify(entry(line, `line ${line}`));
        await settle();
        server.write(...numbered(4, 4));
        yield '{"_meta":true,"end":"bottom","message":""}';
      },
    };
    const reader = readerOf(server, late);
    const events = await collect(reader.read({ at: 'start' }, true), reader.clock);
    assert.deepEqual(plain(events), [...numbered(4), 'line 6', 'line 5', 'line 7']);
  });

  it('ignores keep-alives and malformed messages of the socket', async () => {
    const noise = [
      '',
      '   ',
      'not JSON',
      '{"_meta":true,"end":"top","message":""}',
      '{"message":7}',
      '"null"',
    ];
    const server = logServer({ noise }, ['line 1']);
    const reader = readerOf(server);
    const { events, done } = following(reader);
    await settle();
    server.write(...numbered(20, 2));
    await settle();
    server.end();
    await done;
    assert.deepEqual(plain(events), numbered(21));
    assert.ok(reader.logged.some((text) => /omitted \d+ malformed messages in the log of jr-\w+/.test(text)));
  });

  for (const [name, behaviour] of [
    ['is refused with 404', { refuseSockets: 404 }],
    ['is refused with 403', { refuseSockets: 403 }],
    ['fails immediately', { dropAfter: 0 }],
  ] as const satisfies readonly (readonly [string, Behaviour])[]) {
    it(`polls instead if the socket ${name} three times`, async () => {
      const server = logServer(behaviour, numbered(2));
      const { calls } = server;
      const silent: ServerCalls = {
        ...calls,
        // Not even a keep-alive.
        openSocket: async function* (...call) {
          for await (const message of calls.openSocket(...call)) {
            if (message !== '') yield message;
            else throw new JobError({ kind: 'offline', place: 'x', why: 'cut' });
          }
        },
      };
      const reader = readerOf(server, silent);
      const { events, done } = following(reader);
      await reader.clock.advance(10_000);
      assert.equal(sockets(server.asked).length, 3);
      for (let line = 3; line <= 30; line++) {
        server.write(`line ${line}`);
        await reader.clock.advance(3_000);
        assert.equal(events.length, line);
      }
      server.end();
      await reader.clock.advance(3_000);
      await done;
      assert.equal(sockets(server.asked).length, 3);
      assert.deepEqual(plain(events), numbered(30));
      assert.ok(reader.logged.some((text) => text.includes('polling every 1.5 s')));
    });
  }

  it('polls if event ids are not numbers, with which no socket can resume', async () => {
    const named = (line: number) => ({ ...entry(line, `line ${line}`), eventId: `e-${line}` });
    const server = logServer({}, [named(1)]);
    const reader = readerOf(server);
    const { events, done } = following(reader);
    for (let line = 2; line <= 15; line++) {
      server.write(named(line));
      await reader.clock.advance(1_000);
    }
    server.end();
    await reader.clock.advance(4_000);
    await done;
    assert.deepEqual(plain(events), numbered(15));
    assert.deepEqual(sockets(server.asked), []);
  });

  it('requests the newest page if no entry has a timestamp, and shows each line once', async () => {
    const bare = (line: number) => ({ message: `line ${line}`, eventId: `${line}` });
    const server = logServer({ refuseSockets: 404 }, [bare(1)]);
    const reader = readerOf(server);
    const { events, done } = following(reader);
    for (let line = 2; line <= 15; line++) {
      server.write(bare(line));
      await reader.clock.advance(2_000);
    }
    server.end();
    await reader.clock.advance(10_000);
    await done;
    assert.deepEqual(plain(events), numbered(15));
  });

  it('ends 20 s after the last line of a finished job if no end marker arrives', async () => {
    const server = logServer({ withoutBottom: true }, numbered(3));
    const reader = readerOf(server);
    const { events, done } = following(reader);
    let isDone = false;
    void done.then(() => (isDone = true));
    await reader.clock.advance(5_000);
    server.isOver = true;
    server.hangUp();
    await reader.clock.advance(10_000);
    server.write('line 4');
    await reader.clock.advance(15_000);
    assert.equal(isDone, false);
    assert.deepEqual(plain(events), numbered(4));
    await reader.clock.advance(12_000);
    assert.equal(isDone, true);
  });

  it('ends even if the socket of a finished job stays open without messages', async () => {
    const server = logServer({ withoutBottom: true }, numbered(3));
    const reader = readerOf(server);
    const { events, done } = following(reader);
    let isDone = false;
    void done.then(() => (isDone = true));
    await reader.clock.advance(5_000);
    server.isOver = true;
    await reader.clock.advance(90_000);
    assert.equal(isDone, true);
    assert.deepEqual(plain(events), numbered(3));
  });

  it('finds lines, and the end, that a silent socket did not deliver', async () => {
    const server = logServer({}, numbered(3));
    const deaf: ServerCalls = {
      ...server.calls,
      openSocket: async function* (_path, _query, signal) {
        yield '';
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')));
        });
      },
    };
    const reader = readerOf(server, deaf);
    const { events, done } = following(reader);
    await settle();
    server.write('line 4');
    server.end();
    await reader.clock.advance(21_000);
    await done;
    assert.deepEqual(plain(events), numbered(4));
  });

  it('rarely polls while a job is silent for an hour', async () => {
    const server = logServer({}, numbered(3));
    const reader = readerOf(server);
    const stop = new AbortController();
    const { done } = following(reader, { at: 'start' }, true, stop.signal);
    await reader.clock.advance(3_600_000);
    assert.ok(reader.looks() < 70, `${reader.looks()} looks at the job`);
    assert.ok(server.asked.length < 70, `${server.asked.length} questions`);
    assert.deepEqual(sockets(server.asked), ['socket 3']);
    stop.abort();
    await assert.rejects(done, { name: 'AbortError' });
  });

  it('increases the delay for a server that closes idle sockets', async () => {
    const server = logServer({}, numbered(3));
    const shy: ServerCalls = {
      ...server.calls,
      openSocket: async function* (_path, { offset }) {
        server.asked.push(`socket ${offset ?? ''}`);
        yield '';
      },
    };
    const reader = readerOf(server, shy);
    const stop = new AbortController();
    const { events, done } = following(reader, { at: 'start' }, true, stop.signal);
    await reader.clock.advance(600_000);
    assert.ok(server.asked.length < 100, `${server.asked.length} questions`);
    server.write('line 4');
    await reader.clock.advance(31_000);
    assert.deepEqual(plain(events), numbered(4));
    stop.abort();
    await assert.rejects(done, { name: 'AbortError' });
  });

  it('opens no socket for a finished job', async () => {
    const server = logServer({ withoutBottom: true }, numbered(3));
    server.end();
    const reader = readerOf(server);
    await collect(reader.read({ at: 'start' }, true), reader.clock);
    assert.deepEqual(sockets(server.asked), []);
  });

  it('leaves retries to the caller if the server is unreachable', async () => {
    const server = logServer({ dropAfter: 1 }, numbered(3));
    const { calls } = server;
    let isOffline = false;
    const failing: ServerCalls = {
      ...calls,
      send: (call, signal) =>
        isOffline
          ? Promise.reject(new JobError({ kind: 'offline', place: 'x', why: 'no route' }))
          : calls.send(call, signal),
    };
    const reader = readerOf(server, failing);
    const { events, done } = following(reader);
    await settle();
    isOffline = true;
    server.write('line 4', 'line 5');
    await reader.clock.advance(1_000);
    await assert.rejects(done, { problem: { kind: 'offline', place: 'x', why: 'no route' } });
    const last = events.at(-1);
    assert.ok(last?.kind === 'line');
    isOffline = false;
    server.end();
    const rest = await collect(reader.read({ at: 'cursor', cursor: last.next }, true), reader.clock);
    assert.deepEqual([...plain(events), ...plain(rest)], numbered(5));
  });

  it('rethrows an expired sign-in', async () => {
    const server = logServer({}, numbered(3));
    const signedOut: ServerCalls = {
      ...server.calls,
      openSocket: async function* () {
        yield '';
        throw new JobError({ kind: 'signedOut', place: 'x' });
      },
    };
    const reader = readerOf(server, signedOut);
    await assert.rejects(collect(reader.read({ at: 'start' }, true), reader.clock), {
      problem: { kind: 'signedOut', place: 'x' },
    });
  });

  it('ends immediately with an AbortError when it is aborted while it waits, and closes its socket', async () => {
    for (const behaviour of [{}, { refuseSockets: 404 }]) {
      const server = logServer(behaviour, numbered(3));
      const reader = readerOf(server);
      const stop = new AbortController();
      const { done } = following(reader, { at: 'end', bytes: 100 }, true, stop.signal);
      await reader.clock.advance(8_000);
      stop.abort();
      await assert.rejects(done, { name: 'AbortError' });
      assert.equal(reader.clock.sleepers(), 0);
    }
  });

  it('closes the socket when the reader stops', async () => {
    const server = logServer({}, numbered(3));
    let isClosed = false;
    const { calls } = server;
    const watched: ServerCalls = {
      ...calls,
      openSocket: async function* (path, query, signal) {
        signal.addEventListener('abort', () => (isClosed = true));
        yield* calls.openSocket(path, query, signal);
      },
    };
    const reader = readerOf(server, watched);
    const reading = (async () => {
      for await (const event of reader.read({ at: 'start' }, true))
        if (event.kind === 'line' && event.text === 'line 4') break;
    })();
    await settle();
    server.write('line 4', 'line 5');
    await reading;
    assert.ok(isClosed);
    assert.equal(reader.clock.sleepers(), 0);
  });

  it('reads the socket no faster than its lines are read', async () => {
    const server = logServer({}, numbered(3));
    let given = 0;
    const endless: ServerCalls = {
      ...server.calls,
      openSocket: async function* () {
        for (;;) {
          yield JSON.stringify(entry(++given + 3, 'x'.repeat(1000)));
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    };
    const { read } = readerOf(server, endless);
    const events = read({ at: 'start' }, true)[Symbol.asyncIterator]();
    for (let taken = 0; taken < 4; taken++) await events.next();
    for (let turn = 0; turn < 6_000; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(given < 5_000, `${given} messages were read`);
    await events.return?.();
  });
});
