import { toDiskError } from '../../core/domain/diskError.js';
import { throwIfAborted, createAbortError } from '../../lib/abort.js';
import type { LogCursor, LogEvent, LogPage, LogPartial, LogStart } from '../../core/domain/log.js';
import { JobError } from '../../core/domain/problem.js';
import { followLog, type GrowingLog } from '../../core/logs/followLog.js';
import { findLineStart } from '../../core/logs/lineTail.js';
import { isLineEnd, openLog, readerOf, type LogFile } from './logFile.js';
import { logLines, type LogLines } from './logLines.js';
import type { JobPaths } from './paths.js';
import { isThere } from '../../lib/node/files.js';
import { progressOf } from './spool.js';
import type { Target } from './target.js';
import { watchFolder } from './watching.js';

/** The interval between reads if the file system reports no changes, in milliseconds. */
const lookMs = 400;

/** How long changes are collected before a read, in milliseconds. */
const gatherMs = 15;

/** How long an unfinished line must be unchanged before it is shown, in milliseconds. */
const partialMs = 250;

/**
 * Reads a job's log from its folder. Uses limited memory and reads no faster than the caller consumes.
 *
 * @throws {@link JobError} of kind `gone` if the job's folder does not exist, `invalid` for a malformed cursor,
 * `disk`.
 */
export async function* readLog(
  job: () => Promise<Target>,
  from: LogStart,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[]> {
  throwIfAborted(signal);
  const {
    paths,
    record: { name },
  } = await job();
  const begin = from.at === 'cursor' ? offsetOf(from.cursor) : 0;
  const changes = follow ? watchChanges(paths.dir, signal) : undefined;
  let file: LogFile | undefined;
  try {
    let ended = await hasEnded(paths, name);
    file = await openLog(paths);
    while (!file) {
      if (ended || !changes) return;
      await changes.next(lookMs);
      ended = await hasEnded(paths, name);
      file = await openLog(paths);
    }
    const start = from.at === 'end' ? { lastBytes: from.bytes } : { begin };
    yield* read(file, start, { paths, name, changes, signal });
  } catch (error) {
    throw toDiskError(error, paths.log);
  } finally {
    changes?.close();
    await file?.close();
  }
}

interface Reading {
  readonly paths: JobPaths;
  readonly name: string;
  /** Undefined: reads only what exists now. */
  readonly changes: Changes | undefined;
  readonly signal: AbortSignal;
}

async function* read(
  file: LogFile,
  from: { readonly begin: number } | { readonly lastBytes: number },
  { paths, name, changes, signal }: Reading,
): AsyncGenerator<readonly LogEvent[]> {
  const now = await file.size();
  const begin =
    'begin' in from
      ? from.begin
      : await findLineStart(readerOf(file), now - Math.max(1, from.lastBytes), now);
  if ('lastBytes' in from && begin > 0) {
    yield [{ kind: 'gap', cause: 'skipped', bytes: begin, before: String(begin) }];
  }
  const lines = logLines(file, begin);
  const hasJobEnded = (): Promise<boolean> => hasEnded(paths, name);
  const log = growing(file, lines, signal);
  if (changes) {
    yield* followLog(log, {
      isOver: hasJobEnded,
      isComplete: () => Promise.resolve(true),
      wait: ({ maxMs }) => changes.next(Math.min(lookMs, maxMs)),
    });
    return;
  }
  const isOver = await hasJobEnded();
  yield* log.read(isOver);
  const open = lines.partial();
  const rest = isOver ? log.rest() : [];
  if (rest.length > 0) yield rest;
  else if (open && !isOver) yield [{ kind: 'partial', ...open }];
}

function growing(file: LogFile, lines: LogLines, signal: AbortSignal): GrowingLog {
  const partial = partialShower(lines);
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
    rest: lines.rest,
  };
}

/** Decides when an unfinished line is shown: with a delay, and not at each update of a progress bar. */
function partialShower(lines: LogLines): {
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
      const inMs = since + partialMs - performance.now();
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
export async function readOlderLog(
  { paths, record: { name } }: Target,
  before: LogCursor,
  bytes: number,
  signal: AbortSignal,
): Promise<LogPage> {
  const asked = offsetOf(before);
  const ended = await hasEnded(paths, name);
  const file = await openLog(paths);
  if (!file) return { events: [] };
  try {
    const size = await file.size();
    const end = Math.min(asked, size);
    const begin = await findLineStart(readerOf(file), end - Math.max(1, bytes), end);
    const lines = logLines(file, begin);
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
async function hasEnded(paths: JobPaths, name: string): Promise<boolean> {
  const progress = await progressOf(paths);
  if (progress === undefined && !(await isThere(paths.record))) throw new JobError({ kind: 'gone', name });
  return progress !== undefined && ('broken' in progress || progress.value.phase === 'ended');
}

function offsetOf(cursor: LogCursor): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new JobError({ kind: 'invalid', why: 'Invalid log position.' });
}

interface Changes {
  /** Resolves after a change, or after `ms`. Rejects with an AbortError immediately when aborted. */
  readonly next: (ms: number) => Promise<void>;
  readonly close: () => void;
}

/** Watches a job's folder for its log and its state. */
function watchChanges(folder: string, signal: AbortSignal): Changes {
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
      await wait(gatherMs, () => signal.aborted);
      changed = false;
      if (signal.aborted) throw createAbortError();
    },
    close: () => {
      watcher?.close();
      signal.removeEventListener('abort', aborted);
    },
  };
}
