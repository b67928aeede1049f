import type { LogEvent, LogStart, LogText } from '../../../core/domain/log.js';
import { createYielder } from '../../../lib/yielding.js';
import { toEntryLines } from './entryLines.js';
import {
  findFirstRef,
  parseEntryPosition,
  toEntryRef,
  formatEntryPosition,
  type EntryPosition,
  type EntryRef,
} from './position.js';
import { countEntries, type LogPageReader } from './pageReader.js';
import { createLogProgress, type LogProgress } from './progress.js';
import { isFirstPage, fetchPageBefore, listEntriesFromRef, findPathToStart } from './pathToStart.js';
import type { LogEntry, LogEntryPage } from './parsePage.js';

/** The stored log of one job. */
export interface LogHistoryDeps {
  readonly pages: LogPageReader;
  /** Name of the server in messages. */
  readonly server: string;
}

/** The position after the stored log has been read. */
export interface HistoryResult {
  readonly place: LogProgress;
  /** True: the job has finished, and the log is complete. */
  readonly isComplete: boolean;
}

/**
 * Maximum number of pages fetched for a log that opens at its end, so that the newest lines appear quickly.
 */
const maxPagesAtEnd = 4;

/** Reads the stored log from a position, page by page. Holds one page, or the requested part at the end. */
export async function* readHistoryLog(
  kept: LogHistoryDeps,
  from: LogStart,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], HistoryResult> {
  if (from.at === 'end') return yield* readFromEnd(kept, Math.max(1, from.bytes), signal);
  const mark: EntryPosition =
    from.at === 'start'
      ? { at: 'start', lines: 0 }
      : await normalizePosition(kept, parseEntryPosition(from.cursor), signal);
  const place = createLogProgress(mark);
  return { place, isComplete: yield* readForward(kept, place, signal) };
}

/**
 * Reads the log after a position; from the start if nothing has been read. Stops at what exists now and does
 * not wait for new lines, since a job can write as fast as they are read. Requests at most one page more than
 * there are new lines. Returns true if the job has finished and the log is complete.
 */
export async function* readForward(
  kept: LogHistoryDeps,
  place: LogProgress,
  signal: AbortSignal,
  until?: LogEntry,
): AsyncGenerator<readonly LogEvent[], boolean> {
  let end = until;
  for (let asked = 1; ; asked++) {
    const ref = place.getLastRef();
    if (!ref)
      return place.hasBegun()
        ? yield* readFromNewest(kept, place, signal)
        : yield* readFromTop(kept, place, signal);
    const passed = place.getPassedCount();
    const largest = kept.pages.largest();
    const page = await kept.pages.after(ref, signal);
    yield* passEntries(place, page.entries, signal);
    if (page.bottom) return true;
    const isWholePage = countEntries(page) > 0 && countEntries(page) >= largest;
    // No entry of this page can be used as a reference, so the next page cannot be requested.
    if (isWholePage && place.getLastRef() === ref) return yield* readFromNewest(kept, place, signal);
    if (place.getPassedCount() === passed || !isWholePage || hasPassed(place, end)) return false;
    if (asked < 2 || end) continue;
    // Whether this page was full is unknown, so the newest page determines where to stop.
    const newest = await kept.pages.newest(signal);
    if (isContiguous(place, newest)) {
      yield* passEntries(place, newest.entries, signal);
      return newest.bottom;
    }
    end = newest.entries.at(-1);
    if (!end) return newest.bottom;
  }
}

/** The whole log, from the first entry. */
async function* readFromTop(
  kept: LogHistoryDeps,
  place: LogProgress,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], boolean> {
  const newest = await kept.pages.newest(signal);
  const { pages, isTop, isComplete: isWhole } = await findPathToStart(kept, newest, signal);
  if (!isTop) {
    // Not the start from which lines were counted.
    place.includeAll();
    yield [createUnknownGap()];
  }
  for (const page of pages) yield* passEntries(place, page, signal);
  const isEnd = !isWhole && (yield* readForward(kept, place, signal, newest.entries.at(-1)));
  return isEnd || newest.bottom;
}

/**
 * Reads the newest page if entries cannot be used as references. Reports a gap if entries may be missing
 * before it.
 */
async function* readFromNewest(
  kept: LogHistoryDeps,
  place: LogProgress,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], boolean> {
  const newest = await kept.pages.newest(signal);
  if (!newest.top && newest.entries.length > 0 && !isContiguous(place, newest)) yield [createUnknownGap()];
  yield* passEntries(place, newest.entries, signal);
  return newest.bottom;
}

/** The gap for entries that may exist but cannot be requested. */
const createUnknownGap = (): LogEvent => ({
  kind: 'gap',
  cause: 'lost',
  why: 'the server sends no timestamps, so older lines cannot be requested',
});

/** True if nothing is missing between the entries that were read and a page. */
function isContiguous(place: LogProgress, { entries }: LogEntryPage): boolean {
  const [first] = entries;
  const high = place.getHighestNumber();
  if (first?.number !== undefined && high !== undefined && first.number <= high + 1) return true;
  return place.hasOverlap(entries);
}

/** True if this entry, or a later one, was read. */
function hasPassed(place: LogProgress, entry: LogEntry | undefined): boolean {
  if (!entry) return false;
  if (entry.number !== undefined) return (place.getHighestNumber() ?? -1) >= entry.number;
  return entry.ms !== undefined && (place.getLastRef()?.ms ?? -Infinity) > entry.ms;
}

/**
 * Number of entries processed between yields to the event loop: each takes a few microseconds here and in the
 * reader.
 */
const entriesPerTurn = 500;

/** Reads entries in small batches and yields to the event loop in between. */
export async function* passEntries(
  place: LogProgress,
  entries: readonly LogEntry[],
  signal: AbortSignal,
): AsyncGenerator<readonly LogText[], void> {
  const giveTurn = createYielder();
  for (let at = 0; at < entries.length; at += entriesPerTurn) {
    signal.throwIfAborted();
    const lines = place.pass(entries, at, at + entriesPerTurn);
    if (lines.length > 0) yield lines;
    const turn = giveTurn();
    if (turn) await turn;
  }
}

/** About this number of bytes of text at the end, preceded by a gap for the skipped part. */
async function* readFromEnd(
  kept: LogHistoryDeps,
  bytes: number,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], HistoryResult> {
  const newest = await kept.pages.newest(signal);
  let first = newest;
  let entries = newest.entries;
  let older: LogEntryPage | undefined = newest;
  for (let fetched = 1; fetched < maxPagesAtEnd && countTextBytes(entries) < bytes; fetched++) {
    older = await fetchPageBefore(kept, first, signal);
    if (!older) break;
    first = older;
    entries = [...older.entries, ...listEntriesFromRef(entries)];
  }
  const isTop = first.top || (!older && isFirstPage(first));
  const { shown, mark } = takeLastEntries(entries, isTop, bytes);
  const place = createLogProgress(mark);
  if (mark.at === 'before') yield [{ kind: 'gap', cause: 'skipped', before: formatEntryPosition(mark) }];
  else if (!isTop) yield [{ kind: 'gap', cause: 'skipped' }];
  yield* passEntries(place, shown, signal);
  return { place, isComplete: newest.bottom };
}

/**
 * The last entries with about this number of bytes of text in total, and the position at which they start.
 */
export function takeLastEntries(
  entries: readonly LogEntry[],
  isTop: boolean,
  bytes: number,
): { readonly shown: readonly LogEntry[]; readonly mark: EntryPosition } {
  let begin = entries.length;
  for (let left = bytes; begin > 0 && left > 0;) left -= entries[--begin]?.message.length ?? 0;
  // An older page can only end at an entry that the server can find.
  while (begin > 0 && entries[begin]?.ms === undefined) begin--;
  const ref = begin === 0 && isTop ? undefined : findFirstRef(entries.slice(begin, begin + 1));
  const mark: EntryPosition = ref ? { at: 'before', ref, lines: 0 } : { at: 'start', lines: 0 };
  return { shown: entries.slice(begin), mark };
}

const countTextBytes = (entries: readonly LogEntry[]): number =>
  entries.reduce((sum, { message }) => sum + message.length, 0);

/**
 * Converts a position before an entry to one after the previous entry, so that the following entries can be
 * requested.
 */
export async function normalizePosition(
  { pages }: LogHistoryDeps,
  mark: EntryPosition,
  signal: AbortSignal,
): Promise<EntryPosition> {
  if (mark.at !== 'before') return mark;
  const { entries } = await pages.before(mark.ref, signal);
  const before = listEntriesBefore(entries, mark.ref);
  const at = before.findLastIndex(({ ms }) => ms !== undefined);
  const lines = before.slice(at + 1).reduce((sum, entry) => sum + toEntryLines(entry).length, mark.lines);
  const last = before[at];
  const ref = last && toEntryRef(last);
  return ref ? { at: 'after', ref, lines } : { at: 'start', lines };
}

/** The entries before the referenced one; all of them if it is not among them. */
function listEntriesBefore(entries: readonly LogEntry[], { ms, id }: EntryRef): readonly LogEntry[] {
  const at = id === undefined ? -1 : entries.findIndex((entry) => entry.id === id && entry.ms === ms);
  return at < 0 ? entries : entries.slice(0, at);
}
