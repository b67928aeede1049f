// A process like VS Code's extension host: shows logs of Local jobs like the extension and measures itself.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { createLocalBackend } from '../../src/backends/local/backend.js';
import type { Backend } from '../../src/core/domain/backend.js';
import { toJobId, isActive, type JobId } from '../../src/core/domain/job.js';
import type { LogEvent, LogStart } from '../../src/core/domain/log.js';
import type { LogBatches } from '../../src/core/domain/logBatches.js';
import { filterByLevel } from '../../src/core/logs/logLevels.js';
import { JobError } from '../../src/core/domain/problem.js';
import type { LogSink } from '../../src/core/logs/logSink.js';
import { tailLog } from '../../src/core/logs/tailLog.js';
import { followLog } from '../../src/editor/followLog.js';
import { systemClock as clock } from '../../src/lib/node/systemClock.js';

/** The task. */
export type Asked =
  | {
      readonly task: 'submit';
      readonly script: string;
      readonly args: readonly string[];
      readonly ended: boolean;
    }
  | { readonly task: 'screen' | 'pass' | 'drops'; readonly id: string }
  | { readonly task: 'follow'; readonly id: string; readonly lines: number };

/** The result. */
export interface Answer {
  readonly id?: string;
  readonly ms: number;
  readonly chars: number;
  /** Peak memory above the baseline. */
  readonly grownBytes: number;
  /** The longest time the event loop was blocked. */
  readonly blockedMs: number;
  /** For each followed line: the delay from writing to showing. */
  readonly delays?: readonly number[];
  /** Characters that the backend returned again after a drop. */
  readonly again?: number;
  /** Lines that were missing, duplicated, or out of order. */
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
const backend: Backend = createLocalBackend({
  connection: { id: 'local', kind: 'local', title: 'Local', settings: {} },
  folder,
  runner: { program: process.execPath, args: [program, '--batch-jobs-runner'], env: {} },
  unpack: () => Promise.reject(new Error('nothing is unpacked here')),
  env: process.env,
  settings: () => ({ interpreters: {}, maxRunning: 4, retention: { count: 0, days: 0 } }),
  log,
});

/** Maximum size of a channel, in characters, as in the extension. */
const mostChars = 10_000_000;
const following = { clock, log, times: () => 'none' as const, level: () => 'all' as const };

async function submit(script: string, args: readonly string[], ended: boolean): Promise<JobId> {
  const request = { name: 'bench', args, env: {}, options: {} };
  const id = await backend.submit?.send(
    { ...request, kind: 'script', script: { name: 'bench.sh', text: script } },
    never,
  );
  if (id === undefined) throw new Error('Local accepts no scripts');
  for (;;) {
    const job = await backend.jobs.get(id, never);
    if (job && (ended ? !isActive(job) : job.state.kind !== 'queued')) return id;
    await setTimeout(20);
  }
}

/** Shows a finished job's log, as in its channel, until its last line. */
async function screen(id: JobId): Promise<number> {
  const job = await backend.jobs.get(id, never);
  if (!job) throw new Error(`there is no job ${id}`);
  let chars = 0;
  const sink: LogSink = {
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

/** Reads a whole log from the beginning, without colors. */
async function pass(id: JobId, sink: LogSink, from: LogStart = { at: 'start' }): Promise<void> {
  await tailLog(
    (start) => filterByLevel(read(id, start), 'all'),
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

/** Reads a whole log over a connection that drops every 50 000 lines; returns the excess. */
async function drops(id: JobId, sink: LogSink): Promise<{ again: number }> {
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
  const counted: LogSink = {
    ...sink,
    append: (text) => {
      shown += text.length;
    },
  };
  // With colors, so that the output can be compared with the input.
  const options = {
    maxChars: Infinity,
    codes: 'terminal',
    times: 'none',
    startedAt: undefined,
    clock: at,
  } as const;
  await tailLog(source, counted, { ...options, from: { at: 'start' } }, never);
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
    // The end of the shown log is repeated after a separator line.
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
      return { chars: await screen(toJobId(asked.id)) };
    case 'pass': {
      let chars = 0;
      await pass(toJobId(asked.id), {
        append: (text) => {
          chars += text.length;
        },
        replaceAll: () => undefined,
      });
      return { chars };
    }
    case 'drops':
      return drops(toJobId(asked.id), { append: () => undefined, replaceAll: () => undefined });
    case 'follow': {
      const { delays, wrong } = await follow(toJobId(asked.id));
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
