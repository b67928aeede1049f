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

/** Milliseconds between two looks where the file system tells of no change. */
const lookMs = 400;

/** Milliseconds that changes are gathered, so that a line a millisecond does not make as many looks. */
const gatherMs = 15;

/** Milliseconds that an unfinished line may rest before it is shown, and between two states of it that are. */
const partialMs = 250;

/**
 * What a job wrote, read from its folder. Takes a bounded amount of memory and reads no faster than it is consumed.
 *
 * @throws {@link JobError} of kind `gone` where the job's folder is not there (any more), `invalid` for a cursor that is
 * none of ours, `disk`.
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
  /** Undefined: what is there now is enough. */
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

/** Decides when an unfinished line is shown: not at once, and not each time a progress bar is drawn. */
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
 * A page of what was written before a cursor: about `bytes` of it, from the beginning of a line on where there is one.
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
    // A page that ends within a line says so; the log's own last line needs no line end.
    const isWhole = (ended && end === size) || (await isLineEnd(file, end));
    for (const line of lines.rest()) events.push(isWhole ? line : { ...line, open: true });
    return begin > 0 ? { events, before: String(begin) } : { events };
  } catch (error) {
    throw toDiskError(error, paths.log);
  } finally {
    await file.close();
  }
}

/** True when nothing more will be written. A damaged state will tell no end, so it counts as one. */
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
  /** Resolves after a change, or after `ms`. Rejects with an AbortError at once when stopped. */
  readonly next: (ms: number) => Promise<void>;
  readonly close: () => void;
}

/** Watches a job's folder: its log, and the files that tell of its end. */
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
