import { HandshakeError } from '../../../../src/http/webSocketClient.js';
import type { HttpResponse } from '../../../../src/http/http.js';
import type { ServerCalls } from '../../../../src/backends/juliahub/serverCalls.js';
import { createJuliaHubLogs } from '../../../../src/backends/juliahub/logs/logs.js';
import { toJobId } from '../../../../src/core/domain/job.js';
import type { LogEvent, LogStart } from '../../../../src/core/domain/log.js';
import type { Clock } from '../../../../src/core/domain/ports.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { fakeClock, type FakeClock } from '../../../fakes/clock.js';
import { eventsIn } from '../../../fakes/backendCalls.js';

export const jobName = toJobId('jr-xf4tslavut');
export const never = new AbortController().signal;

/** An entry as sent by the server. */
export type WireEntry = Readonly<Record<string, unknown>>;

/**
 * Behavior of a log server; the default is that of docs/protocols/juliahub.md, 5, with pages of 10 as in
 * 10.1.
 */
export interface Behaviour {
  readonly pageSize?: number;
  /** Formats the body around the array. */
  readonly encode?: (entries: readonly WireEntry[]) => string;
  /** The socket fails after this number of entries. */
  readonly dropAfter?: number;
  /** The socket is refused with this status. */
  readonly refuseSockets?: number;
  /** The socket starts with entries written after it is open, whatever the offset. */
  readonly tailsOnly?: boolean;
  /** Messages that the socket adds before each entry. */
  readonly noise?: readonly string[];
  /** No end marker, neither in pages nor on the socket. */
  readonly withoutBottom?: boolean;
}

/** A server with the log of one job. */
export interface LogServer {
  readonly calls: ServerCalls;
  readonly write: (...entries: readonly (string | WireEntry)[]) => void;
  /** Ends the job. */
  readonly end: () => void;
  /** Closes all sockets, as a server does. */
  readonly hangUp: () => void;
  /** Queries of `get_logs`, and `socket <offset>`, in order. */
  readonly asked: string[];
  isOver: boolean;
}

const place = 'JuliaHub at example.org';
const day = Date.parse('2026-03-15T07:58:13.000Z');

/** The entry of a line: the server numbers lines from 1 and writes one every 10 ms. */
export const entry = (number: number, message: string): WireEntry => ({
  message,
  timestamp: new Date(day + number * 10).toISOString(),
  eventId: String(number),
});

/** A server whose log starts with these lines. */
export function logServer(behaviour: Behaviour = {}, lines: readonly (string | WireEntry)[] = []): LogServer {
  const { pageSize = 10, encode = (entries) => JSON.stringify(JSON.stringify(entries)) } = behaviour;
  const entries: WireEntry[] = [];
  let wake: (() => void)[] = [];
  let calls = 0;
  const stir = (): void => {
    const sleeping = wake;
    wake = [];
    for (const one of sleeping) one();
  };
  const server: LogServer = {
    asked: [],
    isOver: false,
    write: (...more) => {
      for (const one of more) entries.push(typeof one === 'string' ? entry(entries.length + 1, one) : one);
      stir();
    },
    end: () => {
      server.isOver = true;
      stir();
    },
    hangUp: () => {
      calls++;
      stir();
    },
    calls: {
      place,
      send: async ({ path, query = {} }, signal) => {
        signal.throwIfAborted();
        await new Promise((resolve) => setImmediate(resolve));
        const { log_output_type, log_out_type, jobname, start_time, end_time, event_id } = query;
        if (path.join('/') !== 'juliaruncloud/get_logs') return answer(404, 'no such route');
        if (log_output_type !== 'content' || log_out_type !== 'json') return answer(400, 'bad query');
        if (jobname !== jobName) return answer(403, 'User does not have access to this job.');
        const reference = start_time ?? end_time;
        server.asked.push(
          reference === undefined ? 'newest' : `${start_time ? 'after' : 'before'} ${event_id ?? 'no id'}`,
        );
        if (start_time !== undefined && end_time !== undefined) return answer(400, 'both times');
        const at = entries.findIndex(
          ({ eventId, timestamp }) =>
            eventId === event_id &&
            (typeof timestamp === 'number' ? timestamp : utc(String(timestamp))) === Number(reference),
        );
        if (reference !== undefined && at < 0) return answer(500, 'unknown entry');
        const from =
          start_time !== undefined
            ? at + 1
            : Math.max(0, (end_time !== undefined ? at : entries.length) - pageSize);
        const to = Math.min(entries.length, end_time !== undefined ? at : from + pageSize);
        const page = entries.slice(from, to);
        if (from === 0) page.unshift({ _meta: true, end: 'top', message: '' });
        if (to === entries.length && server.isOver && !behaviour.withoutBottom)
          page.push({ _meta: true, end: 'bottom', message: '' });
        return answer(200, encode(page));
      },
      openStream: () => Promise.reject(new Error('not for logs')),
      openSocket: (path, query, signal) => socket(path, query, signal),
    },
  };

  async function* socket(
    path: readonly string[],
    { jobname, refresh_interval, log_out_type, offset }: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    server.asked.push(`socket ${offset ?? 'without offset'}`);
    await new Promise((resolve) => setImmediate(resolve));
    const isRight =
      path.join('/') === 'ws/stream_logs' &&
      jobname === jobName &&
      refresh_interval === '1' &&
      log_out_type === 'json';
    const status = isRight ? behaviour.refuseSockets : 400;
    if (status !== undefined) throw dropped(new HandshakeError(status));
    const call = calls;
    let at = behaviour.tailsOnly || offset === undefined ? entries.length : Number(offset);
    for (let sent = 0; ;) {
      signal.throwIfAborted();
      const next = entries[at];
      if (next) {
        if (sent === behaviour.dropAfter) throw dropped(new Error('ECONNRESET'));
        for (const message of behaviour.noise ?? []) yield message;
        yield JSON.stringify(next);
        at++;
        sent++;
      } else if (server.isOver && !behaviour.withoutBottom) {
        yield JSON.stringify({ _meta: true, end: 'bottom', message: '' });
        return;
      } else {
        yield '';
        await new Promise<void>((resolve) => {
          wake.push(resolve);
          signal.addEventListener('abort', () => resolve());
        });
        if (call !== calls) return;
      }
    }
  }
  server.write(...lines);
  return server;
}

const utc = (text: string): number => Date.parse(text.endsWith('Z') ? text : `${text}Z`);
const answer = (status: number, text: string): HttpResponse => ({ status, headers: {}, text });
const dropped = (cause: Error): JobError =>
  new JobError({ kind: 'offline', place, why: 'the connection was lost' }, { cause });

/** Reads of a server's log. */
export interface Reader {
  readonly clock: FakeClock;
  readonly logged: string[];
  readonly read: (from?: LogStart, follow?: boolean, signal?: AbortSignal) => AsyncIterable<LogEvent>;
  readonly older: ReturnType<typeof createJuliaHubLogs>['older'];
  /** Number of requests for the job. */
  readonly looks: () => number;
}

/** Reads the log of a server as the extension does, with a clock that stands still. */
export function readerOf(server: LogServer, calls: ServerCalls = server.calls): Reader {
  const clock = fakeClock();
  const logged: string[] = [];
  let looks = 0;
  const { read: log, older } = createJuliaHubLogs({
    calls,
    clock: clock satisfies Clock,
    log: {
      info: (text) => void logged.push(text),
      warn: (text) => void logged.push(text),
      error: () => undefined,
    },
    isOver: async () => {
      looks++;
      return server.isOver;
    },
  });
  return {
    clock,
    logged,
    read: (from = { at: 'start' }, follow = false, signal = never) =>
      eventsIn(log(jobName, from, follow, signal)),
    older,
    looks: () => looks,
  };
}

/** Collects all events while time passes. */
export async function collect(
  events: AsyncIterable<LogEvent>,
  clock: FakeClock,
): Promise<readonly LogEvent[]> {
  const all: LogEvent[] = [];
  const done = (async () => {
    for await (const event of events) all.push(event);
  })();
  await passTimeUntil(done, () => clock.advance(500));
  return all;
}

/** Lines as a user sees them, gaps as their cause. */
export const plain = (events: readonly LogEvent[]): readonly string[] =>
  events.map((event) => (event.kind === 'gap' ? `<${event.cause}>` : event.text));

/** `line 1` … `line <count>`. */
export const numbered = (count: number, from = 1): readonly string[] =>
  Array.from({ length: count }, (_, index) => `line ${index + from}`);

/** Repeats `round` until a promise settles; settles like the promise. */
export async function passTimeUntil(done: Promise<void>, round: () => Promise<void>): Promise<void> {
  const state = { isDone: false };
  done.finally(() => (state.isDone = true)).catch(() => undefined);
  while (!state.isDone) await round();
  await done;
}
