import assert from 'node:assert/strict';
import type { ServerCalls } from '../../../../src/backends/juliahub/serverCalls.js';
import type { LogEvent, LogStart } from '../../../../src/core/domain/log.js';
import { longestBlock } from '../../../fakes/longestBlock.js';
import { collect, entry, logServer, numbered, plain, readerOf, type LogServer } from './logsServer.js';

/** A job whose log has these lines, and one more at each request, so that there are always new lines. */
interface Job {
  readonly server: LogServer;
  /** Called when time has passed. */
  readonly tick: () => void;
}

function busyJob(behaviour: Parameters<typeof logServer>[0], lines: number): Job {
  const server = logServer(behaviour, numbered(lines));
  let written = lines;
  const write = (): void => server.write(`line ${++written}`);
  const { calls } = server;
  const ask: ServerCalls['send'] = (...call) => {
    write();
    return calls.send(...call);
  };
  return { server: { ...server, calls: { ...calls, send: ask } }, tick: write };
}

/** The number of requests in each minute of following a log. */
async function requestsPerMinute(
  { server, tick }: Job,
  from: LogStart,
  minutes: number,
): Promise<readonly number[]> {
  const reader = readerOf(server);
  const stop = new AbortController();
  const events: LogEvent[] = [];
  const done = (async () => {
    for await (const event of reader.read(from, true, stop.signal)) events.push(event);
  })();
  done.catch(() => undefined);
  const counts: number[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    const before = server.asked.length;
    for (let half = 0; half < 120; half++) {
      tick();
      await reader.clock.advance(500);
    }
    counts.push(server.asked.length - before);
  }
  stop.abort();
  await assert.rejects(done, { name: 'AbortError' });
  const shown = plain(events).filter((text) => text !== '<skipped>');
  assert.equal(new Set(shown).size, shown.length, 'each line once');
  assert.deepEqual(shown, numbered(shown.length, Number(shown[0]?.slice('line '.length))));
  return counts;
}

const cursorOfLine3: LogStart = {
  at: 'cursor',
  cursor: `after:${Date.parse(String(entry(3, '')['timestamp']))}:0:3`,
};

describe('requests for the log of a JuliaHub job that always has new lines', () => {
  const servers: readonly (readonly [string, Parameters<typeof logServer>[0]])[] = [
    ['each socket fails after a line', { dropAfter: 1 }],
    ['each socket fails immediately', { dropAfter: 0 }],
    ['no socket can be opened', { refuseSockets: 404 }],
    ['sockets start late', { tailsOnly: true }],
    ['pages contain one entry', { pageSize: 1, refuseSockets: 503 }],
    ['pages contain 10,000 entries', { pageSize: 10_000, refuseSockets: 503 }],
  ];
  const starts: readonly (readonly [string, LogStart])[] = [
    ['the start', { at: 'start' }],
    ['the end', { at: 'end', bytes: 100 }],
    ['a cursor', cursorOfLine3],
  ];
  for (const [what, behaviour] of servers)
    for (const [where, from] of starts)
      it(`are at most 90 in the first minute and 70 in the others, from ${where} where ${what}`, async () => {
        const [first = 0, ...others] = await requestsPerMinute(busyJob(behaviour, 5), from, 4);
        assert.ok(first <= 90, `${first} requests in the first minute`);
        for (const count of others) assert.ok(count <= 70, `${others.join()} requests in the other minutes`);
      });

  it('use a socket again after a dropped one instead of pages', async () => {
    const job = busyJob({ dropAfter: 1 }, 5);
    const minutes = await requestsPerMinute(job, { at: 'start' }, 3);
    const sockets = job.server.asked.filter((one) => one.startsWith('socket')).length;
    assert.ok(sockets > 40, `${sockets} sockets of ${minutes.join()} requests`);
  });

  it('end at the current end if the log is not followed', async () => {
    const { server } = busyJob({}, 25);
    const { read, clock } = readerOf(server);
    const events = await collect(read(cursorOfLine3), clock);
    assert.ok(events.length >= 22);
    assert.ok(server.asked.length <= 6, server.asked.join());
  });

  it('are one more than needed after a dropped socket', async () => {
    const server = logServer({}, numbered(5));
    const reader = readerOf(server);
    const stop = new AbortController();
    const reading = collect(reader.read({ at: 'start' }, true, stop.signal), reader.clock);
    reading.catch(() => undefined);
    await reader.clock.advance(20_000);
    const before = server.asked.length;
    server.hangUp();
    await reader.clock.advance(5_000);
    assert.deepEqual(server.asked.slice(before), ['after 5', 'socket 5']);
    stop.abort();
    await assert.rejects(reading, { name: 'AbortError' });
  });

  it('are rare if a job is silent and no socket can be opened', async () => {
    const server = logServer({ refuseSockets: 404 }, numbered(5));
    const quiet = { server, tick: () => undefined };
    const minutes = await requestsPerMinute(quiet, { at: 'start' }, 10);
    assert.ok(
      minutes.slice(2).every((count) => count <= 10),
      minutes.join(),
    );
  });
});

describe('a history of 100,000 entries of a JuliaHub job', () => {
  const total = 100_000;
  const firstMs = Date.parse('2026-03-15T07:58:13.000Z');
  const pages = new Map<number, string>();
  /** The entries up to one, as stored by the server. */
  const pageUpTo = (last: number): string => {
    const known = pages.get(last);
    if (known !== undefined) return known;
    const first = Math.max(1, last - 9_999);
    const items: unknown[] = first === 1 ? [{ _meta: true, end: 'top', message: '' }] : [];
    for (let line = first; line <= last; line++)
      items.push({
        message: `line ${line}`,
        timestamp: new Date(firstMs + line * 10).toISOString(),
        eventId: String(line),
        keywords: { jrun_hostname: 'jr-xf4tslavut-x5z4g', jrun_worker_id: 1, jrun_time: 'x', iter: '3' },
        metadata: { level: 'Info', _module: 'Main', filepath: '/code.jl', line: 7, group: 'code' },
      });
    if (last === total) items.push({ _meta: true, end: 'bottom', message: '' });
    const text = JSON.stringify(JSON.stringify(items));
    pages.set(last, text);
    return text;
  };

  it('is fetched once, page by page, and blocks the event loop for less than 50 ms', async function () {
    this.timeout(60_000);
    for (let last = 10_000; last <= total; last += 10_000) pageUpTo(last);
    const { calls } = logServer();
    let requests = 0;
    const { read } = readerOf(logServer(), {
      ...calls,
      send: async ({ query = {} }) => {
        requests++;
        assert.equal(query['start_time'], undefined);
        await new Promise((resolve) => setImmediate(resolve));
        const last = query['event_id'] === undefined ? total : Number(query['event_id']) - 1;
        return { status: 200, headers: {}, text: pageUpTo(last) };
      },
    });
    let count = 0;
    const blockedMs = await longestBlock(async () => {
      [requests, count] = [0, 0];
      for await (const event of read({ at: 'start' }, true)) {
        count++;
        if (event.kind !== 'line' || event.text !== `line ${count}`) assert.fail(`line ${count} differs`);
      }
    });
    assert.equal(count, total);
    assert.equal(requests, 10);
    assert.ok(blockedMs < 50, `blocked for ${Math.round(blockedMs)} ms`);
  });
});
