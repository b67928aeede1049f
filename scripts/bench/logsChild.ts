// A process as VS Code's extension host is one: it shows logs of Local jobs as the extension does, and watches itself.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { localBackend } from '../../src/backends/local/backend.js';
import type { Backend } from '../../src/core/domain/backend.js';
import { asJobId, isActive, type JobId } from '../../src/core/domain/job.js';
import type { LogEvent, LogStart } from '../../src/core/domain/log.js';
import type { LogBatches } from '../../src/core/domain/logBatches.js';
import { fromLevel } from '../../src/core/logs/logLevels.js';
import { JobError } from '../../src/core/domain/problem.js';
import type { Sink } from '../../src/core/logs/sink.js';
import { tail } from '../../src/core/logs/tail.js';
import { followLog } from '../../src/editor/followLog.js';
import { systemClock as clock } from '../../src/lib/node/systemClock.js';

/** What it is asked to do. */
export type Asked =
  | {
      readonly task: 'submit';
      readonly script: string;
      readonly args: readonly string[];
      readonly ended: boolean;
    }
  | { readonly task: 'screen' | 'pass' | 'drops'; readonly id: string }
  | { readonly task: 'follow'; readonly id: string; readonly lines: number };

/** What came of it. */
export interface Answer {
  readonly id?: string;
  readonly ms: number;
  readonly chars: number;
  /** How much more memory it took than it had before, at most. */
  readonly grownBytes: number;
  /** The longest time for which the event loop could not turn. */
  readonly blockedMs: number;
  /** Of each line that was followed: from writing to showing. */
  readonly delays?: readonly number[];
  /** Characters that the backend gave again after a drop. */
  readonly again?: number;
  /** Lines that did not come, came twice, or came in the wrong place. */
  readonly wrong?: number;
}

const [, , program = '', folder = ''] = process.argv;
const never = new AbortController().signal;
const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (text: string, cause: unknown) => {
    process.stderr.write(`${text} ${String(cause)}\n`);
  },
};
const backend: Backend = localBackend({
  connection: { id: 'local', kind: 'local', title: 'Local', settings: {} },
  folder,
  runner: { program: process.execPath, args: [program, '--batch-jobs-runner'], env: {} },
  unpack: () => Promise.reject(new Error('nothing is unpacked here')),
  env: process.env,
  settings: () => ({ interpreters: {}, maxRunning: 4, retention: { count: 0, days: 0 } }),
  log,
});

/** The most that a channel shows, in characters, as in the extension. */
const mostChars = 10_000_000;
const following = { clock, log, times: () => 'none' as const, level: () => 'all' as const };

async function submit(script: string, args: readonly string[], ended: boolean): Promise<JobId> {
  const request = { name: 'bench', args, env: {}, options: {} };
  const id = await backend.submit?.send(
    { ...request, kind: 'script', script: { name: 'bench.sh', text: script } },
    never,
  );
  if (id === undefined) throw new Error('Local takes no scripts');
  for (;;) {
    const job = await backend.jobs.get(id, never);
    if (job && (ended ? !isActive(job) : job.state.kind !== 'queued')) return id;
    await setTimeout(20);
  }
}

/** Until the last line of an ended job's log is shown, as in its channel. */
async function screen(id: JobId): Promise<number> {
  const job = await backend.jobs.get(id, never);
  if (!job) throw new Error(`there is no job ${id}`);
  let chars = 0;
  const sink: Sink = {
    append: (text) => {
      chars += text.length;
    },
    replaceAll: (text) => {
      chars = text.length;
    },
  };
  await followLog({ backend, job }, sink, mostChars, following, never);
  return chars;
}

function read(id: JobId, from: LogStart): LogBatches {
  if (!backend.logs) throw new Error('Local has no logs');
  return backend.logs.read(id, from, true, never);
}

/** All of a log from its beginning, without colours. */
async function pass(id: JobId, sink: Sink, from: LogStart = { at: 'start' }): Promise<void> {
  await tail(
    (start) => fromLevel(read(id, start), 'all'),
    sink,
    {
      from,
      maxChars: mostChars,
      times: 'none',
      startedAt: undefined,
      clock,
    },
    never,
  );
}

/** All of a log over a connection that drops every 50 000 lines; what was given besides the log itself. */
async function drops(id: JobId, sink: Sink): Promise<{ again: number }> {
  let given = 0;
  let shown = 0;
  const source = async function* (from: LogStart): AsyncGenerator<readonly LogEvent[]> {
    let lines = 0;
    for await (const batch of read(id, from)) {
      for (const event of batch) {
        if (event.kind === 'line') {
          if (++lines > 50_000) throw new JobError({ kind: 'offline', place: 'Bench', why: 'a drop' });
          given += event.text.length + (event.open ? 0 : 1);
        }
        yield [event];
      }
    }
  };
  const at = { now: () => new Date(), sleep: (_: number, signal: AbortSignal) => clock.sleep(1, signal) };
  const counted: Sink = {
    ...sink,
    append: (text) => {
      shown += text.length;
    },
  };
  // With its colors, so that what is shown can be compared with what was given.
  const options = {
    maxChars: Infinity,
    codes: 'terminal',
    times: 'none',
    startedAt: undefined,
    clock: at,
  } as const;
  await tail(source, counted, { ...options, from: { at: 'start' } }, never);
  return { again: given - shown };
}

/** Lines are `<milliseconds since 1970> <number from 0 on> …`. */
async function follow(id: JobId): Promise<{ delays: number[]; wrong: number }> {
  const delays: number[] = [];
  let wrong = 0;
  let expected = 0;
  let open = '';
  const take = (text: string): void => {
    const now = Date.now();
    const lines = (open + text).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) {
      const [written, number] = line.split(' ', 2);
      if (Number(number) !== expected) wrong++;
      expected = Number(number) + 1;
      delays.push(now - Number(written));
    }
  };
  await pass(id, {
    append: take,
    // The end of what was shown stands there again, after a line of ours.
    replaceAll: (text) => {
      const known = text.indexOf(` ${String(expected - 1)} `);
      if (known < 0) wrong++;
      open = '';
      take(text.slice(text.indexOf('\n', known) + 1));
    },
  });
  return { delays, wrong };
}

async function answer(asked: Asked): Promise<Answer> {
  globalThis.gc?.();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const start = performance.now();
  const made = await act(asked);
  const ms = performance.now() - start;
  clearInterval(watch);
  delay.disable();
  return { chars: 0, ...made, ms, grownBytes: most - before, blockedMs: delay.max / 1e6 };
}

async function act(asked: Asked): Promise<Partial<Answer>> {
  switch (asked.task) {
    case 'submit':
      return { id: await submit(asked.script, asked.args, asked.ended) };
    case 'screen':
      return { chars: await screen(asJobId(asked.id)) };
    case 'pass': {
      let chars = 0;
      await pass(asJobId(asked.id), {
        append: (text) => {
          chars += text.length;
        },
        replaceAll: () => undefined,
      });
      return { chars };
    }
    case 'drops':
      return drops(asJobId(asked.id), { append: () => undefined, replaceAll: () => undefined });
    case 'follow': {
      const { delays, wrong } = await follow(asJobId(asked.id));
      return { delays, wrong: wrong + Math.abs(asked.lines - delays.length) };
    }
  }
}

process.on('message', (asked: Asked) => {
  void answer(asked).then(
    (found) => process.send?.(found),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => {
  process.exit();
});
