import { toDiskError } from '../../core/domain/diskError.js';
import { throwIfAborted, createAbortError } from '../../lib/abort.js';
import type { LogCursor, LogEvent, LogPage, LogPartial, LogStart } from '../../core/domain/log.js';
import { JobError } from '../../core/domain/problem.js';
import { followGrowingLog, type GrowingLog } from '../../core/logs/followGrowingLog.js';
import { findLineStart } from '../../core/logs/lineTail.js';
import { isLineEnd, openJobLog, createRangeReader, type JobLogFile } from './logFile.js';
import { createLogLineReader, type LogLineReader } from './logLines.js';
import type { JobPaths } from './paths.js';
import { pathExists } from '../../lib/node/files.js';
import { readJobProgress } from './spool.js';
import type { LocalJobTarget } from './jobDirectory.js';
import { watchFolder } from './watchDir.js';

/** The interval between reads if the file system reports no changes, in milliseconds. */
const logPollMs = 400;

/** How long changes are collected before a read, in milliseconds. */
const changeDelayMs = 15;

/** How long an unfinished line must be unchanged before it is shown, in milliseconds. */
const partialLineMs = 250;

/**
 * Reads a job's log from its folder. Uses limited memory and reads no faster than the caller consumes.
 *
 * @throws {@link JobError} of kind `gone` if the job's folder does not exist, `invalid` for a malformed cursor,
 * `disk`.
 */
export async function* readLocalLog(
  job: () => Promise<LocalJobTarget>,
  from: LogStart,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[]> {
  throwIfAborted(signal);
  const {
    paths,
    record: { name },
  } = await job();
  const begin = from.at === 'cursor' ? parseLogOffset(from.cursor) : 0;
  const changes = follow ? watchLogChanges(paths.dir, signal) : undefined;
  let file: JobLogFile | undefined;
  try {
    let ended = await isLogComplete(paths, name);
    file = await openJobLog(paths);
    while (!file) {
      if (ended || !changes) return;
      await changes.next(logPollMs);
      ended = await isLogComplete(paths, name);
      file = await openJobLog(paths);
    }
    const start = from.at === 'end' ? { lastBytes: from.bytes } : { begin };
    yield* readLogFile(file, start, { paths, name, changes, signal });
  } catch (error) {
    throw toDiskError(error, paths.log);
  } finally {
    changes?.close();
    await file?.close();
  }
}

interface LogReading {
  readonly paths: JobPaths;
  readonly name: string;
  /** Undefined: reads only what exists now. */
  readonly changes: LogChangeWatch | undefined;
  readonly signal: AbortSignal;
}

async function* readLogFile(
  file: JobLogFile,
  from: { readonly begin: number } | { readonly lastBytes: number },
  { paths, name, changes, signal }: LogReading,
): AsyncGenerator<readonly LogEvent[]> {
  const now = await file.size();
  const begin =
    'begin' in from
      ? from.begin
      : await findLineStart(createRangeReader(file), now - Math.max(1, from.lastBytes), now);
  if ('lastBytes' in from && begin > 0) {
    yield [{ kind: 'gap', cause: 'skipped', bytes: begin, before: String(begin) }];
  }
  const lines = createLogLineReader(file, begin);
  const hasJobEnded = (): Promise<boolean> => isLogComplete(paths, name);
  const log = createGrowingLog(file, lines, signal);
  if (changes) {
    yield* followGrowingLog(log, {
      isOver: hasJobEnded,
      isComplete: () => Promise.resolve(true),
      wait: ({ maxMs }) => changes.next(Math.min(logPollMs, maxMs)),
    });
    return;
  }
  const isOver = await hasJobEnded();
  yield* log.read(isOver);
  const open = lines.partial();
  const rest = isOver ? log.takeRest() : [];
  if (rest.length > 0) yield rest;
  else if (open && !isOver) yield [{ kind: 'partial', ...open }];
}

function createGrowingLog(file: JobLogFile, lines: LogLineReader, signal: AbortSignal): GrowingLog {
  const partial = createPartialLineTimer(lines);
  return {
    read: async function* (isOver) {
      let hasNews = false;
      for await (const block of lines.upTo(await file.size(), isOver, signal)) {
        if (block.length === 0) continue;
        hasNews = true;
        partial.passed();
        yield block;
      }
      return { hasNews, isBehind: false };
    },
    nextPartial: (isOver) => (isOver ? { inMs: Infinity } : partial.due()),
    takeRest: lines.rest,
  };
}

/** Decides when an unfinished line is shown: with a delay, and not at each update of a progress bar. */
function createPartialLineTimer(lines: LogLineReader): {
  passed: () => void;
  due: () => { event?: LogPartial; inMs: number };
} {
  let shown: string | undefined;
  let since: number | undefined;
  return {
    passed: () => {
      shown = undefined;
      since = undefined;
    },
    due: () => {
      const open = lines.partial();
      if (!open || open.text === '' || open.text === shown) return { inMs: Infinity };
      since ??= performance.now();
      const inMs = since + partialLineMs - performance.now();
      if (inMs > 0) return { inMs: Math.max(1, inMs) };
      shown = open.text;
      since = undefined;
      return { event: { kind: 'partial', ...open }, inMs: Infinity };
    },
  };
}

/**
 * A page of about `bytes` before a cursor, from the start of a line if possible.
 *
 * @throws {@link JobError} of kind `gone`, `invalid`, `disk`.
 */
export async function readOlderLogPage(
  { paths, record: { name } }: LocalJobTarget,
  before: LogCursor,
  bytes: number,
  signal: AbortSignal,
): Promise<LogPage> {
  const asked = parseLogOffset(before);
  const ended = await isLogComplete(paths, name);
  const file = await openJobLog(paths);
  if (!file) return { events: [] };
  try {
    const size = await file.size();
    const end = Math.min(asked, size);
    const begin = await findLineStart(createRangeReader(file), end - Math.max(1, bytes), end);
    const lines = createLogLineReader(file, begin);
    const events: LogEvent[] = [];
    for await (const block of lines.upTo(end, false, signal)) for (const event of block) events.push(event);
    // A page that ends within a line marks it as open; the last line of the log needs no line ending.
    const isWhole = (ended && end === size) || (await isLineEnd(file, end));
    for (const line of lines.rest()) events.push(isWhole ? line : { ...line, open: true });
    return begin > 0 ? { events, before: String(begin) } : { events };
  } catch (error) {
    throw toDiskError(error, paths.log);
  } finally {
    await file.close();
  }
}

/** True if nothing more will be written. A damaged state counts as finished, since it will never report an end. */
async function isLogComplete(paths: JobPaths, name: string): Promise<boolean> {
  const progress = await readJobProgress(paths);
  if (progress === undefined && !(await pathExists(paths.record))) throw new JobError({ kind: 'gone', name });
  return progress !== undefined && ('broken' in progress || progress.value.phase === 'ended');
}

function parseLogOffset(cursor: LogCursor): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new JobError({ kind: 'invalid', why: 'Invalid log position.' });
}

interface LogChangeWatch {
  /** Resolves after a change, or after `ms`. Rejects with an AbortError immediately when aborted. */
  readonly next: (ms: number) => Promise<void>;
  readonly close: () => void;
}

/** Watches a job's folder for its log and its state. */
function watchLogChanges(folder: string, signal: AbortSignal): LogChangeWatch {
  let changed = false;
  let wake: () => void = () => undefined;
  const watcher = watchFolder(folder, () => {
    changed = true;
    wake();
  });
  const aborted = (): void => {
    wake();
  };
  signal.addEventListener('abort', aborted);
  const wait = (ms: number, early: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      if (early()) {
        resolve();
        return;
      }
      const timer = setTimeout(resolve, ms);
      wake = () => {
        if (!early()) return;
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    next: async (ms) => {
      await wait(ms, () => changed || signal.aborted);
      await wait(changeDelayMs, () => signal.aborted);
      changed = false;
      if (signal.aborted) throw createAbortError();
    },
    close: () => {
      watcher?.close();
      signal.removeEventListener('abort', aborted);
    },
  };
}
