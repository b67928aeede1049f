import { JobError } from '../../../core/domain/problem.js';
import type { LogHistoryDeps } from './history.js';
import { findFirstRef } from './position.js';
import type { LogEntry, LogEntryPage } from './parsePage.js';

/** The result of reading back from a page to the start of a log. */
export interface PathToStart {
  /** The first pages of the log that can be read, in order. */
  readonly pages: readonly (readonly LogEntry[])[];
  /** False: there may be earlier entries that cannot be requested. */
  readonly isTop: boolean;
  /** True: nothing is missing between these pages and the page started from, which is the last of them. */
  readonly isComplete: boolean;
}

/**
 * Maximum number of entries and characters stored while reading back, about 25 MB; later pages are fetched
 * again.
 */
const maxHeldEntries = 110_000;
const maxHeldChars = 12_000_000;

/**
 * Reads back to the first page of a log: the server only leads back from a known entry. The oldest pages are
 * retained, so that a log of usual size is fetched once.
 */
export async function findPathToStart(
  kept: LogHistoryDeps,
  later: LogEntryPage,
  signal: AbortSignal,
): Promise<PathToStart> {
  /** Newest first. */
  let held: (readonly LogEntry[])[] = [later.entries];
  let isWhole = true;
  for (let page = later; ;) {
    const older = await fetchPageBefore(kept, page, signal);
    if (!older) return { pages: held.reverse(), isTop: isFirstPage(page), isComplete: isWhole };
    held.push(listEntriesFromRef(held.pop() ?? []), older.entries);
    while (held.length > 1 && isOverHeldLimit(held)) {
      held = held.slice(1);
      isWhole = false;
    }
    page = older;
  }
}

/** False: there may be earlier entries, but no entry has a timestamp. */
export const isFirstPage = ({ top, entries }: LogEntryPage): boolean =>
  top || entries.length === 0 || findFirstRef(entries) !== undefined;

/**
 * The entries from the first one that can be used as a reference: the previous page repeats those before it.
 */
export const listEntriesFromRef = (entries: readonly LogEntry[]): readonly LogEntry[] => {
  const at = entries.findIndex(({ ms }) => ms !== undefined);
  return at > 0 ? entries.slice(at) : entries;
};

const countChars = (entries: readonly LogEntry[]): number =>
  entries.reduce((sum, { message }) => sum + message.length, 0);

const isOverHeldLimit = (pages: readonly (readonly LogEntry[])[]): boolean =>
  pages.reduce((sum, { length }) => sum + length, 0) > maxHeldEntries ||
  pages.reduce((sum, entries) => sum + countChars(entries), 0) > maxHeldChars;

/** The page before a page; undefined if there is none, or if it cannot be requested. */
export async function fetchPageBefore(
  { pages, server }: LogHistoryDeps,
  page: LogEntryPage,
  signal: AbortSignal,
): Promise<LogEntryPage | undefined> {
  const ref = findFirstRef(page.entries);
  if (page.top || !ref) return undefined;
  const older = await pages.before(ref, signal);
  if (older.entries.length === 0) return undefined;
  const first = findFirstRef(older.entries);
  // Otherwise reading back would never finish.
  if (first && first.ms === ref.ms && first.id === ref.id)
    throw new JobError({ kind: 'badAnswer', place: server, what: 'older part of a job log' });
  return older;
}
